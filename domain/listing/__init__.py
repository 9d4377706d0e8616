"""A slice offered on the secondary market (FX5)."""
