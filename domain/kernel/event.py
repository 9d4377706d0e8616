"""A fact and its envelope: what is stored, hashed and shown (FORMATS 1).

An event is the bare fact; stream, version, time, actor and cause live in the envelope. The
stored body is the canonical JSON of the envelope and is never encoded a second time.
"""

from typing import Any, ClassVar, Final

import msgspec

from domain.kernel.roles import BACK_OFFICE, COMPLIANCE_TEAM, EVERYBODY, Role

VISIBLE_TO_ALL = EVERYBODY
VISIBLE_TO_BACK_OFFICE = BACK_OFFICE
VISIBLE_TO_COMPLIANCE: Final[frozenset[Role]] = COMPLIANCE_TEAM | {"process"}
"""Readers of what would tip a subject off (002, POCA 2002)."""
VISIBLE_TO_REVIEWERS: Final[frozenset[Role]] = VISIBLE_TO_COMPLIANCE | {"auditor"}
"""Readers of the fact that a subject is paused or reviewed; why is for compliance alone."""


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fact in the past tense; subclasses name their type, schema and readers.

    ``TYPE`` is the stable name on the log, ``SCHEMA`` the version of the fields, ``VISIBLE``
    the roles that may read the body in the feed. A type that not everybody may read is
    *restricted*: its bodies carry a salt (FORMATS 1).
    """

    TYPE: ClassVar[str]
    SCHEMA: ClassVar[int] = 1
    VISIBLE: ClassVar[frozenset[Role]] = VISIBLE_TO_BACK_OFFICE


class Authorisation(msgspec.Struct, frozen=True):
    """The actor's own signature over a command (FORMATS 1)."""

    key: str
    alg: str
    not_after: str
    request_hash: str
    signature: str


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that the log keeps of one event, with its data as plain JSON values."""

    log: str
    stream: str
    version: int
    type: str
    schema: int
    at: str
    actor: str
    command: str
    correlation: str
    data: dict[str, Any]
    cause: int | None = None
    authorisation: Authorisation | None = None
    salt: str | None = None


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it lies on the log: its position, envelope, typed fact, body and chain."""

    position: int
    envelope: Envelope
    fact: Event
    body: bytes
    chain: bytes

    @property
    def stream(self) -> str:
        """The stream that the event belongs to."""
        return self.envelope.stream

    @property
    def at(self) -> str:
        """The instant at which the event was recorded."""
        return self.envelope.at
