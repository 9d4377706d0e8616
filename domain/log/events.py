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


class LogFrozenForLateness(Event, frozen=True, kw_only=True):
    """From here on no new obligation is taken on: an event waits too long for its anchor (FX13).

    ``position`` is the event that has waited longest, ``since`` the instant at which it was
    written, ``limit_seconds`` how long an event may wait.
    """

    TYPE = "log.frozen_for_lateness"
    VISIBLE = VISIBLE_TO_ALL
    position: int
    since: str
    limit_seconds: int


class LogThawed(Event, frozen=True, kw_only=True):
    """The anchor at ``size`` covers what had waited: new obligations are taken on again."""

    TYPE = "log.thawed"
    VISIBLE = VISIBLE_TO_ALL
    position: int
    size: int


class LogKeyRotated(Event, frozen=True, kw_only=True):
    """From here on ``new`` signs for a purpose, in the place of ``old``, which signed this.

    Keys are named as `domain.log.rotation` says; ``signature`` is hex.
    """

    TYPE = "log.key_rotated"
    VISIBLE = VISIBLE_TO_ALL
    purpose: str
    old: str
    new: str
    signature: str


EVENTS = (LogOpened, StreamsCommitted, LogFrozenForLateness, LogThawed, LogKeyRotated)
