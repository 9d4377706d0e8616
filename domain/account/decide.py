"""Movements of one account; a debit and its credit are appended together by the caller."""

from domain.account.events import (
    AccountCredited,
    AccountDebited,
    AccountHeld,
    AccountOpened,
    AccountPosted,
    AccountReleased,
)
from domain.account.refusals import (
    AccountNotOpen,
    AmountOutOfRange,
    HoldExists,
    HoldTooSmall,
    InsufficientFunds,
    UnknownHold,
)
from domain.account.state import OUTSIDE, Account, owner_of
from domain.kernel.event import Event
from domain.kernel.money import LARGEST
from domain.kernel.refusal import Refusal

Decision = list[Event] | Refusal


def open_account(state: Account, *, book_decimals: int) -> Decision:
    """Open the account unless it is open already."""
    return [] if state.opened else [AccountOpened(book_decimals=book_decimals)]


def debit(state: Account, stream: str, *, transfer: str, amount: int) -> Decision:
    """Take units out of the free balance."""
    if refusal := _refuse(state, stream, amount) or _refuse_overdraft(state, stream, amount):
        return refusal
    balance = state.balance - amount
    return [AccountDebited(transfer=transfer, amount=amount, balance=balance, held=state.held)]


def credit(state: Account, stream: str, *, transfer: str, amount: int) -> Decision:
    """Put units in; refused when the books could not carry the sum."""
    balance = state.balance + amount
    if refusal := _refuse(state, stream, amount):
        return refusal
    if balance > LARGEST:
        return AmountOutOfRange(account=stream, amount=amount)
    return [AccountCredited(transfer=transfer, amount=amount, balance=balance, held=state.held)]


def hold(state: Account, stream: str, *, name: str, amount: int) -> Decision:
    """Set free units aside under a hold that is not open yet."""
    if refusal := _refuse(state, stream, amount) or _refuse_overdraft(state, stream, amount):
        return refusal
    if name in state.holds:
        return HoldExists(account=stream, hold=name)
    held = state.held + amount
    event = AccountHeld(transfer=name, hold=name, amount=amount, balance=state.balance, held=held)
    return [event]


def post(state: Account, stream: str, *, name: str, transfer: str, amount: int) -> Decision:
    """Move units of an open hold out of the account, all of it or a part."""
    if refusal := _refuse(state, stream, amount):
        return refusal
    remaining = state.holds.get(name)
    if remaining is None:
        return UnknownHold(account=stream, hold=name)
    if amount > remaining:
        return HoldTooSmall(account=stream, hold=name, remaining=remaining, amount=amount)
    return [
        AccountPosted(
            transfer=transfer,
            hold=name,
            amount=amount,
            balance=state.balance - amount,
            held=state.held - amount,
        )
    ]


def release(state: Account, stream: str, *, name: str) -> Decision:
    """End a hold and free what remains in it."""
    remaining = state.holds.get(name)
    if remaining is None:
        return UnknownHold(account=stream, hold=name)
    held = state.held - remaining
    event = AccountReleased(
        transfer=name, hold=name, amount=remaining, balance=state.balance, held=held
    )
    return [event]


def _refuse(state: Account, stream: str, amount: int) -> Refusal | None:
    if not state.opened:
        return AccountNotOpen(account=stream)
    if not 0 < amount <= LARGEST:
        return AmountOutOfRange(account=stream, amount=amount)
    return None


def _refuse_overdraft(state: Account, stream: str, amount: int) -> Refusal | None:
    if owner_of(stream) == OUTSIDE:
        within = state.balance - amount >= -LARGEST
        return None if within else AmountOutOfRange(account=stream, amount=amount)
    if amount > state.available:
        return InsufficientFunds(account=stream, available=state.available, amount=amount)
    return None
