"""Businesses of issuers (CP1)."""

from application.draft import Draft, Handling, single
from domain.business import commands, decide
from domain.business.refusals import BusinessRegisteredAlready
from domain.business.state import BUSINESS, business_stream
from domain.claim.state import CLAIM, claim_stream, free, take
from domain.kernel.command import Context
from domain.kernel.refusal import Refused
from domain.subject.decide import refuse_role
from domain.subject.state import SUBJECT, subject_stream

approve = single(BUSINESS, lambda command: business_stream(command.business), decide.approve)


def register(command: commands.RegisterBusiness, context: Context) -> Handling:
    """Enter a company, unless its number is taken in its country."""
    draft = Draft()
    stream, issuer = business_stream(command.business), subject_stream(context.subject)
    claim = _claim(command.country, command.registration_number)
    yield from draft.load(stream, issuer, claim)
    person = draft.of(SUBJECT, issuer)
    draft.demand(refuse_role(person, context.subject, "issuer"))
    state = draft.of(BUSINESS, stream)
    decision = decide.register(state, command, owner=context.subject, level=person.kyc_level)
    draft.add(BUSINESS, stream, decision)
    taken = take(draft.of(CLAIM, claim), command.business)
    if taken is None:
        raise Refused(
            BusinessRegisteredAlready(
                registration_number=command.registration_number, country=command.country
            )
        )
    draft.add(CLAIM, claim, taken)
    return draft


def reject(command: commands.RejectBusiness, _: Context) -> Handling:
    """Turn a company down; it may be registered again."""
    draft = Draft()
    stream = business_stream(command.business)
    yield from draft.load(stream)
    draft.add(BUSINESS, stream, decide.reject(draft.of(BUSINESS, stream), command))
    terms = draft.of(BUSINESS, stream).terms
    claim = _claim(terms.country, terms.registration_number)
    yield from draft.load(claim)
    draft.add(CLAIM, claim, free(draft.of(CLAIM, claim), command.business))
    return draft


def _claim(country: str, registration_number: str) -> str:
    return claim_stream("business", decide.registration_fingerprint(country, registration_number))
