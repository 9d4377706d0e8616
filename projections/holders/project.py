"""Folds the register of holders."""

from collections.abc import Iterable
from typing import Final

from domain.kernel.event import Event, Recorded
from domain.kernel.ids import identity_of
from domain.token import events
from projections.folding import FoldedView, folds_of
from projections.view import Key, Row, Rows, Table

HOLDERS: Final = Table(
    "holders",
    ("token", "holder"),
    ("units", "wallet", "identity", "registered", "last_position"),
)

REGISTER: Final = Table(
    "register",
    ("token", "holder", "position"),
    ("units", "wallet", "identity", "registered"),
)


def _gained(fact: Event) -> dict[str, int]:
    """Tell by holder how many units a fact brings; those of a registration bring none."""
    match fact:
        case events.HolderRequested() | events.HolderRegistered():
            return {fact.subject: 0}
        case events.TokenMinted():
            return {fact.holder: fact.units}
        case events.TokenBurned():
            return {fact.holder: -fact.units}
        case events.TokenTransferred():
            moved = 0 if fact.sender == fact.receiver else fact.units
            return {fact.sender: -moved, fact.receiver: moved}
        case _:
            message = f"not a fact of the register: {fact!r}"
            raise TypeError(message)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the holders that the event is about."""
    token = identity_of(event.stream)
    return [(HOLDERS, (token, holder)) for holder in _gained(event.fact)]


def _fold(event: Recorded, rows: Rows) -> None:
    token = identity_of(event.stream)
    for holder, gained in _gained(event.fact).items():
        row = rows.get(HOLDERS, token, holder) or _nobody(token, holder)
        line = {**row, **_registration(event.fact), "units": row["units"] + gained}
        line.pop("last_position", None)
        rows.put(HOLDERS, {**line, "last_position": event.position})
        rows.put(REGISTER, {**line, "position": event.position})


def _nobody(token: str, holder: str) -> Row:
    unknown = {"wallet": None, "identity": None, "registered": None}
    return {"token": token, "holder": holder, "units": 0, **unknown}


def _registration(fact: Event) -> Row:
    match fact:
        case events.HolderRequested():
            return {"wallet": fact.wallet, "identity": fact.identity}
        case events.HolderRegistered():
            return {"wallet": fact.wallet, "registered": fact.transaction}
        case _:
            return {}


FACTS: Final = (
    events.HolderRequested,
    events.HolderRegistered,
    events.TokenMinted,
    events.TokenTransferred,
    events.TokenBurned,
)

VIEW: Final = FoldedView(
    "holders", version=2, tables=(HOLDERS, REGISTER), needs=needs, folds=folds_of(FACTS, _fold)
)
