"""The log's own state: opened once, committed to ever larger sizes, frozen while too late."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.log.events import (
    EVENTS,
    LogFrozenForLateness,
    LogKeyRotated,
    LogOpened,
    LogThawed,
    StreamsCommitted,
)

LOG_STREAM: Final = "log:main"
CHECKPOINT: Final = "checkpoint"
"""The purpose of the key that signs checkpoints."""
REGISTRY_OWNER: Final = "registry_owner"
"""The purpose of the account that owns the registry of anchors."""


class Log(msgspec.Struct, frozen=True):
    """Origin, registry, the largest size whose streams were committed, and why it is frozen."""

    opened: LogOpened | None = None
    streams_size: int = 0
    frozen: LogFrozenForLateness | None = None
    rotations: tuple[LogKeyRotated, ...] = ()

    @property
    def checkpoint_keys(self) -> tuple[str, ...]:
        """All keys that checkpoints were ever signed with; the last one signs now."""
        first = () if self.opened is None else self.opened.keys
        return (*first, *(each.new for each in self.rotations if each.purpose == CHECKPOINT))

    @property
    def owner(self) -> str:
        """The account that owns the registry now; empty before the log is opened."""
        first = "" if self.opened is None else self.opened.owner
        later = [each.new for each in self.rotations if each.purpose == REGISTRY_OWNER]
        return later[-1] if later else first


def evolve(state: Log, event: Event) -> Log:
    """Apply one fact."""
    match event:
        case LogOpened():
            return msgspec.structs.replace(state, opened=event)
        case StreamsCommitted():
            return msgspec.structs.replace(state, streams_size=event.size)
        case LogFrozenForLateness():
            return msgspec.structs.replace(state, frozen=event)
        case LogKeyRotated():
            return msgspec.structs.replace(state, rotations=(*state.rotations, event))
        case LogThawed():
            return msgspec.structs.replace(state, frozen=None)
        case _:
            message = f"not a fact of the log: {event!r}"
            raise TypeError(message)


LOG: Final = Aggregate(name="log", empty=Log(), evolve=evolve, events=EVENTS)
