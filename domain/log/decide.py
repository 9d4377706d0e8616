"""Decisions about the log itself."""

import msgspec

from domain.kernel.calendar import instant
from domain.kernel.event import Event
from domain.kernel.refusal import AlreadyExists, InvalidField, NotFound, Refusal
from domain.log.commands import CommitStreams, FreezeLog, OpenLog, RotateKey
from domain.log.events import (
    LogFrozenForLateness,
    LogKeyRotated,
    LogOpened,
    LogThawed,
    StreamsCommitted,
)
from domain.log.refusals import AnchorNotLarger, LogFrozen, NotLate
from domain.log.state import CHECKPOINT, Log


def open_log(state: Log, command: OpenLog) -> list[Event] | Refusal:
    """Open the log, once."""
    if state.opened is not None:
        return AlreadyExists(kind="log", identity=state.opened.origin)
    return [LogOpened(**msgspec.structs.asdict(command))]


def commit_streams(state: Log, command: CommitStreams) -> list[Event] | Refusal:
    """Commit to the streams at a size larger than any before."""
    if command.size <= state.streams_size:
        reason = f"must be larger than {state.streams_size}"
        return InvalidField(field="size", reason=reason)
    return [StreamsCommitted(size=command.size, count=command.count, root=command.root)]


def freeze(state: Log, command: FreezeLog, *, at: str) -> list[Event] | Refusal:
    """Freeze for lateness; no second time while it lasts."""
    waited = int((instant(at) - instant(command.since)).total_seconds())
    if waited < command.limit_seconds:
        return NotLate(
            position=command.position, waited_seconds=waited, limit_seconds=command.limit_seconds
        )
    if state.frozen is not None:
        return []
    return [
        LogFrozenForLateness(
            position=command.position, since=command.since, limit_seconds=command.limit_seconds
        )
    ]


def thaw(state: Log, size: int) -> list[Event]:
    """Thaw when an anchor covers what had waited; nothing otherwise."""
    if state.frozen is None or size < state.frozen.position:
        return []
    return [LogThawed(position=state.frozen.position, size=size)]


def refuse_obligation(state: Log) -> Refusal | None:
    """Refuse what would bind somebody anew while the log is frozen."""
    if state.frozen is None:
        return None
    return LogFrozen(
        position=state.frozen.position,
        since=state.frozen.since,
        limit_seconds=state.frozen.limit_seconds,
    )


def refuse_size(state: Log, size: int) -> Refusal | None:
    """Refuse an anchor that would not cover the streams committed last."""
    if size < state.streams_size:
        return AnchorNotLarger(size=size, committed=state.streams_size)
    return None


def rotate_key(state: Log, command: RotateKey) -> list[Event] | Refusal:
    """Record that a new key takes the place of the one that signs now, and never an old one's."""
    if state.opened is None:
        return NotFound(kind="opened log", identity="main")
    known = [each.new for each in state.rotations if each.purpose == command.purpose]
    if command.purpose == CHECKPOINT:
        known = list(state.checkpoint_keys)
    if known and known[-1] != command.old:
        return InvalidField(field="old", reason=f"is not {known[-1]}, which signs now")
    if command.new in {command.old, *known}:
        return InvalidField(field="new", reason="must be a key that never signed before")
    return [LogKeyRotated(**msgspec.structs.asdict(command))]
