"""Terms and calendars as facts, so that a replay decides with the values of the time."""
