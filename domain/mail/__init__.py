"""A message to a subject, each sent once (FX16)."""
