"""A token as it will be when the log has heard of everything that the chain did already.

Between a transaction's block and its outcome on the log lies a moment. To compare books and chain
at one block, what the block holds and the log does not tell yet is carried forward, by the same
decisions that will record it.
"""

from collections.abc import Iterator

from application.handlers.tokens import LISTING
from domain.chainwrite.calls import purpose_of
from domain.kernel.event import Event
from domain.kernel.refusal import Refusal
from domain.token import commands, decide, operations
from domain.token.state import TOKEN, Token


def open_writes(state: Token, token: str) -> Iterator[str]:
    """Name the chain writes of a token whose outcome the log has not heard of."""
    if state.deployed is None:
        return
    if not state.unpaused:
        yield f"unpause/{token}"
    if state.state == "DEPLOYED":
        yield f"mint/{token}"
    yield from (move.write for move in state.transfers.values())
    yield from (burn.write for burn in state.burns.values())
    # One that the chain refused may have been sent again by hand.
    yield from {**state.control.pending, **state.control.failed}


def carried(state: Token, token: str, *, write: str, transaction: str) -> Token:
    """Tell the token after a write of it that has succeeded on chain."""
    decision = _outcome(state, token, write, transaction)
    return state if isinstance(decision, Refusal) else TOKEN.fold(decision, state)


def _outcome(state: Token, token: str, write: str, transaction: str) -> list[Event] | Refusal:
    for reference, move in state.transfers.items():
        if move.write == write:
            return decide.record_transfer(
                state, token, reference=reference, transaction=transaction
            )
    for holder, burn in state.burns.items():
        if burn.write == write:
            burned = commands.RecordBurned(token=token, holder=holder, transaction=transaction)
            return decide.record_burned(state, burned)
    match purpose_of(write):
        case "unpause":
            return decide.record_unpaused(
                state, commands.RecordUnpaused(token=token, transaction=transaction)
            )
        case "mint":
            minted = commands.RecordMinted(token=token, transaction=transaction)
            return decide.record_minted(state, minted, holder=LISTING)
        case _:
            operated = commands.RecordOperation(token=token, write=write, transaction=transaction)
            return operations.record(state, operated)
