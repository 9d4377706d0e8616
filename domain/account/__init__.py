"""Money and units in two-phase movements; the books balance at every position (FORMATS 10)."""
