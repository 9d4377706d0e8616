"""Requests that two persons decide, and the public keys that they sign with."""
