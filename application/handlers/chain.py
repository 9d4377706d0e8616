"""The anchors of the log on the chain (B1), and what the platform says of itself."""

from application.draft import Draft, Handling, single
from application.handlers.writes import plan_write
from domain.anchor import commands as anchor_commands
from domain.anchor import decide as anchors
from domain.anchor.state import ANCHOR, anchor_stream
from domain.chainwrite import calls
from domain.integrity.chain import log_id
from domain.kernel.command import Context
from domain.kernel.refusal import NotFound, Refused
from domain.log import commands as log_commands
from domain.log import decide as logs
from domain.log.events import LogOpened
from domain.log.state import LOG, LOG_STREAM
from domain.platform import state as platforms
from domain.platform.state import PLATFORM, PLATFORM_STREAM

open_log = single(LOG, lambda _: LOG_STREAM, logs.open_log)
commit_streams = single(LOG, lambda _: LOG_STREAM, logs.commit_streams)
fail_anchor = single(ANCHOR, lambda command: anchor_stream(command.size), anchors.fail)
record_platform = single(PLATFORM, lambda _: PLATFORM_STREAM, platforms.record)
record_hand_over = single(PLATFORM, lambda _: PLATFORM_STREAM, platforms.hand_over)


def plan_anchor(command: anchor_commands.PlanAnchor, _: Context) -> Handling:
    """Plan an anchor and its chain write together."""
    draft = Draft()
    stream = anchor_stream(command.size)
    yield from draft.load(stream, LOG_STREAM)
    opened = _opened(draft)
    draft.demand(logs.refuse_size(draft.of(LOG, LOG_STREAM), command.size))
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
    draft.add(LOG, LOG_STREAM, logs.thaw(draft.of(LOG, LOG_STREAM), command.size))
    return draft


def freeze_log(command: log_commands.FreezeLog, context: Context) -> Handling:
    """Refuse new obligations from here on."""
    draft = Draft()
    yield from draft.load(LOG_STREAM)
    decision = logs.freeze(draft.of(LOG, LOG_STREAM), command, at=context.at)
    draft.add(LOG, LOG_STREAM, decision)
    return draft


def rotate_key(command: log_commands.RotateKey, _: Context) -> Handling:
    """Record that another key signs for a purpose from here on."""
    draft = Draft()
    yield from draft.load(LOG_STREAM, PLATFORM_STREAM)
    draft.add(LOG, LOG_STREAM, logs.rotate_key(draft.of(LOG, LOG_STREAM), command))
    accounts = platforms.rotate(
        draft.of(PLATFORM, PLATFORM_STREAM),
        purpose=command.purpose,
        old=command.old,
        new=command.new,
    )
    draft.add(PLATFORM, PLATFORM_STREAM, accounts)
    return draft


def _opened(draft: Draft) -> LogOpened:
    opened = draft.of(LOG, LOG_STREAM).opened
    if opened is None:
        raise Refused(NotFound(kind="opened log", identity="main"))
    return opened
