"""Postgres: the embedded server and the adapters that keep the log and the views in it."""
