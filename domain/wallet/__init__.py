"""Wallets that subjects have proven to be theirs by signature (LB9)."""
