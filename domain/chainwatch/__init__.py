"""What our watch over the chain went through."""
