"""Issuer status: asked for, approved, rejected (LB4)."""

from application.draft import Draft, Handling, single
from domain.issuer import commands
from domain.issuer import state as decide
from domain.issuer.state import ISSUER, issuer_stream
from domain.kernel.command import Context
from domain.subject.decide import add_role, refuse_leaving
from domain.subject.state import SUBJECT, subject_stream

reject = single(ISSUER, lambda command: issuer_stream(command.subject), decide.reject)


def request(command: commands.RequestIssuer, _: Context) -> Handling:
    """Ask, as a subject that is there and not paused."""
    draft = Draft()
    stream, subject = issuer_stream(command.subject), subject_stream(command.subject)
    yield from draft.load(stream, subject)
    draft.demand(refuse_leaving(draft.of(SUBJECT, subject), command.subject))
    draft.add(ISSUER, stream, decide.request(draft.of(ISSUER, stream), command))
    return draft


def approve(command: commands.ApproveIssuer, _: Context) -> Handling:
    """Agree, and give the role."""
    draft = Draft()
    stream, subject = issuer_stream(command.subject), subject_stream(command.subject)
    yield from draft.load(stream, subject)
    draft.demand(refuse_leaving(draft.of(SUBJECT, subject), command.subject))
    draft.add(ISSUER, stream, decide.approve(draft.of(ISSUER, stream), command))
    draft.add(SUBJECT, subject, add_role(draft.of(SUBJECT, subject), "issuer"))
    return draft
