"""What sub-admins were granted."""
