"""Everything the log can hold: aggregates by name, events by type, and how both are read.

The event catalogue: which type has which schema, and which roles see its body in the feed.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from domain.account.state import ACCOUNT
from domain.affiliation.state import AFFILIATION
from domain.anchor.state import ANCHOR
from domain.apikey.events import ApiKeyIssued
from domain.apikey.state import APIKEY
from domain.business.state import BUSINESS
from domain.case.state import CASE
from domain.chainfact.state import CHAINFACT
from domain.chainwatch.state import CHAINWATCH
from domain.chainwrite.events import ChainWriteReplaced
from domain.chainwrite.state import CHAINWRITE
from domain.check.state import CHECK
from domain.claim.state import CLAIM
from domain.deadline.state import DEADLINE
from domain.delegation.state import DELEGATION
from domain.invoice.state import INVOICE
from domain.issuer.state import ISSUER
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Envelope, Event
from domain.kernel.ids import aggregate_of
from domain.kernel.roles import EVERYBODY, Role
from domain.kernel.upcast import Upcasts, unchanged
from domain.kyc.state import KYC
from domain.listing.state import LISTING
from domain.log.state import LOG
from domain.mail.state import MAIL
from domain.payment.events import PaymentInstructed
from domain.payment.state import PAYMENT
from domain.platform.state import PLATFORM
from domain.process.state import PROCESS
from domain.profile.state import PROFILE
from domain.receipt.state import RECEIPT
from domain.reconciliation.state import RECONCILIATION
from domain.registration.state import REGISTRATION
from domain.request.state import REQUEST
from domain.settings.state import SETTINGS
from domain.signatory.state import SIGNATORY
from domain.subject import events as subject
from domain.subject.state import SUBJECT
from domain.token.state import TOKEN
from domain.trade.state import TRADE
from domain.user.state import USER
from domain.wallet.state import WALLET

AGGREGATES: Final[dict[str, Aggregate[Any]]] = {
    aggregate.name: aggregate
    for aggregate in (
        ACCOUNT,
        AFFILIATION,
        ANCHOR,
        APIKEY,
        BUSINESS,
        CASE,
        CHAINFACT,
        CHAINWATCH,
        CHAINWRITE,
        CHECK,
        CLAIM,
        DELEGATION,
        DEADLINE,
        INVOICE,
        ISSUER,
        KYC,
        LISTING,
        LOG,
        MAIL,
        PAYMENT,
        PLATFORM,
        PROCESS,
        PROFILE,
        RECEIPT,
        RECONCILIATION,
        REGISTRATION,
        REQUEST,
        SETTINGS,
        SIGNATORY,
        SUBJECT,
        TOKEN,
        TRADE,
        WALLET,
        USER,
    )
}

EVENTS: Final[dict[str, type[Event]]] = {
    event.TYPE: event for aggregate in AGGREGATES.values() for event in aggregate.events
}

UPCASTS: Final = Upcasts()
UPCASTS.add(ChainWriteReplaced.TYPE, 1, unchanged)
UPCASTS.add(ApiKeyIssued.TYPE, 1, unchanged)
UPCASTS.add(PaymentInstructed.TYPE, 1, unchanged)
UPCASTS.add(subject.SubjectCreated.TYPE, 1, unchanged)
UPCASTS.add(subject.KycPassed.TYPE, 1, unchanged)
UPCASTS.add(subject.KycPassed.TYPE, 2, unchanged)
UPCASTS.add(subject.ScreeningPassed.TYPE, 1, unchanged)
UPCASTS.add(subject.RiskPassed.TYPE, 1, unchanged)
UPCASTS.add(subject.SubjectClassified.TYPE, 1, unchanged)
UPCASTS.add(subject.SubjectFrozen.TYPE, 1, unchanged)


class UnknownEventError(LookupError):
    """The log holds a type, or a schema of it, that this version does not know."""


def aggregate_for(stream: str) -> Aggregate[Any]:
    """Find the aggregate of a stream; raises KeyError for a stream of no known aggregate."""
    return AGGREGATES[aggregate_of(stream)]


def fact_of(
    envelope: Envelope,
    events: Mapping[str, type[Event]] = EVENTS,
    upcasts: Upcasts = UPCASTS,
) -> Event:
    """Read an envelope's data as the typed fact, lifted to today's schema.

    Raises UnknownEventError for a type or a schema that only a later version knows, KeyError
    when a step between two schemas is missing.
    """
    event = events.get(envelope.type)
    if event is None:
        raise UnknownEventError(envelope.type)
    data = envelope.data
    if envelope.schema != event.SCHEMA:
        if envelope.schema > event.SCHEMA:
            message = f"{envelope.type} of schema {envelope.schema}"
            raise UnknownEventError(message)
        data = upcasts.lift(envelope.type, envelope.schema, data, event.SCHEMA)
    return msgspec.convert(data, event)


def may_read(role: Role, event_type: str) -> bool:
    """Say whether a role sees the body of this type in the feed (FORMATS 8)."""
    return role in EVENTS[event_type].VISIBLE


def is_restricted(event: type[Event]) -> bool:
    """Say whether bodies of this type carry a salt: not everybody may read them."""
    return event.VISIBLE != EVERYBODY
