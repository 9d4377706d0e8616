"""What others did to our contracts."""
