"""What each command does: the streams it asks for and the facts that follow together."""
