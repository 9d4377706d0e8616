"""From a decision's facts to the bodies that the log keeps (FORMATS 1)."""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from domain.catalogue import UnknownEventError, fact_of, is_restricted
from domain.integrity.canonical import canonical
from domain.kernel.event import Authorisation, Envelope, Event, Recorded

Entropy = Callable[[int], bytes]


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """What all events of one command share."""

    log: str
    at: str
    actor: str
    command: str
    correlation: str
    cause: int | None = None
    authorisation: Authorisation | None = None


class Body(msgspec.Struct, frozen=True):
    """An event on its way to the log."""

    stream: str
    version: int
    type: str
    fact: Event
    bytes: bytes


class _Written(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    # The envelope with its fact still typed: encoding skips a detour over plain values.
    log: str
    stream: str
    version: int
    type: str
    schema: int
    at: str
    actor: str
    command: str
    correlation: str
    data: Any
    cause: int | None = None
    authorisation: Authorisation | None = None
    salt: str | None = None


_read = msgspec.json.Decoder(Envelope).decode


def seal(
    facts: Sequence[tuple[str, Event]],
    provenance: Provenance,
    versions: Mapping[str, int],
    entropy: Entropy,
) -> list[Body]:
    """Write the bodies of a command's facts; ``versions`` tells each stream's last version.

    Raises NotCanonicalError when a fact holds what FORMATS 1 refuses.
    """
    last = dict(versions)
    bodies = []
    for stream, fact in facts:
        version = last[stream] = last[stream] + 1
        salt = base64.b64encode(entropy(16)).decode() if is_restricted(type(fact)) else None
        written = _Written(
            log=provenance.log,
            stream=stream,
            version=version,
            type=fact.TYPE,
            schema=fact.SCHEMA,
            at=provenance.at,
            actor=provenance.actor,
            command=provenance.command,
            correlation=provenance.correlation,
            data=fact,
            cause=provenance.cause,
            authorisation=provenance.authorisation,
            salt=salt,
        )
        bodies.append(Body(stream, version, fact.TYPE, fact, canonical(written)))
    return bodies


def read(position: int, body: bytes, chain: bytes) -> Recorded:
    """Read an event as it lies on the log; raises UnknownEventError, msgspec.ValidationError."""
    envelope = _read(body)
    return Recorded(
        position=position, envelope=envelope, fact=fact_of(envelope), body=body, chain=chain
    )


class Unreadable(Event, frozen=True):
    """Stands in the place of a fact that this version cannot read; ``fault`` says of what kind."""

    TYPE = "unreadable"
    fault: str


def read_any(position: int, body: bytes, chain: bytes) -> Recorded:
    """Read an event whose fact may be of a later version: then it is an `Unreadable`.

    For readers that need not know each fact. Raises msgspec.ValidationError when not even the
    envelope can be read.
    """
    envelope = _read(body)
    try:
        fact = fact_of(envelope)
    except (UnknownEventError, msgspec.ValidationError, KeyError) as fault:
        fact = Unreadable(fault=type(fault).__name__)
    return Recorded(position=position, envelope=envelope, fact=fact, body=body, chain=chain)
