"""What happened to a registration; the stream is ``registration:<subject>``."""

from typing import Literal

from domain.kernel.event import Event
from domain.kernel.roles import COMPLIANCE_TEAM, Role
from domain.kernel.sealed import Sealed

Channel = Literal["email", "mobile"]

VISIBLE: frozenset[Role] = COMPLIANCE_TEAM | frozenset({"admin", "auditor", "process"})


class RegistrationOpened(Event, frozen=True, kw_only=True):
    """Somebody came in by itself; the phone is sealed, the e-mail address lies with the subject."""

    TYPE = "registration.opened"
    VISIBLE = VISIBLE
    mobile: Sealed | None = None


class CodeIssued(Event, frozen=True, kw_only=True):
    """A one-time code is on its way.

    The code follows from ``nonce`` under a key of ours and stands nowhere; ``digest`` is its MAC
    under another. ``number`` counts the codes of a channel.
    """

    TYPE = "registration.code_issued"
    VISIBLE = VISIBLE
    channel: Channel
    number: int
    nonce: str
    digest: str
    expires_at: str


class CodeRefused(Event, frozen=True, kw_only=True):
    """Somebody tried a wrong code."""

    TYPE = "registration.code_refused"
    VISIBLE = VISIBLE
    channel: Channel
    number: int


class ContactVerified(Event, frozen=True, kw_only=True):
    """The subject reads what is sent to this address or phone."""

    TYPE = "registration.contact_verified"
    VISIBLE = VISIBLE
    channel: Channel
    number: int


EVENTS = (RegistrationOpened, CodeIssued, CodeRefused, ContactVerified)
