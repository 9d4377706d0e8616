"""Trades on the secondary market: the chain decides (FX5, E5)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from application.processes.financing import moved_for, refused_registration
from application.processes.manager import ProcessManager, Reaction, Wish
from domain.chainwrite.events import ChainWriteConfirmed, ChainWriteFailed
from domain.invoice.commands import ReverseFunding
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.token.events import TokenTransferred, TransferFailed, TransferRequested
from domain.trade.commands import FailTrade, SettleTrade

Moves = Mapping[str, str]
"""The receiver of each move of a token that is on its way, by reference."""


def _settle(_: object, recorded: Recorded) -> Sequence[Reaction]:
    fact, trade = recorded.fact, moved_for(identity_of(recorded.stream), "trade")
    if trade is None or not isinstance(fact, ChainWriteConfirmed):
        return ()
    return (Wish(SettleTrade(trade=trade, transaction=fact.transaction), trade),)


def _fail(memory: Any, recorded: Recorded) -> Sequence[Reaction]:
    fact, write = recorded.fact, identity_of(recorded.stream)
    if not isinstance(fact, ChainWriteFailed):
        return ()
    if (trade := moved_for(write, "trade")) is not None:
        return (Wish(FailTrade(trade=trade, reason=fact.reason), trade),)
    if (refused := refused_registration(write)) is not None:
        waiting = [name for name, receiver in (memory or {}).items() if receiver == refused[1]]
        return tuple(_undo(reference, fact.reason) for reference in waiting)
    return ()


def _undo(reference: str, reason: str) -> Wish:
    kind, name = reference.split("/")[:2]
    if kind == "trade":
        return Wish(FailTrade(trade=name, reason=reason), name)
    return Wish(ReverseFunding(invoice=name, reason=reason), name)


def _case(recorded: Recorded) -> str:
    identity = identity_of(recorded.stream)
    if isinstance(recorded.fact, ChainWriteConfirmed | ChainWriteFailed):
        return [*identity.split("/"), ""][1]
    return identity


def _follow(memory: Moves | None, recorded: Recorded) -> Moves:
    moves, fact = dict(memory or {}), recorded.fact
    if isinstance(fact, TransferRequested):
        moves[fact.reference] = fact.receiver
    elif isinstance(fact, TokenTransferred | TransferFailed):
        moves.pop(fact.reference, None)
    return moves


TRADING: Final = ProcessManager(
    name="trading",
    reactions={ChainWriteConfirmed: _settle, ChainWriteFailed: _fail},
    remembers=frozenset({TransferRequested, TokenTransferred, TransferFailed}),
    case=_case,
    fold=_follow,
)
