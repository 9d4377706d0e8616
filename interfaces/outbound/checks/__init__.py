"""Providers of gates 1 and 2: people at the queue, Sumsub, ComplyAdvantage."""
