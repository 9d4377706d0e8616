"""Compares books and chain of each token at one block, and signs what comes out (FX10, LB7).

The books are those as of a position that was the log's head before the chain was asked for its
newest block, so every outcome in them lies in a block that is deep enough; what the block holds
and the books had not heard of yet is carried forward, and named in the statement.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

import msgspec

from application.handlers.carrying import carried, open_writes
from application.ports.log import LogReader
from application.ports.world import Clock, Documents, HolderRegister
from domain.chainwrite.state import chainwrite_stream
from domain.integrity.checkpoint import VerifierKey
from domain.reconciliation.commands import StateReconciliation
from domain.reconciliation.compare import Side, Standing, compare
from domain.reconciliation.statement import (
    STATEMENT_FORMAT,
    InTransit,
    Statement,
    Values,
    lines_of,
    sign_statement,
    values_hash,
)
from domain.token.events import HolderRecovered
from domain.token.state import TOKEN, Token, token_stream
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.tokens import TokenReader
from interfaces.outbound.postgres.chainwatch import SeenBlock
from interfaces.workers.gateway import Sender
from interfaces.workers.watcher import ChainMoved
from projections.reconciliations.queries import ReconciledTokenRow

QUIET_SECONDS: Final = 86_400.0
"""A scheduled statement that says the same as the last one is left out for so long."""

BREAKS_TOLD: Final = 100
PAUSE_SECONDS: Final = 0.5

logger = logging.getLogger("tallystick.reconciler")


class StatementSigner(Protocol):
    """Signs statements with the log's Ed25519 key."""

    @property
    def key(self) -> VerifierKey:
        """The public half."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign the lines above the blank one."""
        ...


class Seen(Protocol):
    """Knows whom a token's events have ever named."""

    def wallets(self, contract: str) -> frozenset[str]:
        """Tell the wallets. Raises StoreUnavailable."""
        ...


class Moment(msgspec.Struct, frozen=True):
    """What is compared: books as of a position, chain at a block."""

    position: int
    block: SeenBlock


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """The books' side, who holds each wallet, and what was carried into them."""

    side: Side
    holders: Mapping[str, str]
    in_transit: tuple[InTransit, ...]


