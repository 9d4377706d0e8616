"""Types that request bodies share: amounts that the books can keep, texts of sane length."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from domain.kernel.ids import SUBJECT
from domain.kernel.money import LARGEST, Money

END: Final = "$(?!\\n)"
"""The true end of a text in Python and in ECMAScript: ``$`` alone forgives a last line feed."""

MinorUnits = Annotated[int, Meta(ge=1, le=LARGEST, description="Minor units, e.g. pence.")]
BasisPoints = Annotated[int, Meta(ge=0, le=10_000, description="Hundredths of a percent.")]
Name = Annotated[str, Meta(min_length=1, max_length=128, pattern="^[^\\x00-\\x1f\\x7f]*" + END)]
Text = Annotated[
    str, Meta(min_length=1, max_length=500, pattern="^[^\\x00-\\x08\\x0b-\\x1f]*" + END)
]
SubjectName = Annotated[str, Meta(pattern=f"^{SUBJECT.pattern}{END}")]
Day = Annotated[
    str, Meta(pattern=f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{END}", description="YYYY-MM-DD.")
]
Currency = Annotated[str, Meta(pattern=f"^[A-Z]{{3}}{END}", description="ISO 4217, e.g. GBP.")]
Digest = Annotated[str, Meta(pattern=f"^[0-9a-f]{{64}}{END}", description="SHA-256 in hex.")]
Address = Annotated[str, Meta(pattern=f"^0x[0-9a-fA-F]{{40}}{END}", description="An EVM address.")]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request body; unknown fields are refused."""


class Amount(Body, frozen=True, kw_only=True):
    """Money in whole minor units."""

    amount: MinorUnits
    currency: Currency

    def money(self) -> Money:
        """The amount as the house knows it."""
        return Money(self.amount, self.currency)
