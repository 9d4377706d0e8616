"""An invoice from submission to settlement (FX1 to FX6)."""
