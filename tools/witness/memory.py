"""What a witness must never forget: the last checkpoint of each log that it signed.

One file for each log, named by the SHA-256 of its origin, with the checkpoint and our signature
under it. It is on disk before the signature is given away, and replaced in one step, so that a
witness killed at any moment knows everything that it ever signed. One whose folder was lost must
get a new key: with the old one it could sign a second history.
"""

import fcntl
import os
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

from domain.integrity.checkpoint import TreeHead, parse_tree_head
from interfaces.outbound.files import replace_file

EVIDENCE_MAX: Final = 100
"""Refused requests that are kept; each may prove that a log shows two histories."""


class FolderTaken(Exception):
    """Another witness works in this folder."""


class Memory:
    """A folder of checkpoints, for one process at a time; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._evidence = folder / "refused"
        self._lock = -1

    def __enter__(self) -> Self:
        self._evidence.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            message = f"another witness works in {self._folder}"
            raise FolderTaken(message) from error
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._lock)

    def last(self, origin: str) -> TreeHead | None:
        """Tell the last checkpoint that was signed, nothing before the first.

        Raises CheckpointError for a damaged file, OSError: who does not know must not sign.
        """
        note = self.note(_name(origin))
        return None if note is None else parse_tree_head(note)

    def note(self, name: str) -> str | None:
        """Read a log's file, by the SHA-256 of its origin in hex. Raises OSError."""
        try:
            return (self._folder / f"{name}.note").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def keep(self, origin: str, note: str) -> None:
        """Keep a checkpoint; on disk when this returns. Raises OSError."""
        replace_file(self._folder / f"{_name(origin)}.note", note.encode())
        _sync(self._folder)

    def keep_evidence(self, content: str) -> None:
        """Keep a refused request, as long as there are few. Raises OSError."""
        path = self._evidence / sha256(content.encode()).hexdigest()
        if not path.exists() and len(list(self._evidence.iterdir())) < EVIDENCE_MAX:
            replace_file(path, content.encode())


def _name(origin: str) -> str:
    return sha256(origin.encode()).hexdigest()


def _sync(folder: Path) -> None:
    # The new name itself must outlive a power cut, too.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
