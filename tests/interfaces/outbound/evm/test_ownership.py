"""Signatures of wallets, by key and by contract, judged with a real node (LB9)."""

import hashlib
from collections.abc import Iterator

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from application.ports.wallets import ChainAway, Proof
from interfaces.outbound.evm.node import AnvilNode
from interfaces.outbound.evm.ownership import HALF_ORDER, ChainWalletProofs
from interfaces.outbound.evm.rpc import RpcClient
from tests.interfaces.outbound.evm.support import wallet

ORDER = 2 * HALF_ORDER + 1
OWNER = Account.from_key(hashlib.sha256(b"owner of a contract wallet").digest())
MESSAGE = "tallystick.example wants you to sign in with your Ethereum account:\n…"


def contract_of(owner: str) -> str:
    """Write a wallet that is a contract: what its owner's key signed is its own (EIP-1271).

    mstore(0, hash) mstore(32, v) mstore(64, r) mstore(96, s), ecrecover, then
    eq(owner, mload(0)) * 0x1626ba7e, shifted left by 224 bits.
    """
    return (
        "0x6004355f52" + "60a4355f1a602052" + "606435604052" + "608435606052"
        "60205f60805f60015afa50" + "5f5173" + owner[2:].lower() + "14" + "631626ba7e02"
        "60e01b5f5260205ff3"
    )


@pytest.fixture
def proofs(anvil: AnvilNode) -> Iterator[ChainWalletProofs]:
    """Ask the session's node."""
    found = ChainWalletProofs(anvil.url, domain="tallystick.example", uri="https://t.example")
    yield found
    found.close()


def signature(message: str = MESSAGE) -> bytes:
    """Sign as wallets do."""
    return bytes(OWNER.sign_message(encode_defunct(text=message)).signature)


@pytest.mark.chain
@pytest.mark.capability("LB9", part="signatures")
def test_a_key_proves_its_own_address_and_no_other(proofs: ChainWalletProofs) -> None:
    assert proofs.check(MESSAGE, OWNER.address, signature()) == Proof(method="eip191")
    assert proofs.check(MESSAGE + ".", OWNER.address, signature()) is None
    assert proofs.check(MESSAGE, wallet("another"), signature()) is None
    assert proofs.site().chain_id == 31337


@pytest.mark.chain
@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: b"",
        lambda good: good[:-1],
        lambda good: good + b"\x00",
        lambda good: good[:64] + b"\x05",
        lambda good: bytes(64) + good[64:],
        lambda good: b"\xff" * 64 + good[64:],
        lambda good: (
            good[:32] + (ORDER - int.from_bytes(good[32:64])).to_bytes(32) + bytes([55 - good[64]])
        ),
    ],
    ids=["empty", "short", "long", "parity", "zero", "beyond", "other half"],
)
def test_what_is_no_signature_proves_nothing(proofs: ChainWalletProofs, spoil: object) -> None:
    assert callable(spoil)
    assert proofs.check(MESSAGE, OWNER.address, spoil(signature())) is None


@pytest.mark.chain
@pytest.mark.capability("LB9", part="contract wallets")
def test_a_contract_answers_for_itself(proofs: ChainWalletProofs, anvil: AnvilNode) -> None:
    address, mute = wallet("contract"), wallet("mute contract")
    rpc = RpcClient(anvil.url, timeout_seconds=5.0)
    rpc.find("anvil_setCode", str, address, contract_of(OWNER.address))
    rpc.find("anvil_setCode", str, mute, "0x5f5ffd")
    rpc.close()
    proof = proofs.check(MESSAGE, address, signature())
    assert proof is not None
    assert proof.method == "eip1271"
    assert proof.block is not None
    assert proofs.check(MESSAGE + ".", address, signature()) is None
    assert proofs.check(MESSAGE, address, b"\x01") is None
    assert proofs.check(MESSAGE, mute, signature()) is None


@pytest.mark.chain
def test_a_node_that_is_away_is_no_verdict() -> None:
    away = ChainWalletProofs("http://127.0.0.1:1", domain="t", uri="t")
    assert away.check(MESSAGE, OWNER.address, signature()) == Proof(method="eip191")
    with pytest.raises(ChainAway):
        away.check(MESSAGE, wallet("another"), signature())
    with pytest.raises(ChainAway):
        away.site()
    away.close()
