"""Both sides of a token, and where they differ.

A side is what one of them says at one moment: the books as of a position, the chain at a block.
The books' units are whole numbers, the chain's are compared as whole numbers too.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

BreakKind = Literal["supply", "paused", "balance", "wallet_frozen", "units_frozen"]


class Standing(msgspec.Struct, frozen=True):
    """What one side says of one wallet: units, how many of them may not move, and all frozen."""

    units: int = 0
    units_frozen: int = 0
    wallet_frozen: bool = False


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one side says of a token; wallets that it does not name hold nothing."""

    supply: int
    paused: bool
    wallets: Mapping[str, Standing]


class Break(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing on which books and chain differ.

    Amounts are decimal strings, yes and no are ``true`` and ``false``. ``holder`` is absent
    for a wallet that the books give to nobody, both names for the token as a whole.
    """

    kind: BreakKind
    book: str
    chain: str
    wallet: str | None = None
    holder: str | None = None


NOTHING = Standing()


def compare(books: Side, chain: Side, holders: Mapping[str, str]) -> tuple[Break, ...]:
    """List the breaks, those of the token first, then by wallet; ``holders`` by wallet."""
    found = [
        _break("supply", str(books.supply), str(chain.supply)),
        _break("paused", _word(yes=books.paused), _word(yes=chain.paused)),
    ]
    for wallet in sorted({*books.wallets, *chain.wallets}):
        ours, theirs = books.wallets.get(wallet, NOTHING), chain.wallets.get(wallet, NOTHING)
        found.extend(
            _break(kind, book, seen, wallet=wallet, holder=holders.get(wallet))
            for kind, book, seen in _differences(ours, theirs)
        )
    return tuple(each for each in found if each is not None)


def _differences(ours: Standing, theirs: Standing) -> tuple[tuple[BreakKind, str, str], ...]:
    return (
        ("balance", str(ours.units), str(theirs.units)),
        ("wallet_frozen", _word(yes=ours.wallet_frozen), _word(yes=theirs.wallet_frozen)),
        ("units_frozen", str(ours.units_frozen), str(theirs.units_frozen)),
    )


def _break(
    kind: BreakKind, book: str, chain: str, wallet: str | None = None, holder: str | None = None
) -> Break | None:
    if book == chain:
        return None
    return Break(kind=kind, book=book, chain=chain, wallet=wallet, holder=holder)


def _word(*, yes: bool) -> str:
    return "true" if yes else "false"
