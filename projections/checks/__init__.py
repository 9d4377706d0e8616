"""Checks of subjects: who was asked, what came of it (FX8); for compliance."""
