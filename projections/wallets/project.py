"""Folds wallets and the messages that wait for their signatures."""

from collections.abc import Iterable
from typing import Final

from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.wallet import events
from projections.folding import FoldedView, expect, plain
from projections.view import Key, Rows, Table

WALLETS: Final = Table(
    "wallets",
    ("subject", "wallet"),
    (
        "address",
        "bound",
        "holds_tokens",
        "method",
        "proven_at",
        "lapses_at",
        "unbound_at",
        "position",
    ),
)
CHALLENGES: Final = Table("wallet_challenges", ("subject", "wallet"), ("challenge", "position"))


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the wallet."""
    key = _key(event)
    return [(WALLETS, key), (CHALLENGES, key)]


def _key(event: Recorded) -> tuple[str, str]:
    address: str = event.fact.address  # type: ignore[attr-defined]
    return identity_of(event.stream), address.lower()


def _fold_challenged(event: Recorded, rows: Rows) -> None:
    subject, wallet = _key(event)
    row = {"subject": subject, "wallet": wallet, "position": event.position}
    rows.put(CHALLENGES, {**row, "challenge": plain(event.fact)})


def _fold_proven(event: Recorded, rows: Rows) -> None:
    fact, (subject, wallet) = expect(event, events.WalletProven), _key(event)
    row = {
        "subject": subject,
        "wallet": wallet,
        "address": fact.address,
        "bound": True,
        "holds_tokens": fact.primary,
        "method": fact.method,
        "proven_at": event.at,
        "lapses_at": fact.lapses_at,
        "unbound_at": None,
        "position": event.position,
    }
    rows.put(WALLETS, row)
    rows.delete(CHALLENGES, subject, wallet)


def _fold_unbound(event: Recorded, rows: Rows) -> None:
    row = rows.get(WALLETS, *_key(event)) or {}
    rows.put(WALLETS, {**row, "bound": False, "unbound_at": event.at, "position": event.position})


VIEW: Final = FoldedView(
    "wallets",
    version=1,
    tables=(WALLETS, CHALLENGES),
    needs=needs,
    folds={
        events.WalletChallenged.TYPE: _fold_challenged,
        events.WalletProven.TYPE: _fold_proven,
        events.WalletUnbound.TYPE: _fold_unbound,
    },
)
