"""States of streams as bytes: written down, sealed, and read back only by the code that made them.

A snapshot saves the way from a stream's first event. It is a shortcut and never the truth: it
counts only for the *form* that made it (the shape of the state and the source of the code that
folds it), beside the very event on which it stands, and under the seal of a key that is not in
the store. Any other is passed over, and the stream is folded from its events.
"""

import hashlib
import hmac
import importlib.resources
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources.abc import Traversable
from typing import Any, Final

import msgspec

from domain.catalogue import AGGREGATES, aggregate_for
from domain.kernel.ids import aggregate_of

SHARED: Final = ("domain.kernel",)
"""Rooms that the folds of all aggregates rest on."""


class Snapshot(msgspec.Struct, frozen=True):
    """A stream's state behind the event of ``version``, which has this position and chain."""

    stream: str
    version: int
    position: int
    chain: bytes
    state: bytes
    seal: bytes = b""

    @property
    def form(self) -> bytes:
        """The form under which this code writes and reads it."""
        return form_of(aggregate_of(self.stream))


class Base(msgspec.Struct, frozen=True):
    """A state to go on from, and the version behind which it stands."""

    state: Any
    version: int


@cache
def form_of(aggregate: str) -> bytes:
    """Digest the shape of an aggregate's state and the source that folds it.

    A change of either makes another form. That throws away more snapshots than it must, but a
    mended fold can never go on from what the old one came to. Raises KeyError.
    """
    kind = type(AGGREGATES[aggregate].empty)
    parts = [msgspec.json.encode(msgspec.json.schema(kind), order="deterministic")]
    rooms = (f"domain.{aggregate}", *SHARED)
    parts += [source.read_bytes() for room in rooms for source in _sources(room)]
    # The lifts of old schemas and the map of names are the catalogue's.
    parts.append(importlib.resources.files("domain").joinpath("catalogue.py").read_bytes())
    return _digest(parts)


def _sources(room: str) -> Iterator[Traversable]:
    folder = importlib.resources.files(room)
    yield from sorted(
        (each for each in folder.iterdir() if each.name.endswith(".py")),
        key=lambda each: each.name,
    )


def _digest(parts: Iterable[bytes]) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


class Sealer:
    """Makes and opens snapshots under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def snapshot(self, stream: str, base: Base, position: int, chain: bytes) -> Snapshot:
        """Write a state down, as it is behind the event of this position and chain."""
        state = msgspec.json.encode(base.state)
        unsealed = Snapshot(stream, base.version, position, chain, state)
        return msgspec.structs.replace(unsealed, seal=self._seal(unsealed))

    def open(self, snapshot: Snapshot) -> Base | None:
        """Read a state back; nothing when it is of another form or key, or of a stranger's hand."""
        if not hmac.compare_digest(snapshot.seal, self._seal(snapshot)):
            return None
        kind = type(aggregate_for(snapshot.stream).empty)
        return Base(msgspec.json.decode(snapshot.state, type=kind), snapshot.version)

    def _seal(self, snapshot: Snapshot) -> bytes:
        place = f"{snapshot.stream}\n{snapshot.version}\n{snapshot.position}".encode()
        parts = (place, snapshot.chain, snapshot.form, snapshot.state)
        return hmac.digest(self._key, _digest(parts), "sha256")
