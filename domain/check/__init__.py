"""Checks of a subject by a provider or by hand: who it is, and whether a list names it (FX8)."""
