"""Workers: what happens by itself once a fact is on the log."""
