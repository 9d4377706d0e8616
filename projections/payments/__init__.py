"""Payments out and receipts in."""
