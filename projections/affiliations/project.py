"""Folds ties of subjects to brokers and partners."""

from collections.abc import Iterable
from typing import Final

from domain.affiliation import events
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from projections.folding import FoldedView, folds_of
from projections.view import Key, Rows, Table

AFFILIATIONS: Final = Table(
    "affiliations", ("affiliation",), ("member", "role", "holder", "ended", "since", "position")
)


def _tie(event: Recorded) -> tuple[str, str, str]:
    data, member = event.envelope.data, identity_of(event.stream)
    role = "broker" if "broker" in data else "partner"
    return member, role, data[role]


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the tie."""
    return [(AFFILIATIONS, ("/".join(_tie(event)),))]


def _fold(event: Recorded, rows: Rows) -> None:
    member, role, holder = _tie(event)
    row = {
        "affiliation": f"{member}/{role}/{holder}",
        "member": member,
        "role": role,
        "holder": holder,
        "ended": isinstance(event.fact, events.TenantLeft),
        "since": event.at,
        "position": event.position,
    }
    rows.put(AFFILIATIONS, row)


VIEW: Final = FoldedView(
    "affiliations",
    version=1,
    tables=(AFFILIATIONS,),
    needs=needs,
    folds=folds_of(events.EVENTS, _fold),
)
