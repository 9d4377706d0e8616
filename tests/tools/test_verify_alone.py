"""The auditor's verifier stands alone: one file, nothing of ours, its own Ed25519."""

import ast
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from domain.integrity import evidence as documents
from tools import verify


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = _load("verify_log")
LOG = made.books()


def test_it_runs_alone_and_answers_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "bundle").write_text(json.dumps(LOG.bundle(7)))
    (tmp_path / "trust").write_bytes(documents.document(made.TRUST))
    command = [sys.executable, "-I", "-S", verify.__file__, "bundle", "--trust", "trust"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "ok: event 7 of the log of 19 events\n"


def test_it_is_one_file_of_the_standard_library() -> None:
    text = Path(verify.__file__).read_text()
    assert len(text.splitlines()) <= 740
    imported = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add((node.module or "").split(".")[0])
    assert imported <= sys.stdlib_module_names


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 1000))
def test_ed25519_agrees_with_another_implementation(seed: bytes, message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert verify.ed25519_holds(public, signature, message)
    assert not verify.ed25519_holds(public, signature, message + b"x")
    bent = bytearray(public + signature)
    bent[bit % len(bent)] ^= 1 << bit % 8
    key, other = bytes(bent[:32]), bytes(bent[32:])
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(other, message)
        believed = True
    except (InvalidSignature, ValueError):
        believed = False
    assert verify.ed25519_holds(key, other, message) == believed


def test_ed25519_gives_the_answer_of_the_standard() -> None:
    """RFC 8032, 7.1, test 2; then the same with S + L, a short one and impossible keys."""
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert verify.ed25519_holds(public, signature, b"\x72")
    greater = int.from_bytes(signature[32:], "little") + verify.ORDER
    malleable = signature[:32] + greater.to_bytes(32, "little")
    assert not verify.ed25519_holds(public, malleable, b"\x72")
    assert not verify.ed25519_holds(public, signature[:63], b"\x72")
    for key in (b"\xff" * 32, b"\x02" + b"\x00" * 31, (verify.P + 3).to_bytes(32, "little")):
        assert not verify.ed25519_holds(key, signature, b"\x72")


def test_the_selectors_are_those_of_the_contract() -> None:
    """Keccak-256 of the signatures, from another implementation."""
    assert "0x" + keccak(text="Anchored(bytes32,uint64,bytes32,bytes32)").hex() == verify.ANCHORED
    assert "0x" + keccak(text="anchorAt(bytes32,uint64)").hex()[:8] == verify.ANCHOR_AT
    assert "0x" + keccak(text="latest(bytes32)").hex()[:8] == verify.LATEST
