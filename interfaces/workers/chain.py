"""Carries planned chain writes out, each exactly once (DESIGN decision 9, B4).

Life of a chain write: the plan is read from its stream; a nonce is taken and the transaction
signed; the raw bytes are committed to the worker's own table; nonce, fees and hash go on the
log; only then a node sees it. A crash between any two of these steps finds the raw bytes again
and goes on with the same transaction, so nothing is sent twice.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec

from application.ports.log import LogReader
from domain.chainwrite import commands
from domain.chainwrite.events import ChainWritePlanned
from domain.chainwrite.state import CHAINWRITE, ChainWrite, chainwrite_stream
from domain.kernel.command import Command
from domain.kernel.event import Recorded
from interfaces.outbound.evm.calls import PlannedCall, calldata, decode_result
from interfaces.outbound.evm.errors import (
    ChainRefused,
    ChainUnreachable,
    FeesAboveCap,
    MalformedCall,
)
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.transactions import Outcome, Receipt, Transaction
from interfaces.outbound.rawtransaction import RawTransaction
from interfaces.telemetry.context import because_of
from interfaces.workers.gateway import Sender

BUSY_SECONDS: Final = 0.05
IDLE_SECONDS: Final = 0.5
REBROADCAST_ROUNDS: Final = 100

logger = logging.getLogger("tallystick.chain")


class RawStore(Protocol):
    """The worker's own table of raw transactions."""

    def put(self, raw: RawTransaction) -> None:
        """Commit a raw transaction. Raises StoreUnavailable."""
        ...

    def get(self, write: str) -> RawTransaction | None:
        """Fetch the raw transaction of a write. Raises StoreUnavailable."""
        ...

    def next_nonce(self, sender: str) -> int:
        """Tell one more than the highest nonce signed for a sender, 0 for none."""
        ...

    def since(self, sender: str, nonce: int) -> Sequence[RawTransaction]:
        """List what was signed for a sender from a nonce on, in order. Raises StoreUnavailable."""
        ...


class OpenWrite(msgspec.Struct, frozen=True):
    """A write as its stream tells it; the last event there is the ``cause`` of what follows."""

    name: str
    state: ChainWrite
    cause: Recorded

    @property
    def version(self) -> int:
        """The version of its last event."""
        return self.cause.envelope.version

    @property
    def plan(self) -> ChainWritePlanned:
        """What is to be called; raises ValueError for a write that nobody planned."""
        if self.state.plan is None:
            message = f"{self.name} was never planned"
            raise ValueError(message)
        return self.state.plan


Candidates = Callable[[], Sequence[str]]
"""Names of writes that may be open, in planned order; each one's state is read from the log."""


