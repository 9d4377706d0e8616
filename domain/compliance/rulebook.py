"""The rules of a token as versioned data; the token's modules on chain are set from the same."""

from typing import Final, Literal

import msgspec

from domain.kernel.countries import NUMERIC
from domain.kernel.refusal import InvalidField, Refusal

KYC: Final = 1
COUNTRY: Final = 2
INVESTOR_CLASS: Final = 3

TOPICS: Final = {KYC: "kyc", COUNTRY: "country", INVESTOR_CLASS: "investor_class"}
"""Claim topics of our issuer (ONCHAINID), by number; a number never gets another meaning."""

COUNTRIES_LIMIT: Final = 60
"""Countries of one list: so many fit in the suite's one transaction."""

LATEST: Final = 2**40
"""No lock lasts longer than this instant, in seconds since 1970."""


CountryRule = Literal["none", "allow", "deny"]


class Rulebook(msgspec.Struct, frozen=True, kw_only=True):
    """What a token demands of its holders; 0 or an empty list demands nothing.

    ``topics`` are the claims that a holder's identity needs. ``countries`` are ISO 3166 alpha-2
    codes: only holders from there may receive, or everybody else (``country_rule``).
    ``holder_cap`` counts holders, ``maximum_balance`` is what one of them may hold, in units.
    Units that came by a mint stay where they are before ``locked_until`` (seconds since 1970).
    """

    version: int = 1
    topics: tuple[int, ...] = ()
    country_rule: CountryRule = "none"
    countries: tuple[str, ...] = ()
    holder_cap: int = 0
    maximum_balance: int = 0
    locked_until: int = 0


STANDARD: Final = Rulebook(topics=(KYC, COUNTRY))
"""What holds until an admin publishes another: everybody whom we know, from anywhere."""


def changed_rules(before: Rulebook, after: Rulebook) -> frozenset[str] | Refusal:
    """Name the rules of a deployed token that change, or say why they cannot.

    Its suite has a module for each rule that it was deployed with, and no other. Claim topics are
    what its holders were let in by; a lock lies on units from their mint on.
    """
    for field in ("topics", "locked_until"):
        if getattr(before, field) != getattr(after, field):
            return InvalidField(field=field, reason="cannot change for a token that is deployed")
    rules = {
        "country_rule": ("none", (before.country_rule, after.country_rule)),
        "holder_cap": (0, (before.holder_cap, after.holder_cap)),
        "maximum_balance": (0, (before.maximum_balance, after.maximum_balance)),
    }
    for field, (nothing, values) in rules.items():
        if (values[0] == nothing) != (values[1] == nothing):
            reason = "a deployed token keeps the rules that it has, and gets no others"
            return InvalidField(field=field, reason=f"{reason}; it has {values[0]}")
    changed = {field for field, (_, values) in rules.items() if values[0] != values[1]}
    if before.countries != after.countries:
        changed.add("country_rule")
    return frozenset(changed)


def refuse_rulebook(rulebook: Rulebook) -> Refusal | None:
    """Say why these rules make no sense."""
    unknown = [topic for topic in rulebook.topics if topic not in TOPICS]
    if unknown or len(set(rulebook.topics)) != len(rulebook.topics):
        return InvalidField(field="topics", reason=f"must be some of {sorted(TOPICS)}, each once")
    countries = rulebook.countries
    if (rulebook.country_rule == "none") != (not countries):
        return InvalidField(field="countries", reason="name some for allow and deny, else none")
    if any(country not in NUMERIC for country in countries):
        return InvalidField(field="countries", reason="must be ISO 3166 alpha-2 codes")
    if len(set(countries)) != len(countries) or len(countries) > COUNTRIES_LIMIT:
        reason = f"must be at most {COUNTRIES_LIMIT} countries, each once"
        return InvalidField(field="countries", reason=reason)
    for field in ("holder_cap", "maximum_balance", "locked_until"):
        if getattr(rulebook, field) < 0:
            return InvalidField(field=field, reason="must not be negative")
    if rulebook.locked_until > LATEST:
        return InvalidField(field="locked_until", reason="must be in seconds since 1970")
    return None
