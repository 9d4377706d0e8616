"""Subscriptions: a message whenever something of the caller's changes.

The feed says what changed; the views, once they have followed, say how it looks now. Several
changes of one thing that come together are told once, by the last of them.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Final, Generic, TypeAlias, TypeVar

import msgspec
import strawberry

from application.ports.log import FeedEntry
from domain.invoice.events import EVENTS as INVOICE_EVENTS
from domain.kernel.ids import STREAM, aggregate_of, identity_of
from domain.kernel.refusal import InvalidField, Refused
from domain.trade.events import EVENTS as TRADE_EVENTS
from domain.trade.events import PretradeFailed, PretradeStopped
from interfaces.inbound.http.graphql.context import Context, Info
from interfaces.inbound.http.graphql.declared import news
from interfaces.inbound.http.graphql.invoices import Invoice, parties, show_invoice
from interfaces.inbound.http.graphql.scalars import Instant, Long
from interfaces.inbound.http.graphql.trades import Trade, show_trade, sides
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.visibility import may_see
from projections.invoices.queries import invoices_named
from projections.select import PAGE_MAX
from projections.trades.queries import trades_named

N = TypeVar("N")

BATCH: Final = PAGE_MAX
"""Entries of the feed that are looked at together."""


@strawberry.type(description="An invoice that has changed.")
class InvoiceChange:
    """A change of an invoice."""

    position: Long = strawberry.field(description="The position of the change on the log.")
    type: str = strawberry.field(description="The type of the event, e.g. invoice.funded.")
    at: Instant = strawberry.field(description="When it was recorded.")
    invoice: Invoice = strawberry.field(description="The invoice as it is now.")


@strawberry.type(description="A trade that has changed.")
class TradeChange:
    """A change of a trade."""

    position: Long = strawberry.field(description="The position of the change on the log.")
    type: str = strawberry.field(description="The type of the event, e.g. trade.settled.")
    at: Instant = strawberry.field(description="When it was recorded.")
    trade: Trade = strawberry.field(description="The trade as it is now.")


class Change(msgspec.Struct, frozen=True):
    """The last event of a thing in a batch."""

    position: int
    type: str
    at: str
    name: str


class _Head(msgspec.Struct):
    """What a message needs of an event's body."""

    stream: str
    at: str


Fetch: TypeAlias = Callable[[Context, Sequence[str]], Awaitable[Mapping[str, N]]]


class Followed(msgspec.Struct, Generic[N], frozen=True, kw_only=True):
    """What one subscription follows: events of an aggregate, and the visible things by name."""

    aggregate: str
    types: tuple[str, ...]
    view: str
    fetch: Fetch[N]


_head: Final = msgspec.json.Decoder(_Head)


def latest(entries: Sequence[FeedEntry], aggregate: str, only: str | None) -> list[Change]:
    """Tell the last change of each thing, in the order of the log."""
    found: dict[str, Change] = {}
    for entry in entries:
        head = _head.decode(entry.body)
        name = identity_of(head.stream)
        if aggregate_of(head.stream) == aggregate and only in {None, name}:
            found[name] = Change(entry.position, entry.type, head.at, name)
    return sorted(found.values(), key=lambda change: change.position)


async def follow(
    context: Context, followed: Followed[N], *, only: str | None, after: int | None
) -> AsyncIterator[tuple[Change, N]]:
    """Yield what changes behind a position, from now on without one.

    Ends after the longest time of a stream. Raises Problem ``unauthenticated`` when the key is
    revoked, ``view_behind``, StoreUnavailable.
    """
    await context.identify()
    feed, limits = context.services.feed, context.services.limits
    position = (await feed.head()).position if after is None else _behind(after)
    stream = _stream(followed.aggregate, only)
    end = asyncio.get_running_loop().time() + limits.stream_seconds_max
    while asyncio.get_running_loop().time() < end:
        head = (await feed.head()).position
        if head <= position:
            await feed.wait(position, limits.heartbeat_seconds)
            await context.identify()
            continue
        entries = await feed.entries(position, BATCH, types=followed.types, stream=stream)
        async for change in _visible(context, followed, latest(entries, followed.aggregate, only)):
            yield change
        # Behind a short batch there is nothing of these types up to the head that we saw.
        position = entries[-1].position if len(entries) == BATCH else max(head, _last(entries))


