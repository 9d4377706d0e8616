"""Questions about refused commands of processes."""

import msgspec

from projections.query import Query
from projections.select import below, equal, select


class WorkItemRow(msgspec.Struct, frozen=True):
    """A refused command; ``cause`` is the event that it followed, ``position`` the cursor."""

    item: str
    code: str
    process: str
    cause: int
    command_type: str
    sentence: str
    refused_at: str
    correlation: str
    position: int


def work_items(
    *,
    process: str | None = None,
    code: str | None = None,
    after: int | None = None,
    limit: int = 50,
) -> Query[WorkItemRow]:
    """Ask for a page of work items, the newest first; ``after`` is the last row's position."""
    conditions = [equal("process", process), equal("code", code), below("position", after)]
    return select(WorkItemRow, "work_items", conditions, order="position DESC", limit=limit)
