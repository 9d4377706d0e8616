"""Mails, API keys, settings and work items."""

from application.draft import Draft, Handling, single
from domain.apikey import state as apikeys
from domain.apikey.state import APIKEY, apikey_stream
from domain.kernel.command import Context
from domain.kernel.refusal import NotFound, Refusal, Refused
from domain.mail import state as mails
from domain.mail.state import MAIL, mail_id, mail_stream
from domain.process import state as processes
from domain.process.state import PROCESS, process_stream
from domain.settings import state as settings
from domain.settings.state import SETTINGS, SETTINGS_STREAM
from domain.subject.refusals import RoleMissing
from domain.subject.state import SUBJECT, subject_stream

request_mail = single(
    MAIL,
    lambda command: mail_stream(mail_id(command.template, command.reference, command.recipient)),
    mails.request,
)
record_mail_sent = single(MAIL, lambda command: mail_stream(command.mail), mails.record_sent)
record_mail_refused = single(MAIL, lambda command: mail_stream(command.mail), mails.record_refused)
revoke_key = single(APIKEY, lambda command: apikey_stream(command.key), apikeys.revoke)
publish_terms = single(SETTINGS, lambda _: SETTINGS_STREAM, settings.publish_terms)
publish_holidays = single(SETTINGS, lambda _: SETTINGS_STREAM, settings.publish_holidays)
publish_rulebook = single(SETTINGS, lambda _: SETTINGS_STREAM, settings.publish_rulebook)
publish_onboarding = single(SETTINGS, lambda _: SETTINGS_STREAM, settings.publish_onboarding)
publish_retention = single(SETTINGS, lambda _: SETTINGS_STREAM, settings.publish_retention)
record_refusal = single(
    PROCESS, lambda command: process_stream(command.item), processes.record_refusal
)


def issue_key(command: apikeys.IssueApiKey, context: Context) -> Handling:
    """Issue a key for a subject that carries the role."""
    draft = Draft()
    stream, subject = apikey_stream(command.key), subject_stream(command.subject)
    yield from draft.load(stream, subject)
    person = draft.of(SUBJECT, subject)
    if person.state == "NONE":
        raise Refused(NotFound(kind="subject", identity=command.subject))
    if command.role not in person.roles:
        raise Refused(RoleMissing(subject=command.subject, role=command.role))
    draft.add(APIKEY, stream, apikeys.issue(draft.of(APIKEY, stream), command, context.at))
    return draft


def rotate_key(command: apikeys.RotateApiKey, context: Context) -> Handling:
    """Put a key of the same rights in the place of another, with a while for both."""
    draft = Draft()
    old, new = apikey_stream(command.key), apikey_stream(command.successor)
    yield from draft.load(old, new)
    rotation = apikeys.rotate(draft.of(APIKEY, old), command, context)
    if isinstance(rotation, Refusal):
        raise Refused(rotation)
    rotated, issued = rotation
    draft.add(APIKEY, new, apikeys.take_place(draft.of(APIKEY, new), command.successor, issued))
    draft.add(APIKEY, old, [rotated])
    return draft
