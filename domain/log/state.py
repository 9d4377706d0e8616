"""The log's own state: opened once, committed to ever larger sizes."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.log.events import EVENTS, LogOpened, StreamsCommitted

LOG_STREAM: Final = "log:main"


class Log(msgspec.Struct, frozen=True):
    """Origin, registry, and the largest size whose streams were committed."""

    opened: LogOpened | None = None
    streams_size: int = 0


def evolve(state: Log, event: Event) -> Log:
    """Apply one fact."""
    match event:
        case LogOpened():
            return msgspec.structs.replace(state, opened=event)
        case StreamsCommitted():
            return msgspec.structs.replace(state, streams_size=event.size)
        case _:
            message = f"not a fact of the log: {event!r}"
            raise TypeError(message)


LOG: Final = Aggregate(name="log", empty=Log(), evolve=evolve, events=EVENTS)
