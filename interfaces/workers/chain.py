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

from application.ports.log import LogReader
from domain.chainwrite import commands
from domain.chainwrite.events import ChainWritePlanned
from domain.chainwrite.state import CHAINWRITE, ChainWrite, chainwrite_stream
from domain.kernel.command import Command
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

    def step(self) -> float:
        """Move every open write on by what the chain says; tells how long to wait."""
        busy = False
        for write in self._candidates():
            facts = [recorded.fact for recorded in self._log.read_stream(chainwrite_stream(write))]
            busy |= self._advance(write, CHAINWRITE.fold(facts))
        if not busy:
            self._log.wait(self._log.head().position, IDLE_SECONDS)
            return 0.0
        return BUSY_SECONDS

    def _advance(self, write: str, state: ChainWrite) -> bool:
        """Take the next step of a write; tells whether it is still open."""
        match state.state:
            case "PLANNED" if state.plan is not None:
                self._sign(write, state.plan)
            case "SIGNED":
                self._broadcast(write, state)
            case "BROADCAST":
                self._look(write, state)
            case "MINED":
                self._confirm(write, state)
            case _:
                self._rounds.pop(write, None)
                return False
        return True

    def _sign(self, write: str, plan: ChainWritePlanned) -> None:
        raw = self._raws.get(write)
        if raw is None:
            try:
                raw = self._signed(write, plan)
            except (ChainRefused, MalformedCall) as error:
                self._record(commands.RecordFailed(write=write, reason=str(error)), write)
                return
            self._raws.put(raw)
        data = calldata(_call(plan), self._gateway.artifacts)
        self._record(
            commands.AssignNonce(
                write=write,
                sender=raw.sender,
                nonce=raw.nonce,
                value="0",
                gas_limit=raw.gas_limit,
                max_fee_per_gas=str(raw.max_fee_per_gas),
                max_priority_fee_per_gas=str(raw.max_priority_fee_per_gas),
                calldata_hash=hashlib.sha256(data).hexdigest(),
                transaction=raw.transaction,
            ),
            write,
        )

    def _signed(self, write: str, plan: ChainWritePlanned) -> RawTransaction:
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
            write=write,
            sender=sender,
            nonce=nonce,
            transaction=signed.transaction_hash,
            raw=signed.raw,
            gas_limit=transaction.gas,
            max_fee_per_gas=transaction.fees.max_fee,
            max_priority_fee_per_gas=transaction.fees.max_priority_fee,
        )

    def _broadcast(self, write: str, state: ChainWrite) -> None:
        raw = self._raw(write)
        try:
            answer = self._gateway.broadcast(raw.raw)
        except ChainRefused as refused:
            # No ether, or a fee that is too low: the bytes stay signed until somebody helps.
            logger.error("%s was not taken by the node: %s", write, refused.reason)
            return
        logger.info("%s: nonce %d, %s", write, raw.nonce, answer.outcome.value)
        if answer.outcome is Outcome.NONCE_TOO_LOW and not self._seen(raw.transaction):
            # Somebody else used our key: this is no broadcast, and a person must look.
            logger.error("%s: nonce %d belongs to another transaction", write, raw.nonce)
            return
        self._record(
            commands.RecordBroadcast(write=write, transaction=raw.transaction), write, state
        )

    def _look(self, write: str, state: ChainWrite) -> None:
        raw = self._raw(write)
        receipt = self._gateway.receipt(raw.transaction)
        if receipt is None:
            rounds = self._rounds[write] = self._rounds.get(write, 0) + 1
            if rounds % REBROADCAST_ROUNDS == 0:
                self._send_again(write, raw)
            return
        self._record(
            commands.RecordMined(
                write=write,
                transaction=raw.transaction,
                block=receipt.block_number,
                block_hash=receipt.block_hash,
                gas_used=receipt.gas_used,
                gas_price=str(receipt.effective_gas_price),
                fee=str(receipt.gas_used * receipt.effective_gas_price),
            ),
            write,
            state,
        )

    def _seen(self, transaction: str) -> bool:
        return self._gateway.is_known(transaction)

    def _send_again(self, write: str, raw: RawTransaction) -> None:
        """Send the same bytes once more: they were dropped from the pool, or lost on the way."""
        try:
            self._gateway.broadcast(raw.raw)
        except ChainRefused as refused:
            logger.error("%s was not taken again by the node: %s", write, refused.reason)

    def _confirm(self, write: str, state: ChainWrite) -> None:
        raw = self._raw(write)
        receipt = self._gateway.receipt(raw.transaction)
        if receipt is None or receipt.block_hash != state.block_hash:
            gone = commands.RecordReorganised(
                write=write, transaction=raw.transaction, block_hash=state.block_hash or ""
            )
            self._record(gone, write, state)
            return
        depth = self._gateway.block_number() - receipt.block_number + 1
        if depth >= self._confirmations:
            self._record(self._outcome(write, state, receipt, depth), write, state)

    def _outcome(self, write: str, state: ChainWrite, receipt: Receipt, depth: int) -> Command:
        if state.plan is None:
            message = f"{write} was mined without a plan"
            raise ValueError(message)
        if not receipt.succeeded:
            reason = self._reason(state.plan, receipt)
            return commands.RecordFailed(
                write=write, reason=reason, transaction=receipt.transaction_hash
            )
        result = decode_result(_call(state.plan), receipt, self._gateway.artifacts)
        return commands.RecordConfirmed(
            write=write,
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

    def _raw(self, write: str) -> RawTransaction:
        raw = self._raws.get(write)
        if raw is None:
            message = f"the raw transaction of {write} is not in the worker's table"
            raise LookupError(message)
        return raw

    def _record(self, command: Command, write: str, state: ChainWrite | None = None) -> None:
        # A block hash in the key lets a write be mined again after a reorganisation.
        suffix = (state.block_hash or "") if state is not None else ""
        self._sender.tell(command, f"{write}/{command.TYPE}/{suffix}")


def _call(plan: ChainWritePlanned) -> PlannedCall:
    return PlannedCall(
        contract=plan.contract,
        function=plan.function,
        arguments=plan.arguments,
        target=plan.target,
    )


AWAY: Final = (ChainUnreachable, FeesAboveCap)
"""States of the chain that pass by themselves."""
