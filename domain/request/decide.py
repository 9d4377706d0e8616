"""Decisions about requests; signatures and standing are looked at by whoever calls these."""

from typing import Any

from domain.kernel.event import Event
from domain.kernel.ids import SUBJECT as NAME
from domain.kernel.refusal import InvalidField, Refusal
from domain.kernel.roles import Role
from domain.request import commands, events
from domain.request.refusals import NothingToApprove, RequestLate, SamePerson
from domain.request.state import Request
from domain.request.workflow import REQUEST_WORKFLOW

Decision = list[Event] | Refusal

SECOND_PERSON = "second_person"
REASON_LIMIT = 500


def make(state: Request, command: commands.MakeRequest, made: events.RequestMade) -> Decision:
    """Take a request in."""
    if refusal := REQUEST_WORKFLOW.refuse(command.request, state.state, command.TYPE):
        return refusal
    if NAME.fullmatch(command.request) is None:
        return InvalidField(field="request", reason="use lower case letters, digits and hyphens")
    if not 0 < len(command.reason.strip()) <= REASON_LIMIT:
        return InvalidField(field="reason", reason="say why, in at most 500 characters")
    return [made]


def refuse_answer(
    state: Request, request: str, command: str, *, actor: str, role: Role, at: str
) -> Refusal | None:
    """Say why this actor cannot answer a request now; its maker may only take it back."""
    if refusal := REQUEST_WORKFLOW.refuse(request, state.state, command):
        return refusal
    if at > state.deadline:
        return RequestLate(request=request, deadline=state.deadline)
    if actor == state.maker and command == commands.RejectRequest.TYPE:
        return None
    if actor == state.maker or actor in state.checkers:
        return SamePerson(actor=actor, request=request)
    if role not in state.roles:
        return NothingToApprove(role=role, action=state.kind)
    return None


def approve(state: Request, *, checker: str) -> Decision:
    """Take an approval."""
    return [events.RequestApproved(checker=checker, hash=state.hash)]


def reject(command: commands.RejectRequest, *, checker: str) -> Decision:
    """Take a no."""
    if not 0 < len(command.reason.strip()) <= REASON_LIMIT:
        return InvalidField(field="reason", reason="say why, in at most 500 characters")
    return [events.RequestRejected(checker=checker, reason=command.reason)]


def expire(state: Request, command: commands.ExpireRequest, *, at: str) -> Decision:
    """Close what was not answered in time; what was answered stays as it is."""
    if state.state in REQUEST_WORKFLOW.ends or state.state == "APPROVED":
        return []
    if refusal := REQUEST_WORKFLOW.refuse(command.request, state.state, command.TYPE):
        return refusal
    if at <= state.deadline:
        return InvalidField(field="request", reason=f"may be answered until {state.deadline}")
    return [events.RequestExpired()]


def outcome(refusal: Refusal | None) -> list[Event]:
    """Tell how carrying out ended."""
    if refusal is None:
        return [events.RequestCarriedOut()]
    return [events.RequestFailed(code=refusal.CODE, sentence=refusal.sentence())]


def plain_data(data: Any) -> bool:
    """Say whether the fields of a command came as an object with names."""
    return isinstance(data, dict) and all(isinstance(name, str) for name in data)
