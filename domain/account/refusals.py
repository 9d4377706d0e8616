"""Why an account says no."""

from domain.kernel.refusal import Refusal


class InsufficientFunds(Refusal, frozen=True, kw_only=True):
    """The free balance is smaller than the amount."""

    CODE = "insufficient_funds"
    SENTENCE = "{account} has {available} free, {amount} are needed."

    account: str
    available: int
    amount: int


class UnknownHold(Refusal, frozen=True, kw_only=True):
    """There is no open hold of this name."""

    CODE = "unknown_hold"
    SENTENCE = "{account} has no open hold {hold}."

    account: str
    hold: str


class HoldExists(Refusal, frozen=True, kw_only=True):
    """A hold of this name is open; a second one would overwrite it."""

    CODE = "hold_exists"
    SENTENCE = "{account} has an open hold {hold} already."

    account: str
    hold: str


class HoldTooSmall(Refusal, frozen=True, kw_only=True):
    """More was to be posted than the hold keeps."""

    CODE = "hold_too_small"
    SENTENCE = "Hold {hold} of {account} keeps {remaining}, {amount} were to be posted."

    account: str
    hold: str
    remaining: int
    amount: int


class AmountOutOfRange(Refusal, frozen=True, kw_only=True):
    """Amounts are whole, positive and fit into the books."""

    CODE = "amount_out_of_range"
    KIND = "invalid"
    SENTENCE = "{amount} is not an amount between 1 and 9007199254740991 that {account} can take."

    account: str
    amount: int


class AccountNotOpen(Refusal, frozen=True, kw_only=True):
    """The account was never opened."""

    CODE = "account_not_open"
    KIND = "missing"
    SENTENCE = "There is no account {account}."

    account: str
