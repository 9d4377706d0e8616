"""The last checkpoint that this node signed, kept outside the database.

A database that is put back to an old state forgets its own checkpoints with everything else. This
file does not: what was signed once must still be what the log says.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

from domain.integrity.checkpoint import Checkpoint, parse_checkpoint
from interfaces.outbound.files import replace_file

NAME: Final = "last_checkpoint"


class CheckpointFile:
    """One file in a folder; processes of one node share it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def read(self) -> Checkpoint | None:
        """Tell the checkpoint, nothing before the first. Raises CheckpointError, OSError."""
        try:
            note = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return parse_checkpoint(note).checkpoint

    def keep(self, note: str) -> None:
        """Keep a signed checkpoint, unless a larger one is kept; on disk when this returns.

        Raises CheckpointError, OSError.
        """
        checkpoint = parse_checkpoint(note).checkpoint
        folder = self._path.parent
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f".{NAME}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept = self.read()
            if kept is None or kept.size < checkpoint.size:
                replace_file(self._path, note.encode())
                _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    # The new name itself must outlive a power cut, too.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
