"""Statements on whether books and chain of a token agree."""
