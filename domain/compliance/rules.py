"""The rules: each a small function of the rulebook and the facts to a verdict.

Every rule has its mirror in ``contracts/src/compliance``; both get the cases of
``tests/vectors/compliance.json`` and must say the same. A verdict is the refusal that names the
numbers, or nothing. Burns are never forbidden: who must be paid out can be.
"""

from collections.abc import Callable
from typing import Final

from domain.compliance.facts import Facts
from domain.compliance.refusals import (
    BalanceAboveMaximum,
    CountryNotAllowed,
    HolderCapReached,
    UnitsLocked,
)
from domain.compliance.rulebook import Rulebook
from domain.kernel.refusal import Refusal

Rule = Callable[[Rulebook, Facts], Refusal | None]


def country(rulebook: Rulebook, facts: Facts) -> Refusal | None:
    """Forbid receivers from a denied country, or from one that is not among the allowed ones."""
    match rulebook.country_rule:
        case "none":
            return None
        case "allow" if facts.country in rulebook.countries:
            return None
        case "deny" if facts.country not in rulebook.countries:
            return None
        case _:
            return CountryNotAllowed(holder=facts.receiver, country=facts.country)


def holder_cap(rulebook: Rulebook, facts: Facts) -> Refusal | None:
    """Forbid one holder more than the cap; who gives all it has away makes room."""
    if not rulebook.holder_cap or facts.held(facts.receiver):
        return None
    holders = sum(1 for units in facts.holdings.values() if units)
    leaving = facts.sender is not None and facts.held(facts.sender) == facts.units
    if holders - leaving < rulebook.holder_cap:
        return None
    return HolderCapReached(holders=holders, cap=rulebook.holder_cap)


def maximum_balance(rulebook: Rulebook, facts: Facts) -> Refusal | None:
    """Forbid a receiver to hold more than the maximum."""
    balance = facts.held(facts.receiver) + facts.units
    if facts.sender == facts.receiver or not rulebook.maximum_balance:
        return None
    if balance <= rulebook.maximum_balance:
        return None
    return BalanceAboveMaximum(
        holder=facts.receiver, balance=balance, maximum=rulebook.maximum_balance
    )


def lock_up(rulebook: Rulebook, facts: Facts) -> Refusal | None:
    """Keep minted units where they are before the lock ends."""
    if facts.sender is None or facts.at >= rulebook.locked_until:
        return None
    held = facts.held(facts.sender)
    free = held - min(held, facts.minted.get(facts.sender, 0))
    if facts.units <= free:
        return None
    return UnitsLocked(
        holder=facts.sender, free=free, needed=facts.units, until=rulebook.locked_until
    )


RULES: Final[dict[str, Rule]] = {
    "country": country,
    "holder_cap": holder_cap,
    "maximum_balance": maximum_balance,
    "lock_up": lock_up,
}
"""All rules by name, in the order in which they are asked."""


def judge(rulebook: Rulebook, facts: Facts) -> Refusal | None:
    """Ask every rule; the first that forbids the move is the verdict."""
    for rule in RULES.values():
        if verdict := rule(rulebook, facts):
            return verdict
    return None
