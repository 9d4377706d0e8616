"""What somebody may wish about a profile."""

from domain.kernel.command import Command
from domain.kernel.sealed import Sealed


class RecordSection(Command, frozen=True, kw_only=True):
    """Tell a section; the door has looked at it and sealed it."""

    TYPE = "profile.record_section"
    subject: str
    section: str
    box: Sealed
    nationality: str | None = None
