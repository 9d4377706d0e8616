"""Roots of the log on the chain."""
