"""Folds checks."""

from collections.abc import Iterable
from typing import Final

from domain.check import events
from domain.kernel.event import Event, Recorded
from domain.kernel.ids import identity_of
from projections.folding import FoldedView, advance, folds_of
from projections.view import Key, Row, Rows, Table

CHECKS: Final = Table(
    "checks",
    ("identity",),
    (
        "subject",
        "gate",
        "state",
        "provider",
        "reference",
        "policy",
        "inputs",
        "findings",
        "asked_at",
        "answered_at",
        "position",
        "last_position",
    ),
)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the check."""
    return [(CHECKS, (identity_of(event.stream),))]


def _fold(event: Recorded, rows: Rows) -> None:
    identity = identity_of(event.stream)
    subject, _, gate = identity.partition("/")
    values = {**_values(event.fact, event.at), "subject": subject, "gate": gate}
    advance(rows, CHECKS, identity, event, values)


def _values(fact: Event, at: str) -> Row:
    match fact:
        case events.CheckAsked():
            asked = {"provider": fact.provider, "policy": fact.policy, "inputs": fact.inputs}
            return {**asked, "findings": [], "asked_at": at}
        case events.CheckReferred():
            return {"reference": fact.reference}
        case (
            events.CheckPassed()
            | events.CheckFailed()
            | events.CheckReturned()
            | events.CheckAlerted()
        ):
            answer = fact.answer
            return {
                "provider": answer.provider,
                "reference": answer.reference,
                "findings": list(answer.findings),
                "answered_at": answer.answered_at,
            }
        case _:
            return {}


VIEW: Final = FoldedView(
    "checks",
    version=1,
    tables=(CHECKS,),
    needs=needs,
    folds=folds_of(events.EVENTS, _fold),
)
