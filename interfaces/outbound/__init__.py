"""Adapters to the world outside: one folder per port, each with a twin in `memory`."""
