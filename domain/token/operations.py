"""Decisions about operations: what an admin wants done on chain, refused before anything is sent.

A holder has one operation on its way at a time, so that each is decided on what the chain has.
"""

from collections.abc import Callable, Sequence
from typing import Final

from domain.compliance.rulebook import Rulebook
from domain.kernel.event import Event
from domain.kernel.refusal import InvalidField, NotFound, Refusal
from domain.token import commands, events
from domain.token.control import Pending
from domain.token.events import Line
from domain.token.refusals import (
    BatchTooLong,
    FrozenUnitsInsufficient,
    HolderUnknown,
    OperationPending,
    SupplyAboveTerms,
    TokenIsPaused,
    TokenNotPaused,
    UnitsInsufficient,
    UnitsZero,
    WalletIsFrozen,
    WalletNotFrozen,
)
from domain.token.state import Token
from domain.token.workflow import TOKEN_WORKFLOW

Decision = list[Event] | Refusal

LINES_LIMIT: Final = 200
"""So many lines with the longest names still fit in a body."""

CHUNK_LIMIT: Final = 100
"""So many mints still fit in a block of 30 M gas."""

REASON_LIMIT: Final = 500


def write_of(kind: str, token: str, operation: int, part: int) -> str:
    """Name the write of a part (from 1) of an operation: ``<kind>/<token>/<operation>/<part>``."""
    return f"{kind}/{token}/{operation}/{part}"


