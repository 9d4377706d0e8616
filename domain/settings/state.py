"""The settings after their events, and the decisions about them."""

from typing import Final

import msgspec

from domain.compliance.onboarding import BY_HAND, OnboardingPolicy, refuse_policy
from domain.compliance.rulebook import STANDARD, Rulebook, refuse_rulebook
from domain.kernel.aggregate import Aggregate
from domain.kernel.calendar import is_day
from domain.kernel.command import Command
from domain.kernel.event import Event
from domain.kernel.money import BASIS_POINTS, Money, is_payable
from domain.kernel.refusal import InvalidField, Refusal
from domain.settings.events import (
    EVENTS,
    HolidaysPublished,
    OnboardingPublished,
    RetentionPublished,
    RulebookPublished,
    TermsPublished,
)

SETTINGS_STREAM: Final = "settings:main"
RETENTION_YEARS: Final = 5
"""How long records are kept while nothing else is published (MLR 2017, regulation 40(3))."""
RETENTION_YEARS_MAX: Final = 30
HOME_CALENDAR: Final = "england-and-wales"
"""The calendar that business days are counted by (002)."""


class PublishTerms(Command, frozen=True, kw_only=True):
    """Set prices and limits from now on."""

    TYPE = "settings.publish_terms"
    discount_bps: int
    fee_bps: int
    face_cap: Money
    confirmation_business_days: int


class PublishHolidays(Command, frozen=True, kw_only=True):
    """Set the bank holidays of a calendar."""

    TYPE = "settings.publish_holidays"
    calendar: str
    days: tuple[str, ...]


class PublishRulebook(Command, frozen=True, kw_only=True):
    """Set the rules that tokens are deployed with from now on; the version is counted here."""

    TYPE = "settings.publish_rulebook"
    rulebook: Rulebook


class PublishOnboarding(Command, frozen=True, kw_only=True):
    """Set who checks subjects from now on; the version is counted here."""

    TYPE = "settings.publish_onboarding"
    policy: OnboardingPolicy


class PublishRetention(Command, frozen=True, kw_only=True):
    """Set for how many years the records of a customer are kept; two persons must want it."""

    TYPE = "settings.publish_retention"
    years: int


class Settings(msgspec.Struct, frozen=True):
    """Terms and holidays in force, the latter by calendar."""

    published: TermsPublished | None = None
    holidays: dict[str, frozenset[str]] = {}
    rulebook: Rulebook | None = None
    onboarding: OnboardingPolicy = BY_HAND
    retention_years: int = RETENTION_YEARS

    @property
    def bank_holidays(self) -> frozenset[str]:
        """The days that are no business days at home."""
        return self.holidays.get(HOME_CALENDAR, frozenset())


def evolve(state: Settings, event: Event) -> Settings:
    """Apply one fact."""
    if isinstance(event, HolidaysPublished):
        holidays = {**state.holidays, event.calendar: frozenset(event.days)}
        return msgspec.structs.replace(state, holidays=holidays)
    if isinstance(event, TermsPublished):
        return msgspec.structs.replace(state, published=event)
    if isinstance(event, RulebookPublished):
        return msgspec.structs.replace(state, rulebook=event.rulebook)
    if isinstance(event, OnboardingPublished):
        return msgspec.structs.replace(state, onboarding=event.policy)
    if isinstance(event, RetentionPublished):
        return msgspec.structs.replace(state, retention_years=event.years)
    message = f"not a setting: {event!r}"
    raise TypeError(message)


def publish_terms(state: Settings, command: PublishTerms) -> list[Event] | Refusal:
    """Publish terms; the same terms again change nothing."""
    terms = TermsPublished(**msgspec.structs.asdict(command))
    if state.published == terms:
        return []
    if not (0 <= terms.fee_bps <= terms.discount_bps < BASIS_POINTS):
        reason = "must not be larger than the discount, and the discount below 10000"
        return InvalidField(field="fee_bps", reason=reason)
    if not is_payable(terms.face_cap) or terms.confirmation_business_days < 1:
        return InvalidField(field="face_cap", reason="caps and deadlines must be positive")
    return [terms]


def publish_holidays(state: Settings, command: PublishHolidays) -> list[Event] | Refusal:
    """Publish a calendar; the same days again change nothing."""
    for day in command.days:
        if not is_day(day):
            return InvalidField(field="days", reason=f"{day} is not a date YYYY-MM-DD")
    if state.holidays.get(command.calendar) == frozenset(command.days):
        return []
    return [HolidaysPublished(calendar=command.calendar, days=tuple(sorted(command.days)))]


def publish_rulebook(state: Settings, command: PublishRulebook) -> list[Event] | Refusal:
    """Publish rules under the next version; the same rules again change nothing."""
    if refusal := refuse_rulebook(command.rulebook):
        return refusal
    version = state.rulebook.version if state.rulebook is not None else STANDARD.version
    if msgspec.structs.replace(command.rulebook, version=version) == (state.rulebook or STANDARD):
        return []
    following = msgspec.structs.replace(command.rulebook, version=version + 1)
    return [RulebookPublished(rulebook=following)]


def publish_onboarding(state: Settings, command: PublishOnboarding) -> list[Event] | Refusal:
    """Publish a policy under the next version; the same policy again changes nothing."""
    if refusal := refuse_policy(command.policy):
        return refusal
    version, policy = state.onboarding.version, command.policy
    if version and msgspec.structs.replace(policy, version=version) == state.onboarding:
        return []
    return [OnboardingPublished(policy=msgspec.structs.replace(policy, version=version + 1))]


def publish_retention(state: Settings, command: PublishRetention) -> list[Event] | Refusal:
    """Publish how long records are kept; the same again changes nothing."""
    if not 0 < command.years <= RETENTION_YEARS_MAX:
        return InvalidField(field="years", reason=f"must be 1 to {RETENTION_YEARS_MAX}")
    if command.years == state.retention_years:
        return []
    return [RetentionPublished(years=command.years)]


SETTINGS: Final = Aggregate(name="settings", empty=Settings(), evolve=evolve, events=EVENTS)
