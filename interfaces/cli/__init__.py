"""The verbs of `tally` that work on a running stack's store."""
