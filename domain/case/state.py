"""A case after its events."""

from typing import Final

import msgspec

from domain.case.events import EVENTS, CaseOpened
from domain.case.workflow import CASE_WORKFLOW
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event


class Case(msgspec.Struct, frozen=True):
    """State, and whom it is about."""

    state: str = CASE_WORKFLOW.start
    subject: str = ""
    kind: str = ""


def evolve(state: Case, event: Event) -> Case:
    """Apply one fact."""
    after = CASE_WORKFLOW.after(state.state, event.TYPE)
    if isinstance(event, CaseOpened):
        return Case(state=after, subject=event.subject, kind=event.kind)
    return msgspec.structs.replace(state, state=after)


def case_stream(case: str) -> str:
    """Name the stream of a case.

    The name must be one that nobody can guess: whether a stream exists can be proven, and a
    proof that this one does would tip the subject off.
    """
    return f"case:{case}"


CASE: Final = Aggregate(name="case", empty=Case(), evolve=evolve, events=EVENTS)