def request(state: Token, command: commands.Operation, lines: tuple[Line, ...]) -> Decision:
    """Ask the chain for an operation over these lines, which are the command's with wallets."""
    if refusal := refuse_shape(state, command) or _refuse_lines(state, command, lines):
        return refusal
    chunk = _chunk(command)
    number = state.control.count + 1
    parts = max(1, -(-len(lines) // chunk))
    return [
        events.OperationRequested(
            operation=number,
            kind=command.KIND,
            reason=command.reason,
            chunk=chunk,
            writes=tuple(
                write_of(command.KIND, command.token, number, part + 1) for part in range(parts)
            ),
            lines=lines,
        )
    ]


def request_rules(
    state: Token, command: commands.AdoptRules, rulebook: Rulebook, changed: frozenset[str]
) -> Decision:
    """Ask the chain for other rules: a write for each one that changes; none asks for nothing."""
    if refusal := refuse_shape(state, command) or _refuse_lines(state, command, ()):
        return refusal
    if not changed:
        return []
    number = state.control.count + 1
    parts = range(1, len(changed) + 1)
    return [
        events.OperationRequested(
            operation=number,
            kind=command.KIND,
            reason=command.reason,
            chunk=1,
            writes=tuple(write_of(command.KIND, command.token, number, part) for part in parts),
        ),
        events.RulebookRequested(operation=number, rulebook=rulebook),
    ]


def refuse_shape(state: Token, command: commands.Operation) -> Refusal | None:
    """Say what is wrong with an operation before anybody looks up its holders."""
    if state.plan is None:
        return NotFound(kind="token", identity=command.token)
    if refusal := TOKEN_WORKFLOW.refuse(command.token, state.state, command.TYPE):
        return refusal
    if not command.reason.strip() or len(command.reason) > REASON_LIMIT:
        return InvalidField(field="reason", reason="give one of at most 500 characters")
    if not 1 <= _chunk(command) <= CHUNK_LIMIT:
        return InvalidField(field="chunk", reason=f"must be between 1 and {CHUNK_LIMIT}")
    return _refuse_names(command)


def _refuse_names(command: commands.Operation) -> Refusal | None:
    match command:
        case commands.OverWallets():
            field, names = "subjects", list(command.subjects)
        case commands.OverUnits():
            field, names = "lines", [line.subject for line in command.lines]
        case _:
            return None
    if not names:
        return InvalidField(field=field, reason="name at least one holder")
    if len(names) > LINES_LIMIT:
        return BatchTooLong(lines=len(names), limit=LINES_LIMIT)
    if len(set(names)) < len(names):
        return InvalidField(field=field, reason="name each holder once")
    return None


def _chunk(command: commands.Operation) -> int:
    match command:
        case commands.OverWallets() | commands.OverUnits():
            return command.chunk
        case _:
            return 1


def _refuse_lines(
    state: Token, command: commands.Operation, lines: Sequence[Line]
) -> Refusal | None:
    subjects: list[str | None] = [line.subject for line in lines]
    for subject in subjects or [None]:
        if operation := state.control.busy(subject):
            return OperationPending(token=command.token, operation=operation)
    if isinstance(command, commands.OverUnits):
        for line in lines:
            if line.units < 1:
                return UnitsZero(holder=line.subject, units=line.units)
    return _CHECKS[command.KIND](state, command.token, lines)


def _pause(state: Token, token: str, _: Sequence[Line]) -> Refusal | None:
    return TokenIsPaused(token=token) if state.control.paused else None


def _resume(state: Token, token: str, _: Sequence[Line]) -> Refusal | None:
    return None if state.control.paused else TokenNotPaused(token=token)


def _freeze(state: Token, token: str, lines: Sequence[Line]) -> Refusal | None:
    for line in lines:
        if line.subject in state.control.frozen_wallets:
            return WalletIsFrozen(token=token, holder=line.subject)
    return None


def _unfreeze(state: Token, token: str, lines: Sequence[Line]) -> Refusal | None:
    for line in lines:
        if line.subject not in state.control.frozen_wallets:
            return WalletNotFrozen(token=token, holder=line.subject)
    return None


def _free(state: Token, token: str, lines: Sequence[Line]) -> Refusal | None:
    for line in lines:
        if refusal := refuse_units(state, token, line.subject, line.units):
            return refusal
    return None


def refuse_units(state: Token, token: str, holder: str, units: int) -> Refusal | None:
    """Say why a holder has not so many units that no freeze keeps."""
    if state.control.free(holder) >= units:
        return None
    return UnitsInsufficient(
        token=token,
        holder=holder,
        balance=state.control.held(holder),
        frozen=state.control.frozen(holder),
        needed=units,
    )


def refuse_frozen(state: Token, token: str, holder: str, available: int) -> Refusal | None:
    """Say why a holder cannot offer a lot out of what the books say is available."""
    frozen = state.control.frozen(holder)
    if available - frozen >= state.lot_units or available < state.lot_units:
        # With too little available anyway, the books have their own words for it.
        return None
    return UnitsInsufficient(
        token=token, holder=holder, balance=available, frozen=frozen, needed=state.lot_units
    )


def _unfreeze_units(state: Token, token: str, lines: Sequence[Line]) -> Refusal | None:
    for line in lines:
        frozen = state.control.frozen(line.subject)
        if frozen < line.units:
            return FrozenUnitsInsufficient(
                token=token, holder=line.subject, frozen=frozen, needed=line.units
            )
    return None


def _mint(state: Token, token: str, lines: Sequence[Line]) -> Refusal | None:
    coming = [
        line.units
        for pending in state.control.pending.values()
        if pending.kind == "mint_units"
        for line in pending.lines
    ]
    supply = state.supply + sum(coming) + sum(line.units for line in lines)
    if supply > state.terms.units:
        return SupplyAboveTerms(token=token, units=state.terms.units, supply=supply)
    return None


def _anything(_: Token, __: str, ___: Sequence[Line]) -> Refusal | None:
    return None


_CHECKS: Final[dict[str, Callable[[Token, str, Sequence[Line]], Refusal | None]]] = {
    "pause": _pause,
    "resume": _resume,
    "freeze": _freeze,
    "unfreeze": _unfreeze,
    "freeze_units": _free,
    "unfreeze_units": _unfreeze_units,
    "mint_units": _mint,
    "burn_units": _free,
    "register": _anything,
    "recover": _anything,
    "rules": _anything,
}


def wallet_of(state: Token, token: str, subject: str) -> str | Refusal:
    """Tell the wallet that a holder is registered with, or that it is not."""
    wallet = state.registered.get(subject)
    return wallet if wallet is not None else HolderUnknown(token=token, holder=subject)


def refuse_move(
    state: Token, token: str, *, sender: str, receiver: str, units: int
) -> Refusal | None:
    """Say why units cannot go from one registered holder to another now."""
    if units < 1:
        return UnitsZero(holder=receiver, units=units)
    if state.control.paused:
        return TokenIsPaused(token=token)
    for holder in (sender, receiver):
        if holder in state.control.frozen_wallets:
            return WalletIsFrozen(token=token, holder=holder)
        if operation := state.control.busy(holder):
            return OperationPending(token=token, operation=operation)
    if operation := state.control.busy(None):
        return OperationPending(token=token, operation=operation)
    leaving = [move.units for move in state.transfers.values() if move.sender == sender]
    return refuse_units(state, token, sender, units + sum(leaving))


def record(state: Token, command: commands.RecordOperation) -> Decision:
    """Record what a confirmed write of an operation did."""
    control = state.control
    # One that was refused may have been tried again, by hand and with success.
    pending = control.pending.get(command.write) or control.failed.get(command.write)
    if pending is None:
        return NotFound(kind="operation", identity=command.write)
    if pending.kind == "rules":
        return _rule_set(state, command, pending.operation)
    return [_outcome(state, command, pending)]


def _rule_set(state: Token, command: commands.RecordOperation, operation: int) -> Decision:
    """Record that a module has its rule; the last one of an operation brings the rulebook."""
    facts: list[Event] = [
        events.RuleSet(operation=operation, write=command.write, transaction=command.transaction)
    ]
    missing = {**state.control.pending, **state.control.failed}
    others = [
        write
        for write, each in missing.items()
        if each.operation == operation and write != command.write
    ]
    if not others and operation in state.adopting:
        facts.append(events.RulebookAdopted(rulebook=state.adopting[operation]))
    return facts


def _outcome(state: Token, command: commands.RecordOperation, pending: Pending) -> Event:
    operation, transaction = pending.operation, command.transaction
    units = sum(line.units for line in pending.lines)
    if pending.kind in {"pause", "resume"}:
        simple = events.TokenPaused if pending.kind == "pause" else events.TokenResumed
        return simple(operation=operation, transaction=transaction)
    if pending.kind == "recover":
        line = pending.lines[0]
        return events.HolderRecovered(
            operation=operation,
            subject=line.subject,
            lost=state.registered[line.subject],
            wallet=line.wallet,
            units=line.units,
            transaction=transaction,
        )
    if pending.kind in {"mint_units", "burn_units"}:
        minted = pending.kind == "mint_units"
        change = events.UnitsMinted if minted else events.UnitsBurned
        return change(
            operation=operation,
            write=command.write,
            lines=pending.lines,
            supply=state.supply + (units if minted else -units),
            transaction=transaction,
        )
    return _BATCHES[pending.kind](
        operation=operation,
        write=command.write,
        lines=pending.lines,
        transaction=transaction,
    )


_BATCHES: Final[dict[str, Callable[..., Event]]] = {
    "freeze": events.WalletsFrozen,
    "unfreeze": events.WalletsUnfrozen,
    "freeze_units": events.UnitsFrozen,
    "unfreeze_units": events.UnitsUnfrozen,
    "register": events.HoldersEntered,
}


def fail(state: Token, command: commands.FailOperation, *, code: str) -> Decision:
    """Record that the chain refused a write of an operation, under our code for its reason."""
    pending = state.control.pending.get(command.write)
    if pending is None:
        return NotFound(kind="operation", identity=command.write)
    return [
        events.OperationFailed(
            operation=pending.operation,
            write=command.write,
            code=code,
            reason=command.reason,
        )
    ]