class _Fold(msgspec.Struct, frozen=True):
    """A token's stream up to a version, and the wallets that were lost and replaced."""

    version: int = 0
    state: Token = Token()
    lost: frozenset[str] = frozenset()


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a reconciler works with."""

    log: LogReader
    gateway: EvmGateway
    seen: Seen
    holders: HolderRegister
    documents: Documents
    signer: StatementSigner
    clock: Clock
    origin: str
    chain_id: int


class Reconciler:
    """States for one token after the other whether books and chain agree."""

    def __init__(
        self,
        parts: Parts,
        sender: Sender,
        *,
        due: Callable[[], Iterable[ReconciledTokenRow]],
        tokens: Callable[[], Iterable[ReconciledTokenRow]],
        seconds: float,
    ) -> None:
        self._parts = parts
        self._sender = sender
        self._due = due
        self._tokens = tokens
        self._seconds = seconds
        self._next_pass = time.monotonic()
        self._folds: dict[str, _Fold] = {}
        self._stated: dict[str, StateReconciliation] = {}

    def step(self, moment: Moment) -> float:
        """State what is wanted, and on schedule everything; tells how long to wait.

        Raises ChainUnreachable, ViewBehind, StoreUnavailable.
        """
        for row in self._due():
            if self._is_wanted(row, moment):
                self._state(row, moment, only_news=False)
        if time.monotonic() >= self._next_pass:
            for row in self._tokens():
                self._state(row, moment, only_news=True)
            self._next_pass = time.monotonic() + self._seconds
        return PAUSE_SECONDS

    def _is_wanted(self, row: ReconciledTokenRow, moment: Moment) -> bool:
        """Say whether a statement would answer; the view may not know of our last one yet."""
        since = max(row.requested or 0, row.disturbed or 0, row.deployed)
        mine = self._stated.get(row.token)
        return since <= moment.position and (mine is None or mine.position < since)

    def _state(self, row: ReconciledTokenRow, moment: Moment, *, only_news: bool) -> None:
        statement = self._compared(row, moment)
        if statement is None:
            return
        values = values_hash(statement)
        if only_news and not self._is_news(row, values):
            return
        key = self._parts.signer.key
        note = sign_statement(statement, key, self._parts.signer.sign).encode()
        command = StateReconciliation(
            token=row.token,
            statement=sha256(note).hexdigest(),
            values=values,
            contract=statement.contract,
            chain_id=statement.chain_id,
            block=statement.block,
            block_hash=statement.block_hash,
            position=statement.position,
            wallets=len(statement.wallets),
            in_transit=len(statement.in_transit),
            break_count=len(statement.breaks),
            breaks=statement.breaks[:BREAKS_TOLD],
        )
        self._parts.documents.put(note)
        self._sender.send(command, f"{row.token}/{command.statement}")
        self._stated[row.token] = command
        for each in statement.breaks[:BREAKS_TOLD]:
            logger.error(
                "%s: %s of %s is %s in the books and %s on chain at block %d",
                row.token,
                each.kind,
                each.wallet or "the token",
                each.book,
                each.chain,
                statement.block,
                extra={"alert": "reconciliation_break"},
            )

    def _is_news(self, row: ReconciledTokenRow, values: str) -> bool:
        mine = self._stated.get(row.token)
        if row.stated_at is None:
            return mine is None or mine.values != values
        last = mine.values if mine is not None else row.values_hash
        age = _seconds(self._parts.clock.now()) - _seconds(row.stated_at)
        return last != values or age >= QUIET_SECONDS

    def _compared(self, row: ReconciledTokenRow, moment: Moment) -> Statement | None:
        fold = self._fold(row.token, moment.position)
        if fold.state.deployed is None:
            return None
        contract = fold.state.deployed.address.lower()
        books = self._books(row.token, fold.state, moment)
        seen = self._parts.seen.wallets(contract)
        wallets = {*seen, *(each for each in books.side.wallets if each.startswith("0x"))}
        replaced = (fold.lost | _wallets(fold.state)) - books.holders.keys()
        chain = self._chain(contract, wallets, moment.block, replaced)
        breaks = compare(books.side, chain, books.holders)
        return Statement(
            format=STATEMENT_FORMAT,
            log=self._parts.origin,
            token=row.token,
            chain_id=self._parts.chain_id,
            contract=contract,
            block=moment.block.number,
            block_hash=moment.block.block_hash,
            position=moment.position,
            chain_value=self._parts.log.read(moment.position - 1, 1)[0].chain.hex(),
            at=self._parts.clock.now(),
            book=Values(supply=str(books.side.supply), paused=books.side.paused),
            chain=Values(supply=str(chain.supply), paused=chain.paused),
            wallets=lines_of(books.side, chain, books.holders),
            in_transit=books.in_transit,
            breaks=breaks,
            result="breaks" if breaks else "agrees",
        )

    def _fold(self, token: str, position: int) -> _Fold:
        """Fold a token's stream up to a position, on from where the last time ended."""
        fold = self._folds.get(token, _Fold())
        for recorded in self._parts.log.read_stream(token_stream(token), fold.version):
            if recorded.position > position:
                break
            lost = fold.lost
            if isinstance(recorded.fact, HolderRecovered):
                lost = lost | {recorded.fact.lost.lower()}
            fold = _Fold(recorded.envelope.version, TOKEN.evolve(fold.state, recorded.fact), lost)
        self._folds[token] = fold
        return fold

    def _books(self, token: str, before: Token, moment: Moment) -> Books:
        state, in_transit = before, []
        for each in self._on_chain(token, before, moment.block.number):
            state = carried(state, token, write=each.write, transaction=each.transaction)
            in_transit.append(each)
        units = dict(self._parts.holders.holders(token, moment.position))
        for holder in {*before.control.holdings, *state.control.holdings}:
            moved = state.control.held(holder) - before.control.held(holder)
            units[holder] = units.get(holder, 0) + moved
        return Books(
            side=_side(state, units),
            holders={wallet.lower(): holder for holder, wallet in state.registered.items()},
            in_transit=tuple(in_transit),
        )

    def _on_chain(self, token: str, state: Token, block: int) -> list[InTransit]:
        """Find writes that a block up to this one holds, and whose outcome is not on the log."""
        found = []
        for write in open_writes(state, token):
            for transaction in self._transactions(write):
                receipt = self._parts.gateway.receipt(transaction)
                if receipt is not None and receipt.succeeded and receipt.block_number <= block:
                    found.append((receipt.block_number, write, transaction))
        return [
            InTransit(write=write, transaction=transaction, block=number)
            for number, write, transaction in sorted(found)
        ]

    def _transactions(self, write: str) -> Sequence[str]:
        """List every hash under which a write was ever signed."""
        hashes = (
            getattr(recorded.fact, "transaction", None)
            for recorded in self._parts.log.read_stream(chainwrite_stream(write))
        )
        return tuple(dict.fromkeys(each for each in hashes if isinstance(each, str)))

    def _chain(
        self, contract: str, wallets: Iterable[str], block: SeenBlock, replaced: Iterable[str]
    ) -> Side:
        """Ask the chain, all of it at one block; raises ChainMoved."""
        gateway, number = self._parts.gateway, block.number
        token = TokenReader(gateway, contract, block=number)
        without_flag = frozenset(replaced)
        found = {
            wallet: Standing(
                units=token.balance_of(wallet),
                units_frozen=token.frozen_tokens(wallet),
                # A lost wallet stays frozen on chain for ever; it belongs to nobody.
                wallet_frozen=token.is_frozen(wallet) and wallet not in without_flag,
            )
            for wallet in sorted(wallets)
        }
        side = Side(supply=token.total_supply(), paused=token.is_paused(), wallets=found)
        if gateway.canonical_block_hash(number) != block.block_hash:
            message = f"block {number} was replaced while a token was read in it"
            raise ChainMoved(message)
        return side


def _side(state: Token, units: Mapping[str, int]) -> Side:
    """Lay the books out by wallet; units without a wallet stand under the holder's name."""
    wallets: dict[str, Standing] = {}
    control = state.control
    for holder in {*units, *state.registered, *control.frozen_units, *control.frozen_wallets}:
        wallet = state.registered.get(holder, f"none:{holder}").lower()
        wallets[wallet] = Standing(
            units=units.get(holder, 0),
            units_frozen=control.frozen(holder),
            wallet_frozen=holder in control.frozen_wallets,
        )
    return Side(supply=state.supply, paused=not state.unpaused or control.paused, wallets=wallets)


def _wallets(state: Token) -> frozenset[str]:
    return frozenset(wallet.lower() for wallet in state.registered.values())


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()
