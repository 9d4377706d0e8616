"""One record of the feed, cut out of the stored body without decoding it (FORMATS 8).

The body is canonical JSON (FORMATS 1), so its members stand in a known order: actor, at,
authorisation, cause, command, correlation, data, log, salt, schema, stream, type, version.
A quote inside a JSON string is escaped; therefore ``,"data":{`` can only be the member itself
when it is sought from the front, and ``,"log":"`` when it is sought from the back.
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Final

import msgspec

from application.ports.log import FeedEntry, Head
from domain.catalogue import EVENTS, is_restricted, may_read
from domain.kernel.roles import BACK_OFFICE, Role

Write = Callable[[FeedEntry], bytes]

CHANGES_VERSION: Final = 1
"""Version of the derivation of ``changes``."""

_encode: Final = msgspec.json.Encoder().encode

_ACTOR: Final = b'{"actor":'
_AT: Final = b',"at":"'
_COMMAND: Final = b',"command":"'
_DATA: Final = b',"data":{'
_LOG: Final = b',"log":"'
_STREAM: Final = b',"stream":"'
_TYPE: Final = b',"type":"'
_VERSION: Final = b',"version":'
_COMMAND_LENGTH: Final = 36


def writer(role: Role, *, proof: bool) -> Write:
    """Choose how records are written for a role; ``proof`` leaves position, body and chain.

    What the role may not read becomes ``{position, body_hash, chain}``. Derived changes show an
    entry whole, also what other events put there, so only roles that read all get them.
    """
    shown = _proof if proof else _full if role in BACK_OFFICE else _bare

    def write(entry: FeedEntry) -> bytes:
        return shown(entry) if _readable(role, entry.type) else _redacted(entry)

    return write


def public_writer() -> Write:
    """Choose how records are written for everybody, without a key.

    A body that every role may read has no salt: its hash would not hide it.
    """

    def write(entry: FeedEntry) -> bytes:
        return _proof(entry) if _public(entry.type) else _redacted(entry)

    return write


@lru_cache(maxsize=4096)
def _public(event_type: str) -> bool:
    event = EVENTS.get(event_type)
    return event is not None and not is_restricted(event)


@lru_cache(maxsize=4096)
def _readable(role: Role, event_type: str) -> bool:
    return may_read(role, event_type)


def _full(entry: FeedEntry) -> bytes:
    return b"".join((_bare(entry)[:-1], b',"changes":', entry.changes, b"}"))


def _bare(entry: FeedEntry) -> bytes:
    body, chain = entry.body, entry.chain.hex().encode()
    position = b"%d" % entry.position
    at = body.index(_AT)
    data = body.index(_DATA, at)
    command = body.index(_COMMAND, at, data) + len(_COMMAND)
    log = body.rindex(_LOG)
    stream = body.index(_STREAM, log)
    kind = body.index(_TYPE, stream)
    version = body.index(_VERSION, kind)
    return b"".join(
        (
            b'{"id":"',
            chain,
            b'","paging_token":"',
            position,
            b'","position":',
            position,
            body[kind:version],
            body[stream:kind],
            body[version:-1],
            body[at : body.index(b'"', at + len(_AT)) + 1],
            b',"actor":',
            body[len(_ACTOR) : at],
            _COMMAND,
            body[command : command + _COMMAND_LENGTH + 1],
            body[data:log],
            b',"body":',
            _encode(body.decode()),
            b',"chain":"',
            chain,
            b'"}',
        )
    )


def _proof(entry: FeedEntry) -> bytes:
    return b'{"position":%d,"body":%b,"chain":"%b"}' % (
        entry.position,
        _encode(entry.body.decode()),
        entry.chain.hex().encode(),
    )


def _redacted(entry: FeedEntry) -> bytes:
    return b'{"position":%d,"body_hash":"%b","chain":"%b"}' % (
        entry.position,
        sha256(entry.body).hexdigest().encode(),
        entry.chain.hex().encode(),
    )


class Latest(msgspec.Struct, frozen=True):
    """The head as a page and a heartbeat name it."""

    position: int
    closed_at: str
    chain: str


def latest(head: Head) -> Latest:
    """Tell the head of the log."""
    return Latest(head.position, head.at, head.chain.hex())
