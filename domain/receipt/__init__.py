"""Money that arrived at the bank, and what it was for (FX6, FX15)."""
