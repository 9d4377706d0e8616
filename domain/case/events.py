"""What happened to a case. Only compliance sees that any of this exists (FORMATS 8, POCA 2002)."""

from domain.kernel.event import VISIBLE_TO_COMPLIANCE, Event
from domain.kernel.roles import Role
from domain.kernel.sealed import Sealed


class CaseOpened(Event, frozen=True, kw_only=True):
    """A record on a subject exists.

    ``kind`` says what led to it (``screening``, ``pretrade``, ``dispute``, ``review``),
    ``reference`` where to look; the true reason is sealed under the subject's key.
    """

    TYPE = "case.opened"
    VISIBLE = VISIBLE_TO_COMPLIANCE
    subject: str
    kind: str
    reference: str | None = None
    reason: Sealed | None = None


class CaseCleared(Event, frozen=True, kw_only=True):
    """Nothing was found."""

    TYPE = "case.cleared"
    VISIBLE = VISIBLE_TO_COMPLIANCE
    finding: Sealed | None = None


class ReportDue(Event, frozen=True, kw_only=True):
    """A report to the authority is due from now on."""

    TYPE = "case.report_due"
    VISIBLE = VISIBLE_TO_COMPLIANCE
    finding: Sealed | None = None


class CaseEscalated(Event, frozen=True, kw_only=True):
    """The report is late; ``to`` is the role that is to file it now."""

    TYPE = "case.escalated"
    VISIBLE = VISIBLE_TO_COMPLIANCE
    to: Role


class CaseReported(Event, frozen=True, kw_only=True):
    """The report was filed under the authority's sealed reference."""

    TYPE = "case.reported"
    VISIBLE = VISIBLE_TO_COMPLIANCE
    reference: Sealed


EVENTS = (CaseOpened, CaseCleared, ReportDue, CaseEscalated, CaseReported)
