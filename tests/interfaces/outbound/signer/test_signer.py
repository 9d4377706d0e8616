"""Keys, links and addresses."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from domain.integrity.checkpoint import parse_verifier_key
from interfaces.outbound.signer.keyring import (
    KeyDamaged,
    KeyRing,
    checkpoint_signer,
    contract_address,
    derived,
)
from interfaces.outbound.signer.links import HmacLinkSigner

LINKS = HmacLinkSigner(b"k" * 32, log="tallystick.example/test")
EXPIRES = "2026-06-01T23:00:00.000000Z"


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys")
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: ring.key("checkpoint"), range(32)))
    assert len(found) == 1
    assert KeyRing(tmp_path / "keys").key("checkpoint") in found
    mode = (tmp_path / "keys" / "checkpoint.key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_each_purpose_has_its_own_key(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path)
    assert ring.evm_key("anchorer") != ring.evm_key("token_agent")
    with pytest.raises(KeyError):
        ring.evm_key("checkpoint")
    assert derived(ring.key("vault"), "a") != derived(ring.key("vault"), "b")


def test_a_damaged_key_is_named_but_not_shown(tmp_path: Path) -> None:
    (tmp_path / "vault.key").write_text("beef\n")
    with pytest.raises(KeyDamaged, match="vault") as caught:
        KeyRing(tmp_path).key("vault")
    assert "beef" not in str(caught.value)


def test_a_checkpoint_key_signs_under_the_logs_name(tmp_path: Path) -> None:
    signer = checkpoint_signer(KeyRing(tmp_path), "tallystick.example/test")
    public = parse_verifier_key(signer.verifier_key)
    assert public.name == "tallystick.example/test"
    Ed25519PublicKey.from_public_bytes(public.public_key).verify(signer.sign(b"text"), b"text")


def test_a_contracts_address_follows_from_creator_and_nonce() -> None:
    """The first contracts of the well-known local account."""
    creator = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert contract_address(creator, 0) == "0x5fbdb2315678afecb367f032d93f642f64180aa3"
    assert contract_address(creator, 1) == "0xe7f1725e7734ce288f8367e1bb143e90bb3f0512"
    with pytest.raises(ValueError, match="128"):
        contract_address(creator, 128)


def test_a_genuine_token_names_its_link() -> None:
    assert LINKS.link(LINKS.token("FX-1/2026-05-22", EXPIRES)) == "FX-1/2026-05-22"


@given(st.text(max_size=200))
def test_no_other_text_names_a_link(text: str) -> None:
    assert LINKS.link(text) is None


@given(st.integers(0, 10_000), st.sampled_from("abcXYZ019-_"))
def test_a_changed_token_is_no_token(index: int, letter: str) -> None:
    token = LINKS.token("FX-1/2026-05-22", EXPIRES)
    at = index % len(token)
    forged = token[:at] + letter + token[at + 1 :]
    assert (LINKS.link(forged) is None) == (forged != token)


def test_another_log_or_key_makes_another_token() -> None:
    other = HmacLinkSigner(b"k" * 32, log="tallystick.example/other")
    assert other.link(LINKS.token("FX-1", EXPIRES)) is None
    assert (
        HmacLinkSigner(b"x" * 32, log="tallystick.example/test").link(LINKS.token("FX-1", EXPIRES))
        is None
    )
