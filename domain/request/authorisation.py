"""What two persons sign, and when a signature counts (FORMATS 1, ``authorisation``).

``request_hash`` is SHA-256 of the canonical JSON of ``{"data": <fields>, "type": <command>}`` of
the command that is asked for: maker and checker sign the same hash. What is signed binds it to
the log, the actor, the deed and the last moment at which it counts, a line each::

    tallystick/authorisation/v1
    <log>
    <actor>
    <request.make | request.approve | request.reject>
    <request>
    <request_hash>
    <not_after>

``ed25519`` signs these bytes (no final newline) and names its public key as 64 hex digits; the
signature is 128 hex digits. ``eip712`` signs the same six values as the typed data of
``TYPED_DATA`` and names its address, 0x and 40 hex digits in lower case; the signature is 130 hex
digits: r, s, and 27 or 28.
"""

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec

from domain.integrity.canonical import canonical
from domain.kernel.calendar import is_instant
from domain.kernel.event import Authorisation
from domain.kernel.refusal import Refusal
from domain.request.refusals import AuthorisationInvalid, AuthorisationMissing

HEADER: Final = "tallystick/authorisation/v1"
KEYS: Final[Mapping[str, re.Pattern[str]]] = {
    "ed25519": re.compile("[0-9a-f]{64}"),
    "eip712": re.compile("0x[0-9a-f]{40}"),
}
SIGNATURES: Final[Mapping[str, re.Pattern[str]]] = {
    "ed25519": re.compile("[0-9a-f]{128}"),
    "eip712": re.compile("[0-9a-f]{130}"),
}
TYPED_DATA: Final[Mapping[str, Any]] = {
    "domain": {"name": "Tallystick", "version": "1"},
    "primaryType": "Authorisation",
    "types": {
        "EIP712Domain": [
            {"name": "name", "type": "string"},
            {"name": "version", "type": "string"},
        ],
        "Authorisation": [
            {"name": "log", "type": "string"},
            {"name": "actor", "type": "string"},
            {"name": "action", "type": "string"},
            {"name": "request", "type": "string"},
            {"name": "requestHash", "type": "bytes32"},
            {"name": "notAfter", "type": "string"},
        ],
    },
}


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """The six values that an authorisation is about."""

    log: str
    actor: str
    action: str
    request: str
    request_hash: str
    not_after: str

    def text(self) -> bytes:
        """Write what Ed25519 signs."""
        return "\n".join((HEADER, *msgspec.structs.astuple(self))).encode()

    def typed_data(self) -> dict[str, Any]:
        """Write what EIP-712 signs."""
        message = {
            "log": self.log,
            "actor": self.actor,
            "action": self.action,
            "request": self.request,
            "requestHash": "0x" + self.request_hash,
            "notAfter": self.not_after,
        }
        return {**TYPED_DATA, "message": message}


Verify = Callable[[Authorisation, Words], bool]
"""Says whether the signature is the key's over these words."""


def hash_of(kind: str, data: object) -> str:
    """Hash a command; raises NotCanonicalError for what no body could hold."""
    return sha256(canonical({"data": data, "type": kind})).hexdigest()


def refuse_authorisation(
    shown: Authorisation | None, words: Words, *, at: str, keys: Mapping[str, str], verify: Verify
) -> Refusal | None:
    """Say why an authorisation does not count; ``keys`` are the actor's own, with algorithms."""
    if shown is None:
        return AuthorisationMissing(action=words.action)
    if shown.request_hash != words.request_hash:
        return AuthorisationInvalid(reason="it is for another request")
    if not is_instant(shown.not_after) or shown.not_after < at:
        return AuthorisationInvalid(reason="its time is over")
    if keys.get(shown.key) != shown.alg:
        return AuthorisationInvalid(reason="its key is not one of the actor's")
    if SIGNATURES[shown.alg].fullmatch(shown.signature) is None or not verify(shown, words):
        return AuthorisationInvalid(reason="its signature does not fit")
    return None
