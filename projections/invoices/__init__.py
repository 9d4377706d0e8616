"""Invoices as everybody sees them, and all that happened around each."""
