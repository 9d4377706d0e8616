"""Which entries of the ledger an event touches, told from the event alone.

Most events touch one entry: that of their own stream. Accounts and tokens keep several, so
that an entry that everybody may see is never made of facts that only some may see.
"""

from collections.abc import Callable, Iterable
from typing import Final

from domain.account import events as account
from domain.kernel.event import VISIBLE_TO_BACK_OFFICE, Event, Recorded
from domain.kernel.ids import aggregate_of, identity_of
from domain.registration import events as registration
from domain.settings import events as settings
from domain.token import events as token

Entry = tuple[str, str]
"""An entry's kind and its key."""

OWN: Final[dict[str, str]] = {"process": "workitem"}
"""Kinds that are not called like their aggregate."""


def touched(event: Recorded) -> Iterable[Entry]:
    """Name the entries that an event creates, updates or removes, in order."""
    aggregate, identity = aggregate_of(event.stream), identity_of(event.stream)
    several = _SEVERAL.get(aggregate)
    if several is None:
        return ((OWN.get(aggregate, aggregate), identity),)
    return tuple(several(identity, event.fact))


def _account(identity: str, fact: Event) -> Iterable[Entry]:
    yield "account", identity
    if isinstance(fact, account.AccountHeld | account.AccountPosted | account.AccountReleased):
        yield "hold", f"{identity}/{fact.hold}"


def _token(identity: str, fact: Event) -> Iterable[Entry]:
    if type(fact) in _OF_TOKEN:
        yield "token", identity
    match fact:
        case token.HolderRequested() | token.HolderRegistered():
            yield "registration", f"{identity}/{fact.subject}"
        case token.TransferRequested() | token.TransferFailed():
            yield "transfer", f"{identity}/{fact.reference}"
        case token.TokenTransferred():
            yield "holder", f"{identity}/{fact.sender}"
            yield "holder", f"{identity}/{fact.receiver}"
            yield "transfer", f"{identity}/{fact.reference}"
        case token.TokenMinted():
            yield "holder", f"{identity}/{fact.holder}"
        case token.TokenBurned():
            yield "holder", f"{identity}/{fact.holder}"
            yield "burn", f"{identity}/{fact.holder}"
        case token.BurnRequested():
            yield "burn", f"{identity}/{fact.holder}"
        case token.TokenSliced():
            yield from (("slice", f"{identity}/{number + 1}") for number in range(fact.slices))
        case token.SliceListed() | token.SliceUnlisted():
            yield "slice", f"{identity}/{fact.slice}"
        case _:
            yield from _operation(identity, fact)


def _settings(identity: str, fact: Event) -> Iterable[Entry]:
    # The policy is not for everybody, as the other settings are.
    yield ("onboarding" if isinstance(fact, settings.OnboardingPublished) else "settings"), identity


def _operation(identity: str, fact: Event) -> Iterable[Entry]:
    """Name an operation, and whose units it changed; what is frozen is told by the views."""
    match fact:
        case token.UnitsMinted() | token.UnitsBurned():
            yield "operation", f"{identity}/{fact.operation}"
            yield from (("holder", f"{identity}/{line.subject}") for line in fact.lines)
        case (
            token.OperationRequested()
            | token.RulebookRequested()
            | token.RuleSet()
            | token.OperationFailed()
            | token.TokenPaused()
            | token.TokenResumed()
            | token.WalletsFrozen()
            | token.WalletsUnfrozen()
            | token.UnitsFrozen()
            | token.UnitsUnfrozen()
            | token.HoldersEntered()
            | token.HolderRecovered()
        ):
            yield "operation", f"{identity}/{fact.operation}"
        case _:
            return


def _subject(identity: str, fact: Event) -> Iterable[Entry]:
    """Keep what compliance says of a subject apart: whoever reads the rest must not see it."""
    hidden = not fact.VISIBLE >= VISIBLE_TO_BACK_OFFICE
    yield ("standing" if hidden else "subject"), identity


def _wallet(identity: str, fact: Event) -> Iterable[Entry]:
    """Name the wallet, which is known by its subject and its address."""
    yield "wallet", f"{identity}/{fact.address.lower()}"  # type: ignore[attr-defined]


def _registration(identity: str, fact: Event) -> Iterable[Entry]:
    """Name the sign-up or the channel; "registration" is what a holder of a token has."""
    if isinstance(fact, registration.RegistrationOpened):
        yield "signup", identity
    else:
        yield "contact", f"{identity}/{fact.channel}"  # type: ignore[attr-defined]


_SEVERAL: Final[dict[str, Callable[[str, Event], Iterable[Entry]]]] = {
    "account": _account,
    "registration": _registration,
    "wallet": _wallet,
    "settings": _settings,
    "subject": _subject,
    "token": _token,
}

_OF_TOKEN: Final = frozenset(
    {
        token.TokenPlanned,
        token.TokenDeployed,
        token.TokenUnpaused,
        token.TokenMinted,
        token.BurnRequested,
        token.TokenBurned,
        token.RulebookAdopted,
        token.TokenPaused,
        token.TokenResumed,
        token.UnitsMinted,
        token.UnitsBurned,
    }
)
