"""Who holds a token on chain, what of it is stopped, and which operations are on their way."""

from collections.abc import Iterable

import msgspec

from domain.kernel.event import Event
from domain.token import events
from domain.token.events import Line


class Pending(msgspec.Struct, frozen=True):
    """A write of an operation that the chain has not answered yet."""

    operation: int
    kind: events.Kind
    lines: tuple[Line, ...]


class Control(msgspec.Struct, frozen=True):
    """The chain's side of a token as its facts tell it, by subject.

    ``holdings`` are all units of a holder, ``frozen_units`` those that may not move, ``minted``
    those that a lock-up keeps. ``count`` is the number of the last operation. ``failed`` are
    writes that were refused; somebody may have them tried again.
    """

    paused: bool = False
    frozen_wallets: frozenset[str] = frozenset()
    frozen_units: dict[str, int] = {}
    holdings: dict[str, int] = {}
    minted: dict[str, int] = {}
    count: int = 0
    pending: dict[str, Pending] = {}
    failed: dict[str, Pending] = {}

    def held(self, subject: str) -> int:
        """All units of a holder."""
        return self.holdings.get(subject, 0)

    def frozen(self, subject: str) -> int:
        """Units of a holder that may not move."""
        return self.frozen_units.get(subject, 0)

    def free(self, subject: str) -> int:
        """Units of a holder that no freeze keeps."""
        return self.held(subject) - self.frozen(subject)

    def busy(self, subject: str | None) -> int | None:
        """Tell the operation that is on its way for a holder; for the token itself without one."""
        for pending in self.pending.values():
            names = {line.subject for line in pending.lines}
            if subject in names or (subject is None and not names):
                return pending.operation
        return None


def evolve_control(state: Control, event: Event) -> Control:
    """Apply one fact to the chain's side; facts about anything else change nothing."""
    match event:
        case events.TokenMinted():
            return _minted(state, [(event.holder, event.units)])
        case events.TokenBurned():
            return _burned(state, [(event.holder, event.units)])
        case events.TokenTransferred():
            moved = _added(state.holdings, [(event.sender, -event.units)])
            holdings = _added(moved, [(event.receiver, event.units)])
            return msgspec.structs.replace(state, holdings=holdings)
        case events.OperationRequested():
            return _requested(state, event)
        case events.OperationFailed():
            failed = {**state.failed, event.write: state.pending[event.write]}
            return msgspec.structs.replace(_answered(state, event.write), failed=failed)
        case _:
            return _evolve_outcome(state, event)


def _requested(state: Control, event: events.OperationRequested) -> Control:
    pending = dict(state.pending)
    for number, write in enumerate(event.writes):
        lines = event.lines[number * event.chunk : (number + 1) * event.chunk]
        pending[write] = Pending(event.operation, event.kind, lines)
    return msgspec.structs.replace(state, count=event.operation, pending=pending)


def _answered(state: Control, write: str) -> Control:
    pending = {name: each for name, each in state.pending.items() if name != write}
    failed = {name: each for name, each in state.failed.items() if name != write}
    return msgspec.structs.replace(state, pending=pending, failed=failed)


def _evolve_outcome(state: Control, event: Event) -> Control:
    match event:
        case events.TokenPaused() | events.TokenResumed():
            return _ended(state, event.operation, paused=isinstance(event, events.TokenPaused))
        case events.HolderRecovered():
            return _ended(state, event.operation, paused=state.paused)
        case events.HoldersEntered() | events.RuleSet():
            return _answered(state, event.write)
        case events.WalletsFrozen():
            frozen = state.frozen_wallets | {line.subject for line in event.lines}
            return msgspec.structs.replace(_answered(state, event.write), frozen_wallets=frozen)
        case events.WalletsUnfrozen():
            frozen = state.frozen_wallets - {line.subject for line in event.lines}
            return msgspec.structs.replace(_answered(state, event.write), frozen_wallets=frozen)
        case events.UnitsFrozen() | events.UnitsUnfrozen():
            sign = 1 if isinstance(event, events.UnitsFrozen) else -1
            changes = [(line.subject, sign * line.units) for line in event.lines]
            units = _added(state.frozen_units, changes)
            return msgspec.structs.replace(_answered(state, event.write), frozen_units=units)
        case events.UnitsMinted():
            return _minted(_answered(state, event.write), _amounts(event.lines))
        case events.UnitsBurned():
            return _burned(_answered(state, event.write), _amounts(event.lines))
        case _:
            return state


def _ended(state: Control, operation: int, *, paused: bool) -> Control:
    """End an operation that has one write only."""
    pending = {name: each for name, each in state.pending.items() if each.operation != operation}
    failed = {name: each for name, each in state.failed.items() if each.operation != operation}
    return msgspec.structs.replace(state, pending=pending, failed=failed, paused=paused)


def _amounts(lines: Iterable[Line]) -> list[tuple[str, int]]:
    return [(line.subject, line.units) for line in lines]


def _minted(state: Control, amounts: list[tuple[str, int]]) -> Control:
    return msgspec.structs.replace(
        state,
        holdings=_added(state.holdings, amounts),
        minted=_added(state.minted, amounts),
    )


def _burned(state: Control, amounts: list[tuple[str, int]]) -> Control:
    """Take units away; a burn frees what it must of frozen and locked ones."""
    holdings = _added(state.holdings, [(holder, -units) for holder, units in amounts])
    frozen, minted = dict(state.frozen_units), dict(state.minted)
    for holder, _ in amounts:
        frozen[holder] = min(frozen.get(holder, 0), holdings.get(holder, 0))
        minted[holder] = min(minted.get(holder, 0), holdings.get(holder, 0))
    return msgspec.structs.replace(
        state, holdings=holdings, frozen_units=_kept(frozen), minted=_kept(minted)
    )


def _added(units: dict[str, int], changes: Iterable[tuple[str, int]]) -> dict[str, int]:
    after = dict(units)
    for holder, change in changes:
        after[holder] = after.get(holder, 0) + change
    return _kept(after)


def _kept(units: dict[str, int]) -> dict[str, int]:
    return {holder: amount for holder, amount in units.items() if amount}
