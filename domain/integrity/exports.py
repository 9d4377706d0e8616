"""Evidence in the words of others: Chainpoint v3 and v4, C2SP tlog-proof.

The same path in other spellings; who reads them needs neither our format nor our verifier, but
they prove less: no chain of events, no envelope. Source: FORMATS 6 (end), Chainpoint v3 and v4,
C2SP tlog-proof@v1, RFC 9162.
"""

import base64
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

import msgspec

from domain.integrity import evidence as documents
from domain.integrity.evidence import Evidence

Version = Literal["v3", "v4"]
Format = Literal["evidence", "chainpoint-v3", "chainpoint-v4", "tlog-proof"]
Operation = dict[str, object]

TLOG_PROOF: Final = "c2sp.org/tlog-proof@v1"
_TICKS_BEFORE_1970: Final = 0x01B21DD213814000
_HASH: Final[Operation] = {"op": "sha-256"}


class NotAnchored(ValueError):
    """A Chainpoint proof ends in an anchor, and this event has none yet."""


class _When(msgspec.Struct):
    at: str


def export(bundle: Evidence, wanted: Format) -> bytes:
    """Return evidence in a format, our own included. Raises NotAnchored."""
    match wanted:
        case "evidence":
            return documents.document(bundle)
        case "chainpoint-v3":
            return msgspec.json.encode(chainpoint(bundle, "v3"))
        case "chainpoint-v4":
            return msgspec.json.encode(chainpoint(bundle, "v4"))
        case "tlog-proof":
            return tlog_proof(bundle).encode()


def chainpoint(bundle: Evidence, version: Version) -> dict[str, object]:
    """Return evidence as a Chainpoint document. Raises NotAnchored."""
    if bundle.anchor is None:
        raise NotAnchored(f"event {bundle.position} is not anchored yet")
    anchor = {"type": "eth", "anchor_id": bundle.anchor.transaction.removeprefix("0x")}
    branch = {
        "label": "tallystick_anchor_branch",
        "ops": [*_operations(bundle), {"anchors": [anchor]}],
    }
    at = msgspec.json.decode(bundle.body, type=_When).at
    name, second = str(_name(bundle, at)), at.partition(".")[0] + "Z"
    named: dict[str, object] = {"proof_id": name, "hash_received": second}
    if version == "v3":
        named = {
            "hash_id_node": name,
            "hash_submitted_node_at": second,
            "hash_id_core": name,
            "hash_submitted_core_at": second,
        }
    return {
        "@context": f"https://w3id.org/chainpoint/{version}",
        "type": "Chainpoint",
        "hash": sha256(bundle.body.encode()).hexdigest(),
        **named,
        "branches": [branch],
    }


def tlog_proof(bundle: Evidence) -> str:
    """Return evidence as a C2SP transparency log proof of the entry ``chain[n]``.

    Its extra data are what stands before H(body) in the hash of the chain (FORMATS 2), so that
    the entry can be computed from the body alone.
    """
    extra = b"\x02" + bundle.position.to_bytes(8) + bytes.fromhex(bundle.previous)
    path = [base64.b64encode(bytes.fromhex(step)).decode() for step in bundle.path]
    head = [TLOG_PROOF, f"extra {base64.b64encode(extra).decode()}", f"index {bundle.index}"]
    return "\n".join([*head, *path, "", bundle.checkpoint])


def _operations(bundle: Evidence) -> list[Operation]:
    """Lead from H(body) to the root: the link of the chain, the leaf, then each level."""
    link = b"\x02" + bundle.position.to_bytes(8) + bytes.fromhex(bundle.previous)
    operations: list[Operation] = [{"l": link.hex()}, _HASH, {"l": "00"}, _HASH]
    inner = (bundle.index ^ (bundle.size - 1)).bit_length()
    for level, step in enumerate(bundle.path):
        is_left = level >= inner or bundle.index >> level & 1
        operations += [{"l" if is_left else "r": step}, {"l": "01"}, _HASH]
    return operations


def _name(bundle: Evidence, at: str) -> UUID:
    """Make the UUID of version 1 that Chainpoint asks for, always the same for an event.

    Its time is the event's; its clock and node are of the chain value, with the bit that says
    that the node is no network card (RFC 9562, 6.10).
    """
    instant = datetime.fromisoformat(at).astimezone(UTC)
    seconds, micros = int(instant.timestamp()), instant.microsecond
    ticks = seconds * 10_000_000 + micros * 10 + _TICKS_BEFORE_1970
    chain = bytes.fromhex(bundle.chain)
    clock = int.from_bytes(chain[:2]) & 0x3FFF | 0x8000
    node = int.from_bytes(chain[2:8]) | 1 << 40
    low, middle, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 | 0x1000
    return UUID(fields=(low, middle, high, clock >> 8, clock & 0xFF, node))
