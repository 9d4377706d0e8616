"""Who did what when: one row for each event."""
