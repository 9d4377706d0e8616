"""Chain writes as their worker reports them, and the anchors of the log (B1, B4)."""

from application.draft import Draft, Handling
from application.handlers.tokens import plan_write
from domain.anchor import commands as anchor_commands
from domain.anchor import decide as anchors
from domain.anchor.state import ANCHOR, anchor_stream
from domain.chainwrite import calls, commands, decide
from domain.chainwrite.state import CHAINWRITE, chainwrite_stream
from domain.integrity.chain import log_id
from domain.kernel.command import Context
from domain.kernel.refusal import NotFound, Refused
from domain.log import commands as log_commands
from domain.log import decide as logs
from domain.log.events import LogOpened
from domain.log.state import LOG, LOG_STREAM
from domain.platform import state as platforms
from domain.platform.state import PLATFORM, PLATFORM_STREAM


def plan(command: commands.PlanChainWrite, _: Context) -> Handling:
    """Plan a call."""
    draft = Draft()
    yield from plan_write(draft, command)
    return draft


def assign_nonce(command: commands.AssignNonce, _: Context) -> Handling:
    """Fix a transaction before anybody sees it."""
    draft = Draft()
    stream = chainwrite_stream(command.write)
    yield from draft.load(stream)
    draft.add(CHAINWRITE, stream, decide.assign_nonce(draft.of(CHAINWRITE, stream), command))
    return draft


def record(command: decide.Report, _: Context) -> Handling:
    """Take what the worker saw."""
    draft = Draft()
    stream = chainwrite_stream(command.write)
    yield from draft.load(stream)
    draft.add(CHAINWRITE, stream, decide.record(draft.of(CHAINWRITE, stream), command))
    return draft


def open_log(command: log_commands.OpenLog, _: Context) -> Handling:
    """Write position 1."""
    draft = Draft()
    yield from draft.load(LOG_STREAM)
    draft.add(LOG, LOG_STREAM, logs.open_log(draft.of(LOG, LOG_STREAM), command))
    return draft


def commit_streams(command: log_commands.CommitStreams, _: Context) -> Handling:
    """Commit to all streams at a size."""
    draft = Draft()
    yield from draft.load(LOG_STREAM)
    draft.add(LOG, LOG_STREAM, logs.commit_streams(draft.of(LOG, LOG_STREAM), command))
    return draft


def plan_anchor(command: anchor_commands.PlanAnchor, _: Context) -> Handling:
    """Plan an anchor and its chain write together."""
    draft = Draft()
    stream = anchor_stream(command.size)
    yield from draft.load(stream, LOG_STREAM)
    opened = _opened(draft)
    write = calls.anchor(
        opened.registry,
        log=log_id(opened.origin).hex(),
        size=command.size,
        hashes=(command.root, command.head),
        path=command.path,
    )
    decision = anchors.plan(draft.of(ANCHOR, stream), command, write=write.write)
    draft.add(ANCHOR, stream, decision)
    yield from plan_write(draft, write)
    return draft


def confirm_anchor(command: anchor_commands.ConfirmAnchor, _: Context) -> Handling:
    """Record that the registry holds the root."""
    draft = Draft()
    stream = anchor_stream(command.size)
    yield from draft.load(stream, LOG_STREAM)
    opened = _opened(draft)
    decision = anchors.confirm(
        draft.of(ANCHOR, stream), command, chain_id=opened.chain_id, registry=opened.registry
    )
    draft.add(ANCHOR, stream, decision)
    return draft


def fail_anchor(command: anchor_commands.FailAnchor, _: Context) -> Handling:
    """Record that this anchor will not come."""
    draft = Draft()
    stream = anchor_stream(command.size)
    yield from draft.load(stream)
    draft.add(ANCHOR, stream, anchors.fail(draft.of(ANCHOR, stream), command))
    return draft


def record_platform(command: platforms.RecordPlatform, _: Context) -> Handling:
    """Record the shared contracts."""
    draft = Draft()
    yield from draft.load(PLATFORM_STREAM)
    state = draft.of(PLATFORM, PLATFORM_STREAM)
    draft.add(PLATFORM, PLATFORM_STREAM, platforms.record(state, command))
    return draft


def _opened(draft: Draft) -> LogOpened:
    opened = draft.of(LOG, LOG_STREAM).opened
    if opened is None:
        raise Refused(NotFound(kind="opened log", identity="main"))
    return opened
