"""Folds legal holds; one that is placed again under its name begins anew."""

from collections.abc import Iterable
from typing import Final

from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.subject.events import LegalHoldLifted, LegalHoldPlaced
from projections.folding import FoldedView, blank, expect, plain
from projections.view import Key, Rows, Table

HOLDS: Final = Table(
    "legal_holds",
    ("subject", "hold"),
    ("reason", "placed_by", "placed_at", "lifted_by", "lifted_at", "lifting", "position"),
)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the hold that is lifted."""
    fact = event.fact
    return (
        [(HOLDS, (identity_of(event.stream), fact.hold))]
        if isinstance(fact, LegalHoldLifted)
        else ()
    )


def _place(event: Recorded, rows: Rows) -> None:
    fact = expect(event, LegalHoldPlaced)
    row = {
        **blank(HOLDS),
        "subject": identity_of(event.stream),
        "hold": fact.hold,
        "reason": plain(fact.reason),
        "placed_by": event.envelope.actor,
        "placed_at": event.at,
        "position": event.position,
    }
    rows.put(HOLDS, row)


def _lift(event: Recorded, rows: Rows) -> None:
    fact = expect(event, LegalHoldLifted)
    rows.change(
        HOLDS,
        identity_of(event.stream),
        fact.hold,
        lifted_by=event.envelope.actor,
        lifted_at=event.at,
        lifting=plain(fact.reason),
    )


VIEW: Final = FoldedView(
    "legal_holds",
    version=1,
    tables=(HOLDS,),
    needs=needs,
    folds={LegalHoldPlaced.TYPE: _place, LegalHoldLifted.TYPE: _lift},
)
