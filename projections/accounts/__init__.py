"""Accounts, their movements and open holds."""
