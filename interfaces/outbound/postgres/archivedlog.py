"""The log as a backup holds it, inspected row by row while it is read."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from domain.integrity.checkpoint import Checkpoint, parse_checkpoint
from domain.integrity.tiles import Tile
from domain.kernel.event import Envelope
from interfaces.outbound.postgres.archive import (
    ArchiveRefused,
    Fields,
    Manifest,
    event_reader,
    rows,
)
from interfaces.outbound.postgres.inspection import Inspector

EVENTS = "events"


class ArchivedLog:
    """Reads a backup's events once, in order; ``keep`` is given the tree's complete tiles.

    They are held against the checkpoints that lie in the backup, and those that the caller trusts.
    Raises ArchiveRefused.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        trusted: Sequence[Checkpoint] = (),
        *,
        keep: Callable[[Tile], None] | None = None,
    ) -> None:
        self._folder = folder
        self._manifest = manifest
        self._part = manifest.part(EVENTS)
        self._keep = keep
        self._inspector = Inspector(
            manifest.log, [*trusted, *issued(folder, manifest)], holds=self._take
        )

    def rows(self) -> Iterator[tuple[Fields, Envelope]]:
        """Read each row and its envelope. Raises FaultFound, ArchiveRefused."""
        read, take = event_reader(self._part), self._inspector.take
        for fields in rows(self._folder, self._part):
            yield fields, take(read(fields))

    def end(self) -> bytes:
        """Demand that this was all of it, and tell the root. Raises FaultFound, ArchiveRefused."""
        self._inspector.end()
        manifest, root = self._manifest, self._inspector.root()
        found = (self._inspector.position, self._inspector.chain.hex(), root.hex())
        # A backup that is only being taken does not name its root yet.
        if found != (manifest.position, manifest.chain, manifest.root or root.hex()):
            raise ArchiveRefused("the log in the backup is not the one that the manifest names")
        return root

    def _take(self, tile: Tile) -> bool:
        if self._keep is not None:
            self._keep(tile)
        return True


def issued(folder: Path, manifest: Manifest) -> list[Checkpoint]:
    """Read the checkpoints that were issued by the time of a backup. Raises ArchiveRefused."""
    part = manifest.part("checkpoints")
    place = [column.name for column in part.columns].index("note")
    notes = [fields[place] or b"" for fields in rows(folder, part)]
    if manifest.checkpoint is not None:
        notes.append(manifest.checkpoint.encode())
    try:
        return [parse_checkpoint(note.decode()).checkpoint for note in notes]
    except ValueError as error:
        raise ArchiveRefused("a checkpoint in the backup cannot be read") from error
