"""Signing in: passwords, one-time codes, sessions, identity providers, API keys, and the audit."""
