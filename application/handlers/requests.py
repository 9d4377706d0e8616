"""What two persons must approve: asked, signed, approved, and then decided again (LB1)."""

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, Final

import msgspec

from application.authority import approvers, requestable
from application.draft import Draft, Handling, Loading
from application.lateness import is_obligation
from application.signatures import verify
from domain.claim.state import CLAIM, claim_stream, take
from domain.integrity.canonical import NotCanonicalError
from domain.kernel.calendar import add_business_days, at_hour, day_of
from domain.kernel.command import Command, Context
from domain.kernel.ids import STREAM
from domain.kernel.refusal import AlreadyExists, InvalidField, Refused
from domain.kernel.roles import Role
from domain.log.decide import refuse_obligation
from domain.log.state import LOG, LOG_STREAM
from domain.request import authorisation, commands, decide, events
from domain.request.refusals import NothingToApprove
from domain.request.state import REQUEST, request_stream
from domain.request.workflow import REQUEST_WORKFLOW
from domain.settings.state import SETTINGS, SETTINGS_STREAM
from domain.signatory import state as signatory
from domain.signatory.state import SIGNATORY, signatory_stream
from domain.subject.decide import refuse_inactive, refuse_role
from domain.subject.state import SUBJECT, subject_stream

Handlers = Mapping[type[Command], Callable[[Any, Context], Handling]]

LAST_HOUR: Final = 23
ANSWER_DAYS: Final = 5
"""Business days in which a request is answered."""


def register_key(command: signatory.RegisterSigningKey, context: Context) -> Handling:
    """Register a key whose secret part the actor has shown to hold; it is nobody else's."""
    draft, stream = Draft(), signatory_stream(context.subject)
    owner, claim = subject_stream(context.subject), claim_stream("signing-key", command.key)
    shape = authorisation.KEYS.get(command.alg)
    if shape is None or shape.fullmatch(command.key) is None:
        raise Refused(InvalidField(field="key", reason=f"is no key of {command.alg[:20]!r}"))
    yield from draft.load(stream, owner, claim, LOG_STREAM)
    draft.demand(refuse_inactive(draft.of(SUBJECT, owner), context.subject))
    data = {"alg": command.alg, "key": command.key}
    words = _words(draft, context, (command.TYPE, command.key), _hash(command.TYPE, data))
    _demand_signed(context, words, {command.key: command.alg})
    taken = draft.of(CLAIM, claim).taken_by
    if taken not in {None, context.subject}:
        raise Refused(AlreadyExists(kind="signing key", identity=command.key))
    draft.add(CLAIM, claim, take(draft.of(CLAIM, claim), context.subject) or [])
    draft.add(SIGNATORY, stream, signatory.register(draft.of(SIGNATORY, stream), command))
    return draft


def revoke_key(command: signatory.RevokeSigningKey, context: Context) -> Handling:
    """Take one of the actor's own keys out of use; frozen or not, a lost key must not sign."""
    draft, stream = Draft(), signatory_stream(context.subject)
    yield from draft.load(stream)
    draft.add(SIGNATORY, stream, signatory.revoke(draft.of(SIGNATORY, stream), command))
    return draft


def make(command: commands.MakeRequest, context: Context, handlers: Handlers) -> Handling:
    """Take in what the actor asks for, signed; nothing of it happens yet."""
    draft, stream, role = Draft(), request_stream(command.request), _role(context)
    inner = _inner(command.kind, command.data, role)
    _demand_names(inner, context, handlers)
    data = msgspec.to_builtins(inner)
    yield from _load_actor(draft, stream, context)
    hashed = _hash(command.kind, data)
    words = _words(draft, context, (command.TYPE, command.request), hashed)
    _demand_signed(context, words, _keys(draft, context))
    holidays = draft.of(SETTINGS, SETTINGS_STREAM).bank_holidays
    made = events.RequestMade(
        kind=command.kind,
        data=data,
        hash=hashed,
        maker=context.subject,
        reason=command.reason,
        tasks=(decide.SECOND_PERSON,),
        roles=approvers(type(inner)),
        deadline=at_hour(add_business_days(day_of(context.at), ANSWER_DAYS, holidays), LAST_HOUR),
    )
    draft.add(REQUEST, stream, decide.make(draft.of(REQUEST, stream), command, made))
    return draft


def approve(command: commands.ApproveRequest, context: Context) -> Handling:
    """Take the approval of another person, if maker and checker may still act."""
    draft = yield from _answer(command.request, command.TYPE, context)
    stream = request_stream(command.request)
    state = draft.of(REQUEST, stream)
    maker = subject_stream(state.maker)
    yield from draft.load(maker)
    draft.demand(refuse_inactive(draft.of(SUBJECT, maker), state.maker))
    draft.add(REQUEST, stream, decide.approve(state, checker=context.subject))
    return draft


