"""The facts that views fold, by aggregate. Views see facts, never wishes or decisions."""

from typing import Final

from domain.account import events as account
from domain.affiliation import events as affiliation
from domain.anchor import events as anchor
from domain.apikey import events as apikey
from domain.business import events as business
from domain.case import events as case
from domain.chainfact import events as chainfact
from domain.chainwatch import events as chainwatch
from domain.chainwrite import events as chainwrite
from domain.check import events as check
from domain.claim import events as claim
from domain.deadline import events as deadline
from domain.delegation import events as delegation
from domain.invoice import events as invoice
from domain.issuer import events as issuer
from domain.kernel.event import Event
from domain.kyc import events as kyc
from domain.listing import events as listing
from domain.log import events as log
from domain.mail import events as mail
from domain.payment import events as payment
from domain.platform import events as platform
from domain.process import events as process
from domain.profile import events as profile
from domain.receipt import events as receipt
from domain.reconciliation import events as reconciliation
from domain.registration import events as registration
from domain.request import events as request
from domain.settings import events as settings
from domain.signatory import events as signatory
from domain.subject import events as subject
from domain.token import events as token
from domain.trade import events as trade
from domain.user import events as user
from domain.wallet import events as wallet

FACTS: Final[dict[str, tuple[type[Event], ...]]] = {
    "account": account.EVENTS,
    "affiliation": affiliation.EVENTS,
    "anchor": anchor.EVENTS,
    "apikey": apikey.EVENTS,
    "case": case.EVENTS,
    "business": business.EVENTS,
    "chainfact": chainfact.EVENTS,
    "chainwatch": chainwatch.EVENTS,
    "chainwrite": chainwrite.EVENTS,
    "check": check.EVENTS,
    "claim": claim.EVENTS,
    "deadline": deadline.EVENTS,
    "delegation": delegation.EVENTS,
    "invoice": invoice.EVENTS,
    "issuer": issuer.EVENTS,
    "kyc": kyc.EVENTS,
    "listing": listing.EVENTS,
    "log": log.EVENTS,
    "mail": mail.EVENTS,
    "payment": payment.EVENTS,
    "platform": platform.EVENTS,
    "process": process.EVENTS,
    "profile": profile.EVENTS,
    "receipt": receipt.EVENTS,
    "reconciliation": reconciliation.EVENTS,
    "registration": registration.EVENTS,
    "request": request.EVENTS,
    "settings": settings.EVENTS,
    "signatory": signatory.EVENTS,
    "subject": subject.EVENTS,
    "token": token.EVENTS,
    "trade": trade.EVENTS,
    "user": user.EVENTS,
    "wallet": wallet.EVENTS,
}

EVERY_TYPE: Final = frozenset(event.TYPE for events in FACTS.values() for event in events)


def types_of(*aggregates: str) -> frozenset[str]:
    """Name the event types of these aggregates."""
    return frozenset(event.TYPE for name in aggregates for event in FACTS[name])
