"""Profiles of subjects (LB4)."""

from application.draft import Draft, Handling
from domain.kernel.command import Context
from domain.profile import commands
from domain.profile.state import PROFILE, profile_stream, record
from domain.subject.decide import refuse_leaving
from domain.subject.state import SUBJECT, subject_stream


def record_section(command: commands.RecordSection, _: Context) -> Handling:
    """Take a section of a subject that is there and not paused."""
    draft = Draft()
    stream, subject = profile_stream(command.subject), subject_stream(command.subject)
    yield from draft.load(stream, subject)
    person = draft.of(SUBJECT, subject)
    draft.demand(refuse_leaving(person, command.subject))
    draft.add(PROFILE, stream, record(draft.of(PROFILE, stream), command, kind=person.kind))
    return draft
