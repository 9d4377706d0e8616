"""Money and quantities as portals show them, and the way from a view's row to a type."""

from dataclasses import fields
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
import strawberry

from domain.kernel.money import MINOR_UNITS
from interfaces.inbound.http.graphql.scalars import Long

T = TypeVar("T")
F = TypeVar("F", bound=msgspec.Struct)

_AMOUNT: Final = "_amount"

_Plan: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
_PLANS: Final[dict[tuple[type[Any], type[Any]], _Plan]] = {}
"""For each type and row: the names that are copied, and those that become money."""


@strawberry.type(description="Money in whole minor units of an ISO 4217 currency.")
class Money:
    """An amount of minor units, and the same for people."""

    amount: Long = strawberry.field(description="Minor units, e.g. pence.")
    currency: str = strawberry.field(description="The ISO 4217 code.")
    display: str = strawberry.field(description="The amount for people, e.g. 9,760.00 GBP.")


@strawberry.type(description="Units of an asset: a currency or a token.")
class Quantity:
    """Whole units of an asset, and the same for people."""

    amount: Long = strawberry.field(description="Units of 10^-decimals of the asset.")
    asset: str = strawberry.field(description="The currency's or the token's name.")
    decimals: int = strawberry.field(description="Decimals of the asset in the books.")
    display: str = strawberry.field(description="The quantity for people.")


def display(amount: int, decimals: int, name: str) -> str:
    """Write units of ``10**-decimals`` for people, e.g. ``9,760.00 GBP``."""
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 10**decimals)
    fraction = f".{part:0{decimals}d}" if decimals else ""
    return f"{sign}{whole:,}{fraction} {name}"


def money(amount: int, currency: str) -> Money:
    """Show minor units of a currency that the books keep."""
    text = display(amount, MINOR_UNITS[currency], currency)
    return Money(amount=Long(amount), currency=currency, display=text)


def quantity(amount: int, *, asset: str, decimals: int) -> Quantity:
    """Show units of an asset."""
    text = display(amount, decimals, asset)
    return Quantity(amount=Long(amount), asset=asset, decimals=decimals, display=text)


def _plan(kind: type[Any], row: type[Any]) -> _Plan:
    plan = _PLANS.get((kind, row))
    if plan is None:
        plan = _PLANS[kind, row] = _planned(kind, row)
    return plan


def _planned(kind: type[Any], row: type[Any]) -> _Plan:
    wanted = {field.name for field in fields(kind)}
    plain = tuple(name for name in row.__struct_fields__ if name in wanted)
    amounts = tuple(
        name.removesuffix(_AMOUNT)
        for name in row.__struct_fields__
        if name.endswith(_AMOUNT) and name.removesuffix(_AMOUNT) in wanted
    )
    return plain, amounts


def shown(kind: type[T], row: Any, **computed: object) -> T:
    """Show a view's row: same names are copied, ``<name>_amount`` becomes money ``<name>``.

    Whatever has another name or form is given as computed.
    """
    plain, amounts = _plan(kind, type(row))
    values: dict[str, object] = {name: getattr(row, name) for name in plain}
    for name in amounts:
        amount = getattr(row, name + _AMOUNT)
        values[name] = None if amount is None else money(amount, row.currency)
    values.update(computed)
    return kind(**values)


def chosen(filter_type: type[F], given: object | None, **fixed: object) -> F:
    """Make a query's filter from an input with the same names; ``fixed`` goes beyond it."""
    values = {} if given is None else dict(vars(given))
    return filter_type(**{**values, **fixed})
