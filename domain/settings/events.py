"""What was set."""

from domain.compliance.onboarding import OnboardingPolicy
from domain.compliance.rulebook import Rulebook
from domain.kernel.event import VISIBLE_TO_ALL, Event
from domain.kernel.money import Money
from domain.kernel.roles import COMPLIANCE_TEAM


class TermsPublished(Event, frozen=True, kw_only=True):
    """Prices and limits of invoice finance, in basis points of the face amount."""

    TYPE = "settings.terms_published"
    VISIBLE = VISIBLE_TO_ALL
    discount_bps: int
    fee_bps: int
    face_cap: Money
    confirmation_business_days: int


class HolidaysPublished(Event, frozen=True, kw_only=True):
    """The bank holidays of a calendar, as dates."""

    TYPE = "settings.holidays_published"
    VISIBLE = VISIBLE_TO_ALL
    calendar: str
    days: tuple[str, ...]


class RulebookPublished(Event, frozen=True, kw_only=True):
    """The rules that tokens are deployed with from now on."""

    TYPE = "settings.rulebook_published"
    VISIBLE = VISIBLE_TO_ALL
    rulebook: Rulebook


class OnboardingPublished(Event, frozen=True, kw_only=True):
    """Who checks subjects from now on, and what sends them to the reporting officer.

    Not for everybody: whoever knows the rules of risk can walk around them.
    """

    TYPE = "settings.onboarding_published"
    VISIBLE = COMPLIANCE_TEAM | frozenset({"admin", "auditor", "process"})
    policy: OnboardingPolicy


class RetentionPublished(Event, frozen=True, kw_only=True):
    """For how many years the records of a customer are kept after the end of the relation."""

    TYPE = "settings.retention_published"
    VISIBLE = VISIBLE_TO_ALL
    years: int


EVENTS = (
    TermsPublished,
    HolidaysPublished,
    RulebookPublished,
    OnboardingPublished,
    RetentionPublished,
)
