"""What compliance may wish about a case."""

from domain.kernel.command import Command
from domain.kernel.sealed import Sealed


class OpenCase(Command, frozen=True, kw_only=True):
    """Begin a record on a subject, without pausing it."""

    TYPE = "case.open"
    case: str
    subject: str
    kind: str
    reference: str | None = None
    reason: Sealed | None = None


class ClearCase(Command, frozen=True, kw_only=True):
    """Nothing was found: a false positive, a clerical error."""

    TYPE = "case.clear"
    case: str
    subject: str | None = None
    finding: Sealed | None = None


class RequireReport(Command, frozen=True, kw_only=True):
    """A report to the authority is due (SAR): its clock starts."""

    TYPE = "case.require_report"
    case: str
    subject: str | None = None
    finding: Sealed | None = None


class EscalateCase(Command, frozen=True, kw_only=True):
    """The report is late: the deputy is to file it."""

    TYPE = "case.escalate"
    case: str


class FileReport(Command, frozen=True, kw_only=True):
    """The report was filed; ``reference`` is the authority's, sealed."""

    TYPE = "case.file_report"
    case: str
    subject: str | None = None
    reference: Sealed
