"""Facts about the log itself (FORMATS 1 and 3)."""

from domain.kernel.event import VISIBLE_TO_ALL, Event


class LogOpened(Event, frozen=True, kw_only=True):
    """Position 1 of every log: who signs, which chain, which registry."""

    TYPE = "log.opened"
    VISIBLE = VISIBLE_TO_ALL
    origin: str
    keys: tuple[str, ...]
    witnesses: tuple[str, ...]
    chain_id: int
    registry: str
    owner: str


class StreamsCommitted(Event, frozen=True, kw_only=True):
    """The root of the stream map over all streams at ``size``."""

    TYPE = "log.streams_committed"
    VISIBLE = VISIBLE_TO_ALL
    size: int
    count: int
    root: str


EVENTS = (LogOpened, StreamsCommitted)
