"""Folds requests, and the keys that sign them."""

from collections.abc import Iterable
from typing import Final

from domain.kernel.event import Event, Recorded
from domain.kernel.ids import aggregate_of, identity_of
from domain.request import events
from domain.signatory import events as signatory
from projections.folding import FoldedView, advance, folds_of, plain
from projections.view import Key, Row, Rows, Table

REQUESTS: Final = Table(
    "requests",
    ("request",),
    (
        "state",
        "kind",
        "data",
        "hash",
        "maker",
        "reason",
        "roles",
        "deadline",
        "checkers",
        "outcome",
        "made_at",
        "decided_at",
        "position",
        "last_position",
    ),
)
SIGNING_KEYS: Final = Table(
    "signing_keys", ("key",), ("subject", "alg", "revoked", "registered_at", "position")
)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the request or the key."""
    if aggregate_of(event.stream) == "request":
        return [(REQUESTS, (identity_of(event.stream),))]
    return [(SIGNING_KEYS, (event.envelope.data["key"],))]


def _fold_request(event: Recorded, rows: Rows) -> None:
    request = identity_of(event.stream)
    row = rows.get(REQUESTS, request) or {}
    advance(rows, REQUESTS, request, event, _values(event.fact, event.at, row))


def _values(fact: Event, at: str, row: Row) -> Row:
    match fact:
        case events.RequestMade():
            values = plain(fact)
            del values["tasks"]
            return {**values, "checkers": [], "made_at": at}
        case events.RequestApproved():
            return {"checkers": [*row["checkers"], fact.checker], "decided_at": at}
        case events.RequestRejected():
            checkers = [*row["checkers"], fact.checker]
            return {"checkers": checkers, "outcome": fact.reason, "decided_at": at}
        case events.RequestFailed():
            return {"outcome": fact.sentence}
        case events.RequestExpired():
            return {"decided_at": at}
        case _:
            return {}


def _fold_key(event: Recorded, rows: Rows) -> None:
    fact = event.fact
    if isinstance(fact, signatory.SigningKeyRegistered):
        opened = {"subject": identity_of(event.stream), "alg": fact.alg, "revoked": False}
        since = {"registered_at": event.at, "position": event.position}
        rows.put(SIGNING_KEYS, {"key": fact.key, **opened, **since})
    elif isinstance(fact, signatory.SigningKeyRevoked):
        rows.change(SIGNING_KEYS, fact.key, revoked=True)


VIEW: Final = FoldedView(
    "requests",
    version=1,
    tables=(REQUESTS, SIGNING_KEYS),
    needs=needs,
    folds=folds_of(events.EVENTS, _fold_request) | folds_of(signatory.EVENTS, _fold_key),
)
