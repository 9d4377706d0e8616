"""Proving that nothing of a stream was left out (B9)."""

from typing import Protocol


class CompletenessProofs(Protocol):
    """Makes completeness bundles (``domain/integrity/COMPLETENESS.md``)."""

    async def completeness(self, stream: str, as_of: int | None = None) -> bytes:
        """Make the bundle of a stream, that may not exist, as of a position, as JSON.

        Without a position it is the newest for which an anchored map can prove anything, the
        head of the log while there is none. Raises LookupError for a position that is not on the
        log, CheckpointNotWitnessed, StoreUnavailable.
        """
        ...
