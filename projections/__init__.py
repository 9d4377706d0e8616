"""Read models: pure folds of events, their tables and their queries."""
