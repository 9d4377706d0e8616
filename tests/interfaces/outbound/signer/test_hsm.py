"""Keys in a token: Debian's SoftHSM behind PKCS#11."""

import os
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from eth_account import Account

from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.transactions import Fees, Transaction
from interfaces.outbound.signer.hsm import Hsm, TokenUnreachable
from interfaces.outbound.signer.keyfile import KeyLocked
from interfaces.outbound.signer.keyring import KeyRing, checkpoint_signer
from interfaces.outbound.signer.secp256k1 import ORDER, completed

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "9315"


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make a token; the module reads its folder once in the life of a process."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    command = ["softhsm2-util", "--init-token", "--free", "--label", "tallystick"]
    subprocess.run([*command, "--so-pin", "0000", "--pin", PIN], check=True, capture_output=True)
    return "tallystick"


@pytest.fixture
def hsm(token: str) -> Iterator[Hsm]:
    hsm = Hsm(MODULE, token, PIN)
    yield hsm
    hsm.close()


def test_a_token_signs_for_a_chain_account(hsm: Hsm) -> None:
    """With s in the lower half, recoverable to the account's address, every time."""
    address = hsm.evm_address("anchorer")
    for number in range(16):
        digest = sha256(b"%d" % number).digest()
        signed = hsm.sign_digest("anchorer", digest)
        assert signed.s <= ORDER // 2
        vrs = (27 + signed.parity, signed.r, signed.s)
        assert Account._recover_hash(digest, vrs=vrs).lower() == address
    assert hsm.evm_address("token_agent") != address


def test_a_token_signs_checkpoints(hsm: Hsm) -> None:
    public = hsm.ed25519_public("checkpoint")
    Ed25519PublicKey.from_public_bytes(public).verify(hsm.ed25519_sign("checkpoint", b"m"), b"m")
    assert hsm.ed25519_public("checkpoint") == public


def test_a_key_takes_another_name(hsm: Hsm) -> None:
    """The name is free then, and its next key is another one."""
    address = hsm.evm_address("claim_issuer.next")
    hsm.rename("claim_issuer.next", "claim_issuer")
    assert hsm.evm_address("claim_issuer") == address
    assert not hsm.has("claim_issuer.next")
    with pytest.raises(KeyError):
        hsm.rename("claim_issuer.next", "claim_issuer")


def test_a_wrong_pin_and_a_token_that_is_away_are_told_without_the_pin(token: str) -> None:
    with pytest.raises(KeyLocked) as locked:
        Hsm(MODULE, token, "1111").evm_address("anchorer")
    assert "1111" not in str(locked.value)
    with pytest.raises(TokenUnreachable, match="anchorer"):
        Hsm(MODULE, "elsewhere", PIN).evm_address("anchorer")


def test_a_signature_of_another_key_is_not_completed(hsm: Hsm) -> None:
    digest = sha256(b"x").digest()
    signed = hsm.sign_digest("anchorer", digest)
    numbers = signed.r.to_bytes(32) + signed.s.to_bytes(32)
    with pytest.raises(ValueError, match="not of this key"):
        completed(numbers, digest, bytes(64))


def test_a_transaction_and_a_checkpoint_signed_in_the_token(hsm: Hsm, tmp_path: Path) -> None:
    """The whole way that the chain worker and the log take; no key file is made."""
    ring = KeyRing(tmp_path, token=hsm)
    with EvmGateway("http://127.0.0.1:9", keys=ring) as gateway:
        fees = Fees(max_fee=10, max_priority_fee=1)
        call = Transaction(
            chain_id=1, nonce=0, to="0x" + "1f" * 20, data=b"", gas=21_000, fees=fees
        )
        signed = gateway.sign("settlement_operator", call)
        address = gateway.address("settlement_operator")
    assert Account.recover_transaction(signed.raw).lower() == address
    signer = checkpoint_signer(ring, "tallystick.example/test")
    Ed25519PublicKey.from_public_bytes(signer.key.public_key).verify(signer.sign(b"m"), b"m")
    ring.evm_address("settlement_operator.next")
    ring.promote("settlement_operator")
    assert ring.evm_address("settlement_operator") != address
    assert list(tmp_path.glob("*.key")) == []
