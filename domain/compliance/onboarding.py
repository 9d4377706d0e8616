"""Who checks a subject, and when the reporting officer must look, as versioned data (FX8)."""

from collections.abc import Collection
from typing import Final, Literal

import msgspec

from domain.kernel.countries import NUMERIC
from domain.kernel.refusal import InvalidField, Refusal
from domain.kernel.roles import ROLES, Role

COUNTRIES_MOST: Final = 250
FINDINGS_MOST: Final = 32


class OnboardingPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The providers of gates 1 and 2, and what sends a subject to gate 3.

    ``manual`` means that people work the queue. A subject from a country of ``high_risk``, with a
    role of ``review_roles`` or a finding of ``review_findings`` (codes of the providers, as
    ``pep``) is for the reporting officer; any other passes without.
    """

    version: int = 0
    identity: Literal["manual", "sumsub"] = "manual"
    screening: Literal["manual", "complyadvantage"] = "manual"
    high_risk: tuple[str, ...] = ()
    review_roles: tuple[Role, ...] = ()
    review_findings: tuple[str, ...] = ()


BY_HAND: Final = OnboardingPolicy()
"""What holds until an admin publishes another: people do everything, nothing passes by itself."""


class RiskFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy looks at."""

    country: str
    roles: Collection[Role]
    findings: Collection[str]


def review_reasons(policy: OnboardingPolicy, facts: RiskFacts) -> tuple[str, ...]:
    """Tell why the reporting officer must look, as codes; nothing when the risk is low."""
    reasons = ["country"] if facts.country in policy.high_risk else []
    reasons += [f"role:{role}" for role in sorted(set(facts.roles) & set(policy.review_roles))]
    found = set(facts.findings) & set(policy.review_findings)
    return (*reasons, *(f"finding:{code}" for code in sorted(found)))


def refuse_policy(policy: OnboardingPolicy) -> Refusal | None:
    """Say why this policy makes no sense."""
    countries = policy.high_risk
    if any(country not in NUMERIC for country in countries):
        return InvalidField(field="high_risk", reason="must be ISO 3166 alpha-2 codes")
    if len(set(countries)) != len(countries) or len(countries) > COUNTRIES_MOST:
        return InvalidField(field="high_risk", reason="names each country once")
    if any(role not in ROLES for role in policy.review_roles):
        return InvalidField(field="review_roles", reason="must be roles of the house")
    if len(policy.review_findings) > FINDINGS_MOST:
        return InvalidField(field="review_findings", reason=f"has at most {FINDINGS_MOST} codes")
    return None
