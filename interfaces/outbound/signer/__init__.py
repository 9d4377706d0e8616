"""Keys on disk: one key, one purpose (DESIGN decision 14)."""
