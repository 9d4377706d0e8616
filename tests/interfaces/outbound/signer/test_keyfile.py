"""Key files sealed under a passphrase, and keys that take another's place."""

from pathlib import Path

import pytest
from typing_extensions import override

from interfaces.outbound.signer.hsm import Hsm
from interfaces.outbound.signer.keyring import (
    KeyDamaged,
    KeyLocked,
    KeyRing,
    KeyRotated,
    checkpoint_signer,
)
from interfaces.settings import BadSetting, Settings
from interfaces.wiring import ring_of

WORD = b"correct horse"


def test_a_sealed_key_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    """Nothing of it stands in the file, and no error shows key or passphrase."""
    key = KeyRing(tmp_path, passphrase=WORD).key("vault")
    text = (tmp_path / "vault.key").read_text()
    assert key.hex() not in text
    assert (tmp_path / "vault.key").stat().st_mode & 0o777 == 0o600
    assert KeyRing(tmp_path, passphrase=WORD).key("vault") == key
    for wrong in (None, b"battery staple"):
        with pytest.raises(KeyLocked, match="vault") as locked:
            KeyRing(tmp_path, passphrase=wrong).key("vault")
        assert "staple" not in str(locked.value)


def test_a_plain_key_of_an_older_installation_is_sealed_when_it_is_used(tmp_path: Path) -> None:
    plain = KeyRing(tmp_path).key("vault")
    assert KeyRing(tmp_path, passphrase=WORD).key("vault") == plain
    assert (tmp_path / "vault.key").read_text().startswith("{")
    assert KeyRing(tmp_path, passphrase=WORD).key("vault") == plain


def test_a_sealed_key_cannot_take_anothers_place(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path, passphrase=WORD)
    ring.key("vault")
    (tmp_path / "vault.key").rename(tmp_path / "snapshots.key")
    with pytest.raises(KeyLocked, match="snapshots"):
        ring.key("snapshots")


@pytest.mark.parametrize("text", ["{", "{}", '{"format":"x"}', "zz", "ab" * 31])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "vault.key").write_text(text)
    with pytest.raises(KeyDamaged, match="vault"):
        KeyRing(tmp_path, passphrase=WORD).key("vault")


@pytest.mark.parametrize("passphrase", [None, WORD])
def test_the_next_key_takes_the_present_ones_place(
    tmp_path: Path, passphrase: bytes | None
) -> None:
    """The old one is kept, and another rotation keeps both."""
    ring = KeyRing(tmp_path, passphrase=passphrase)
    first, second = ring.evm_address("anchorer"), ring.evm_address("anchorer.next")
    ring.promote("anchorer")
    assert ring.evm_address("anchorer") == second
    assert not ring.has("anchorer.next")
    third = ring.evm_address("anchorer.next")
    ring.promote("anchorer")
    assert ring.evm_address("anchorer") == third
    assert len({first, second, third}) == 3
    assert [ring.has(f"anchorer.old-{number}") for number in (1, 2, 3)] == [True, True, False]
    with pytest.raises(KeyError):
        ring.promote("anchorer")


def test_no_signature_goes_under_another_keys_name(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path)
    signer = checkpoint_signer(ring, "tallystick.example/test")
    before = signer.verifier_key
    ring.ed25519_public("checkpoint.next")
    ring.promote("checkpoint")
    with pytest.raises(KeyRotated):
        signer.sign(b"m")
    assert signer.verifier_key != before
    assert signer.sign(b"m")


def test_settings_say_where_the_secrets_lie(tmp_path: Path) -> None:
    """A missing or empty file is told by the setting's name."""
    word = tmp_path / "word"
    settings = Settings(data=tmp_path / "data", key_passphrase_file=word)
    with pytest.raises(BadSetting, match="KEY_PASSPHRASE_FILE cannot be read"):
        ring_of(settings)
    word.write_text("\n")
    with pytest.raises(BadSetting, match="KEY_PASSPHRASE_FILE is empty"):
        ring_of(settings)
    word.write_text("correct horse\n")
    address = ring_of(settings).evm_address("anchorer")
    assert KeyRing(settings.keys, passphrase=WORD).evm_address("anchorer") == address
    with pytest.raises(BadSetting, match="PIN_FILE is needed"):
        ring_of(Settings(data=tmp_path, pkcs11_module=Path("/usr/lib/nothing.so")))


def test_keys_that_sign_lie_in_the_token_and_others_in_files(tmp_path: Path) -> None:
    """A ring with a token has no signing key to give away."""

    class Token(Hsm):
        def __init__(self) -> None:
            pass

        @override
        def evm_address(self, purpose: str) -> str:
            return f"address of {purpose}"

    ring = KeyRing(tmp_path, token=Token())
    assert ring.evm_address("anchorer") == "address of anchorer"
    assert len(ring.key("key_encryption")) == 32
    with pytest.raises(KeyLocked, match="never leaves"):
        ring.evm_key("anchorer")
    assert [path.name for path in tmp_path.glob("*.key")] == ["key_encryption.key"]


def test_an_account_that_was_rotated_can_still_be_signed_for(tmp_path: Path) -> None:
    """A transaction that takes the place of another must come from the same account."""
    ring, digest = KeyRing(tmp_path), bytes(32)
    first, second = ring.evm_address("token_agent"), ring.evm_address("token_agent.next")
    with_first, with_second = (ring.sign_digest("token_agent", digest, a) for a in (first, second))
    assert with_first == ring.sign_digest("token_agent", digest) != with_second
    ring.promote("token_agent")
    assert ring.sign_digest("token_agent", digest) == with_second
    assert ring.sign_digest("token_agent", digest, first.upper().replace("X", "x")) == with_first
    with pytest.raises(KeyError):
        ring.sign_digest("token_agent", digest, "0x" + "11" * 20)
    with pytest.raises(KeyError):
        ring.sign_digest("anchorer", digest, first)
