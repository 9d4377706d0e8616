"""Wallets that were proven, and messages that wait for a signature."""
