"""A profile after its events, and the decision about it."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.kernel.refusal import InvalidField, Refusal
from domain.kernel.sealed import Sealed
from domain.profile import commands
from domain.profile.events import EVENTS, SectionRecorded
from domain.profile.sections import OF_INSTITUTIONS, OF_PERSONS


class Profile(msgspec.Struct, frozen=True):
    """Boxes by section."""

    sections: dict[str, Sealed] = {}
    nationality: str | None = None


def evolve(state: Profile, event: Event) -> Profile:
    """Apply one fact."""
    if not isinstance(event, SectionRecorded):
        message = f"not a fact of a profile: {event!r}"
        raise TypeError(message)
    sections = {**state.sections, event.section: event.box}
    return Profile(sections=sections, nationality=event.nationality or state.nationality)


def profile_stream(subject: str) -> str:
    """Name the stream of a profile."""
    return f"profile:{subject}"


def record(state: Profile, command: commands.RecordSection, *, kind: str) -> list[Event] | Refusal:
    """Take a section that subjects of this kind have; the same again changes nothing."""
    sections = OF_PERSONS if kind == "person" else OF_INSTITUTIONS
    if command.section not in sections:
        return InvalidField(field="section", reason=f"is none that a {kind} has")
    if state.sections.get(command.section) == command.box:
        return []
    return [
        SectionRecorded(section=command.section, box=command.box, nationality=command.nationality)
    ]


PROFILE: Final = Aggregate(name="profile", empty=Profile(), evolve=evolve, events=EVENTS)
