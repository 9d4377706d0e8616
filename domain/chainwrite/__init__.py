"""A transaction on its way to the chain, exactly once (DESIGN decision 9)."""
