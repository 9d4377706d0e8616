"""What somebody else did to our contracts, as the chain tells it (FX10)."""
