"""What one person asks for and another approves, each with a signature of its own (FORMATS 1)."""
