"""One nonce allocator for each key: many transactions of one key are on their way at once.

A nonce is given when a call has passed a dry run, in the order of the plans. The bytes are
committed to the worker's table before the log hears of them, and the log before any node. A crash
between finds bytes that the log does not know yet, and goes on with them.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from domain.chainwrite import commands
from domain.chainwrite.state import UNSIGNED
from interfaces.outbound.evm.crosscheck import CrossCheck, Opinion
from interfaces.outbound.evm.errors import ChainRefused, FeesAboveCap, MalformedCall
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.transactions import Fees, Transaction
from interfaces.outbound.rawtransaction import RawTransaction
from interfaces.workers.chainaccounts import Accounts
from interfaces.workers.chaingaps import Gaps
from interfaces.workers.chainparts import ChainRules, OpenWrite, RawStore
from interfaces.workers.chainstates import Report, Writes
from interfaces.workers.chaintroubles import AT_CAP, BEHIND, BEHIND_SECONDS, Troubles

IN_FLIGHT: Final = frozenset({"SIGNED", "BROADCAST"})


class Refusals(msgspec.Struct):
    """How often a dry run refused a call, and when it did last."""

    count: int = 0
    last: float = 0.0


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What a transaction is besides its call."""

    sender: str
    nonce: int
    gas: int
    fees: Fees


