"""Doors and pipes: everything that talks to the world outside the process."""
