"""A simulated bank as a process of its own: it pays, notifies, delays, refuses and repeats.

It stands in for a real bank in the demo and in tests, never in production. See `server` for its
doors, `ledger` for its books, `control` for how a test makes it misbehave.
"""
