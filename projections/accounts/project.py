"""Folds accounts, their movements and open holds (FORMATS 10)."""

from collections.abc import Iterable
from typing import Final

from domain.account import events
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from projections.folding import FoldedView, folds_of
from projections.view import Key, Row, Rows, Table

ACCOUNTS: Final = Table(
    "accounts",
    ("stream",),
    ("owner", "purpose", "asset", "book_decimals", "balance", "held", "position", "last_position"),
)

ENTRIES: Final = Table(
    "entries",
    ("position",),
    (
        "stream",
        "owner",
        "purpose",
        "asset",
        "type",
        "transfer",
        "hold",
        "amount",
        "balance",
        "held",
        "at",
    ),
)

HOLDS: Final = Table(
    "holds", ("stream", "hold"), ("owner", "asset", "remaining", "held_at", "position")
)

HoldMove = events.AccountHeld | events.AccountPosted | events.AccountReleased
Move = events.AccountDebited | events.AccountCredited | HoldMove


def named(stream: str) -> Row:
    """Read owner, purpose and asset from ``account:<owner>/<purpose>/<asset>``."""
    owner, purpose, asset = identity_of(stream).split("/", 2)
    return {"stream": stream, "owner": owner, "purpose": purpose, "asset": asset}


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the account and the hold."""
    yield ACCOUNTS, (event.stream,)
    if isinstance(event.fact, HoldMove):
        yield HOLDS, (event.stream, event.fact.hold)


def _fold(event: Recorded, rows: Rows) -> None:
    fact, account = event.fact, named(event.stream)
    match fact:
        case events.AccountOpened():
            opened = {"book_decimals": fact.book_decimals, "balance": 0, "held": 0}
            place = {"position": event.position, "last_position": event.position}
            rows.put(ACCOUNTS, {**account, **opened, **place})
        case (
            events.AccountDebited()
            | events.AccountCredited()
            | events.AccountHeld()
            | events.AccountPosted()
            | events.AccountReleased()
        ):
            _move(event, fact, account, rows)
        case _:
            message = f"not an account fact: {fact!r}"
            raise TypeError(message)


def _move(event: Recorded, fact: Move, account: Row, rows: Rows) -> None:
    after = {"balance": fact.balance, "held": fact.held}
    rows.change(ACCOUNTS, event.stream, **after, last_position=event.position)
    hold = fact.hold if isinstance(fact, HoldMove) else None
    movement = {
        "position": event.position,
        "type": fact.TYPE,
        "transfer": fact.transfer,
        "hold": hold,
        "amount": fact.amount,
        "at": event.at,
    }
    rows.put(ENTRIES, {**account, **movement, **after})
    if isinstance(fact, HoldMove):
        _fold_hold(event, fact, account, rows)


def _fold_hold(event: Recorded, fact: HoldMove, account: Row, rows: Rows) -> None:
    if isinstance(fact, events.AccountHeld):
        opened = {"hold": fact.hold, "held_at": event.at, "position": event.position}
        names = {name: account[name] for name in ("stream", "owner", "asset")}
        rows.put(HOLDS, {**names, **opened, "remaining": fact.amount})
        return
    row = rows.get(HOLDS, event.stream, fact.hold)
    if row is None:
        message = f"{event.stream} has no open hold {fact.hold}"
        raise KeyError(message)
    remaining = row["remaining"] - fact.amount
    if remaining and isinstance(fact, events.AccountPosted):
        rows.put(HOLDS, {**row, "remaining": remaining})
    else:
        rows.delete(HOLDS, event.stream, fact.hold)


VIEW: Final = FoldedView(
    "accounts",
    version=2,
    tables=(ACCOUNTS, ENTRIES, HOLDS),
    needs=needs,
    folds=folds_of(events.EVENTS, _fold),
)
