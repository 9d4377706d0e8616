"""The folder of a backup: one file for each table, and a manifest that names and digests them.

    manifest.json          what the folder holds, written last: a folder without one is no backup
    <table>.copy           the table's rows as Postgres writes them (COPY, binary format)

The digests find damage, not malice: whoever can write all of the folder can write a manifest to
it. The log needs no such trust, because a restore holds it against its own chain, against the
checkpoints that were signed, and against the anchors. What stands beside the log (hashes of what
commands asked for, places of followers, signed transactions) does.
"""

import os
import re
import shutil
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from pathlib import Path
from struct import Struct
from typing import BinaryIO, Final, Literal

import msgspec

from interfaces.outbound.files import replace_file
from interfaces.outbound.postgres.inspection import Row

FORMAT: Final = "tallystick/backup/v1"
MANIFEST: Final = "manifest.json"
UNFINISHED: Final = ".unfinished"
FIELD_BYTES_MAX: Final = 2**30
"""Postgres has no larger field."""

Kind = Literal["log", "vault"]
Fields = Sequence[bytes | None]
Tick = Callable[[int], None]
"""Is told how much more is done."""

Stage = Callable[[str, int], AbstractContextManager[Tick]]
"""Begins a part of the work: what is done, and how much of it there is, roughly."""

_NAME: Final = re.compile(r"[a-z_]{1,63}").fullmatch
_SIGNATURE: Final = b"PGCOPY\n\xff\r\n\0"
_COUNT: Final = Struct(">h")
_LENGTH: Final = Struct(">i")
_BIG: Final = Struct(">q")
_BLOCK: Final = 2**20


class ArchiveRefused(Exception):
    """The folder is no backup that can be used; the text says what is wrong with it."""


class Column(msgspec.Struct, frozen=True):
    """A column of a table, with its type as Postgres names it."""

    name: str
    type: str


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One table's file: its columns in order, and what the file must be."""

    table: str
    columns: tuple[Column, ...]
    rows: int
    bytes: int
    sha256: str

    @property
    def file(self) -> str:
        """The file's name in the folder."""
        return f"{self.table}.copy"


class Applied(msgspec.Struct, frozen=True):
    """A migration that the database had."""

    number: int
    digest: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds: the log up to a position, with chain and root in hex there.

    ``checkpoint`` is the newest one that was issued by then. A backup of the vault names the
    position that the log had when it was taken, and no root.
    """

    format: str
    kind: Kind
    log: str
    position: int
    chain: str
    root: str
    checkpoint: str | None
    migrations: tuple[Applied, ...]
    parts: tuple[Part, ...]

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(part.bytes for part in self.parts)

    def part(self, table: str) -> Part:
        """Find a table's file. Raises ArchiveRefused."""
        for part in self.parts:
            if part.table == table:
                return part
        raise ArchiveRefused(f"the backup has no table {table}")


