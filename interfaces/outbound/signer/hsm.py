"""Keys in a token behind PKCS#11: they are made there and never leave it.

Checkpoints need Ed25519 (EDDSA), chain accounts ECDSA over secp256k1 of a digest. A key's label is
its purpose. Errors name the purpose, never the PIN.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

from interfaces.outbound.signer.keyfile import KeyLocked
from interfaces.outbound.signer.secp256k1 import EvmSignature, address_of_point, completed

T = TypeVar("T")

SECP256K1: Final = bytes.fromhex("06052b8104000a")
ED25519: Final = bytes.fromhex("130c") + b"edwards25519"
"""Names of the curves as a token knows them: an OID, and a PrintableString (PKCS#11 3.0, 2.3)."""

UNCOMPRESSED: Final = b"\x04"


class TokenUnreachable(Exception):
    """The token is away or refuses; the text names the purpose."""


class Hsm:
    """One token of a PKCS#11 module; usable from any thread, one signature at a time."""

    def __init__(self, module: Path, token: str, pin: str) -> None:
        self._module = module
        self._token = token
        self._pin = pin
        self._session: pkcs11.Session | None = None
        self._lock = threading.Lock()

    def ed25519_public(self, purpose: str) -> bytes:
        """Tell a checkpoint key's 32 public bytes; the key is made at first need."""
        return self._point(purpose, KeyType.EC_EDWARDS)

    def ed25519_sign(self, purpose: str, message: bytes) -> bytes:
        """Sign a message. Raises TokenUnreachable, KeyLocked."""
        return self._sign(purpose, KeyType.EC_EDWARDS, message)

    def evm_address(self, purpose: str) -> str:
        """Tell a chain account's address in lower case; the key is made at first need."""
        return address_of_point(self._evm_point(purpose))

    def sign_digest(self, purpose: str, digest: bytes) -> EvmSignature:
        """Sign 32 bytes. Raises TokenUnreachable, KeyLocked."""
        point = self._evm_point(purpose)
        return completed(self._sign(purpose, KeyType.EC, digest), digest, point)

    def rename(self, purpose: str, name: str) -> None:
        """Give the key pair of a purpose another label; raises KeyError when there is none."""

        def work(session: pkcs11.Session) -> None:
            found = list(session.get_objects({Attribute.LABEL: purpose}))
            if not found:
                raise KeyError(purpose)
            for each in found:
                each[Attribute.LABEL] = name

        self._run(purpose, work)

    def has(self, purpose: str) -> bool:
        """Say whether there is a key of this label."""
        wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: purpose}
        return self._run(purpose, lambda session: bool(list(session.get_objects(wanted))))

    def close(self) -> None:
        """End the session with the token."""
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def _evm_point(self, purpose: str) -> bytes:
        return self._point(purpose, KeyType.EC).removeprefix(UNCOMPRESSED)

    def _point(self, purpose: str, kind: KeyType) -> bytes:
        def work(session: pkcs11.Session) -> bytes:
            try:
                public = _key(session, ObjectClass.PUBLIC_KEY, purpose, kind)
            except pkcs11.NoSuchKey:
                public = _make(session, purpose, kind)
            # A DER octet string, short enough for a length of one byte.
            return bytes(public[Attribute.EC_POINT])[2:]

        return self._run(purpose, work)

    def _sign(self, purpose: str, kind: KeyType, data: bytes) -> bytes:
        mechanism = Mechanism.EDDSA if kind is KeyType.EC_EDWARDS else Mechanism.ECDSA

        def work(session: pkcs11.Session) -> bytes:
            private = _key(session, ObjectClass.PRIVATE_KEY, purpose, kind)
            return bytes(private.sign(data, mechanism=mechanism))

        return self._run(purpose, work)

    def _run(self, purpose: str, work: Callable[[pkcs11.Session], T]) -> T:
        with self._lock:
            try:
                return work(self._opened())
            except pkcs11.PinIncorrect as error:
                message = "the PIN does not open the token"
                raise KeyLocked(message) from error
            except pkcs11.PKCS11Error as error:
                self._session = None
                message = f"the token gives no answer for {purpose}: {type(error).__name__}"
                raise TokenUnreachable(message) from error

    def _opened(self) -> pkcs11.Session:
        if self._session is None:
            token = pkcs11.lib(str(self._module)).get_token(token_label=self._token)
            self._session = token.open(rw=True, user_pin=self._pin)
        return self._session


def _key(session: pkcs11.Session, kind: ObjectClass, purpose: str, of: KeyType) -> Any:
    return session.get_key(object_class=kind, key_type=of, label=purpose)


def _make(session: pkcs11.Session, purpose: str, kind: KeyType) -> Any:
    edwards = kind is KeyType.EC_EDWARDS
    curve = {Attribute.EC_PARAMS: ED25519 if edwards else SECP256K1}
    parameters = session.create_domain_parameters(kind, curve, local=True)
    public, _ = parameters.generate_keypair(
        store=True,
        label=purpose,
        mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN if edwards else None,
        private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
    )
    return public
