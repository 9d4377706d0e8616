"""Brokers' pipelines and partners' tenants (FX14)."""

from application.draft import Draft, Handling
from domain.affiliation import state as affiliations
from domain.affiliation.state import AFFILIATION, affiliation_stream
from domain.kernel.command import Context
from domain.kernel.refusal import NotFound, Refused
from domain.kernel.roles import Role
from domain.subject.decide import refuse_role
from domain.subject.state import SUBJECT, subject_stream
from domain.subject.workflow import SUBJECT_WORKFLOW


def introduce(command: affiliations.IntroduceSubject, _: Context) -> Handling:
    """Note the broker that brought a subject."""
    draft = yield from _tied(command.member, command.broker, "broker")
    stream = affiliation_stream(command.member)
    draft.add(AFFILIATION, stream, affiliations.introduce(draft.of(AFFILIATION, stream), command))
    return draft


def join(command: affiliations.JoinTenant, _: Context) -> Handling:
    """Put a subject into a partner's tenant."""
    draft = yield from _tied(command.member, command.partner, "partner")
    stream = affiliation_stream(command.member)
    draft.add(AFFILIATION, stream, affiliations.join(draft.of(AFFILIATION, stream), command))
    return draft


def leave(command: affiliations.LeaveTenant, _: Context) -> Handling:
    """Take a subject out of a tenant, whatever has become of the partner."""
    draft, stream = Draft(), affiliation_stream(command.member)
    yield from draft.load(stream)
    draft.add(AFFILIATION, stream, affiliations.leave(draft.of(AFFILIATION, stream), command))
    return draft


def _tied(member: str, holder: str, role: Role) -> Handling:
    draft, own, other = Draft(), subject_stream(member), subject_stream(holder)
    yield from draft.load(affiliation_stream(member), own, other)
    if draft.of(SUBJECT, own).state == SUBJECT_WORKFLOW.start:
        raise Refused(NotFound(kind="subject", identity=member))
    draft.demand(refuse_role(draft.of(SUBJECT, other), holder, role))
    return draft