def reject(command: commands.RejectRequest, context: Context) -> Handling:
    """Take a no, or let the maker take the request back."""
    draft = yield from _answer(command.request, command.TYPE, context)
    stream = request_stream(command.request)
    draft.add(REQUEST, stream, decide.reject(command, checker=context.subject))
    return draft


def expire(command: commands.ExpireRequest, context: Context) -> Handling:
    """Close a request whose time is over."""
    draft, stream = Draft(), request_stream(command.request)
    yield from draft.load(stream)
    decision = decide.expire(draft.of(REQUEST, stream), command, at=context.at)
    draft.add(REQUEST, stream, decision)
    return draft


def carry_out(command: commands.CarryOutRequest, context: Context, handlers: Handlers) -> Handling:
    """Decide what was approved as things are now: it happens in this decision, or it failed."""
    draft, stream = Draft(), request_stream(command.request)
    yield from draft.load(stream)
    state = draft.of(REQUEST, stream)
    if state.state in REQUEST_WORKFLOW.ends:
        return draft
    draft.demand(REQUEST_WORKFLOW.refuse(command.request, state.state, command.TYPE))
    wanted = requestable()[state.kind]
    maker = Context(actor=f"subject:{state.maker}", at=context.at)
    refusal = None
    try:
        if is_obligation(wanted):
            yield from draft.load(LOG_STREAM)
            draft.demand(refuse_obligation(draft.of(LOG, LOG_STREAM)))
        draft.absorb((yield from handlers[wanted](msgspec.convert(state.data, wanted), maker)))
    except Refused as refused:
        refusal = refused.refusal
    draft.add(REQUEST, stream, decide.outcome(refusal))
    return draft


def _answer(request: str, command: str, context: Context) -> Handling:
    draft, stream, role = Draft(), request_stream(request), _role(context)
    yield from _load_actor(draft, stream, context)
    state = draft.of(REQUEST, stream)
    draft.demand(
        decide.refuse_answer(
            state, request, command, actor=context.subject, role=role, at=context.at
        )
    )
    words = _words(draft, context, (command, request), state.hash)
    _demand_signed(context, words, _keys(draft, context))
    return draft


def _load_actor(draft: Draft, stream: str, context: Context) -> Loading:
    """Load a request beside its actor, who must be active in the role that it acts in."""
    actor = subject_stream(context.subject)
    keys = signatory_stream(context.subject)
    yield from draft.load(stream, actor, keys, LOG_STREAM, SETTINGS_STREAM)
    draft.demand(refuse_role(draft.of(SUBJECT, actor), context.subject, _role(context)))


def _inner(kind: str, data: Mapping[str, Any], role: Role) -> Command:
    wanted = requestable().get(kind)
    if wanted is None or role not in approvers(wanted):
        raise Refused(NothingToApprove(role=role, action=kind[:80]))
    try:
        return msgspec.convert(data, wanted)
    except msgspec.ValidationError as error:
        raise Refused(InvalidField(field="data", reason=str(error))) from error


def _demand_names(inner: Command, context: Context, handlers: Handlers) -> None:
    """Refuse now what names nothing that could exist: nobody could approve it."""
    with closing(handlers[type(inner)](inner, context)) as handling:
        for stream in next(handling):
            if STREAM.fullmatch(stream) is None:
                raise Refused(InvalidField(field="data", reason="names nothing that could exist"))


def _role(context: Context) -> Role:
    return context.role or "process"


def _keys(draft: Draft, context: Context) -> Mapping[str, str]:
    return draft.of(SIGNATORY, signatory_stream(context.subject)).keys


def _hash(kind: str, data: object) -> str:
    try:
        return authorisation.hash_of(kind, data)
    except NotCanonicalError as error:
        raise Refused(InvalidField(field="data", reason=str(error))) from error


def _words(
    draft: Draft, context: Context, deed: tuple[str, str], hashed: str
) -> authorisation.Words:
    opened = draft.of(LOG, LOG_STREAM).opened
    action, request = deed
    return authorisation.Words(
        log=opened.origin if opened is not None else "",
        actor=context.actor,
        action=action,
        request=request,
        request_hash=hashed,
        not_after=context.authorisation.not_after if context.authorisation else "",
    )


def _demand_signed(context: Context, words: authorisation.Words, keys: Mapping[str, str]) -> None:
    refusal = authorisation.refuse_authorisation(
        context.authorisation, words, at=context.at, keys=keys, verify=verify
    )
    if refusal is not None:
        raise Refused(refusal)
