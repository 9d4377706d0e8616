"""Tokens: their contracts, rules and standing, and what admins had done to them."""
