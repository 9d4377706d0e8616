"""What tests of the reconciliation stand on: a suite on a chain, books in a list."""

import hashlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from domain.chainwrite import events as chainwrites
from domain.kernel.event import Event
from domain.log.events import LogOpened
from domain.log.state import LOG_STREAM
from domain.reconciliation.commands import StateReconciliation
from domain.reconciliation.compare import Break
from domain.reconciliation.statement import Statement, check_statement
from domain.token import events
from domain.token.state import TOKEN
from interfaces.outbound.evm.abi import JsonValue
from interfaces.outbound.evm.logs import ChainLogs, Contract
from interfaces.outbound.evm.tokens import (
    suite_call,
    token_call,
)
from interfaces.outbound.evm.transactions import Receipt
from interfaces.outbound.postgres.chainwatch import SeenBlock
from interfaces.outbound.signer.keyring import Ed25519Signer
from interfaces.workers.gateway import Sender
from interfaces.workers.reconciler import Moment, Parts, Reconciler
from interfaces.workers.watcher import ChainWatcher, ObservedFact
from projections.reconciliations.queries import ReconciledTokenRow
from tests.interfaces.outbound.evm.support import Platform, Writer, wallet
from tests.interfaces.outbound.evm.test_tokens import details, verified
from tests.interfaces.workers.parts import ListLog, ScriptedGate
from tests.interfaces.workers.watchmemory import Memory

ORIGIN, NAME, AMOUNT = "tallystick.example/tests", "FXR-1", 1_000
SELLER, BUYER, STRANGER = (wallet(f"reconciled {who}") for who in ("seller", "buyer", "stranger"))
SIGNER = Ed25519Signer(hashlib.sha256(b"statements").digest(), name=ORIGIN)


class Clock:
    """Goes forward when told."""

    def __init__(self) -> None:
        self.at = "2026-05-22T14:21:00.000000Z"

    def now(self) -> str:
        """Tell the instant."""
        return self.at


class Documents:
    """Keeps what is put there."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        """Keep a document."""
        digest = hashlib.sha256(content).hexdigest()
        self.kept[digest] = content
        return digest

    def get(self, digest: str) -> bytes | None:
        """Fetch one."""
        return self.kept.get(digest)


class Chain:
    """One suite on the chain, and the watch that found it by its factory's event."""

    def __init__(self, platform: Platform, writer: Writer, url: str) -> None:
        self.writer, self.gateway = writer, writer.gateway
        factory = platform.address("trex_factory")
        salt = f"reconciled:{self.gateway.block_number()}"
        made = writer.receipt("token_agent", suite_call(factory, details(platform, writer, salt)))
        self.factory = Contract(factory, "TREXFactory", made.block_number)
        self.settlement_agent = platform.address("settlement_agent")
        self.memory, log = Memory(), ListLog()
        opened = LogOpened(
            origin=ORIGIN,
            keys=(),
            witnesses=(),
            chain_id=self.gateway.chain_id(),
            registry="0x",
            owner="0x",
        )
        log.scribe.write(LOG_STREAM, opened)
        self.watcher = ChainWatcher(
            ChainLogs(url, blocks=self.gateway, artifacts=self.gateway.artifacts),
            Sender(ScriptedGate(), "chain_watch"),
            log=log,
            store=self.memory,
            knowledge=self,
            confirmations=1,
        )
        self.watch()
        self.suite = {each.kind: each.address for each in self.memory.contracts()}
        for holder in (SELLER, BUYER):
            verified(writer, platform, self.suite["IdentityRegistry"], holder)
        self.act("unpause")
        self.act("mint", SELLER, str(AMOUNT))

    @property
    def token(self) -> str:
        """The token's address."""
        return self.suite["Token"]

    def watch(self) -> None:
        """Read the chain up to its newest block."""
        while not self.watcher.step():
            pass

    def created(self) -> Sequence[Contract]:
        """List what our writes created."""
        return [self.factory]

    def token_at(self, address: str) -> str | None:
        """Tell the token at an address."""
        return None if address else NAME

    def observed_behind(self, chain_id: int, block: int) -> Sequence[ObservedFact]:
        """List facts of later blocks: the chain of these tests only grows."""
        raise AssertionError(chain_id, block)

    def act(self, function: str, *arguments: JsonValue) -> Receipt:
        """Call the token as its agent; whether the books know is another matter."""
        return self.writer.receipt("token_agent", token_call(self.token, function, *arguments))


