"""What somebody may wish about a listing."""

from domain.kernel.command import Command
from domain.kernel.money import Money


class OpenListing(Command, frozen=True, kw_only=True):
    """Offer a lot of a token at a price."""

    TYPE = "listing.open"
    token: str
    slice: int
    price: Money
    quoted_yield_bps: int


class WithdrawPaused(Command, frozen=True, kw_only=True):
    """Take an offer back whose seller may not act; one of anybody else stays."""

    TYPE = "listing.withdraw_paused"
    listing: str


class WithdrawListing(Command, frozen=True, kw_only=True):
    """Take the offer back."""

    TYPE = "listing.withdraw"
    listing: str
