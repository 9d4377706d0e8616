"""Bearer keys of machines and people; only a digest is ever kept."""
