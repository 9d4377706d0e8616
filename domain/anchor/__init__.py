"""A root of the log on its way to a public chain (B1, FX13)."""
