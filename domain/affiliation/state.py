"""A subject's ties after their events, and the decisions about them."""

from typing import Final

import msgspec

from domain.affiliation.events import EVENTS, SubjectIntroduced, TenantJoined, TenantLeft
from domain.kernel.aggregate import Aggregate
from domain.kernel.command import Command
from domain.kernel.event import Event
from domain.kernel.refusal import AlreadyExists, Refusal


class IntroduceSubject(Command, frozen=True, kw_only=True):
    """Note which broker brought a subject."""

    TYPE = "affiliation.introduce"
    member: str
    broker: str


class JoinTenant(Command, frozen=True, kw_only=True):
    """Put a subject into a partner's tenant."""

    TYPE = "affiliation.join_tenant"
    member: str
    partner: str


class LeaveTenant(Command, frozen=True, kw_only=True):
    """Take a subject out of a partner's tenant."""

    TYPE = "affiliation.leave_tenant"
    member: str
    partner: str


class Affiliation(msgspec.Struct, frozen=True):
    """The broker that brought the subject, and the tenants that it belongs to."""

    broker: str | None = None
    partners: frozenset[str] = frozenset()


def evolve(state: Affiliation, event: Event) -> Affiliation:
    """Apply one fact."""
    match event:
        case SubjectIntroduced():
            return msgspec.structs.replace(state, broker=event.broker)
        case TenantJoined():
            return msgspec.structs.replace(state, partners=state.partners | {event.partner})
        case TenantLeft():
            return msgspec.structs.replace(state, partners=state.partners - {event.partner})
        case _:
            message = f"not a fact of an affiliation: {event!r}"
            raise TypeError(message)


def introduce(state: Affiliation, command: IntroduceSubject) -> list[Event] | Refusal:
    """Note the broker, once: who brought a subject never changes."""
    if state.broker == command.broker:
        return []
    if state.broker is not None:
        return AlreadyExists(kind="introduction of", identity=command.member)
    return [SubjectIntroduced(broker=command.broker)]


def join(state: Affiliation, command: JoinTenant) -> list[Event] | Refusal:
    """Join a tenant; joining it again changes nothing."""
    return [] if command.partner in state.partners else [TenantJoined(partner=command.partner)]


def leave(state: Affiliation, command: LeaveTenant) -> list[Event] | Refusal:
    """Leave a tenant; leaving it again changes nothing."""
    return [TenantLeft(partner=command.partner)] if command.partner in state.partners else []


def affiliation_stream(member: str) -> str:
    """Name the stream of a subject's ties."""
    return f"affiliation:{member}"


AFFILIATION: Final = Aggregate(
    name="affiliation", empty=Affiliation(), evolve=evolve, events=EVENTS
)
