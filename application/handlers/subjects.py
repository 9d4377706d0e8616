"""Subjects, their gates and wallets (FX8)."""

from application.draft import Draft, Handling, single
from application.handlers.tokens import load_platform, plan_write
from domain.chainwrite import calls
from domain.kernel.command import Command, Context
from domain.platform.state import PLATFORM, PLATFORM_STREAM
from domain.subject import commands, decide
from domain.subject.state import SUBJECT, subject_stream

create = single(SUBJECT, lambda command: subject_stream(command.subject), decide.create)
record_identity = single(
    SUBJECT, lambda command: subject_stream(command.subject), decide.record_identity
)


def pass_gate(command: Command, _: Context) -> Handling:
    """Take one of the plain steps of the workflow; the command names its subject."""
    draft = Draft()
    subject: str = command.subject  # type: ignore[attr-defined]
    stream = subject_stream(subject)
    yield from draft.load(stream)
    decision = decide.pass_gate(draft.of(SUBJECT, stream), subject, command)
    draft.add(SUBJECT, stream, decision)
    return draft


def bind_wallet(command: commands.BindWallet, _: Context) -> Handling:
    """Bind a wallet and plan its identity contract."""
    draft = Draft()
    stream = subject_stream(command.subject)
    yield from draft.load(stream)
    yield from load_platform(draft)
    bound = draft.add(SUBJECT, stream, decide.bind_wallet(draft.of(SUBJECT, stream), command))
    if bound:
        factory = draft.of(PLATFORM, PLATFORM_STREAM).addresses["identity_factory"]
        plan = calls.create_identity(factory, subject=command.subject, wallet=command.address)
        yield from plan_write(draft, plan)
    return draft
