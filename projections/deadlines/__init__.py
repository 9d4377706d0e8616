"""What is to be done at an instant."""
