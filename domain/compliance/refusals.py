"""Why the rules of a token forbid a move."""

from domain.kernel.refusal import Refusal


class CountryNotAllowed(Refusal, frozen=True, kw_only=True):
    """Holders from this country may not receive the token."""

    CODE = "country_not_allowed"
    SENTENCE = "{holder} is of {country}; this token may not go there."

    holder: str
    country: str


class HolderCapReached(Refusal, frozen=True, kw_only=True):
    """The token has as many holders as it may have."""

    CODE = "holder_cap_reached"
    SENTENCE = "The token has {holders} holders; its cap is {cap}."

    holders: int
    cap: int


class BalanceAboveMaximum(Refusal, frozen=True, kw_only=True):
    """The receiver would hold more than one holder may."""

    CODE = "balance_above_maximum"
    SENTENCE = "{holder} would hold {balance} units; one holder may have {maximum}."

    holder: str
    balance: int
    maximum: int


class UnitsLocked(Refusal, frozen=True, kw_only=True):
    """The units came by a mint and are locked until later."""

    CODE = "units_locked"
    SENTENCE = "{holder} can move {free} units before the lock ends at {until}, not {needed}."

    holder: str
    free: int
    needed: int
    until: int
