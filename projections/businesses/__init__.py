"""Businesses of issuers as they stand."""
