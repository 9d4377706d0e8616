"""Decisions about businesses, and the standing that makers of tokens ask for (CP1)."""

import re
from typing import Final

from domain.business import commands, events
from domain.business.refusals import BusinessNotActive, KycLevelTooLow
from domain.business.state import Business
from domain.business.workflow import BUSINESS_WORKFLOW
from domain.kernel.countries import NUMERIC
from domain.kernel.event import Event
from domain.kernel.ids import SUBJECT as PLAIN_NAME
from domain.kernel.ids import fingerprint
from domain.kernel.refusal import InvalidField, NotFound, NotYours, Refusal
from domain.kernel.text import refuse_text

Decision = list[Event] | Refusal

KYC_LEVEL: Final = 2
"""Level of KYC from which an issuer may register a business (001)."""
WHOLE_BPS: Final = 10_000
NAME_LIMIT: Final = 200
NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]{0,39}")
REASON_LIMIT: Final = 500


def register(
    state: Business, command: commands.RegisterBusiness, *, owner: str, level: int
) -> Decision:
    """Enter a company of an issuer that is known well enough."""
    if refusal := BUSINESS_WORKFLOW.refuse(command.business, state.state, command.TYPE):
        return refusal
    if level < KYC_LEVEL:
        return KycLevelTooLow(subject=owner, level=level, needed=KYC_LEVEL)
    if refusal := _refuse_fields(command):
        return refusal
    return [
        events.BusinessRegistered(
            owner=owner,
            company_name=command.company_name,
            registration_number=command.registration_number,
            country=command.country,
            industry=command.industry,
            allocation_bps=command.allocation_bps,
        )
    ]


def _refuse_fields(command: commands.RegisterBusiness) -> Refusal | None:
    if PLAIN_NAME.fullmatch(command.business) is None:
        return InvalidField(field="business", reason="use lower case letters, digits and hyphens")
    for field in ("company_name", "industry"):
        text = getattr(command, field)
        if refusal := refuse_text(text, field=field, limit=NAME_LIMIT, one_script=True):
            return refusal
    if NUMBER.fullmatch(command.registration_number) is None:
        reason = "use up to 40 letters, digits, spaces, '.', '/' and '-'"
        return InvalidField(field="registration_number", reason=reason)
    if command.country not in NUMERIC:
        return InvalidField(field="country", reason="must be an ISO 3166 alpha-2 code")
    if not 0 <= command.allocation_bps <= WHOLE_BPS:
        return InvalidField(field="allocation_bps", reason="must be 0 to 10000 basis points")
    return None


def approve(state: Business, command: commands.ApproveBusiness) -> Decision:
    """Let the company make tokens."""
    if refusal := BUSINESS_WORKFLOW.refuse(command.business, state.state, command.TYPE):
        return refusal
    return [events.BusinessApproved()]


def reject(state: Business, command: commands.RejectBusiness) -> Decision:
    """Turn the company down, for a reason that its issuer is told."""
    if refusal := BUSINESS_WORKFLOW.refuse(command.business, state.state, command.TYPE):
        return refusal
    if refusal := refuse_text(command.reason, field="reason", limit=REASON_LIMIT):
        return refusal
    return [events.BusinessRejected(reason=command.reason)]


def registration_fingerprint(country: str, registration_number: str) -> str:
    """Name a company by its country and its number without spelling."""
    plain = "".join(each for each in registration_number.upper() if each.isalnum())
    return fingerprint("business", country, plain)


def refuse_maker(state: Business, business: str, *, owner: str) -> Refusal | None:
    """Say why this subject may not make tokens for this business (CP1)."""
    if state.registered is None:
        return NotFound(kind="business", identity=business)
    if state.registered.owner != owner:
        return NotYours(actor=owner, role="issuer", subject=business)
    if state.state != "ACTIVE":
        return BusinessNotActive(business=business, state=state.state)
    return None
