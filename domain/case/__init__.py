"""Restricted compliance records: why a subject is looked at, and what came of it (E1, E3, E4)."""
