"""Businesses of issuers: registered, approved, and only then able to make tokens (CP1)."""
