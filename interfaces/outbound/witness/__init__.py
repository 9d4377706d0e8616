"""Witnesses that cosign our checkpoints (C2SP tlog-witness)."""
