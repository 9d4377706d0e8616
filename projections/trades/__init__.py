"""Trades and what became of them."""
