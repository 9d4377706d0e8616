"""Mails, API keys, settings and work items."""

from application.draft import Draft, Handling
from domain.apikey import state as apikeys
from domain.apikey.state import APIKEY, apikey_stream
from domain.kernel.command import Context
from domain.kernel.refusal import NotFound, Refused
from domain.mail import commands as mail_commands
from domain.mail import state as mails
from domain.mail.state import MAIL, mail_id, mail_stream
from domain.process import state as processes
from domain.process.state import PROCESS, process_stream
from domain.settings import state as settings
from domain.settings.state import SETTINGS, SETTINGS_STREAM
from domain.subject.refusals import RoleMissing
from domain.subject.state import SUBJECT, subject_stream


def request_mail(command: mail_commands.RequestMail, _: Context) -> Handling:
    """Wish a mail, once."""
    draft = Draft()
    stream = mail_stream(mail_id(command.template, command.reference, command.recipient))
    yield from draft.load(stream)
    draft.add(MAIL, stream, mails.request(draft.of(MAIL, stream), command))
    return draft


def record_mail_sent(command: mail_commands.RecordMailSent, _: Context) -> Handling:
    """Record that a mail went out."""
    draft = Draft()
    stream = mail_stream(command.mail)
    yield from draft.load(stream)
    draft.add(MAIL, stream, mails.record_sent(draft.of(MAIL, stream), command))
    return draft


def record_mail_refused(command: mail_commands.RecordMailRefused, _: Context) -> Handling:
    """Record that a mail never will."""
    draft = Draft()
    stream = mail_stream(command.mail)
    yield from draft.load(stream)
    draft.add(MAIL, stream, mails.record_refused(draft.of(MAIL, stream), command))
    return draft


def issue_key(command: apikeys.IssueApiKey, _: Context) -> Handling:
    """Issue a key for a subject that carries the role."""
    draft = Draft()
    stream, subject = apikey_stream(command.key), subject_stream(command.subject)
    yield from draft.load(stream, subject)
    person = draft.of(SUBJECT, subject)
    if person.state == "NONE":
        raise Refused(NotFound(kind="subject", identity=command.subject))
    if command.role not in person.roles:
        raise Refused(RoleMissing(subject=command.subject, role=command.role))
    draft.add(APIKEY, stream, apikeys.issue(draft.of(APIKEY, stream), command))
    return draft


def revoke_key(command: apikeys.RevokeApiKey, _: Context) -> Handling:
    """Revoke a key."""
    draft = Draft()
    stream = apikey_stream(command.key)
    yield from draft.load(stream)
    draft.add(APIKEY, stream, apikeys.revoke(draft.of(APIKEY, stream), command))
    return draft


def publish_terms(command: settings.PublishTerms, _: Context) -> Handling:
    """Set prices and limits."""
    draft = Draft()
    yield from draft.load(SETTINGS_STREAM)
    state = draft.of(SETTINGS, SETTINGS_STREAM)
    draft.add(SETTINGS, SETTINGS_STREAM, settings.publish_terms(state, command))
    return draft


def publish_holidays(command: settings.PublishHolidays, _: Context) -> Handling:
    """Set a calendar's bank holidays."""
    draft = Draft()
    yield from draft.load(SETTINGS_STREAM)
    state = draft.of(SETTINGS, SETTINGS_STREAM)
    draft.add(SETTINGS, SETTINGS_STREAM, settings.publish_holidays(state, command))
    return draft


def record_refusal(command: processes.RecordRefusal, _: Context) -> Handling:
    """Keep a work item."""
    draft = Draft()
    stream = process_stream(command.item)
    yield from draft.load(stream)
    draft.add(PROCESS, stream, processes.record_refusal(draft.of(PROCESS, stream), command))
    return draft
