"""What the application needs from the world: Protocols that list their errors."""
