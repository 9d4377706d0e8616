"""Mails and whether they went out."""
