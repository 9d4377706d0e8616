"""Folds work items."""

from collections.abc import Iterable
from typing import Final

from domain.chainwrite.events import ChainWriteRetracted
from domain.deadline.events import DeadlineBreached
from domain.deadline.levels import LEVELS
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.process.events import ProcessRefused
from projections.folding import FoldedView, expect
from projections.view import Key, Rows, Table

WORK_ITEMS: Final = Table(
    "work_items",
    ("item", "code"),
    ("process", "cause", "command_type", "sentence", "refused_at", "correlation", "position"),
)


def needs(_: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name nothing: a refusal is a row of its own."""
    return ()


RETRACTED: Final = "chain_write_retracted"


def _fold_retracted(event: Recorded, rows: Rows) -> None:
    """Ask somebody to look at what rests on a write that the chain took back."""
    fact, write = expect(event, ChainWriteRetracted), identity_of(event.stream)
    row = {
        "item": f"chain/{event.position}/{write}",
        "code": RETRACTED,
        "process": "chain",
        "cause": event.position,
        "command_type": "chainwrite.record_retracted",
        "sentence": f"The chain took back {write} with block {fact.block}; what rests on it does"
        " not hold until chainwrite.restored says so.",
        "refused_at": event.at,
        "correlation": event.envelope.correlation,
        "position": event.position,
    }
    rows.put(WORK_ITEMS, row)


def _fold(event: Recorded, rows: Rows) -> None:
    fact = expect(event, ProcessRefused)
    row = {
        "item": identity_of(event.stream),
        "code": fact.code,
        "process": fact.process,
        "cause": fact.cause,
        "command_type": fact.command_type,
        "sentence": fact.sentence,
        "refused_at": event.at,
        "correlation": event.envelope.correlation,
        "position": event.position,
    }
    rows.put(WORK_ITEMS, row)


BREACHED: Final = "deadline_breached"


def _fold_breached(event: Recorded, rows: Rows) -> None:
    """Hand what ran over its cap to people; what only compliance may know stays on its board."""
    fact = expect(event, DeadlineBreached)
    level = LEVELS[fact.level]
    if level.confidential or level.path not in {"queue", "alert"} or fact.stopped_at:
        return
    row = {
        "item": f"deadline/{identity_of(event.stream)}",
        "code": BREACHED,
        "process": "deadlines",
        "cause": event.position,
        "command_type": f"deadline.{fact.level}",
        "sentence": f"{level.step}: {fact.target} was due at {fact.due_at}; {level.breach}.",
        "refused_at": event.at,
        "correlation": event.envelope.correlation,
        "position": event.position,
    }
    rows.put(WORK_ITEMS, row)


VIEW: Final = FoldedView(
    "work_items",
    version=3,
    tables=(WORK_ITEMS,),
    needs=needs,
    folds={
        ProcessRefused.TYPE: _fold,
        ChainWriteRetracted.TYPE: _fold_retracted,
        DeadlineBreached.TYPE: _fold_breached,
    },
)
