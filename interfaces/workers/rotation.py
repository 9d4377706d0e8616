"""Puts a new key in the place of an old one, step by step and resumable at each (decision 14).

The new key is let in where the chain must know it, the old key signs the rotation onto the log,
the key ring changes over, and the old key is put out. Running processes follow by themselves:
they ask the ring for each signature. What was begun and broken off is finished by the next run.
"""

import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

import msgspec
from eth_utils.crypto import keccak

from application.ports.log import LogReader
from domain.chainwrite.calls import TOKEN_AGENT
from domain.chainwrite.commands import PlanChainWrite
from domain.chainwrite.rotation import ROTATED, let_in, put_out
from domain.integrity.chain import log_id
from domain.integrity.checkpoint import verifier_key
from domain.log.commands import RotateKey
from domain.log.events import LogKeyRotated, LogOpened
from domain.log.rotation import rotation_message
from domain.log.state import CHECKPOINT, LOG, LOG_STREAM
from domain.platform.state import PLATFORM, PLATFORM_STREAM, Platform
from interfaces.outbound.signer.keyring import NEXT, KeyRing
from interfaces.workers.gateway import Sender
from interfaces.workers.handover import Chain, HandOver
from interfaces.workers.rotationsteps import RotationHeld, Steps

__all__ = ["PURPOSES", "Chain", "Rotation", "RotationHeld", "World"]

KEY_ENCRYPTION: Final = "key_encryption"
PURPOSES: Final = (CHECKPOINT, *ROTATED, TOKEN_AGENT, KEY_ENCRYPTION)
"""Keys that can be rotated while everything runs."""
FINGERPRINT_BYTES: Final = 8


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What a rotation touches beside the log and the keys.

    ``balance`` tells what an account can spend on the chain, in wei; ``rewrap`` wraps the vault's
    data keys under a new key-encryption key, given all that may have wrapped them; ``chain`` tells
    what there is to hand over. ``seconds`` is the longest wait for one transaction.
    """

    balance: Callable[[str], int]
    chain: Chain
    rewrap: Callable[[Sequence[bytes], bytes], int]
    seconds: float = 120.0


class Rotation:
    """Rotates the keys of one installation; its workers must be running."""

    def __init__(self, sender: Sender, *, log: LogReader, ring: KeyRing, world: World) -> None:
        self._sender = sender
        self._log = log
        self._ring = ring
        self._world = world
        self._steps = Steps(sender, log, world.seconds)
        self._state = LOG.fold(each.fact for each in log.read_stream(LOG_STREAM))

    def rotate(self, purpose: str) -> LogKeyRotated:
        """Rotate the key of a purpose and tell what was written. Raises RotationHeld, Refused."""
        known = [each for each in self._state.rotations if each.purpose == purpose]
        if known and self._ring.has(purpose + NEXT) and self._name(purpose, NEXT) == known[-1].new:
            # Broken off behind its fact: what is left is the change of keys.
            return self._change(known[-1])
        if known and purpose in self._platform.leaving:
            self._put_out(known[-1])
            return known[-1]
        if known:
            self._put_out(known[-1])
        old, new = self._name(purpose), self._name(purpose, NEXT)
        if purpose in ROTATED:
            self._let_in(purpose, new)
        if purpose == TOKEN_AGENT:
            self._demand_ether(new)
            self._hand_over(old, new).prepare()
        if purpose == KEY_ENCRYPTION:
            self._rewrap()
        message = rotation_message(self._opened.origin, purpose=purpose, old=old, new=new)
        fact = LogKeyRotated(
            purpose=purpose, old=old, new=new, signature=self._sign(purpose, message).hex()
        )
        wish = RotateKey(**msgspec.structs.asdict(fact))
        self._sender.send(wish, f"rotate/{sha256(message).hexdigest()}")
        return self._change(fact)

    def _change(self, fact: LogKeyRotated) -> LogKeyRotated:
        self._ring.promote(fact.purpose)
        if fact.purpose == KEY_ENCRYPTION:
            # Somebody may have wrapped a key with the old one until now.
            self._world.rewrap(self._ring.keys(KEY_ENCRYPTION), self._ring.key(KEY_ENCRYPTION))
        self._put_out(fact)
        return fact

    def _rewrap(self) -> None:
        new = self._ring.key(KEY_ENCRYPTION + NEXT)
        self._world.rewrap(self._ring.keys(KEY_ENCRYPTION), new)

    @property
    def _opened(self) -> LogOpened:
        if self._state.opened is None:
            message = "the log is not open yet: start the platform first"
            raise RotationHeld(message)
        return self._state.opened

    def _demand_ether(self, new: str) -> None:
        if not self._world.balance(new):
            message = f"send {new} some ether for its transactions, then run this again"
            raise RotationHeld(message)

    def _hand_over(self, old: str, new: str) -> HandOver:
        return HandOver(self._sender, self._log, self._steps, self._world.chain, old=old, new=new)

    def _let_in(self, purpose: str, new: str) -> None:
        self._demand_ether(new)
        opened = self._opened
        self._carry_out(
            let_in(
                self._addresses(),
                purpose=purpose,
                new=new,
                log=log_id(opened.origin).hex(),
                registry=opened.registry,
            )
        )

    def _put_out(self, fact: LogKeyRotated) -> None:
        if fact.purpose in ROTATED:
            self._carry_out(
                put_out(
                    self._addresses(),
                    purpose=fact.purpose,
                    old=fact.old,
                    new=fact.new,
                    registry=self._opened.registry,
                )
            )
        if fact.purpose == TOKEN_AGENT:
            self._hand_over(fact.old, fact.new).finish()

    @property
    def _platform(self) -> Platform:
        return PLATFORM.fold(each.fact for each in self._log.read_stream(PLATFORM_STREAM))

    def _addresses(self) -> dict[str, str]:
        addresses = self._platform.addresses
        if not addresses:
            message = "the platform is not deployed yet"
            raise RotationHeld(message)
        return addresses

    def _carry_out(self, plans: Sequence[PlanChainWrite]) -> None:
        for plan in plans:
            self._steps.carry_out([plan])

    def _name(self, purpose: str, suffix: str = "") -> str:
        """Name a key as outsiders know it, see `domain.log.rotation`."""
        if purpose == CHECKPOINT:
            public = self._ring.ed25519_public(purpose + suffix)
            return verifier_key(name=self._opened.origin, public_key=public).text()
        if purpose in {*ROTATED, TOKEN_AGENT}:
            return self._ring.evm_address(purpose + suffix)
        return sha256(self._ring.key(purpose + suffix)).digest()[:FINGERPRINT_BYTES].hex()

    def _sign(self, purpose: str, message: bytes) -> bytes:
        if purpose == CHECKPOINT:
            return self._ring.ed25519_sign(purpose, message)
        if purpose in {*ROTATED, TOKEN_AGENT}:
            return self._ring.sign_digest(purpose, personal_digest(message)).text()
        return hmac.digest(self._ring.key(purpose), message, "sha256")


def personal_digest(message: bytes) -> bytes:
    """Return what an account signs of a message (EIP-191)."""
    head = f"\x19Ethereum Signed Message:\n{len(message)}".encode()
    return bytes(keccak(head + message))
