"""A registration after its events."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.kernel.sealed import Sealed
from domain.registration import events
from domain.registration.events import EVENTS, Channel


class Contact(msgspec.Struct, frozen=True):
    """One channel: its newest code, how often it was tried wrongly, and whether it is proven."""

    issued: tuple[str, ...] = ()
    """Instants until which the codes hold, the oldest first."""
    digest: str | None = None
    failures: int = 0
    verified: bool = False


class Registration(msgspec.Struct, frozen=True):
    """Channels by name."""

    opened: bool = False
    mobile: Sealed | None = None
    contacts: dict[Channel, Contact] = {}

    def contact(self, channel: Channel) -> Contact:
        """Tell a channel, an empty one when no code went there."""
        return self.contacts.get(channel) or Contact()


def evolve(state: Registration, event: Event) -> Registration:
    """Apply one fact."""
    match event:
        case events.RegistrationOpened():
            return msgspec.structs.replace(state, opened=True, mobile=event.mobile)
        case events.CodeIssued():
            before = state.contact(event.channel)
            issued = (*before.issued, event.expires_at)
            contact = Contact(issued, event.digest, 0, before.verified)
        case events.CodeRefused():
            before = state.contact(event.channel)
            contact = msgspec.structs.replace(before, failures=before.failures + 1)
        case events.ContactVerified():
            before = state.contact(event.channel)
            contact = msgspec.structs.replace(before, digest=None, verified=True)
        case _:
            message = f"not a fact of a registration: {event!r}"
            raise TypeError(message)
    return msgspec.structs.replace(state, contacts={**state.contacts, event.channel: contact})


def registration_stream(subject: str) -> str:
    """Name the stream of a registration."""
    return f"registration:{subject}"


REGISTRATION: Final = Aggregate(
    name="registration", empty=Registration(), evolve=evolve, events=EVENTS
)
