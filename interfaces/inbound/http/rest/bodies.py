"""Types that request bodies share: amounts that the books can keep, texts of sane length."""

from typing import Annotated

import msgspec
from msgspec import Meta

from domain.kernel.money import LARGEST, Money

_CLEAN = "^[^\\x00-\\x08\\x0b-\\x1f]*$"

MinorUnits = Annotated[int, Meta(ge=1, le=LARGEST, description="Minor units, e.g. pence.")]
BasisPoints = Annotated[int, Meta(ge=0, le=10_000, description="Hundredths of a percent.")]
Name = Annotated[str, Meta(min_length=1, max_length=128, pattern=_CLEAN)]
Text = Annotated[str, Meta(min_length=1, max_length=500, pattern=_CLEAN)]
Day = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="A date YYYY-MM-DD.")]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217, e.g. GBP.")]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 in hex.")]
Address = Annotated[str, Meta(pattern="^0x[0-9a-fA-F]{40}$", description="An EVM address.")]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request body; unknown fields are refused."""


class Amount(Body, frozen=True, kw_only=True):
    """Money in whole minor units."""

    amount: MinorUnits
    currency: Currency

    def money(self) -> Money:
        """The amount as the house knows it."""
        return Money(self.amount, self.currency)
