"""The story of one invoice (seeds/002), told through the public doors and checked to the penny."""
