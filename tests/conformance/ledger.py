"""A pure model of a log of accounts, and a command of tests alone that moves what it is told.

The model knows nothing of streams, batches, caches or databases: dictionaries, and what must lie
on the log after each command that was accepted.
"""

from copy import deepcopy
from typing import Any, Final, Literal

import msgspec

from application.draft import Draft, Handling
from application.handlers import books
from domain.account import decide
from domain.account.state import ACCOUNT, OUTSIDE, account_stream
from domain.kernel.command import Command, Context
from domain.kernel.money import LARGEST

Fact = tuple[str, str, dict[str, Any]]
"""A stream, the type of an event, and its data."""

BANK: Final = account_stream(OUTSIDE, "bank", "GBP")
ACCOUNTS: Final = (BANK, *(account_stream(owner, "cash", "GBP") for owner in "abcd"))


class Step(msgspec.Struct, frozen=True):
    """One movement: of what kind, from where, to where, under which name."""

    kind: Literal["open", "move", "hold", "post", "release"]
    account: str
    other: str = BANK
    name: str = "n"
    amount: int = 1


class Script(Command, frozen=True, kw_only=True):
    """Make all steps or none; ``fails`` lets the handler end with a defect after them."""

    TYPE = "test.script"
    steps: tuple[Step, ...]
    fails: bool = False


def play(command: Script, _: Context) -> Handling:
    """Handle a script; it asks for streams one step at a time."""
    draft = Draft()
    for step in command.steps:
        yield from draft.load(step.account, step.other)
        _make(draft, step)
    if command.fails:
        raise ZeroDivisionError
    return draft


def _make(draft: Draft, step: Step) -> None:
    source, target, amount = step.account, step.other, step.amount
    match step.kind:
        case "open":
            opened = decide.open_account(draft.of(ACCOUNT, source), book_decimals=2)
            draft.add(ACCOUNT, source, opened)
        case "move":
            books.move(draft, source, target, transfer=step.name, amount=amount)
        case "hold":
            books.hold(draft, source, name=step.name, amount=amount)
        case "post":
            books.post(draft, source, target, name=step.name, transfer="t", amount=amount)
        case "release":
            books.release(draft, source, name=step.name)


class RefusedStep(Exception):
    """A step that the rules refuse; the text is the refusal's code."""


class Book:
    """An account of the model."""

    def __init__(self) -> None:
        self.opened = False
        self.balance = 0
        self.holds: dict[str, int] = {}

    @property
    def held(self) -> int:
        """What is set aside."""
        return sum(self.holds.values())


class Ledger:
    """All accounts of the model."""

    def __init__(self) -> None:
        self.books = {stream: Book() for stream in ACCOUNTS}

    def after(self, script: Script) -> "tuple[Ledger, list[Fact]] | str":
        """Tell the ledger after a script with the facts of it, or the code of its refusal."""
        ledger = deepcopy(self)
        facts: list[Fact] = []
        try:
            for step in script.steps:
                facts += getattr(ledger, step.kind)(step)
        except RefusedStep as refused:
            return str(refused)
        return ledger, facts

    def open(self, step: Step) -> list[Fact]:
        """Open an account once."""
        book = self.books[step.account]
        if book.opened:
            return []
        book.opened = True
        return [(step.account, "account.opened", {"book_decimals": 2})]

    def move(self, step: Step) -> list[Fact]:
        """Move what is free."""
        self._demand_free(step)
        self.books[step.account].balance -= step.amount
        left = self._fact(step.account, "debited", transfer=step.name, amount=step.amount)
        return [left, self._credit(step.other, step.name, step.amount)]

    def hold(self, step: Step) -> list[Fact]:
        """Set something aside."""
        self._demand_free(step)
        book = self.books[step.account]
        _demand(step.name not in book.holds, "hold_exists")
        book.holds[step.name] = step.amount
        words = {"transfer": step.name, "hold": step.name, "amount": step.amount}
        return [self._fact(step.account, "held", **words)]

    def post(self, step: Step) -> list[Fact]:
        """Move what was set aside."""
        self._demand_amount(step.account, step.amount)
        book = self.books[step.account]
        _demand(step.name in book.holds, "unknown_hold")
        _demand(step.amount <= book.holds[step.name], "hold_too_small")
        book.balance -= step.amount
        book.holds[step.name] -= step.amount
        if not book.holds[step.name]:
            del book.holds[step.name]
        words = {"transfer": "t", "hold": step.name, "amount": step.amount}
        return [
            self._fact(step.account, "posted", **words),
            self._credit(step.other, "t", step.amount),
        ]

    def release(self, step: Step) -> list[Fact]:
        """Free what was set aside."""
        book = self.books[step.account]
        _demand(step.name in book.holds, "unknown_hold")
        words = {"transfer": step.name, "hold": step.name, "amount": book.holds.pop(step.name)}
        return [self._fact(step.account, "released", **words)]

    def _credit(self, stream: str, transfer: str, amount: int) -> Fact:
        self._demand_amount(stream, amount)
        book = self.books[stream]
        _demand(book.balance + amount <= LARGEST, "amount_out_of_range")
        book.balance += amount
        return self._fact(stream, "credited", transfer=transfer, amount=amount)

    def _fact(self, stream: str, kind: str, **words: Any) -> Fact:
        book = self.books[stream]
        return stream, f"account.{kind}", {**words, "balance": book.balance, "held": book.held}

    def _demand_amount(self, stream: str, amount: int) -> None:
        _demand(self.books[stream].opened, "account_not_open")
        _demand(0 < amount <= LARGEST, "amount_out_of_range")

    def _demand_free(self, step: Step) -> None:
        self._demand_amount(step.account, step.amount)
        book = self.books[step.account]
        if step.account == BANK:
            _demand(book.balance - step.amount >= -LARGEST, "amount_out_of_range")
        else:
            _demand(step.amount <= book.balance - book.held, "insufficient_funds")


def _demand(holds: bool, code: str) -> None:
    if not holds:
        raise RefusedStep(code)
