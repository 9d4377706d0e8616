"""Registration, and the codes that prove an address or a phone (LB4)."""

from application.draft import Draft, Handling, Loading
from domain.kernel.command import Context
from domain.kernel.event import Event
from domain.kernel.refusal import NotFound, Refused
from domain.mail.commands import RequestMail
from domain.mail.state import MAIL, mail_id, mail_stream
from domain.mail.state import request as request_mail
from domain.registration import commands, decide, events
from domain.registration.state import REGISTRATION, registration_stream
from domain.subject import decide as subjects
from domain.subject.commands import CreateSubject
from domain.subject.state import SUBJECT, subject_stream

TEMPLATES = {"email": "email_code", "mobile": "mobile_code"}
"""Messages that carry codes, by channel."""


def register(command: commands.RegisterSubject, context: Context) -> Handling:
    """Enter a subject that comes by itself, and send its codes."""
    draft = Draft()
    subject, stream = subject_stream(command.subject), registration_stream(command.subject)
    yield from draft.load(subject, stream)
    state = draft.of(REGISTRATION, stream)
    decision = decide.register(state, command, at=context.at)
    created = CreateSubject(
        subject=command.subject,
        name=command.name,
        kind=command.kind,
        country=command.country,
        roles=command.roles,
        email=command.email,
    )
    if isinstance(decision, list) and decision:
        draft.add(SUBJECT, subject, subjects.create(draft.of(SUBJECT, subject), created))
    yield from _deliver(draft, command.subject, draft.add(REGISTRATION, stream, decision))
    return draft


def send_code(command: commands.SendCode, context: Context) -> Handling:
    """Send another code to a subject that has the address or the phone."""
    draft = Draft()
    subject, stream = subject_stream(command.subject), registration_stream(command.subject)
    yield from draft.load(subject, stream)
    state = draft.of(REGISTRATION, stream)
    known = {"email": draft.of(SUBJECT, subject).email, "mobile": state.mobile}
    if known[command.code.channel] is None:
        raise Refused(NotFound(kind="contact", identity=command.code.channel))
    decision = decide.send_code(state, command, at=context.at)
    yield from _deliver(draft, command.subject, draft.add(REGISTRATION, stream, decision))
    return draft


def verify(command: commands.VerifyContact, context: Context) -> Handling:
    """Take a code."""
    draft = Draft()
    stream = registration_stream(command.subject)
    yield from draft.load(stream)
    state = draft.of(REGISTRATION, stream)
    draft.add(REGISTRATION, stream, decide.verify(state, command, at=context.at))
    return draft


def _deliver(draft: Draft, subject: str, facts: list[Event]) -> Loading:
    for fact in facts:
        if not isinstance(fact, events.CodeIssued):
            continue
        wish = RequestMail(
            template=TEMPLATES[fact.channel],
            recipient=subject,
            reference=str(fact.number),
            fields={"nonce": fact.nonce, "channel": fact.channel, "expires": fact.expires_at},
        )
        stream = mail_stream(mail_id(wish.template, wish.reference, subject))
        yield from draft.load(stream)
        draft.add(MAIL, stream, request_mail(draft.of(MAIL, stream), wish))
