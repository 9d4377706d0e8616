"""Who signs in: a login of a subject. Passwords and secrets never come near the log."""
