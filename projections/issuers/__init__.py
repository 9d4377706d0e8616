"""Wishes to be an issuer, as they stand."""
