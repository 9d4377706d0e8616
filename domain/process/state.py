"""A work item after its events, and the one decision about it."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.command import Command
from domain.kernel.event import Event
from domain.process.events import EVENTS, ProcessRefused


class RecordRefusal(Command, frozen=True, kw_only=True):
    """Keep a refused command as a work item."""

    TYPE = "process.record_refusal"
    item: str
    process: str
    cause: int
    command_type: str
    code: str
    sentence: str


class WorkItem(msgspec.Struct, frozen=True):
    """Codes that were recorded already."""

    codes: frozenset[str] = frozenset()


def evolve(state: WorkItem, event: Event) -> WorkItem:
    """Apply one fact."""
    if isinstance(event, ProcessRefused):
        return WorkItem(codes=state.codes | {event.code})
    return state


def process_stream(item: str) -> str:
    """Name the stream of a work item, ``<process>/<cause>/<ordinal>``."""
    return f"process:{item}"


def record_refusal(state: WorkItem, command: RecordRefusal) -> list[Event]:
    """Record a refusal once for each code."""
    if command.code in state.codes:
        return []
    return [
        ProcessRefused(
            process=command.process,
            cause=command.cause,
            command_type=command.command_type,
            code=command.code,
            sentence=command.sentence,
        )
    ]


PROCESS: Final = Aggregate(name="process", empty=WorkItem(), evolve=evolve, events=EVENTS)
