"""Doors: where the world reaches the house."""
