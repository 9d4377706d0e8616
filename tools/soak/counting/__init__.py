"""A view that shows when an event was folded twice, or never."""
