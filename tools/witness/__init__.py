"""A small witness of our own: cosigns checkpoints of logs that only grow (C2SP tlog-witness)."""
