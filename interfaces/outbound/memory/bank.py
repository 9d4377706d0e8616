"""A bank in memory: the twin of `interfaces.outbound.bank`, with the doors that tests need."""

from collections import deque
from collections.abc import Callable
from typing import Literal

import msgspec

from application.ports.world import (
    BankNotification,
    BankPayment,
    BankRefused,
    BankUnreachable,
)
from interfaces.outbound.payments import NOTIFICATIONS_MAX, problem_of

Direction = Literal["credit", "debit", "rejected"]


class _Account(msgspec.Struct):
    name: str
    currency: str
    balance: int
    pending: int = 0


class Treatment(msgspec.Struct, frozen=True, kw_only=True):
    """How to treat the next payment with an end-to-end id.

    `hold` keeps it from settling until `MemoryBank.release`; the rest is as with the simulated
    bank's `Behaviour`.
    """

    end_to_end_id: str
    refuse: str | None = None
    at_once: bool = False
    repeats: int = 0
    hold: bool = False
    drop_answer: bool = False


class _Known(msgspec.Struct, frozen=True):
    payment: BankPayment
    reason: str | None


class MemoryBank:
    """A bank that settles when somebody looks, unless a payment is held."""

    def __init__(self, now: Callable[[], str] = lambda: "2026-05-22T14:24:00.000000Z") -> None:
        self._now = now
        self._accounts: dict[str, _Account] = {}
        self._payments: dict[str, _Known] = {}
        self._pending: list[tuple[BankPayment, Treatment]] = []
        self._told: list[tuple[str, BankNotification]] = []
        self._treatments: deque[Treatment] = deque()
        self._references = 0
        self._down = False

    def pay(self, payment: BankPayment) -> None:
        """Hand over a payment; see `Bank.pay`. Raises `BankUnreachable` or `BankRefused`."""
        problem = problem_of(payment)
        if problem is not None:
            raise BankRefused(problem)
        self._settle()
        known = self._payments.get(payment.end_to_end_id)
        if known is not None and known.payment != payment:
            raise BankRefused("AM05")
        treatment = self._take_treatment(payment.end_to_end_id)
        if known is None:
            known = self._take(payment, treatment)
        if treatment.drop_answer:
            raise BankUnreachable("the bank does not answer")
        if known.reason is not None:
            raise BankRefused(known.reason)

    def _take(self, payment: BankPayment, treatment: Treatment) -> _Known:
        reason = self._objection(payment)
        if reason is None and treatment.at_once:
            reason = treatment.refuse
        if reason is None:
            self._accounts[payment.debtor_account].pending += payment.amount.amount
            self._pending.append((payment, treatment))
        known = self._payments[payment.end_to_end_id] = _Known(payment, reason)
        return known

    def _objection(self, payment: BankPayment) -> str | None:
        debtor = self._accounts.get(payment.debtor_account)
        creditor = self._accounts.get(payment.creditor_account)
        if debtor is None:
            return "AC01"
        if creditor is None or creditor is debtor:
            return "AC03"
        if not debtor.currency == creditor.currency == payment.amount.currency:
            return "AM03"
        return "AM04" if payment.amount.amount > debtor.balance - debtor.pending else None

    def notifications(self, account: str, after: int) -> list[BankNotification]:
        """Read what happened on an account; see `Bank.notifications`. Raises `BankUnreachable`."""
        self._settle()
        if account not in self._accounts:
            raise BankUnreachable("the bank answered 400")
        told = [told for owner, told in self._told if owner == account and told.sequence > after]
        return told[:NOTIFICATIONS_MAX]

    def _settle(self) -> None:
        if self._down:
            raise BankUnreachable("the bank answered 503")
        held = [waiting for waiting in self._pending if waiting[1].hold]
        due = [waiting for waiting in self._pending if not waiting[1].hold]
        self._pending = held
        for payment, treatment in due:
            self._finish(payment, treatment)

    def _finish(self, payment: BankPayment, treatment: Treatment) -> None:
        debtor = self._accounts[payment.debtor_account]
        debtor.pending -= payment.amount.amount
        rejected = treatment.refuse is not None
        told = self._told_of(payment, "rejected" if rejected else "debit", payment.creditor_name)
        told = msgspec.structs.replace(told, reason=treatment.refuse)
        self._tell(payment.debtor_account, told, times=1 + treatment.repeats)
        if rejected:
            return
        debtor.balance -= payment.amount.amount
        self._accounts[payment.creditor_account].balance += payment.amount.amount
        told = self._told_of(payment, "credit", debtor.name)
        self._tell(payment.creditor_account, told, times=1 + treatment.repeats)

    def _told_of(
        self, payment: BankPayment, direction: Direction, counterparty: str
    ) -> BankNotification:
        return BankNotification(
            sequence=0,
            reference="",
            direction=direction,
            amount=payment.amount.amount,
            currency=payment.amount.currency,
            end_to_end_id=payment.end_to_end_id,
            narration=payment.narration,
            counterparty=counterparty,
            booked_at=self._now(),
            reason=None,
        )

    def _tell(self, account: str, told: BankNotification, *, times: int = 1) -> None:
        self._references += 1
        reference = f"MB{self._references:012d}"
        for _ in range(times):
            numbered = msgspec.structs.replace(
                told, sequence=len(self._told) + 1, reference=reference
            )
            self._told.append((account, numbered))

    def open_account(
        self, account: str, *, name: str, currency: str = "GBP", balance: int = 0
    ) -> None:
        """Open an account, with money on it if wanted; asked again, nothing happens."""
        self._accounts.setdefault(account, _Account(name, currency, balance))

    def credit_from_outside(
        self, account: str, *, amount: int, narration: str, counterparty: str
    ) -> None:
        """Let money come from another bank."""
        owner = self._accounts[account]
        owner.balance += amount
        told = BankNotification(
            sequence=0,
            reference="",
            direction="credit",
            amount=amount,
            currency=owner.currency,
            end_to_end_id=None,
            narration=narration,
            counterparty=counterparty,
            booked_at=self._now(),
            reason=None,
        )
        self._tell(account, told)

    def treat(self, treatment: Treatment) -> None:
        """Say how to treat a payment to come."""
        self._treatments.append(treatment)

    def release(self) -> None:
        """Settle what is held when somebody looks next."""
        self._pending = [
            (payment, msgspec.structs.replace(treatment, hold=False))
            for payment, treatment in self._pending
        ]

    def set_down(self, *, down: bool) -> None:
        """Be down, or up again."""
        self._down = down

    def balance(self, account: str) -> int:
        """Tell the balance of an account in minor units."""
        return self._accounts[account].balance

    def _take_treatment(self, end_to_end_id: str) -> Treatment:
        for treatment in self._treatments:
            if treatment.end_to_end_id == end_to_end_id:
                self._treatments.remove(treatment)
                return treatment
        return Treatment(end_to_end_id=end_to_end_id)
