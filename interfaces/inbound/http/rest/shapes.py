"""From a view's row to what callers see: amounts become money, everything else stays."""

from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec

from domain.kernel.money import Money

R = TypeVar("R", bound=msgspec.Struct)

_AMOUNT: Final = "_amount"


class Shape(Generic[R]):
    """The public form of a row type, made from its fields.

    A field ``<name>_amount`` is shown as ``<name>``: money in the row's ``currency``, which
    vanishes; nothing when the amount is nothing. ``hide`` names fields that stay inside.
    """

    def __init__(self, row: type[R], name: str, *, hide: Sequence[str] = ()) -> None:
        fields = [field for field in msgspec.structs.fields(row) if field.name not in hide]
        self._amounts = [field.name for field in fields if field.name.endswith(_AMOUNT)]
        inside = {*self._amounts, "currency"} if self._amounts else set()
        self._plain = [field.name for field in fields if field.name not in inside]
        self.type: type[msgspec.Struct] = _defined(name, row, fields, inside)

    def of(self, row: R) -> msgspec.Struct:
        """Show a row."""
        values: dict[str, Any] = {name: getattr(row, name) for name in self._plain}
        for name in self._amounts:
            amount = getattr(row, name)
            money = None if amount is None else Money(amount, row.currency)  # type: ignore[attr-defined]
            values[name.removesuffix(_AMOUNT)] = money
        return self.type(**values)


def _defined(
    name: str,
    row: type[msgspec.Struct],
    fields: Sequence[msgspec.structs.FieldInfo],
    inside: set[str],
) -> type[msgspec.Struct]:
    public: list[tuple[str, Any]] = []
    for field in fields:
        if field.name.endswith(_AMOUNT):
            optional = type(None) in getattr(field.type, "__args__", ())
            kind = Money | None if optional else Money
            public.append((field.name.removesuffix(_AMOUNT), kind))
        elif field.name not in inside:
            public.append((field.name, field.type))
    document = (row.__doc__ or "").partition("\n")[0]
    return msgspec.defstruct(
        name, public, frozen=True, kw_only=True, namespace={"__doc__": document}
    )


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some things in order, and the address of the next page when there is one."""

    items: list[msgspec.Struct]
    next: str | None = None
