"""Evidence bundle and trust file: the two documents from which one event is proven offline.

They are kept apart on purpose: a bundle comes from us and carries no key, the trust file reaches
the auditor by another way. Source: FORMATS 6.
"""

from collections.abc import Sequence

import msgspec

from domain.integrity.checkpoint import SignedCheckpoint, VerifierKey

EVIDENCE_FORMAT = "tallystick/evidence/v1"
TRUST_FORMAT = "tallystick/trust/v1"
CONSISTENCY_FORMAT = "tallystick/consistency/v1"

_ENCODER = msgspec.json.Encoder()


class Anchor(msgspec.Struct, frozen=True):
    """Where a root stands on a public chain; addresses and hashes are 0x-hex."""

    chain_id: int
    registry: str
    transaction: str
    block: int
    block_hash: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything needed to prove one event, but no key."""

    format: str = EVIDENCE_FORMAT
    log: str
    position: int
    body: str
    previous: str
    chain: str
    index: int
    size: int
    path: tuple[str, ...]
    root: str
    head: str
    checkpoint: str
    anchor: Anchor | None


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """Which keys, witnesses, chain and registry an auditor believes."""

    format: str = TRUST_FORMAT
    log: str
    keys: tuple[str, ...]
    witnesses: tuple[str, ...] = ()
    quorum: int = 0
    chain_id: int
    registry: str
    owner: str


class Consistency(msgspec.Struct, frozen=True, kw_only=True):
    """Two checkpoints of one log, and the proof that the second extends the first (FORMATS 3)."""

    format: str = CONSISTENCY_FORMAT
    old: str
    new: str
    path: tuple[str, ...]


class LoggedEvent(msgspec.Struct, frozen=True):
    """One event with the two chain hashes around it."""

    position: int
    body: bytes
    previous: bytes
    chain: bytes


def evidence(
    event: LoggedEvent,
    path: Sequence[bytes],
    *,
    signed: SignedCheckpoint,
    text: str,
    anchor: Anchor | None = None,
) -> Evidence:
    """Return the bundle for an event; `path` leads from its leaf to the checkpoint's root.

    `text` is the checkpoint as signed. Raises ValueError when the event lies behind it.
    """
    stated = signed.checkpoint
    if not 1 <= event.position <= stated.size:
        raise ValueError(f"event {event.position} is not under a checkpoint of {stated.size}")
    return Evidence(
        log=stated.log,
        position=event.position,
        body=event.body.decode(),
        previous=event.previous.hex(),
        chain=event.chain.hex(),
        index=event.position - 1,
        size=stated.size,
        path=tuple(step.hex() for step in path),
        root=stated.root.hex(),
        head=stated.chain.hex(),
        checkpoint=text,
        anchor=anchor,
    )


def trust(
    *,
    log: str,
    keys: Sequence[VerifierKey],
    chain_id: int,
    registry: str,
    owner: str,
) -> Trust:
    """Return a trust file without witnesses; add them with `with_witnesses`."""
    return Trust(
        log=log,
        keys=tuple(key.text() for key in keys),
        chain_id=chain_id,
        registry=registry,
        owner=owner,
    )


def with_witnesses(file: Trust, witnesses: Sequence[VerifierKey], quorum: int) -> Trust:
    """Return a trust file that demands `quorum` cosignatures. Raises ValueError if impossible."""
    if not 0 <= quorum <= len(set(witnesses)):
        raise ValueError(f"{quorum} of {len(set(witnesses))} witnesses cannot sign")
    texts = tuple(witness.text() for witness in witnesses)
    return msgspec.structs.replace(file, witnesses=texts, quorum=quorum)


def consistency(old: str, new: str, path: Sequence[bytes]) -> Consistency:
    """Return the consistency file of two checkpoints as signed."""
    return Consistency(old=old, new=new, path=tuple(step.hex() for step in path))


def document(part: Evidence | Trust | Consistency) -> bytes:
    """Return a document as the JSON text of a file, its members in the order of FORMATS."""
    return json_text(part)


def json_text(part: msgspec.Struct) -> bytes:
    """Return a document as the indented JSON text of a file."""
    return msgspec.json.format(_ENCODER.encode(part), indent=1) + b"\n"
