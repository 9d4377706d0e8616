"""The ground of the benchmark `chain`: a local node with the platform, a token and two holders."""

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import msgspec

from interfaces.outbound.evm.calls import PlannedCall, decode_result
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.node import NodeOptions, start_node
from interfaces.outbound.evm.platform import (
    PlatformParties,
    platform_steps,
    ready_steps,
    resolve,
)
from interfaces.outbound.evm.tokens import (
    SuiteDetails,
    TokenReader,
    identity_call,
    register_identity_call,
    suite_call,
    token_call,
)
from interfaces.outbound.evm.transactions import Transaction
from interfaces.settings import Settings
from tools.bench.prepared import LOG

PURPOSES: Final = (
    "token_agent",
    "registry_owner",
    "anchorer",
    "settlement_operator",
    "claim_issuer",
)
ETHER: Final = 10**18
SUPPLY: Final = 10**12
UNITED_KINGDOM: Final = 826
MINED_SECONDS: Final = 30.0


class NotMined(Exception):
    """The node made no block with a transaction in time."""


class Ground(msgspec.Struct, frozen=True):
    """A token whose units the seller holds; amounts are integers of its smallest unit."""

    gateway: EvmGateway
    agent: str
    token: str
    seller: str
    buyer: str

    def delivered(self) -> int:
        """Count what the buyer has got."""
        return TokenReader(self.gateway, self.token).balance_of(self.buyer)


@contextmanager
def ground() -> Iterator[Ground]:
    """Start a node as `tally serve` does, and bring the token to its holders."""
    options = NodeOptions(block_seconds=Settings().block_seconds)
    with start_node(options) as node, EvmGateway(node.url, keys=key_of) as gateway:
        for purpose in PURPOSES:
            node.fund(gateway.address(purpose), 1_000 * ETHER)
        yield _Setter(gateway).set_up()


def key_of(purpose: str) -> bytes:
    """Derive a key that holds nothing anywhere but on the benchmark's own node."""
    return hashlib.sha256(b"bench key " + purpose.encode()).digest()


class _Setter:
    """Sends calls and waits for them."""

    def __init__(self, gateway: EvmGateway) -> None:
        self._gateway = gateway

    def set_up(self) -> Ground:
        results = self._platform()
        agent = results["settlement_agent"]["address"]
        own = self._gateway.address("token_agent")
        details = SuiteDetails(
            salt="bench",
            owner=own,
            name="Receivable BENCH",
            symbol="BENCH",
            decimals=2,
            token_agents=(own, agent),
            registry_agents=(own,),
        )
        suite = self._send("token_agent", suite_call(results["trex_factory"]["address"], details))
        seller, buyer = _wallet("seller"), _wallet("buyer")
        for wallet in (seller, buyer):
            factory = results["identity_factory"]["address"]
            made = self._send("token_agent", identity_call(factory, wallet=wallet, salt=wallet))
            call = register_identity_call(
                suite["identity_registry"],
                wallet=wallet,
                identity=made["identity"],
                country=UNITED_KINGDOM,
            )
            self._send("token_agent", call)
        token = suite["token"]
        self._send("token_agent", token_call(token, "mint", seller, str(SUPPLY)))
        self._send("token_agent", token_call(token, "unpause"))
        return Ground(self._gateway, agent, token, seller, buyer)

    def _platform(self) -> Mapping[str, dict[str, str]]:
        steps = platform_steps(
            PlatformParties(
                platform=self._gateway.address("token_agent"),
                registry_owner=self._gateway.address("registry_owner"),
                anchorer=self._gateway.address("anchorer"),
                settlement_operator=self._gateway.address("settlement_operator"),
                claim_issuer=self._gateway.address("claim_issuer"),
                log=hashlib.sha256(LOG.encode()).hexdigest(),
            )
        )
        results: dict[str, dict[str, str]] = {}
        while len(results) < len(steps):
            sent = []
            for step in ready_steps(steps, results):
                call = resolve(step, results)
                transaction = self._broadcast(step.signer, call, step.gas * 6 // 5)
                sent.append((step.name, call, transaction))
            for name, call, transaction in sent:
                results[name] = self._result(call, transaction)
        return results

    def _send(self, purpose: str, call: PlannedCall) -> dict[str, str]:
        return self._result(call, self._broadcast(purpose, call, None))

    def _broadcast(self, purpose: str, call: PlannedCall, gas: int | None) -> str:
        sender = self._gateway.address(purpose)
        transaction = Transaction(
            chain_id=self._gateway.chain_id(),
            nonce=self._gateway.nonce(sender).pending,
            to=call.target,
            data=self._gateway.calldata(call),
            gas=gas or self._gateway.estimate_gas(call, sender=sender),
            fees=self._gateway.fees(),
        )
        signed = self._gateway.sign(purpose, transaction)
        return self._gateway.broadcast(signed.raw).transaction_hash

    def _result(self, call: PlannedCall, transaction: str) -> dict[str, str]:
        until = time.monotonic() + MINED_SECONDS
        while (receipt := self._gateway.receipt(transaction)) is None:
            if time.monotonic() > until:
                raise NotMined(transaction)
            time.sleep(0.01)
        return decode_result(call, receipt, self._gateway.artifacts)


def _wallet(name: str) -> str:
    return "0x" + hashlib.sha256(b"bench wallet " + name.encode()).hexdigest()[:40]
