"""Claims of our issuer on a subject's identity: which facts hold, and what follows on chain.

A claim is signed once and for ever, so it says no more than must be known: the topic, the value,
the chain it is for and its number. A claim that was revoked is never valid again; when its fact
holds once more, another with the next number takes its place.
"""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from domain.compliance.rulebook import COUNTRY, INVESTOR_CLASS, KYC, TOPICS
from domain.integrity.canonical import canonical
from domain.kernel.event import Event
from domain.subject import events

CLASSES: Final = ("retail", "professional", "eligible_counterparty")
"""Classes of investors, as MiFID II names clients."""

KYC_FACT: Final = "kyc"
CLASS_FACT: Final = "investor_class"
"""Facts that may have an end: what is told of them lapses with them."""


class Claim(msgspec.Struct, frozen=True):
    """A claim that stands or is on its way."""

    topic: int
    value: str
    identity: str
    issuer: str
    data: str
    signature: str | None = None
    added: bool = False


def evolve_claims(claims: dict[int, Claim], event: Event) -> dict[int, Claim]:
    """Apply a fact to the claims."""
    match event:
        case events.ClaimRequested():
            claim = Claim(event.topic, event.value, event.identity, event.issuer, event.data)
        case events.ClaimSigned():
            if event.number not in claims:
                return claims
            claim = msgspec.structs.replace(claims[event.number], signature=event.signature)
        case events.ClaimAdded():
            if event.number not in claims:
                return claims
            claim = msgspec.structs.replace(claims[event.number], added=True)
        case events.ClaimLapsed():
            return {number: each for number, each in claims.items() if number != event.number}
        case _:
            message = f"not a fact of a claim: {event!r}"
            raise TypeError(message)
    return {**claims, event.number: claim}


def wanted_claims(
    state: str,
    *,
    country: str,
    investor_class: str | None,
    identity: str | None,
    lapsed: Collection[str],
) -> Mapping[int, str]:
    """Tell by topic what holds of a subject now; nothing of one that may not act.

    Where somebody lives is known from who somebody is, so it lapses with that.
    """
    if identity is None or state != "ACTIVE":
        return {}
    held = {} if KYC_FACT in lapsed else {KYC: "passed", COUNTRY: country}
    if investor_class is None or CLASS_FACT in lapsed:
        return held
    return {**held, INVESTOR_CLASS: investor_class}


def claim_data(*, chain_id: int, number: int, topic: int, value: str) -> str:
    """Write what a claim says as hex of canonical JSON; it holds for one chain only."""
    said = {"chain": chain_id, "claim": number, "topic": TOPICS[topic], "value": value}
    return canonical(said).hex()


def claim_write(subject: str, number: int) -> str:
    """Name the write that adds a claim."""
    return f"claim/{subject}/{number}"


def revocation_write(subject: str, number: int) -> str:
    """Name the write that revokes a claim."""
    return f"revoke/{subject}/{number}"
