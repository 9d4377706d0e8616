"""What process managers could not do: work items for people (DESIGN decision 8)."""
