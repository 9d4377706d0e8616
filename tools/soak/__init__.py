"""Seeded campaigns of faults against the store: real processes, real Postgres, fsync on."""
