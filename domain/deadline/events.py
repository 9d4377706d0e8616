"""What happened to a clock; only compliance reads it, because some clocks must not be known of."""

from domain.kernel.event import VISIBLE_TO_COMPLIANCE, Event


class DeadlineWarned(Event, frozen=True, kw_only=True):
    """The target is over; ``stopped_at`` is there when the clock stopped late, before anybody saw.

    All instants are told by the log, not by whoever looked.
    """

    TYPE = "deadline.warned"
    VISIBLE = VISIBLE_TO_COMPLIANCE
    level: str
    target: str
    started_at: str
    due_at: str
    stopped_at: str | None = None


class DeadlineBreached(Event, frozen=True, kw_only=True):
    """The hard cap is over: the breach path of the level is taken."""

    TYPE = "deadline.breached"
    VISIBLE = VISIBLE_TO_COMPLIANCE
    level: str
    target: str
    started_at: str
    due_at: str
    stopped_at: str | None = None


class DeadlineEscalated(Event, frozen=True, kw_only=True):
    """The further instant of the level is over: ``to`` whom it goes now."""

    TYPE = "deadline.escalated"
    VISIBLE = VISIBLE_TO_COMPLIANCE
    level: str
    target: str
    started_at: str
    due_at: str
    to: str
    stopped_at: str | None = None


EVENTS = (DeadlineWarned, DeadlineBreached, DeadlineEscalated)
