"""Uniqueness: a claim is free or taken by one (DESIGN decision 6)."""
