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


def _holders(fact: Event) -> tuple[str, ...]:
    match fact:
        case events.HolderRequested() | events.HolderRegistered():
            return (fact.subject,)
        case events.TokenMinted() | events.TokenBurned():
            return (fact.holder,)
        case events.TokenTransferred():
            return (fact.sender, fact.receiver)
        case _:
            message = f"not a fact of the register: {fact!r}"
            raise TypeError(message)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the holders that the event is about."""
    token = identity_of(event.stream)
    return [(HOLDERS, (token, holder)) for holder in _holders(event.fact)]


def _fold(event: Recorded, rows: Rows) -> None:
    token = identity_of(event.stream)
    for holder in _holders(event.fact):
        row = rows.get(HOLDERS, token, holder) or _nobody(token, holder)
        values = _values(row, holder, event.fact)
        rows.put(HOLDERS, {**row, **values, "last_position": event.position})


def _nobody(token: str, holder: str) -> Row:
    unknown = {"wallet": None, "identity": None, "registered": None}
    return {"token": token, "holder": holder, "units": 0, **unknown}


def _values(row: Row, holder: str, fact: Event) -> Row:
    match fact:
        case events.HolderRequested():
            return {"wallet": fact.wallet, "identity": fact.identity}
        case events.HolderRegistered():
            return {"wallet": fact.wallet, "registered": fact.transaction}
        case events.TokenMinted():
            return {"units": row["units"] + fact.units}
        case events.TokenBurned():
            return {"units": row["units"] - fact.units}
        case events.TokenTransferred():
            moved = (holder == fact.receiver) - (holder == fact.sender)
            return {"units": row["units"] + moved * fact.units}
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
    "holders", version=1, tables=(HOLDERS,), needs=needs, folds=folds_of(FACTS, _fold)
)
