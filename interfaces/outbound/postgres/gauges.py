"""What the store knows about the health of the whole house, as metrics, for each scrape.

These belong to no process: head, views, anchors, chain writes and followers are the same for
every node. Ages are told by our clock against the instants on the log.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from prometheus_client.core import Metric

from application.ports.gate import StoreUnavailable
from application.ports.world import Clock
from domain.kernel.event import Envelope
from interfaces.runtime import within
from interfaces.telemetry.shared import many, one
from projections.anchors.queries import latest_confirmed_anchor
from projections.chain_writes.queries import open_chain_writes, writes_by_state
from projections.query import Query, Reader, Standing, ViewStanding
from projections.reconciliations.queries import broken_tokens

ANSWER_SECONDS: Final = 3.0
"""A scraper waits ten seconds by default; what it gets without the store is worth more."""

_BODIES: Final = "SELECT position, body FROM public.events WHERE position = ANY(%(positions)s)"

_WAITS_FOR_ANCHOR: Final = """
SELECT position, body FROM public.events
WHERE position > %(size)s AND type <> 'log.streams_committed'
  AND (stream NOT LIKE 'anchor:%%' OR type = 'anchor.failed')
  AND stream NOT LIKE 'chainwrite:anchor/%%'
ORDER BY position LIMIT 1
"""
"""The first event that wants an anchor: all but a good anchor's own bookkeeping."""

_STOPPED: Final = """
SELECT view, version, position, stopped_at, error FROM public.view_checkpoints
WHERE stopped_at IS NOT NULL
"""

_FOLLOWERS: Final = "SELECT name, position FROM process_checkpoints ORDER BY name"

_envelope: Final = msgspec.json.Decoder(Envelope).decode


class Body(msgspec.Struct, frozen=True):
    """An event's position and bytes."""

    position: int
    body: bytes

    @property
    def at(self) -> str:
        """The instant at which it was written."""
        return _envelope(self.body).at


class _Place(msgspec.Struct, frozen=True):
    name: str
    position: int


def first_without_anchor(size: int) -> Query[Body]:
    """Ask for the first event behind an anchor that wants one."""
    return Query(_WAITS_FOR_ANCHOR, {"size": size}, Body)


def stopped_views() -> Query[ViewStanding]:
    """Ask for the views that a poison event stops."""
    return Query(_STOPPED, {}, ViewStanding)


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


class StoreGauges:
    """Asks the store through the sessions of a reader."""

    def __init__(self, reader: Reader, clock: Clock, *, seconds: float = ANSWER_SECONDS) -> None:
        self._reader = reader
        self._clock = clock
        self._seconds = seconds

    async def collect(self) -> list[Metric]:
        """Gather the values; of a store that is away or frozen only that it is."""
        try:
            found = await within(self._seconds, self._gather())
        except (StoreUnavailable, TimeoutError):
            return [one("tallystick_store_up", 0)]
        return [one("tallystick_store_up", 1), *found]

    async def _gather(self) -> list[Metric]:
        standing = await self._reader.standing()
        return [
            one("tallystick_log_position", standing.head),
            *await self._views(standing),
            *await self._anchors(standing.head),
            *await self._chain_writes(),
            one("tallystick_reconciliation_broken_tokens", await self._broken()),
            await self._followers(),
        ]

    async def _views(self, standing: Standing) -> list[Metric]:
        behind = {view.position + 1 for view in standing.views if view.position < standing.head}
        instants = await self._instants(sorted(behind))
        positions, stopped = many("tallystick_view_position"), many("tallystick_view_stopped")
        events, seconds = many("tallystick_view_lag_events"), many("tallystick_view_lag_seconds")
        where = many("tallystick_view_stopped_position")
        for view in standing.views:
            names = (view.view,)
            positions.add_metric(names, view.position)
            events.add_metric(names, max(0, standing.head - view.position))
            seconds.add_metric(names, self._age(instants.get(view.position + 1)))
            stopped.add_metric(names, view.stopped_at is not None)
            if view.stopped_at is not None:
                where.add_metric(names, view.stopped_at)
        return [positions, events, seconds, stopped, where]

    async def _instants(self, positions: Sequence[int]) -> dict[int, str]:
        if not positions:
            return {}
        query = Query(_BODIES, {"positions": list(positions)}, Body)
        return {row.position: _envelope(row.body).at for row in await self._reader.fetch(query)}

    def _age(self, instant: str | None) -> float:
        if instant is None:
            return 0.0
        return max(0.0, _seconds(self._clock.now()) - _seconds(instant))

    async def _anchors(self, head: int) -> list[Metric]:
        confirmed = await self._reader.fetch(latest_confirmed_anchor())
        size = confirmed[0].size if confirmed else 0
        waiting = await self._reader.fetch(first_without_anchor(size))
        age = self._age(_envelope(waiting[0].body).at if waiting else None)
        return [
            one("tallystick_anchor_position", size),
            one("tallystick_anchor_lag_events", max(0, head - size)),
            one("tallystick_anchor_lag_seconds", age),
        ]

    async def _chain_writes(self) -> list[Metric]:
        states = many("tallystick_chain_writes")
        for row in await self._reader.fetch(writes_by_state()):
            states.add_metric((row.state,), row.writes)
        oldest = await self._reader.fetch(open_chain_writes(limit=1))
        age = self._age(oldest[0].planned_at if oldest else None)
        return [states, one("tallystick_chain_write_oldest_open_seconds", age)]

    async def _broken(self) -> int:
        return len(await self._reader.fetch(broken_tokens()))

    async def _followers(self) -> Metric:
        found = many("tallystick_follower_position")
        for row in await self._reader.fetch(Query(_FOLLOWERS, {}, _Place)):
            found.add_metric((row.name,), row.position)
        return found
