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
    ("units", "frozen_units", "frozen", "wallet", "identity", "registered", "last_position"),
)

REGISTER: Final = Table(
    "register",
    ("token", "holder", "position"),
    ("units", "frozen_units", "frozen", "wallet", "identity", "registered"),
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
        case events.UnitsMinted():
            return {line.subject: line.units for line in fact.lines}
        case events.UnitsBurned():
            return {line.subject: -line.units for line in fact.lines}
        case events.HolderRecovered():
            return {fact.subject: 0}
        case (
            events.WalletsFrozen()
            | events.WalletsUnfrozen()
            | events.UnitsFrozen()
            | events.UnitsUnfrozen()
            | events.HoldersEntered()
        ):
            return {line.subject: 0 for line in fact.lines}
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
        line = {**row, **_registration(event.fact, holder), "units": row["units"] + gained}
        line |= _stopped(row, event.fact, holder)
        # A burn takes frozen units when there are no others.
        line["frozen_units"] = min(line["frozen_units"], line["units"])
        line.pop("last_position", None)
        rows.put(HOLDERS, {**line, "last_position": event.position})
        rows.put(REGISTER, {**line, "position": event.position})


def _nobody(token: str, holder: str) -> Row:
    unknown = {"wallet": None, "identity": None, "registered": None}
    nothing = {"units": 0, "frozen_units": 0, "frozen": False}
    return {"token": token, "holder": holder, **nothing, **unknown}


def _registration(fact: Event, holder: str) -> Row:
    match fact:
        case events.HolderRequested():
            return {"wallet": fact.wallet, "identity": fact.identity}
        case events.HolderRegistered():
            return {"wallet": fact.wallet, "registered": fact.transaction}
        case events.HoldersEntered():
            wallets = {line.subject: line.wallet for line in fact.lines}
            return {"wallet": wallets[holder], "registered": fact.transaction}
        case events.HolderRecovered():
            return {"wallet": fact.wallet, "registered": fact.transaction}
        case _:
            return {}


def _stopped(row: Row, fact: Event, holder: str) -> Row:
    match fact:
        case events.WalletsFrozen() | events.WalletsUnfrozen():
            return {"frozen": isinstance(fact, events.WalletsFrozen)}
        case events.UnitsFrozen() | events.UnitsUnfrozen():
            units = sum(line.units for line in fact.lines if line.subject == holder)
            sign = 1 if isinstance(fact, events.UnitsFrozen) else -1
            return {"frozen_units": row["frozen_units"] + sign * units}
        case _:
            return {}


FACTS: Final = (
    events.HolderRequested,
    events.HolderRegistered,
    events.TokenMinted,
    events.TokenTransferred,
    events.TokenBurned,
    events.WalletsFrozen,
    events.WalletsUnfrozen,
    events.UnitsFrozen,
    events.UnitsUnfrozen,
    events.UnitsMinted,
    events.UnitsBurned,
    events.HoldersEntered,
    events.HolderRecovered,
)

VIEW: Final = FoldedView(
    "holders", version=3, tables=(HOLDERS, REGISTER), needs=needs, folds=folds_of(FACTS, _fold)
)
