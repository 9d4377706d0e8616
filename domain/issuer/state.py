"""Issuer status after its events, and the decisions about it."""

from typing import Final

import msgspec

from domain.issuer import commands
from domain.issuer.events import EVENTS, IssuerApproved, IssuerRejected, IssuerRequested
from domain.issuer.workflow import ISSUER_WORKFLOW
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.kernel.refusal import Refusal
from domain.kernel.text import refuse_text

REASON_LIMIT: Final = 500

Decision = list[Event] | Refusal


class Issuer(msgspec.Struct, frozen=True):
    """State of the wish."""

    state: str = ISSUER_WORKFLOW.start


def evolve(state: Issuer, event: Event) -> Issuer:
    """Apply one fact."""
    return Issuer(state=ISSUER_WORKFLOW.after(state.state, event.TYPE))


def issuer_stream(subject: str) -> str:
    """Name the stream of a subject's issuer status."""
    return f"issuer:{subject}"


def request(state: Issuer, command: commands.RequestIssuer) -> Decision:
    """Ask."""
    if refusal := ISSUER_WORKFLOW.refuse(command.subject, state.state, command.TYPE):
        return refusal
    return [IssuerRequested()]


def approve(state: Issuer, command: commands.ApproveIssuer) -> Decision:
    """Agree."""
    if refusal := ISSUER_WORKFLOW.refuse(command.subject, state.state, command.TYPE):
        return refusal
    return [IssuerApproved()]


def reject(state: Issuer, command: commands.RejectIssuer) -> Decision:
    """Turn it down."""
    if refusal := ISSUER_WORKFLOW.refuse(command.subject, state.state, command.TYPE):
        return refusal
    if refusal := refuse_text(command.reason, field="reason", limit=REASON_LIMIT):
        return refusal
    return [IssuerRejected(reason=command.reason)]


ISSUER: Final = Aggregate(name="issuer", empty=Issuer(), evolve=evolve, events=EVENTS)
