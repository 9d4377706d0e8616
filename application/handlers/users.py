"""Users: who signs in for a subject, and what the doors report of them."""

from application.draft import Draft, Handling, single
from domain.kernel.command import Context
from domain.kernel.refusal import NotFound, Refused
from domain.subject.refusals import RoleMissing
from domain.subject.state import SUBJECT, subject_stream
from domain.user import commands, decide
from domain.user.state import USER, user_stream


def register(command: commands.RegisterUser, _: Context) -> Handling:
    """Register a user of a subject that carries the roles."""
    draft = Draft()
    stream, subject = user_stream(command.user), subject_stream(command.subject)
    yield from draft.load(stream, subject)
    person = draft.of(SUBJECT, subject)
    if person.state == "NONE":
        raise Refused(NotFound(kind="subject", identity=command.subject))
    for role in command.roles:
        if role not in person.roles:
            raise Refused(RoleMissing(subject=command.subject, role=role))
    draft.add(USER, stream, decide.register(draft.of(USER, stream), command))
    return draft


set_password = single(USER, lambda command: user_stream(command.user), decide.set_password)
enable_totp = single(USER, lambda command: user_stream(command.user), decide.enable_totp)
disable_totp = single(USER, lambda command: user_stream(command.user), decide.disable_totp)
link_identity = single(USER, lambda command: user_stream(command.user), decide.link_identity)
unlink_identity = single(USER, lambda command: user_stream(command.user), decide.unlink_identity)
lock = single(USER, lambda command: user_stream(command.user), decide.lock)
revoke_sessions = single(USER, lambda command: user_stream(command.user), decide.revoke_sessions)
close = single(USER, lambda command: user_stream(command.user), decide.close)
