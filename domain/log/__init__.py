"""The log's own facts: its opening and the commitments to its streams."""