class ChainWorker:
    """One worker, one nonce allocator for each key."""

    def __init__(
        self,
        gateway: EvmGateway,
        sender: Sender,
        *,
        log: LogReader,
        raws: RawStore,
        candidates: Candidates,
        confirmations: int,
    ) -> None:
        self._gateway = gateway
        self._sender = sender
        self._log = log
        self._raws = raws
        self._candidates = candidates
        self._confirmations = confirmations
        self._rounds: dict[str, int] = {}
        self._told: dict[str, str] = {}

    def step(self) -> float:
        """Move every open write on by what the chain says; tells how long to wait."""
        busy = False
        for name in self._candidates():
            events = self._log.read_stream(chainwrite_stream(name))
            if not events:
                continue
            write = OpenWrite(name, CHAINWRITE.fold(each.fact for each in events), events[-1])
            with because_of(write.cause):
                busy |= self._advance(write)
        if not busy:
            self._log.wait(self._log.head().position, IDLE_SECONDS)
            return 0.0
        return BUSY_SECONDS

    def _advance(self, write: OpenWrite) -> bool:
        """Take the next step of a write; tells whether it is still open."""
        match write.state.state:
            case "PLANNED":
                self._sign(write)
            case "SIGNED":
                self._broadcast(write)
            case "BROADCAST":
                self._look(write)
            case "MINED":
                self._confirm(write)
            case _:
                self._rounds.pop(write.name, None)
                self._told.pop(write.name, None)
                return False
        return True

    def _sign(self, write: OpenWrite) -> None:
        raw = self._raws.get(write.name)
        if raw is None:
            try:
                raw = self._signed(write)
            except (ChainRefused, MalformedCall) as error:
                self._record(write, commands.RecordFailed(write=write.name, reason=str(error)))
                return
            self._raws.put(raw)
        data = calldata(_call(write.plan), self._gateway.artifacts)
        self._record(
            write,
            commands.AssignNonce(
                write=write.name,
                sender=raw.sender,
                nonce=raw.nonce,
                value="0",
                gas_limit=raw.gas_limit,
                max_fee_per_gas=str(raw.max_fee_per_gas),
                max_priority_fee_per_gas=str(raw.max_priority_fee_per_gas),
                calldata_hash=hashlib.sha256(data).hexdigest(),
                transaction=raw.transaction,
            ),
        )

    def _signed(self, write: OpenWrite) -> RawTransaction:
        plan = write.plan
        call, sender = _call(plan), self._gateway.address(plan.signer)
        nonce = max(self._gateway.nonce(sender).pending, self._raws.next_nonce(sender))
        transaction = Transaction(
            chain_id=self._gateway.chain_id(),
            nonce=nonce,
            to=plan.target,
            data=calldata(call, self._gateway.artifacts),
            gas=self._gateway.estimate_gas(call, sender=sender),
            fees=self._gateway.fees(),
        )
        signed = self._gateway.sign(plan.signer, transaction)
        return RawTransaction(
            write=write.name,
            sender=sender,
            nonce=nonce,
            transaction=signed.transaction_hash,
            raw=signed.raw,
            gas_limit=transaction.gas,
            max_fee_per_gas=transaction.fees.max_fee,
            max_priority_fee_per_gas=transaction.fees.max_priority_fee,
        )

    def _broadcast(self, write: OpenWrite) -> None:
        raw = self._raw(write)
        try:
            answer = self._gateway.broadcast(raw.raw)
        except ChainRefused as refused:
            # No ether, or a fee that is too low: the bytes stay signed until somebody helps.
            self._tell(write.name, f"was not taken by the node: {refused.reason}")
            return
        if answer.outcome is Outcome.NONCE_TOO_LOW and not self._seen(raw.transaction):
            # Somebody else used our key: this is no broadcast, and a person must look.
            self._tell(write.name, f"nonce {raw.nonce} belongs to another transaction")
            return
        logger.info("%s: nonce %d, %s", write.name, raw.nonce, answer.outcome.value)
        sent = commands.RecordBroadcast(write=write.name, transaction=raw.transaction)
        self._record(write, sent)

    def _tell(self, write: str, trouble: str) -> None:
        """Say once what a write meets in each round."""
        if self._told.get(write) != trouble:
            self._told[write] = trouble
            logger.error("%s: %s", write, trouble)

    def _look(self, write: OpenWrite) -> None:
        raw = self._raw(write)
        receipt = self._gateway.receipt(raw.transaction)
        if receipt is None:
            rounds = self._rounds[write.name] = self._rounds.get(write.name, 0) + 1
            if rounds % REBROADCAST_ROUNDS == 0:
                self._send_again(raw)
            return
        self._record(
            write,
            commands.RecordMined(
                write=write.name,
                transaction=raw.transaction,
                block=receipt.block_number,
                block_hash=receipt.block_hash,
                gas_used=receipt.gas_used,
                gas_price=str(receipt.effective_gas_price),
                fee=str(receipt.gas_used * receipt.effective_gas_price),
            ),
        )

    def _seen(self, transaction: str) -> bool:
        return self._gateway.is_known(transaction)

    def _send_again(self, raw: RawTransaction) -> None:
        """Send the same bytes once more: they were dropped from the pool, or lost on the way."""
        try:
            self._gateway.broadcast(raw.raw)
        except ChainRefused as refused:
            logger.error("%s was not taken again by the node: %s", raw.write, refused.reason)

    def _confirm(self, write: OpenWrite) -> None:
        raw, block_hash = self._raw(write), write.state.block_hash or ""
        receipt = self._gateway.receipt(raw.transaction)
        if receipt is None or receipt.block_hash != block_hash:
            gone = commands.RecordReorganised(
                write=write.name, transaction=raw.transaction, block_hash=block_hash
            )
            self._record(write, gone)
            return
        depth = self._gateway.block_number() - receipt.block_number + 1
        if depth >= self._confirmations:
            self._record(write, self._outcome(write, receipt, depth))

    def _outcome(self, write: OpenWrite, receipt: Receipt, depth: int) -> Command:
        if not receipt.succeeded:
            reason = self._reason(write.plan, receipt)
            return commands.RecordFailed(
                write=write.name, reason=reason, transaction=receipt.transaction_hash
            )
        result = decode_result(_call(write.plan), receipt, self._gateway.artifacts)
        return commands.RecordConfirmed(
            write=write.name,
            transaction=receipt.transaction_hash,
            block=receipt.block_number,
            block_hash=receipt.block_hash,
            confirmations=depth,
            result={name: str(value) for name, value in result.items()},
        )

    def _reason(self, plan: ChainWritePlanned, receipt: Receipt) -> str:
        try:
            self._gateway.simulate(
                _call(plan), sender=self._gateway.address(plan.signer), block=receipt.block_number
            )
        except ChainRefused as refused:
            return str(refused)
        return "the transaction reverted; a repeat of the call does not"

    def _raw(self, write: OpenWrite) -> RawTransaction:
        raw = self._raws.get(write.name)
        if raw is None:
            message = f"the raw transaction of {write.name} is not in the worker's table"
            raise LookupError(message)
        return raw

    def _record(self, write: OpenWrite, command: Command) -> None:
        # The version in the key: a write that is reorganised is mined again, even in one block.
        key = f"{write.name}/{command.TYPE}/{write.version}"
        self._sender.tell(command, key, cause=write.cause)


def _call(plan: ChainWritePlanned) -> PlannedCall:
    return PlannedCall(
        contract=plan.contract,
        function=plan.function,
        arguments=plan.arguments,
        target=plan.target,
    )


AWAY: Final = (ChainUnreachable, FeesAboveCap)
"""States of the chain that pass by themselves."""
