"""Folds subjects and API keys."""

from collections.abc import Iterable
from typing import Final

from domain.apikey import events as apikey
from domain.kernel.event import Event, Recorded
from domain.kernel.ids import aggregate_of, identity_of
from domain.subject import events
from projections.folding import FoldedView, advance, folds_of, plain
from projections.view import Key, Row, Rows, Table

SUBJECTS: Final = Table(
    "subjects",
    ("subject",),
    (
        "state",
        "name",
        "kind",
        "country",
        "roles",
        "email",
        "bank_account",
        "wallet",
        "identity",
        "created_at",
        "updated_at",
        "position",
        "last_position",
    ),
)

API_KEYS: Final = Table(
    "api_keys",
    ("key",),
    ("subject", "role", "digest", "revoked", "issued_at", "last_position"),
)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the subject or the key."""
    table = API_KEYS if aggregate_of(event.stream) == "apikey" else SUBJECTS
    return [(table, (identity_of(event.stream),))]


def _fold_subject(event: Recorded, rows: Rows) -> None:
    values = {**_values(event.fact, event.at), "updated_at": event.at}
    advance(rows, SUBJECTS, identity_of(event.stream), event, values)


def _values(fact: Event, at: str) -> Row:
    match fact:
        case events.SubjectCreated():
            return {
                "name": fact.name,
                "kind": fact.kind,
                "country": fact.country,
                "roles": list(fact.roles),
                "email": plain(fact.email),
                "bank_account": fact.bank_account,
                "created_at": at,
            }
        case events.WalletBound():
            return {"wallet": fact.address, "identity": None}
        case events.IdentityDeployed():
            return {"identity": fact.identity}
        case _:
            return {}


def _fold_key(event: Recorded, rows: Rows) -> None:
    key, fact = identity_of(event.stream), event.fact
    if isinstance(fact, apikey.ApiKeyIssued):
        opens = {"subject": fact.subject, "role": fact.role, "digest": fact.digest}
        standing = {"revoked": False, "issued_at": event.at, "last_position": event.position}
        rows.put(API_KEYS, {"key": key, **opens, **standing})
    else:
        rows.change(API_KEYS, key, revoked=True, last_position=event.position)


VIEW: Final = FoldedView(
    "subjects",
    version=1,
    tables=(SUBJECTS, API_KEYS),
    needs=needs,
    folds=folds_of(events.EVENTS, _fold_subject) | folds_of(apikey.EVENTS, _fold_key),
)
