"""Folds grants to sub-admins; a row is named by sub-admin and grant."""

from collections.abc import Iterable
from typing import Final

from domain.delegation import events
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from projections.folding import FoldedView, folds_of
from projections.view import Key, Rows, Table

DELEGATIONS: Final = Table(
    "delegations",
    ("delegation",),
    (
        "sub_admin",
        "grantor",
        "commands",
        "queries",
        "until",
        "revoked",
        "reason",
        "granted_at",
        "position",
    ),
)


def _name(event: Recorded) -> str:
    return f"{identity_of(event.stream)}/{event.envelope.data['grant']}"


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the grant."""
    return [(DELEGATIONS, (_name(event),))]


def _fold(event: Recorded, rows: Rows) -> None:
    fact, name = event.fact, _name(event)
    if isinstance(fact, events.DelegationGranted):
        row = {
            "delegation": name,
            "sub_admin": identity_of(event.stream),
            "grantor": fact.grantor,
            "commands": list(fact.commands),
            "queries": list(fact.queries),
            "until": fact.until,
            "revoked": False,
            "reason": None,
            "granted_at": event.at,
            "position": event.position,
        }
        rows.put(DELEGATIONS, row)
    elif isinstance(fact, events.DelegationRevoked):
        rows.change(DELEGATIONS, name, revoked=True, reason=fact.reason)


VIEW: Final = FoldedView(
    "delegations",
    version=1,
    tables=(DELEGATIONS,),
    needs=needs,
    folds=folds_of(events.EVENTS, _fold),
)
