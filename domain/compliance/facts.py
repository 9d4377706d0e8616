"""What a rule may look at: one move, and how a token is held before it."""

from collections.abc import Mapping

import msgspec


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """A move of units between holders; without a sender it is a mint.

    ``country`` is the receiver's. ``holdings`` are the units of each holder before the move,
    ``minted`` what each got by mints. ``at`` is the instant in seconds since 1970.
    """

    receiver: str
    units: int
    country: str
    at: int
    sender: str | None = None
    holdings: Mapping[str, int] = {}
    minted: Mapping[str, int] = {}

    def held(self, holder: str | None) -> int:
        """Units of a holder before the move."""
        return self.holdings.get(holder, 0) if holder is not None else 0

    def with_holdings(self, more: Mapping[str, int]) -> "Facts":
        """Count units that came to holders before this move."""
        holdings = dict(self.holdings)
        for holder, units in more.items():
            holdings[holder] = holdings.get(holder, 0) + units
        return msgspec.structs.replace(self, holdings=holdings)