class Signing:
    """Gives nonces and signs."""

    def __init__(
        self,
        gateway: EvmGateway,
        raws: RawStore,
        writes: Writes,
        *,
        rules: ChainRules,
        accounts: Accounts,
        gaps: Gaps,
    ) -> None:
        self._accounts = accounts
        self._gaps = gaps
        self._gateway = gateway
        self._raws = raws
        self._writes = writes
        self._rules = rules
        self._refused: dict[str, Refusals] = {}
        self._looked: set[str] = set()
        self._hashes: dict[str, str] = {}
        self.fresh: dict[str, RawTransaction] = {}
        """What this process has signed and not sent yet, by its hash."""

    def step(
        self,
        open_writes: Sequence[OpenWrite],
        *,
        chain_id: int,
        others: CrossCheck,
        lags: bool,
        troubles: Troubles,
    ) -> bool:
        """Sign what wants a nonce; tells whether anything was done."""
        waiting = [each for each in open_writes if each.state.state in UNSIGNED]
        if not waiting:
            return False
        self._accounts.look()
        reports: list[Report] = []
        fresh: list[tuple[OpenWrite, int]] = []
        for write in self._admitted(open_writes, waiting):
            raw = self._left_behind(write)
            if raw is not None:
                reports.append((write, self._assign(write, raw)))
                continue
            try:
                fresh.append((write, self._dry_run(write)))
            except MalformedCall as error:
                reports.append((write, _failed(write, str(error))))
            except ChainRefused as error:
                if not lags and self._is_final(write, open_writes):
                    reports.append((write, _failed(write, str(error))))
        signed = self._sign(fresh, chain_id, others, troubles)
        # From here on the table may have bytes that the log does not know.
        self._looked.clear()
        self._raws.put(*(raw for _, raw in signed))
        reports += [(write, self._assign(write, raw)) for write, raw in signed]
        self._writes.tell(*reports)
        self._looked = {each.name for each in waiting}
        self.fresh.update((raw.transaction, raw) for _, raw in signed)
        for write, _ in reports:
            self._refused.pop(write.name, None)
        return bool(reports)

    def _admitted(
        self, open_writes: Sequence[OpenWrite], waiting: Sequence[OpenWrite]
    ) -> Iterator[OpenWrite]:
        """Choose what may be signed now: a pipeline of each key holds so many and no more."""
        room: dict[str, int] = {}
        for each in open_writes:
            if each.state.state in IN_FLIGHT:
                signer = each.plan.signer
                room[signer] = room.get(signer, self._rules.pipeline) - 1
        now = time.monotonic()
        for write in waiting:
            if self._accounts.waits(write):
                continue
            refused = self._refused.get(write.name)
            if refused is not None and now - refused.last < self._rules.dry_run_seconds:
                continue
            signer = write.plan.signer
            # Whatever fills a gap lets all others go on, however many these are.
            if room.get(signer, self._rules.pipeline) > 0 or self._gaps.is_open(
                self._account(write)
            ):
                room[signer] = room.get(signer, self._rules.pipeline) - 1
                yield write

    def _left_behind(self, write: OpenWrite) -> RawTransaction | None:
        """Find bytes that were committed and that the log never heard of."""
        if write.name in self._looked:
            return None
        # By nonce: a higher fee for a nonce of the past may have been left behind as well.
        told = {each.nonce for each in write.state.signed}
        return next((raw for raw in self._raws.of(write.name) if raw.nonce not in told), None)

    def _dry_run(self, write: OpenWrite) -> int:
        sender = self._account(write)
        return self._gateway.estimate_gas(write.call, sender=sender)

    def _account(self, write: OpenWrite) -> str:
        return self._accounts.of(write) or self._gateway.address(write.plan.signer)

    def _is_final(self, write: OpenWrite, open_writes: Sequence[OpenWrite]) -> bool:
        """Count a refusal, unless an earlier call that is on its way may yet make it good."""
        known = self._refused.setdefault(write.name, Refusals())
        known.last = time.monotonic()
        for each in open_writes:
            if each.name == write.name:
                break
            if each.state.state in {*IN_FLIGHT, "MINED"} and each.plan.signer == write.plan.signer:
                return False
        known.count += 1
        return known.count >= self._rules.attempts

    def _sign(
        self,
        fresh: Sequence[tuple[OpenWrite, int]],
        chain_id: int,
        others: CrossCheck,
        troubles: Troubles,
    ) -> list[tuple[OpenWrite, RawTransaction]]:
        if not fresh:
            return []
        try:
            fees = self._gateway.fees()
        except FeesAboveCap as error:
            troubles.tell(AT_CAP, "", f"nothing new is sent: {error}")
            return []
        troubles.clear(AT_CAP)
        next_nonces: dict[str, int] = {}
        signed = []
        for write, gas in fresh:
            sender = self._account(write)
            nonce = next_nonces.get(sender)
            if nonce is None and (gap := self._gaps.take(sender)) is not None:
                offer = Offer(sender=sender, nonce=gap, gas=gas, fees=fees)
                signed.append((write, self.signed(write, offer, chain_id)))
                continue
            if nonce is None:
                # What is mined, not what waits: a stranger's transaction that waits may never come.
                mined = self._gateway.nonce(sender).latest
                nonce = self._raws.next_nonce(sender)
                if mined > nonce and not _all_count(others, sender, mined, chain_id, troubles):
                    continue
                troubles.clear(BEHIND, sender)
                nonce = max(mined, nonce)
            next_nonces[sender] = nonce + 1
            offer = Offer(sender=sender, nonce=nonce, gas=gas, fees=fees)
            signed.append((write, self.signed(write, offer, chain_id)))
        return signed

    def signed(self, write: OpenWrite, offer: Offer, chain_id: int) -> RawTransaction:
        """Sign the call of a write; nobody has seen it and nothing is kept yet."""
        data = self._gateway.calldata(write.call)
        transaction = Transaction(
            # The chain of the log, whatever the endpoint says: elsewhere it is worth nothing.
            chain_id=chain_id,
            nonce=offer.nonce,
            to=write.plan.target,
            data=data,
            gas=offer.gas,
            fees=offer.fees,
        )
        # By that account and no other: its purpose may have another one by now.
        signed = self._gateway.sign(write.plan.signer, transaction, account=offer.sender)
        self._hashes[signed.transaction_hash] = _hash(data)
        return RawTransaction(
            write=write.name,
            sender=offer.sender,
            nonce=offer.nonce,
            transaction=signed.transaction_hash,
            raw=signed.raw,
            gas_limit=offer.gas,
            max_fee_per_gas=offer.fees.max_fee,
            max_priority_fee_per_gas=offer.fees.max_priority_fee,
        )

    def _assign(self, write: OpenWrite, raw: RawTransaction) -> commands.AssignNonce:
        calldata_hash = self._hashes.pop(raw.transaction, None)
        return commands.AssignNonce(
            write=write.name,
            sender=raw.sender,
            nonce=raw.nonce,
            value="0",
            gas_limit=raw.gas_limit,
            max_fee_per_gas=str(raw.max_fee_per_gas),
            max_priority_fee_per_gas=str(raw.max_priority_fee_per_gas),
            calldata_hash=calldata_hash or _hash(self._gateway.calldata(write.call)),
            transaction=raw.transaction,
        )


def _all_count(
    others: CrossCheck, sender: str, mined: int, chain_id: int, troubles: Troubles
) -> bool:
    """Say whether all endpoints know so many transactions of a key, more than were ours.

    For one endpoint's word no nonce is left out: behind the gap everything would wait for ever.
    """
    if others.counted(sender, mined, chain_id) is Opinion.AGREES:
        return True
    text = f"only one endpoint knows {mined} transactions of {sender}: nothing is signed with it"
    troubles.tell(BEHIND, sender, text, after=BEHIND_SECONDS)
    return False


def _failed(write: OpenWrite, reason: str) -> commands.RecordFailed:
    last = write.state.transaction if write.state.state != "PLANNED" else None
    return commands.RecordFailed(write=write.name, reason=reason, transaction=last)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
