"""What the tests of the chain share: keys, a writer, and the platform that was deployed."""

import hashlib
import time

import msgspec

from interfaces.outbound.evm.calls import PlannedCall, decode_result
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.transactions import Receipt, SignedTransaction, Transaction

PURPOSES = (
    "token_agent",
    "registry_owner",
    "anchorer",
    "settlement_operator",
    "claim_issuer",
    "stranger",
)
LOG = hashlib.sha256(b"tallystick.example/tests").hexdigest()
ETHER = 10**18


def private_key(purpose: str) -> bytes:
    """Derive a key that holds nothing anywhere but on the test's own node."""
    return hashlib.sha256(b"test key " + purpose.encode()).digest()


def wallet(name: str) -> str:
    """Derive the address of somebody who never signs."""
    return "0x" + hashlib.sha256(b"test wallet " + name.encode()).hexdigest()[:40]


class Writer:
    """Sends planned calls one after the other and waits for each."""

    def __init__(self, gateway: EvmGateway) -> None:
        self.gateway = gateway

    def address(self, purpose: str) -> str:
        return self.gateway.address(purpose)

    def signed(self, purpose: str, call: PlannedCall, gas: int | None = None) -> SignedTransaction:
        sender = self.gateway.address(purpose)
        return self.gateway.sign(
            purpose,
            Transaction(
                chain_id=self.gateway.chain_id(),
                nonce=self.gateway.nonce(sender).pending,
                to=call.target,
                data=self.gateway.calldata(call),
                gas=gas or self.gateway.estimate_gas(call, sender=sender),
                fees=self.gateway.fees(),
            ),
        )

    def mined(self, transaction_hash: str) -> Receipt:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            receipt = self.gateway.receipt(transaction_hash)
            if receipt is not None:
                return receipt
            time.sleep(0.01)
        raise AssertionError(f"{transaction_hash} was not mined in time")

    def receipt(self, purpose: str, call: PlannedCall, gas: int | None = None) -> Receipt:
        return self.mined(
            self.gateway.broadcast(self.signed(purpose, call, gas).raw).transaction_hash
        )

    def result(self, purpose: str, call: PlannedCall) -> dict[str, str]:
        return decode_result(call, self.receipt(purpose, call), self.gateway.artifacts)


class Platform(msgspec.Struct, frozen=True):
    """What the plan's steps answered, and what they took."""

    results: dict[str, dict[str, str]]
    gas: dict[str, int]
    rounds: int
    seconds: float

    def address(self, step: str) -> str:
        return self.results[step]["address"]
