"""The public keys that a subject signs authorisations with (FORMATS 1)."""
