"""A log for witnesses: leaves, a key, checkpoints of any size, and a fork of itself."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain.integrity import merkle
from domain.integrity.checkpoint import (
    Checkpoint,
    VerifierKey,
    parse_verifier_key,
    sign_checkpoint,
    verifier_key,
)
from domain.integrity.merkle import leaf_hash
from domain.integrity.witnessing import submission_text
from interfaces.outbound.signer.keyring import Ed25519Signer

ORIGIN = "tallystick.example/main"
SIGNER = Ed25519Signer(bytes(range(32)), name=ORIGIN)
LOG_KEY = parse_verifier_key(SIGNER.verifier_key)


class Log:
    """A log of numbered entries; one with a fork says something else from there on."""

    def __init__(self, fork_at: int | None = None, signer: Ed25519Signer = SIGNER) -> None:
        self._fork_at = fork_at
        self._signer = signer

    @property
    def key(self) -> VerifierKey:
        return parse_verifier_key(self._signer.verifier_key)

    def _chain(self, number: int) -> bytes:
        forked = self._fork_at is not None and number >= self._fork_at
        return number.to_bytes(31) + bytes([forked])

    def leaves(self, size: int) -> list[bytes]:
        return [leaf_hash(self._chain(number)) for number in range(1, size + 1)]

    def note(self, size: int) -> str:
        root = merkle.root(self.leaves(size))
        checkpoint = Checkpoint(ORIGIN, size, root, self._chain(size))
        return sign_checkpoint(checkpoint, self.key, self._signer.sign)

    def path(self, old: int, new: int) -> list[bytes]:
        return merkle.consistency_path(old, new, merkle.nodes_of(self.leaves(new)))

    def submission(self, old: int, new: int) -> str:
        return submission_text(old, self.path(old, new), self.note(new))


def witness_key(
    seed: int, name: str = "witness.example/w1"
) -> tuple[VerifierKey, Ed25519PrivateKey]:
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return verifier_key(name=name, public_key=public, algorithm=4), private
