"""Folds profiles."""

from collections.abc import Iterable
from typing import Final, get_args

from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.profile.events import SectionRecorded
from domain.profile.sections import Section
from domain.subject.events import SubjectErased
from projections.folding import FoldedView, expect, plain
from projections.view import Key, Rows, Table

PROFILES: Final = Table(
    "profiles", ("subject", "section"), ("box", "recorded_at", "recorded_by", "position")
)


def needs(_: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name nothing: a section is told whole."""
    return ()


def _fold(event: Recorded, rows: Rows) -> None:
    fact = expect(event, SectionRecorded)
    row = {
        "subject": identity_of(event.stream),
        "section": fact.section,
        "box": plain(fact.box),
        "recorded_at": event.at,
        "recorded_by": event.envelope.actor,
        "position": event.position,
    }
    rows.put(PROFILES, row)


def _forget(event: Recorded, rows: Rows) -> None:
    for section in get_args(Section):
        rows.delete(PROFILES, identity_of(event.stream), section)


VIEW: Final = FoldedView(
    "profiles",
    version=2,
    tables=(PROFILES,),
    needs=needs,
    folds={SectionRecorded.TYPE: _fold, SubjectErased.TYPE: _forget},
)
