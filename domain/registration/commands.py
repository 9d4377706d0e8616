"""What somebody may wish about a registration."""

import msgspec

from domain.kernel.command import Command
from domain.kernel.roles import Role
from domain.kernel.sealed import Sealed
from domain.registration.events import Channel


class FreshCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code that the door has made: what it follows from, and its MAC."""

    channel: Channel
    nonce: str
    digest: str


class RegisterSubject(Command, frozen=True, kw_only=True):
    """Come in by oneself; the door has sealed what is personal and reserved what is unique."""

    TYPE = "registration.register"
    subject: str
    name: Sealed | str
    kind: str
    country: str
    roles: tuple[Role, ...]
    email: Sealed
    mobile: Sealed | None
    codes: tuple[FreshCode, ...]


class SendCode(Command, frozen=True, kw_only=True):
    """Send another code."""

    TYPE = "registration.send_code"
    subject: str
    code: FreshCode


class VerifyContact(Command, frozen=True, kw_only=True):
    """Show a code; ``digest`` is its MAC."""

    TYPE = "registration.verify"
    subject: str
    channel: Channel
    digest: str
