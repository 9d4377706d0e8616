"""Money as whole minor units of a named currency; no floats, no rounding by accident."""

import msgspec

LARGEST = 2**53 - 1
MINOR_UNITS = {"GBP": 2, "EUR": 2, "USD": 2, "AED": 2, "CHF": 2, "JPY": 0}
"""Decimals of each currency that the books keep (ISO 4217)."""

BASIS_POINTS = 10_000


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An amount of minor units (pence, cents) in an ISO 4217 currency."""

    amount: int
    currency: str


def is_known(currency: str) -> bool:
    """Say whether the books can keep this currency."""
    return currency in MINOR_UNITS


def is_payable(money: Money) -> bool:
    """Say whether the amount is positive, fits the books and names a known currency."""
    return 0 < money.amount <= LARGEST and is_known(money.currency)


def plain(money: Money) -> str:
    """Write money for people, e.g. ``9,760.00 GBP``."""
    decimals = MINOR_UNITS[money.currency]
    sign = "-" if money.amount < 0 else ""
    whole, part = divmod(abs(money.amount), 10**decimals)
    fraction = f".{part:0{decimals}d}" if decimals else ""
    return f"{sign}{whole:,}{fraction} {money.currency}"


def portion_bps(amount: int, basis_points: int) -> int:
    """Take basis points of an amount of minor units, rounded half up."""
    return (amount * basis_points + BASIS_POINTS // 2) // BASIS_POINTS


def shares(amount: int, weights: list[int]) -> list[int]:
    """Split an amount by weights; the sum is exact, remainders go to the largest fractions.

    Ties go to the earlier weight. Raises ValueError when the weights add up to nothing.
    """
    whole = sum(weights)
    if whole <= 0:
        message = "weights must add up to more than zero"
        raise ValueError(message)
    parts = [amount * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for index in order[: amount - sum(parts)]:
        parts[index] += 1
    return parts
