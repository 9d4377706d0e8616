"""Chain and books of a token, compared and signed (FX10, LB7)."""
