"""What happened to an account; ``balance`` and ``held`` are the values after the event."""

from domain.kernel.event import Event


class AccountOpened(Event, frozen=True, kw_only=True):
    """An account exists and keeps its asset in units of ``10**-book_decimals``."""

    TYPE = "account.opened"
    book_decimals: int


class AccountDebited(Event, frozen=True, kw_only=True):
    """Units left the free balance."""

    TYPE = "account.debited"
    transfer: str
    amount: int
    balance: int
    held: int


class AccountCredited(Event, frozen=True, kw_only=True):
    """Units arrived."""

    TYPE = "account.credited"
    transfer: str
    amount: int
    balance: int
    held: int


class AccountHeld(Event, frozen=True, kw_only=True):
    """Units of the free balance were set aside under a hold."""

    TYPE = "account.held"
    transfer: str
    hold: str
    amount: int
    balance: int
    held: int


class AccountPosted(Event, frozen=True, kw_only=True):
    """Units left the account out of a hold."""

    TYPE = "account.posted"
    transfer: str
    hold: str
    amount: int
    balance: int
    held: int


class AccountReleased(Event, frozen=True, kw_only=True):
    """The rest of a hold became free again."""

    TYPE = "account.released"
    transfer: str
    hold: str
    amount: int
    balance: int
    held: int


EVENTS = (
    AccountOpened,
    AccountDebited,
    AccountCredited,
    AccountHeld,
    AccountPosted,
    AccountReleased,
)
