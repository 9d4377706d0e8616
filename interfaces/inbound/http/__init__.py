"""Doors over HTTP: commands, reads, the feed, the buyer's page and the reference."""
