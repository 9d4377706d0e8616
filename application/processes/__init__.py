"""Process managers: pure functions that turn facts into the next wishes (DESIGN decision 8)."""
