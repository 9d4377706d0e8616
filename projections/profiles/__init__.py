"""What subjects tell of themselves, sealed."""
