"""What happened to a profile; the stream is ``profile:<subject>``."""

from domain.kernel.event import Event
from domain.kernel.roles import COMPLIANCE_TEAM, Role
from domain.kernel.sealed import Sealed

VISIBLE: frozenset[Role] = COMPLIANCE_TEAM | frozenset(
    {"admin", "auditor", "kyc_reviewer", "process"}
)


class SectionRecorded(Event, frozen=True, kw_only=True):
    """A section was told, whole; what it said before no longer counts.

    ``box`` holds its canonical JSON. ``nationality`` is what rules need of a person.
    """

    TYPE = "profile.section_recorded"
    VISIBLE = VISIBLE
    section: str
    box: Sealed
    nationality: str | None = None


EVENTS = (SectionRecorded,)
