"""Clocks: the machine's, and a story's that several processes read from one small file.

The file of a story clock is JSON: ``base`` is the story's time at the moment ``started`` (seconds
since the epoch by the machine's clock). From there the story runs at the speed of real time; who
tells the story moves it on with `set_story_time`.
"""

import fcntl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from interfaces.outbound.files import replace_file


class StoryTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file of a story clock holds."""

    base: str
    started: float


class SystemClock:
    """The machine's clock."""

    def now(self) -> str:
        """Tell the time: RFC 3339, UTC, six decimals, Z."""
        return _plain(datetime.now(UTC))


class StoryClock:
    """The clock of a story, read from its file; never runs backwards within a process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._story = StoryTime(base="", started=0.0)
        self._latest = ""

    def now(self) -> str:
        """Tell the story's time: RFC 3339, UTC, six decimals, Z.

        Raises FileNotFoundError before the first `set_story_time`.
        """
        found = self._path.stat()
        # A replaced file has another inode, or at least another time of change.
        seen = (found.st_ino, found.st_mtime_ns)
        if seen != self._seen:
            self._story = _read(self._path)
            self._seen = seen
        self._latest = max(self._latest, _told(self._story))
        return self._latest


def set_story_time(path: Path, at: str) -> str:
    """Move a story's clock to `at`, or leave it when it is past that; return the time it shows.

    Raises ValueError when `at` is no RFC 3339 time with an offset.
    """
    wanted = _plain(_instant(at))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists() and (shown := _told(_read(path))) >= wanted:
            return shown
        replace_file(path, msgspec.json.encode(StoryTime(base=wanted, started=time.time())))
    return wanted


def _read(path: Path) -> StoryTime:
    return msgspec.json.decode(path.read_bytes(), type=StoryTime)


def _told(story: StoryTime) -> str:
    # The machine's clock may be set back; the story's must not be.
    elapsed = max(0.0, time.time() - story.started)
    return _plain(_instant(story.base) + timedelta(seconds=elapsed))


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        message = f"a time needs an offset from UTC: {text!r}"
        raise ValueError(message)
    return instant.astimezone(UTC)


def _plain(instant: datetime) -> str:
    return instant.isoformat(timespec="microseconds").replace("+00:00", "Z")
