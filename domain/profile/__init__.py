"""What a subject tells of itself, section by section; the log has boxes of it only (LB4)."""
