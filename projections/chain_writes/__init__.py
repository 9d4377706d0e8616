"""Calls to the chain, from plan to confirmation, and what they cost."""
