"""Movements of cash and units over two accounts, always both sides together (FORMATS 10)."""

from application.draft import Draft, Loading
from domain.account import decide
from domain.account.state import ACCOUNT, OUTSIDE, account_stream
from domain.kernel.money import MINOR_UNITS, Money


def cash(owner: str, currency: str) -> str:
    """Name an owner's cash account."""
    return account_stream(owner, "cash", currency)


def units(owner: str, token: str) -> str:
    """Name an owner's account of a token's units."""
    return account_stream(owner, "units", token)


def bank(currency: str) -> str:
    """Name the account that stands for the bank: what is negative there lies at the bank."""
    return account_stream(OUTSIDE, "bank", currency)


def issue(token: str) -> str:
    """Name the account that stands for a token's issue."""
    return account_stream(OUTSIDE, "issue", token)


def escrow(currency: str) -> str:
    """Name the collections account: client money between two parties of a deal."""
    return account_stream("collections", "escrow", currency)


def suspense(currency: str) -> str:
    """Name the account of money that nobody has claimed yet."""
    return account_stream("collections", "suspense", currency)


def fees(currency: str) -> str:
    """Name the platform's own income."""
    return account_stream("platform", "fees", currency)


def open_cash(draft: Draft, currency: str, *streams: str) -> Loading:
    """Load cash accounts and open those that are new."""
    yield from _open(draft, MINOR_UNITS[currency], streams)


def open_units(draft: Draft, decimals: int, *streams: str) -> Loading:
    """Load unit accounts and open those that are new."""
    yield from _open(draft, decimals, streams)


def _open(draft: Draft, book_decimals: int, streams: tuple[str, ...]) -> Loading:
    yield from draft.load(*streams)
    for stream in streams:
        state = draft.of(ACCOUNT, stream)
        draft.add(ACCOUNT, stream, decide.open_account(state, book_decimals=book_decimals))


def move(draft: Draft, source: str, target: str, *, transfer: str, amount: int) -> None:
    """Move free units from one open account to another; raises Refused."""
    debited = decide.debit(draft.of(ACCOUNT, source), source, transfer=transfer, amount=amount)
    draft.add(ACCOUNT, source, debited)
    _credit(draft, target, transfer=transfer, amount=amount)


def hold(draft: Draft, stream: str, *, name: str, amount: int) -> None:
    """Set free units aside; raises Refused."""
    held = decide.hold(draft.of(ACCOUNT, stream), stream, name=name, amount=amount)
    draft.add(ACCOUNT, stream, held)


def post(draft: Draft, source: str, target: str, *, name: str, transfer: str, amount: int) -> None:
    """Move held units from one open account to another; raises Refused."""
    state = draft.of(ACCOUNT, source)
    posted = decide.post(state, source, name=name, transfer=transfer, amount=amount)
    draft.add(ACCOUNT, source, posted)
    _credit(draft, target, transfer=transfer, amount=amount)


def release(draft: Draft, stream: str, *, name: str) -> None:
    """End a hold and free what it keeps; raises Refused."""
    released = decide.release(draft.of(ACCOUNT, stream), stream, name=name)
    draft.add(ACCOUNT, stream, released)


def _credit(draft: Draft, target: str, *, transfer: str, amount: int) -> None:
    credited = decide.credit(draft.of(ACCOUNT, target), target, transfer=transfer, amount=amount)
    draft.add(ACCOUNT, target, credited)


def money(amount: int, currency: str) -> Money:
    """Name an amount of minor units."""
    return Money(amount=amount, currency=currency)
