"""Arrays as Postgres reads them (the binary format of ``array_recv``), each made in one piece.

psycopg asks a dumper for every element; with nine columns and a thousand rows that was a tenth of
what the log writer had to do.
"""

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Final

from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format
from typing_extensions import override

BIGINT: Final = 20
SMALLINT: Final = 21
TEXT: Final = 25
BYTEA: Final = 17
UUID: Final = 2950

_HEAD: Final = Struct(">iiIii").pack
_LENGTH: Final = Struct(">i").pack
_BIGINT: Final = Struct(">iq").pack
_SMALLINT: Final = Struct(">ih").pack
_NULL: Final = _LENGTH(-1)


class Packed(bytes):
    """A parameter that is in the binary format already; the statement says its type."""


class PackedDumper(Dumper):
    """Hands a packed parameter on as it is."""

    format = Format.BINARY
    oid = 0

    @override
    def dump(self, obj: Packed) -> Buffer:
        """Give the bytes."""
        return obj


def bigints(values: Sequence[int]) -> Packed:
    """Pack a ``bigint[]``."""
    return _packed(BIGINT, len(values), [_BIGINT(8, value) for value in values])


def smallints(values: Sequence[int]) -> Packed:
    """Pack a ``smallint[]``."""
    return _packed(SMALLINT, len(values), [_SMALLINT(2, value) for value in values])


def texts(values: Sequence[str]) -> Packed:
    """Pack a ``text[]``."""
    return _lengthened(TEXT, [value.encode() for value in values])


def uuids(values: Sequence[str]) -> Packed:
    """Pack a ``uuid[]`` from UUIDs as people write them."""
    return _lengthened(UUID, [bytes.fromhex(value.replace("-", "")) for value in values])


def byteas(values: Sequence[bytes]) -> Packed:
    """Pack a ``bytea[]``."""
    return _lengthened(BYTEA, values)


def byteas_or_nulls(values: Sequence[bytes | None]) -> Packed:
    """Pack a ``bytea[]`` some of whose elements are null."""
    elements = [_NULL if each is None else _LENGTH(len(each)) + each for each in values]
    return _packed(BYTEA, len(values), elements, has_null=True)


def _lengthened(kind: int, values: Sequence[bytes]) -> Packed:
    return _packed(kind, len(values), [_LENGTH(len(each)) + each for each in values])


def _packed(kind: int, count: int, elements: Iterable[bytes], *, has_null: bool = False) -> Packed:
    if not count:
        return Packed(_HEAD(0, 0, kind, 0, 0)[:12])
    return Packed(_HEAD(1, has_null, kind, count, 1) + b"".join(elements))
