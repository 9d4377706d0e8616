"""Which key signs is what the log says at each size, not what lies in the key ring (B1)."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from domain.integrity.checkpoint import parse_checkpoint, parse_verifier_key
from domain.log.commands import RotateKey
from interfaces.outbound.postgres.checkpoints import Checkpoints
from interfaces.outbound.postgres.proofs import PostgresProofs
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.tree import TreeKeeper
from interfaces.outbound.signer.keyring import CheckpointKey, KeyRing, checkpoint_signer
from tests.conformance.script import LOG, FixedClock, create, opening, request

pytestmark = [pytest.mark.postgres, pytest.mark.capability("B1")]

LONG_SECONDS = 3600.0


class House:
    """A log whose checkpoint key lies in a ring of files, and can be rotated in two steps."""

    def __init__(self, gate: SyncGate, ring: KeyRing) -> None:
        self._gate = gate
        self._ring = ring
        self.signer = checkpoint_signer(ring, LOG)
        self.keys = [self.signer.verifier_key]
        asked = opening()
        command = msgspec.structs.replace(asked.command, keys=(self.keys[0],))
        gate.dispatch(msgspec.structs.replace(asked, command=command))

    def tell(self) -> None:
        """Put the rotation on the log; the ring stays as it is."""
        self.keys.append(CheckpointKey(self._ring, LOG, "checkpoint.next").verifier_key)
        wish = RotateKey(purpose="checkpoint", old=self.keys[-2], new=self.keys[-1], signature="00")
        self._gate.dispatch(request(wish, f"rotate-{len(self.keys)}"))

    def change(self) -> None:
        """Change the keys over."""
        self._ring.promote("checkpoint")

    def grow(self, name: str) -> None:
        """Put something else on the log."""
        self._gate.dispatch(create(name))


@pytest.fixture
def house(database: str, tmp_path: Path) -> Iterator[House]:
    with SyncGate(database, log=LOG, clock=FixedClock()) as gate:
        yield House(gate, KeyRing(tmp_path))


def signed_by(note: str, key: str) -> bool:
    """Say whether this key has signed a note, and nobody else."""
    signed, verifier = parse_checkpoint(note), parse_verifier_key(key)
    (line,) = signed.signatures
    if line.key_id != verifier.key_id:
        return False
    Ed25519PublicKey.from_public_bytes(verifier.public_key).verify(line.signature, signed.body)
    return True


async def test_nobody_is_told_a_checkpoint_from_before_a_rotation(
    house: House, database: str
) -> None:
    """However long checkpoints are told again, a rotation on the log ends it."""
    async with PostgresProofs(
        database, log=LOG, signer=house.signer, reuse_seconds=LONG_SECONDS
    ) as proofs:
        assert signed_by(await proofs.checkpoint(), house.keys[0])
        house.tell()
        assert signed_by(await proofs.checkpoint(), house.keys[1])
        house.change()
        assert signed_by(await proofs.checkpoint(), house.keys[1])


async def test_what_is_signed_between_the_fact_and_the_change_of_keys_has_the_new_name(
    house: House, database: str
) -> None:
    """The size is kept with one signature for ever: it must be that of the key in force there."""
    house.tell()
    async with PostgresProofs(database, log=LOG, signer=house.signer) as proofs:
        between = await proofs.checkpoint()
        house.change()
        assert await proofs.checkpoint() == between
        assert signed_by(between, house.keys[1])
        house.tell()
        house.change()
        house.grow("anna")
        assert signed_by(await proofs.checkpoint(), house.keys[2])
        assert (await proofs.receipt(1)).note.count("\n— ") == 1


def test_a_size_from_before_a_rotation_is_signed_by_the_key_of_its_time(
    house: House, session: Session
) -> None:
    """Whoever signs it late, with the ring changed over already."""
    house.grow("anna")
    house.tell()
    house.change()
    tree, checkpoints = TreeKeeper(session), Checkpoints(session, log=LOG, signer=house.signer)
    for size, key in ((2, house.keys[0]), (3, house.keys[1])):
        assert signed_by(checkpoints.issue(size, tree.root(size), tree.chain(size)), key)


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    session = Session(database, "test")
    yield session
    session.close()


def test_a_signer_without_the_named_key_signs_with_its_own(tmp_path: Path) -> None:
    """A key that is nobody's here cannot be signed with; its name is not put under anything."""
    signer = checkpoint_signer(KeyRing(tmp_path), LOG)
    stranger = checkpoint_signer(KeyRing(tmp_path / "other"), LOG).verifier_key
    assert signer.named(stranger) is signer
    assert signer.named(signer.verifier_key).verifier_key == signer.verifier_key
