"""Completeness bundles: no later event of a stream was left out, or the stream does not exist.

Built from evidence and from leaves of the stream map; nothing here says what is true, only how it
is laid down. Source: COMPLETENESS.md beside this file.
"""

from collections.abc import Sequence

import msgspec

from domain.integrity import evidence as documents
from domain.integrity.evidence import Evidence
from domain.integrity.streammap import MapPlace, PlacedEnd

COMPLETENESS_FORMAT = "tallystick/completeness/v1"


class MapLeaf(msgspec.Struct, frozen=True):
    """A leaf of the stream map with its way to the root; hashes are hex."""

    key: str
    version: int
    chain: str
    index: int
    path: tuple[str, ...]


class Completeness(msgspec.Struct, frozen=True, kw_only=True):
    """Which event of a stream was the last as of a position, and why no other."""

    format: str = COMPLETENESS_FORMAT
    log: str
    stream: str
    as_of: int
    complete: bool
    commitment: Evidence | None = None
    leaf: MapLeaf | None = None
    neighbours: tuple[MapLeaf, ...] = ()
    last: Evidence | None = None
    next: Evidence | None = None


class Ends(msgspec.Struct, frozen=True):
    """Evidence of a stream's last event as of a position, and of the one after it."""

    last: Evidence | None = None
    next: Evidence | None = None


def incomplete(log: str, stream: str, as_of: int, last: Evidence | None) -> Completeness:
    """Return what can be said before a map that covers the position is anchored."""
    return Completeness(log=log, stream=stream, as_of=as_of, complete=False, last=last)


def completeness(
    stream: str, as_of: int, *, commitment: Evidence, place: MapPlace, ends: Ends
) -> Completeness:
    """Return the bundle for a stream as of a position, by the map that `commitment` names.

    Raises ValueError when the ends do not fit a stream that is or is not in the map.
    """
    if (place.own is None) != (ends.last is None and ends.next is None):
        raise ValueError(f"the map and the events of {stream} do not agree")
    return Completeness(
        log=commitment.log,
        stream=stream,
        as_of=as_of,
        complete=True,
        commitment=commitment,
        leaf=None if place.own is None else _leaf(place.own),
        neighbours=_leaves(place.neighbours),
        last=ends.last,
        next=ends.next,
    )


def document(bundle: Completeness) -> bytes:
    """Return a bundle as the JSON text of a file."""
    return documents.json_text(bundle)


def _leaves(ends: Sequence[PlacedEnd]) -> tuple[MapLeaf, ...]:
    return tuple(_leaf(end) for end in ends)


def _leaf(end: PlacedEnd) -> MapLeaf:
    path = tuple(step.hex() for step in end.path)
    return MapLeaf(end.key.hex(), end.version, end.chain.hex(), end.index, path)
