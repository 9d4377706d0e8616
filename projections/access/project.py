"""Folds users and API keys."""

from collections.abc import Iterable
from typing import Final

from domain.apikey import events as apikey
from domain.kernel.event import Event, Recorded
from domain.kernel.ids import aggregate_of, identity_of
from domain.user import events as user
from projections.folding import FoldedView, advance, folds_of
from projections.view import Key, Row, Rows, Table

USERS: Final = Table(
    "users",
    ("user_id",),
    (
        "state",
        "subject",
        "roles",
        "totp",
        "providers",
        "locked_until",
        "registered_at",
        "updated_at",
        "position",
        "last_position",
    ),
)

API_KEYS: Final = Table(
    "api_keys",
    ("key",),
    (
        "subject",
        "role",
        "digest",
        "scopes",
        "rate_per_second",
        "expires_at",
        "ends_at",
        "replaces",
        "successor",
        "revoked",
        "issued_at",
        "last_position",
    ),
)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the user or the key."""
    table = API_KEYS if aggregate_of(event.stream) == "apikey" else USERS
    return [(table, (identity_of(event.stream),))]


def _fold_user(event: Recorded, rows: Rows) -> None:
    before = rows.get(USERS, identity_of(event.stream)) or {}
    values = {**_values(event.fact, event.at, before), "updated_at": event.at}
    advance(rows, USERS, identity_of(event.stream), event, values)


def _values(fact: Event, at: str, before: Row) -> Row:
    match fact:
        case user.UserRegistered():
            return {
                "subject": fact.subject,
                "roles": list(fact.roles),
                "totp": False,
                "providers": [],
                "registered_at": at,
            }
        case user.TotpEnabled() | user.TotpDisabled():
            return {"totp": isinstance(fact, user.TotpEnabled)}
        case user.IdentityLinked():
            return {"providers": sorted({*before["providers"], fact.provider})}
        case user.IdentityUnlinked():
            return {"providers": [name for name in before["providers"] if name != fact.provider]}
        case user.UserLocked():
            return {"locked_until": fact.until}
        case _:
            return {}


def _fold_key(event: Recorded, rows: Rows) -> None:
    key, fact, last = identity_of(event.stream), event.fact, event.position
    match fact:
        case apikey.ApiKeyIssued():
            opens = {
                "subject": fact.subject,
                "role": fact.role,
                "digest": fact.digest,
                "scopes": None if fact.scopes is None else list(fact.scopes),
                "rate_per_second": fact.rate_per_second,
                "expires_at": fact.expires_at,
                "ends_at": fact.expires_at,
                "replaces": fact.replaces,
            }
            standing = {"successor": None, "revoked": False, "issued_at": event.at}
            rows.put(API_KEYS, {"key": key, **opens, **standing, "last_position": last})
        case apikey.ApiKeyRotated():
            before = rows.get(API_KEYS, key) or {}
            ends = min(filter(None, (before.get("expires_at"), fact.until)))
            rows.change(API_KEYS, key, successor=fact.successor, ends_at=ends, last_position=last)
        case _:
            rows.change(API_KEYS, key, revoked=True, last_position=last)


VIEW: Final = FoldedView(
    "access",
    version=1,
    tables=(USERS, API_KEYS),
    needs=needs,
    folds=folds_of(user.EVENTS, _fold_user) | folds_of(apikey.EVENTS, _fold_key),
)
