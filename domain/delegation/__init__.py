"""What an admin lets a sub-admin do, and until when (004, Sub-admin Management)."""
