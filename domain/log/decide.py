"""Decisions about the log itself."""

import msgspec

from domain.kernel.event import Event
from domain.kernel.refusal import AlreadyExists, InvalidField, Refusal
from domain.log.commands import CommitStreams, OpenLog
from domain.log.events import LogOpened, StreamsCommitted
from domain.log.state import Log


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