@contextmanager
def unwatched(_: str, __: int) -> Iterator[Tick]:
    """Begin a part of the work that nobody watches."""
    yield lambda _: None


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Make a folder that is there whole or not at all: filled aside, then moved into place.

    Raises ArchiveRefused when something is there already, OSError.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ArchiveRefused(f"{folder} is there already: a backup never overwrites another")
    unfinished = folder.with_name(folder.name + UNFINISHED)
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    try:
        yield unfinished
        _sync(unfinished)
        unfinished.rename(folder)
        _sync(folder.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def write_manifest(folder: Path, manifest: Manifest) -> str:
    """Write the manifest and tell its SHA-256."""
    content = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
    replace_file(folder / MANIFEST, content)
    (folder / MANIFEST).chmod(0o600)
    return sha256(content).hexdigest()


def read_manifest(folder: Path, kind: Kind) -> Manifest:
    """Read what a folder holds. Raises ArchiveRefused."""
    try:
        content = (folder / MANIFEST).read_bytes()
        manifest = msgspec.json.decode(content, type=Manifest)
    except OSError as error:
        raise ArchiveRefused(f"{folder} holds no finished backup: no {MANIFEST}") from error
    except msgspec.DecodeError as error:
        raise ArchiveRefused(f"{folder / MANIFEST} is damaged") from error
    if manifest.format != FORMAT:
        raise ArchiveRefused(f"the backup's format is {manifest.format}, not {FORMAT}")
    if manifest.kind != kind:
        raise ArchiveRefused(f"{folder} is a backup of the {manifest.kind}, not of the {kind}")
    if any(not _NAME(part.table) for part in manifest.parts):
        raise ArchiveRefused(f"{folder / MANIFEST} names what can be no table")
    return manifest


def check_files(folder: Path, manifest: Manifest, tick: Tick) -> None:
    """Hold each file against its size and digest. Raises ArchiveRefused."""
    for part in manifest.parts:
        path, digest, size = folder / part.file, sha256(), 0
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
                    size += len(block)
                    tick(len(block))
        except OSError as error:
            raise ArchiveRefused(f"{path} cannot be read: {type(error).__name__}") from error
        if (size, digest.hexdigest()) != (part.bytes, part.sha256):
            raise ArchiveRefused(f"{path} is damaged: not the bytes that the manifest names")


def rows(folder: Path, part: Part) -> Iterator[Fields]:
    """Read a table's rows, each as its fields' bytes. Raises ArchiveRefused."""
    path, count = folder / part.file, 0
    with path.open("rb", buffering=_BLOCK) as file:
        if _read(file, 11) != _SIGNATURE:
            raise ArchiveRefused(f"{path} is not in the binary format of COPY")
        _read(file, 4)
        _read(file, _LENGTH.unpack(_read(file, 4))[0])
        while (fields := _COUNT.unpack(_read(file, 2))[0]) >= 0:
            if fields != len(part.columns):
                raise ArchiveRefused(f"{path} has a row of {fields} fields")
            yield [_field(file) for _ in range(fields)]
            count += 1
    if count != part.rows:
        raise ArchiveRefused(f"{path} has {count} rows, not {part.rows}")


def _field(file: BinaryIO) -> bytes | None:
    length: int = _LENGTH.unpack(_read(file, 4))[0]
    return None if length < 0 else _read(file, length)


def _read(file: BinaryIO, size: int) -> bytes:
    if not 0 <= size <= FIELD_BYTES_MAX or len(found := file.read(size)) != size:
        raise ArchiveRefused(f"{Path(file.name).name} ends in the middle of a row")
    return found


def packed(fields: Fields) -> bytes:
    """Write a row in the binary format of COPY."""
    parts = [_COUNT.pack(len(fields))]
    for field in fields:
        parts.append(_LENGTH.pack(-1 if field is None else len(field)))
        parts.append(field or b"")
    return b"".join(parts)


def event_reader(part: Part) -> Callable[[Fields], Row]:
    """Give the reader of the event table's rows. Raises ArchiveRefused."""
    names = [column.name for column in part.columns]
    wanted = ("position", "stream", "version", "type", "command", "ordinal", "body", "chain")
    if not set(wanted) <= set(names):
        raise ArchiveRefused("the backup's event table lacks columns")
    places = [names.index(name) for name in wanted]

    def read(fields: Fields) -> Row:
        found = [fields[place] for place in places]
        try:
            position, stream, version, kind, command, ordinal, body, chain = _present(found)
            return Row(
                _BIG.unpack(position)[0],
                stream.decode(),
                _BIG.unpack(version)[0],
                kind.decode(),
                _uuid(command.hex()),
                _COUNT.unpack(ordinal)[0],
                body,
                chain,
            )
        except (ValueError, struct.error) as error:
            raise ArchiveRefused("the backup's event table has a row that is no event") from error

    return read


def _present(fields: Fields) -> list[bytes]:
    present = [field for field in fields if field is not None]
    if len(present) != len(fields):
        message = "a field is missing"
        raise ValueError(message)
    return present


def _uuid(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
