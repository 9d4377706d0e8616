"""Twins of the adapters that keep everything in memory; they pass the same conformance suites."""