class Table:
    """Books in a list, the chain beside them, and a reconciler in between."""

    def __init__(self, chain: Chain) -> None:
        self.chain, self.gateway = chain, chain.gateway
        self.log, self.gate, self.clock = ListLog(), ScriptedGate(), Clock()
        self.documents = Documents()
        self.row = ReconciledTokenRow(
            NAME, chain.token, 2, None, None, None, None, None, None, None
        )
        self.due: list[ReconciledTokenRow] = []
        self._open_books()
        self.reconciler = self.restarted()

    def restarted(self, seconds: float = 1e9) -> Reconciler:
        """Make a reconciler that knows nothing but the log."""
        parts = Parts(
            log=self.log,
            gateway=self.gateway,
            seen=self.chain.memory,
            holders=self,
            documents=self.documents,
            signer=SIGNER,
            clock=self.clock,
            origin=ORIGIN,
            chain_id=self.gateway.chain_id(),
        )
        sender = Sender(self.gate, "reconciliation")
        return Reconciler(
            parts, sender, due=lambda: self.due, tokens=lambda: [self.row], seconds=seconds
        )

    def holders(self, asset: str, position: int) -> Sequence[tuple[str, int]]:
        """Tell who held how much, as the accounts do."""
        stream = self.log.read_stream(f"token:{asset}")
        control = TOKEN.fold(each.fact for each in stream if each.position <= position).control
        return sorted(control.holdings.items())

    def write(self, *facts: Event) -> None:
        """Put facts of the token on the log."""
        self.log.scribe.write(f"token:{NAME}", *facts)

    def _open_books(self) -> None:
        self.write(
            events.TokenPlanned(
                invoice="FX-1", name="A", symbol=NAME, decimals=2, units=AMOUNT, currency="GBP"
            ),
            events.TokenDeployed(
                address=self.chain.token,
                identity_registry="0x",
                compliance="0x",
                transaction="0x01",
            ),
            events.HolderRegistered(subject="listing", wallet=SELLER, transaction="0x02"),
            events.HolderRegistered(subject="brunel", wallet=BUYER, transaction="0x03"),
            events.TokenUnpaused(transaction="0x04"),
            events.TokenMinted(holder="listing", units=AMOUNT, transaction="0x05"),
        )

    def sent(self, write: str, transaction: str) -> None:
        """Put on the log that a write was signed."""
        planned = chainwrites.ChainWritePlanned(
            purpose="p", reference="r", signer="s", contract="c", function="f", arguments=()
        )
        signed = chainwrites.ChainWriteSigned(transaction=transaction)
        self.log.scribe.write(f"chainwrite:{write}", planned, signed)

    def moment(self, block: int | None = None) -> Moment:
        """Take the books of now, and the newest block or an older one."""
        number = self.gateway.block_number() if block is None else block
        found = self.gateway.canonical_block_hash(number)
        assert found is not None
        return Moment(self.log.head().position, SeenBlock(number, found))

    def stated(self, block: int | None = None) -> Statement:
        """Have a statement made on demand and verify it as an auditor does."""
        self.chain.watch()
        self.due = [self.row]
        self.reconciler = self.restarted()
        before = len(self.gate.requests)
        self.reconciler.step(self.moment(block))
        # What was asked for, not what is new: two statements about one block and one position
        # are one, and the second is answered as the first.
        commands = [request.command for request in self.gate.requests[before:]]
        (recorded,) = (each for each in commands if isinstance(each, StateReconciliation))
        text = self.documents.kept[recorded.statement].decode()
        said, fault = check_statement(text, log=ORIGIN, keys=[SIGNER.key], verify=is_signature)
        assert fault is None
        assert said is not None
        assert recorded.break_count == len(said.breaks)
        return said

    def breaks(self) -> list[Break]:
        """Tell the breaks of a statement about now."""
        return list(self.stated().breaks)


def is_signature(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Verify as an auditor does."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
