"""Money that leaves through the bank (FX15)."""
