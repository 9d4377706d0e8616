"""An ERC-3643 token: its contracts, holders, slices and moves (FX3, FX5, FX6)."""