def _stream(aggregate: str, only: str | None) -> str | None:
    stream = None if only is None else f"{aggregate}:{only}"
    if stream is not None and STREAM.fullmatch(stream) is None:
        raise Refused(InvalidField(field=aggregate, reason="is not a legal name"))
    return stream


def _behind(after: int) -> int:
    if after < 0:
        raise Refused(InvalidField(field="after", reason="must be a position"))
    return after


def _last(entries: Sequence[FeedEntry]) -> int:
    return entries[-1].position if entries else 0


async def _visible(
    context: Context, followed: Followed[N], changes: Sequence[Change]
) -> AsyncIterator[tuple[Change, N]]:
    if not changes:
        return
    limit = context.services.limits.wait_seconds_max
    if not await context.reader.reached(changes[-1].position, limit, (followed.view,)):
        raise Problem("view_behind", numbers={"position": changes[-1].position})
    await context.identify()
    things = await followed.fetch(context, [change.name for change in changes])
    for change in changes:
        if change.name in things:
            yield change, things[change.name]


async def _invoices(context: Context, numbers: Sequence[str]) -> Mapping[str, Invoice]:
    rows = await context.reader.fetch(invoices_named(numbers))
    principal = context.principal
    return {row.number: show_invoice(row) for row in rows if may_see(principal, parties(row))}


async def _trades(context: Context, names: Sequence[str]) -> Mapping[str, Trade]:
    rows = await context.reader.fetch(trades_named(names))
    principal = context.principal
    return {row.trade: show_trade(row) for row in rows if may_see(principal, sides(row))}


_INVOICES: Final = Followed[Invoice](
    aggregate="invoice",
    types=tuple(event.TYPE for event in INVOICE_EVENTS),
    view="invoices",
    fetch=_invoices,
)
_TRADES: Final = Followed[Trade](
    aggregate="trade",
    types=tuple(event.TYPE for event in TRADE_EVENTS),
    view="trades",
    fetch=_trades,
)

_TOLD: Final = {PretradeStopped.TYPE: PretradeFailed.TYPE}
"""A check that was stopped is told as any that failed (E4)."""

Behind = Annotated[
    Long | None,
    strawberry.argument(description="Begin behind this position; from now on without one."),
]


@strawberry.type(description="Messages whenever something of the caller's changes.")
class Subscription:
    """What can be followed over graphql-transport-ws."""

    @news(
        "The caller's invoices (all for the back office) as they change. Changes of"
        " one invoice that come together are told once, by the last of them."
    )
    async def invoice_changed(
        self,
        info: Info,
        number: Annotated[str | None, strawberry.argument(description="Only this invoice.")] = None,
        after: Behind = None,
    ) -> AsyncIterator[InvoiceChange]:
        """Follow invoices."""
        context = info.context
        context.demand("invoices")
        async for change, invoice in follow(context, _INVOICES, only=number, after=after):
            yield InvoiceChange(
                position=Long(change.position),
                type=change.type,
                at=Instant(change.at),
                invoice=invoice,
            )

    @news(
        "The caller's trades (all for the back office) as they change. Changes of"
        " one trade that come together are told once, by the last of them."
    )
    async def trade_changed(
        self,
        info: Info,
        identity: Annotated[
            str | None, strawberry.argument(name="id", description="Only this trade.")
        ] = None,
        after: Behind = None,
    ) -> AsyncIterator[TradeChange]:
        """Follow trades."""
        context = info.context
        context.demand("trades")
        async for change, trade in follow(context, _TRADES, only=identity, after=after):
            yield TradeChange(
                position=Long(change.position),
                type=_TOLD.get(change.type, change.type),
                at=Instant(change.at),
                trade=trade,
            )
