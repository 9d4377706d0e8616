"""Decisions about registrations and the codes that prove an address or a phone."""

import hmac
from typing import Final

from domain.kernel.calendar import later
from domain.kernel.contacts import refuse_email, refuse_mobile
from domain.kernel.event import Event
from domain.kernel.refusal import InvalidField, Refusal
from domain.kernel.roles import Role
from domain.registration import commands, events
from domain.registration.refusals import CodesExhausted, CodeWrong, RoleNotOpen
from domain.registration.state import Registration

Decision = list[Event] | Refusal

OPEN_ROLES: Final[frozenset[Role]] = frozenset({"seller", "buyer", "lender", "investor"})
"""Roles that somebody may come in with; an issuer asks for its status afterwards (004)."""
CODE_SECONDS: Final = 600
"""How long a code holds."""
ATTEMPTS_MAX: Final = 5
PAUSE_SECONDS: Final = 60
"""How long to wait for another code."""
CODES_MAX: Final = 5
"""Codes of a channel within a day."""
DAY_SECONDS: Final = 86_400


def plain_email(email: str) -> str:
    """Write an address as it is compared: case does not part two mailboxes anywhere."""
    return email.lower()


def refuse_contacts(email: str, mobile: str | None) -> Refusal | None:
    """Say why this is no address or no phone, before it is sealed."""
    return refuse_email(email) or (None if mobile is None else refuse_mobile(mobile))


def register(state: Registration, command: commands.RegisterSubject, *, at: str) -> Decision:
    """Open a registration and send its first codes."""
    for role in command.roles:
        if role not in OPEN_ROLES:
            return RoleNotOpen(role=role)
    if command.kind not in {"person", "institution"}:
        return InvalidField(field="kind", reason="must be person or institution")
    if state.opened:
        return []
    facts: list[Event] = [events.RegistrationOpened(mobile=command.mobile)]
    return [*facts, *(_issued(state, code, at) for code in command.codes)]


def send_code(state: Registration, command: commands.SendCode, *, at: str) -> Decision:
    """Send another code, not too soon and not too often."""
    contact = state.contact(command.code.channel)
    if contact.verified:
        return []
    sent = [later(until, -CODE_SECONDS) for until in contact.issued]
    if sent and at < later(sent[-1], PAUSE_SECONDS):
        return CodesExhausted(at=later(sent[-1], PAUSE_SECONDS))
    lately = [each for each in sent if at < later(each, DAY_SECONDS)]
    if len(lately) >= CODES_MAX:
        return CodesExhausted(at=later(lately[0], DAY_SECONDS))
    return [_issued(state, command.code, at)]


def verify(state: Registration, command: commands.VerifyContact, *, at: str) -> Decision:
    """Compare a code; a wrong one is counted, and after some the right one is void, too."""
    contact = state.contact(command.channel)
    if contact.digest is None or not contact.issued or at >= contact.issued[-1]:
        return CodeWrong()
    if contact.failures >= ATTEMPTS_MAX:
        return CodeWrong()
    number = len(contact.issued)
    if hmac.compare_digest(contact.digest.encode(), command.digest.encode()):
        return [events.ContactVerified(channel=command.channel, number=number)]
    return [events.CodeRefused(channel=command.channel, number=number)]


def _issued(state: Registration, code: commands.FreshCode, at: str) -> events.CodeIssued:
    return events.CodeIssued(
        channel=code.channel,
        number=len(state.contact(code.channel).issued) + 1,
        nonce=code.nonce,
        digest=code.digest,
        expires_at=later(at, CODE_SECONDS),
    )
