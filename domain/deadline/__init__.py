"""Clocks of the service levels: when each runs out, and that it did (FX9)."""
