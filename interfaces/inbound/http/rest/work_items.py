"""Work items: what the system could not do by itself, and what the chain took back."""

from typing import Any, Final

import msgspec

from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import Name
from interfaces.inbound.http.rest.invoice_views import Paging
from interfaces.inbound.http.rest.reads import ReadRoute, page_of
from interfaces.inbound.http.rest.shapes import Shape
from projections.work_items import queries

WORK_ITEM: Final = Shape(queries.WorkItemRow, "WorkItem")


class WorkItemPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which work items."""

    process: Name | None = None
    code: Name | None = None


async def _items(call: Call, page: WorkItemPage) -> msgspec.Struct:
    query = queries.work_items(
        process=page.process, code=page.code, after=page.after, limit=page.limit + 1
    )
    return await page_of(call, query, WORK_ITEM, limit=page.limit, after=lambda row: row.position)


READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/operations/work-items",
        operation="ListWorkItems",
        summary="List what people must look at, the newest first",
        query="operations",
        run=_items,
        answer=WORK_ITEM.type,
        paged=True,
        parameters=WorkItemPage,
    ),
)
