"""Folds statements, and what asks for the next one."""

from collections.abc import Iterable
from typing import Final

from domain.chainfact import events as chainfacts
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.reconciliation import events
from domain.token.events import TokenDeployed
from projections.folding import FoldedView, blank, expect, folds_of, plain
from projections.view import Key, Rows, Table

RECONCILIATIONS: Final = Table(
    "reconciliations",
    ("position",),
    (
        "token",
        "agrees",
        "statement",
        "contract",
        "chain_id",
        "block",
        "block_hash",
        "as_of",
        "wallets",
        "in_transit",
        "break_count",
        "breaks",
        "stated_at",
    ),
)
RECONCILED_TOKENS: Final = Table(
    "reconciled_tokens",
    ("token",),
    (
        "contract",
        "deployed",
        "requested",
        "disturbed",
        "stated",
        "stated_at",
        "as_of",
        "values_hash",
        "break_count",
    ),
)


def _token(event: Recorded) -> str | None:
    fact = event.fact
    if isinstance(fact, chainfacts.ChainFactObserved | chainfacts.ChainFactRetracted):
        return fact.token
    return identity_of(event.stream)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the token."""
    token = _token(event)
    return [] if token is None else [(RECONCILED_TOKENS, (token,))]


def _deployed(event: Recorded, rows: Rows) -> None:
    fact, token = expect(event, TokenDeployed), identity_of(event.stream)
    row = {"token": token, "contract": fact.address, "deployed": event.position}
    rows.put(RECONCILED_TOKENS, {**blank(RECONCILED_TOKENS), **row})


def _requested(event: Recorded, rows: Rows) -> None:
    token = identity_of(event.stream)
    rows.change(RECONCILED_TOKENS, token, requested=event.position)


def _disturbed(event: Recorded, rows: Rows) -> None:
    token = _token(event)
    if token is not None and rows.get(RECONCILED_TOKENS, token) is not None:
        rows.change(RECONCILED_TOKENS, token, disturbed=event.position)


def _stated(event: Recorded, rows: Rows) -> None:
    fact, token = expect(event, events.ReconciliationStated), identity_of(event.stream)
    rows.put(
        RECONCILIATIONS,
        {
            "position": event.position,
            "token": token,
            "agrees": fact.break_count == 0,
            "statement": fact.statement,
            "contract": fact.contract,
            "chain_id": fact.chain_id,
            "block": fact.block,
            "block_hash": fact.block_hash,
            "as_of": fact.position,
            "wallets": fact.wallets,
            "in_transit": fact.in_transit,
            "break_count": fact.break_count,
            "breaks": plain(fact.breaks),
            "stated_at": event.at,
        },
    )
    rows.change(
        RECONCILED_TOKENS,
        token,
        stated=event.position,
        stated_at=event.at,
        as_of=fact.position,
        values_hash=fact.values,
        break_count=fact.break_count,
    )


VIEW: Final = FoldedView(
    "reconciliations",
    version=1,
    tables=(RECONCILIATIONS, RECONCILED_TOKENS),
    needs=needs,
    folds={
        TokenDeployed.TYPE: _deployed,
        events.ReconciliationRequested.TYPE: _requested,
        events.ReconciliationStated.TYPE: _stated,
        **folds_of(chainfacts.EVENTS, _disturbed),
    },
)
