"""Folds tokens and the operations of admins on them."""

from collections.abc import Iterable
from typing import Any, Final

from domain.kernel.event import Event, Recorded
from domain.kernel.ids import identity_of
from domain.token import events
from projections.folding import FoldedView, advance, blank, folds_of, plain
from projections.view import Key, Row, Rows, Table

TOKENS: Final = Table(
    "tokens",
    ("token",),
    (
        "state",
        "invoice",
        "name",
        "symbol",
        "decimals",
        "units",
        "currency",
        "supply",
        "paused",
        "frozen_wallets",
        "rulebook",
        "address",
        "identity_registry",
        "compliance",
        "planned_at",
        "updated_at",
        "position",
        "last_position",
    ),
)

OPERATIONS: Final = Table(
    "token_operations",
    ("token", "operation"),
    (
        "kind",
        "state",
        "reason",
        "lines",
        "open_writes",
        "transactions",
        "code",
        "refusal",
        "requested_at",
        "updated_at",
        "position",
        "last_position",
    ),
)

ANSWERS: Final = (
    events.OperationFailed,
    events.TokenPaused,
    events.TokenResumed,
    events.WalletsFrozen,
    events.WalletsUnfrozen,
    events.UnitsFrozen,
    events.UnitsUnfrozen,
    events.UnitsMinted,
    events.UnitsBurned,
    events.HoldersEntered,
    events.HolderRecovered,
    events.RuleSet,
)
"""How the chain answers a write of an operation."""


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the token, and the operation that the event is about."""
    token = identity_of(event.stream)
    keys: list[tuple[Table, Key]] = [(TOKENS, (token,))]
    operation = _operation_of(event.fact)
    return keys if operation is None else [*keys, (OPERATIONS, (token, operation))]


def _operation_of(fact: Event) -> int | None:
    if isinstance(fact, (events.OperationRequested, *ANSWERS)):
        return fact.operation
    return None


def _fold(event: Recorded, rows: Rows) -> None:
    token = identity_of(event.stream)
    row = rows.get(TOKENS, token) or blank(TOKENS)
    values = {**_standing(row, event.fact), "updated_at": event.at}
    if isinstance(event.fact, events.TokenPlanned):
        values["planned_at"] = event.at
    advance(rows, TOKENS, token, event, values)
    if isinstance(event.fact, events.OperationRequested):
        _open(event, event.fact, rows)
    elif isinstance(event.fact, ANSWERS):
        _answer(event, event.fact, rows)


def _standing(row: Row, fact: Event) -> Row:
    match fact:
        case events.TokenPlanned():
            nothing = {"supply": 0, "paused": False, "frozen_wallets": 0}
            return {**plain(fact), **nothing}
        case events.TokenDeployed():
            where = {"address": fact.address, "compliance": fact.compliance}
            return {**where, "identity_registry": fact.identity_registry}
        case events.RulebookAdopted():
            return {"rulebook": plain(fact.rulebook)}
        case events.TokenMinted():
            return {"supply": fact.units}
        case events.TokenBurned() | events.UnitsMinted() | events.UnitsBurned():
            return {"supply": fact.supply}
        case events.TokenPaused() | events.TokenResumed():
            return {"paused": isinstance(fact, events.TokenPaused)}
        case events.WalletsFrozen() | events.WalletsUnfrozen():
            sign = 1 if isinstance(fact, events.WalletsFrozen) else -1
            return {"frozen_wallets": row["frozen_wallets"] + sign * len(fact.lines)}
        case _:
            return {}


def _open(event: Recorded, fact: events.OperationRequested, rows: Rows) -> None:
    rows.put(
        OPERATIONS,
        {
            **blank(OPERATIONS),
            "token": identity_of(event.stream),
            "operation": fact.operation,
            "kind": fact.kind,
            "state": "PENDING",
            "reason": fact.reason,
            "lines": plain(fact.lines),
            "open_writes": list(fact.writes),
            "transactions": [],
            "requested_at": event.at,
            "updated_at": event.at,
            "position": event.position,
            "last_position": event.position,
        },
    )


def _answer(event: Recorded, fact: Any, rows: Rows) -> None:
    """Take one write off; an operation has failed when one of its writes has."""
    row = rows.get(OPERATIONS, identity_of(event.stream), fact.operation)
    if row is None:
        message = f"an answer to no operation at {event.position}"
        raise KeyError(message)
    write = getattr(fact, "write", None) or (row["open_writes"] or [""])[0]
    still = [name for name in row["open_writes"] if name != write]
    values: Row = {"open_writes": still}
    if isinstance(fact, events.OperationFailed):
        values |= {"code": fact.code, "refusal": fact.reason}
    else:
        values["transactions"] = [*row["transactions"], fact.transaction]
    failed = values.get("code") or row["code"]
    values["state"] = "PENDING" if still else ("FAILED" if failed else "DONE")
    changed = {**row, **values, "updated_at": event.at, "last_position": event.position}
    rows.put(OPERATIONS, changed)


VIEW: Final = FoldedView(
    "tokens",
    version=1,
    tables=(TOKENS, OPERATIONS),
    needs=needs,
    folds=folds_of(events.EVENTS, _fold),
)
