"""Coming in by oneself: register, prove the address and the phone (LB4).

Whoever asks has no key yet, and is never told whether an address or a phone is known: the answers
are the same, and only the owner of the mailbox reads more.
"""

import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Final, Literal

import anyio.to_thread
import msgspec
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from application.ports.contacts import Kind
from application.ports.gate import Request
from domain.kernel.calendar import day_of, later
from domain.kernel.countries import NUMERIC
from domain.kernel.ids import SUBJECT, fingerprint
from domain.kernel.refusal import InvalidField, NotFound, Refusal, Refused
from domain.mail.commands import RequestMail
from domain.registration import commands
from domain.registration.decide import plain_email, refuse_contacts
from domain.registration.events import CodeRefused, RegistrationOpened
from domain.registration.refusals import CodesExhausted, CodeWrong
from domain.registration.state import registration_stream
from domain.subject.decide import refuse_name
from interfaces.inbound.http.access.desk import visit_of
from interfaces.inbound.http.access.welcome import welcome
from interfaces.inbound.http.calls import AnyRequest, Door, demand_media_type, idempotency_key
from interfaces.inbound.http.decoding import decode
from interfaces.inbound.http.personal import sealer
from interfaces.inbound.http.rest.bodies import END, Body, Text
from interfaces.inbound.http.rest.commands import JSON, PREFIX
from interfaces.inbound.http.services import Services

ACTOR: Final = "process:registration"
UNPROVEN_SECONDS: Final = 86_400
"""How long an address stays reserved for who has not proven it."""

Channel = Literal["email", "mobile"]
OpenRole = Literal["seller", "buyer", "lender", "investor"]
Email = Annotated[str, Meta(max_length=254, pattern="^[^@\\s]+@[^@\\s]+" + END)]
Mobile = Annotated[str, Meta(pattern="^\\+[1-9][0-9]{6,14}" + END, description="E.164.")]
Code = Annotated[str, Meta(pattern="^[0-9]{8}" + END, description="As it was sent.")]


class NewRegistration(Body, frozen=True, kw_only=True):
    """A person or an institution that comes by itself."""

    name: Text
    kind: Literal["person", "institution"]
    country: Annotated[str, Meta(pattern="^[A-Z]{2}" + END, description="ISO 3166 alpha-2.")]
    roles: Annotated[tuple[OpenRole, ...], Meta(min_length=1, max_length=4)]
    email: Email
    mobile: Mobile | None = None


class WantedCode(Body, frozen=True, kw_only=True):
    """Where another code is to go."""

    channel: Channel


class ShownCode(Body, frozen=True, kw_only=True):
    """A code as it was read."""

    channel: Channel
    code: Code


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """Under which name the registration goes on; it is the subject's, too."""

    registration: str


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """What is proven now."""

    registration: str
    channel: str
    verified: bool


BODIES: Final = (NewRegistration, WantedCode, ShownCode, Registered, Proven)
OPERATIONS: Final = (
    (
        "",
        "Register",
        "Come in by oneself; the answer is the same whether or not the address is known",
        "NewRegistration",
        {
            "name": "Anna Kent",
            "kind": "person",
            "country": "GB",
            "roles": ["investor"],
            "email": "anna@kent.example",
            "mobile": "+447700900123",
        },
        "Registered",
    ),
    (
        "/{registration}/codes",
        "SendCode",
        "Ask for another code, at most one a minute and five a day",
        "WantedCode",
        {"channel": "email"},
        "Registered",
    ),
    (
        "/{registration}/verify",
        "VerifyContact",
        "Show a code, and have the address or the phone proven",
        "ShownCode",
        {"channel": "email", "code": "12345678"},
        "Proven",
    ),
)
"""Paths, names, sentences, bodies, examples and answers, as the reference tells them."""

AnyHandler = Callable[[AnyRequest], Awaitable[Response[bytes]]]

_encode: Final = msgspec.json.Encoder().encode


def registration_handlers(door: Door) -> list[HTTPRouteHandler]:
    """Make the handlers, which need no key."""
    services = door.services

    async def register(request: AnyRequest) -> Response[bytes]:
        key, body = idempotency_key(request), decode(await _json(request), NewRegistration)
        if refusal := _refuse(body):
            raise Refused(refusal)
        person = services.identifiers.name(key, plain_email(body.email))
        held = await anyio.to_thread.run_sync(partial(_reserve, services, person, body))
        if held["email"] == person:
            command = await anyio.to_thread.run_sync(
                partial(_command, services, person, body, held)
            )
            await _dispatch(services, command, f"register/{person}")
        for kind, holder in held.items():
            if holder != person:
                await _tell_owner(services, holder, kind)
        return _answer(Registered(registration=person), 202)

    async def send(request: AnyRequest) -> Response[bytes]:
        body = decode(await _json(request), WantedCode)
        person = request.path_params["registration"]
        try:
            await _send(services, person, body.channel)
        except Refused as refused:
            if not isinstance(refused.refusal, NotFound | CodesExhausted):
                raise
        return _answer(Registered(registration=person), 202)

    async def verify(request: AnyRequest) -> Response[bytes]:
        key, body = idempotency_key(request), decode(await _json(request), ShownCode)
        person = request.path_params["registration"]
        position = await _verify(services, person, body, key)
        if body.channel == "email":
            await welcome(visit_of(door, request, None), person, position)
        told = Proven(registration=person, channel=body.channel, verified=True)
        return _answer(told, 200)

    def route(path: str, name: str, handle: AnyHandler) -> HTTPRouteHandler:
        limit = services.limits.json_bytes_max
        return HTTPRouteHandler(
            f"{PREFIX}/registrations{path}",
            http_method=HttpMethod.POST,
            name=name,
            request_max_body_size=limit,
        )(handle)

    return [
        route("", "Register", register),
        route("/{registration:str}/codes", "SendCode", send),
        route("/{registration:str}/verify", "VerifyContact", verify),
    ]


async def _json(request: AnyRequest) -> bytes:
    content = await request.body()
    demand_media_type(request, JSON)
    return content


def _refuse(body: NewRegistration) -> Refusal | None:
    """Say what is wrong before anybody learns whether the address is known."""
    if body.country not in NUMERIC:
        return InvalidField(field="country", reason="must be an ISO 3166 alpha-2 code")
    return refuse_contacts(body.email, body.mobile) or refuse_name(body.name)


def _reserve(services: Services, person: str, body: NewRegistration) -> dict[Kind, str]:
    """Take what is unique, or learn who has it."""
    now = services.clock.now()
    claim = partial(
        services.identifiers.claim, person=person, now=now, until=later(now, UNPROVEN_SECONDS)
    )
    held: dict[Kind, str] = {"email": claim("email", plain_email(body.email))}
    if body.mobile is not None and held["email"] == person:
        held["mobile"] = claim("mobile", body.mobile)
    return held


def _command(
    services: Services, person: str, body: NewRegistration, held: dict[Kind, str]
) -> commands.RegisterSubject:
    """Seal what is personal, and make the first codes; a phone of somebody else gets none."""
    seal = sealer(services.vault, person)
    mobile = None
    if body.mobile is not None:
        place = (registration_stream(person), RegistrationOpened.TYPE, "/mobile")
        mobile = services.vault.seal(person, *place, body.mobile)
    # A repeated request must be the same request: its codes follow from its name.
    return commands.RegisterSubject(
        subject=person,
        name=seal("/name", body.name) if body.kind == "person" else body.name,
        kind=body.kind,
        country=body.country,
        roles=body.roles,
        email=seal("/email", body.email),
        mobile=mobile,
        codes=tuple(
            fresh_code(services, person, kind, person)
            for kind, holder in held.items()
            if holder == person
        ),
    )


def fresh_code(
    services: Services, subject: str, channel: Channel, nonce: str
) -> commands.FreshCode:
    """Make a code of a nonce; only its MAC goes further."""
    code = services.codes.code(subject, channel, nonce)
    digest = services.codes.digest(subject, channel, code)
    return commands.FreshCode(channel=channel, nonce=nonce, digest=digest)


async def _tell_owner(services: Services, holder: str, kind: str) -> None:
    """Tell whoever has the address or the phone that somebody tried it, once a day."""
    reference = f"{kind}/{day_of(services.clock.now())}"
    wish = RequestMail(
        template="already_registered", recipient=holder, reference=reference, fields={"what": kind}
    )
    await _dispatch(services, wish, f"owner/{holder}/{reference}")


async def _send(services: Services, person: str, channel: Channel) -> None:
    until = later(services.clock.now(), UNPROVEN_SECONDS)
    extend = partial(services.identifiers.extend, channel, person, until=until)
    if SUBJECT.fullmatch(person) is None:
        return
    if await anyio.to_thread.run_sync(extend):
        code = fresh_code(services, person, channel, secrets.token_hex(16))
        command = commands.SendCode(subject=person, code=code)
        await _dispatch(services, command, f"code/{code.nonce}")


async def _verify(services: Services, person: str, body: ShownCode, key: str) -> int:
    """Take a code and tell where that stands; raises Refused ``code_wrong`` for all reasons."""
    until = later(services.clock.now(), UNPROVEN_SECONDS)
    extend = partial(services.identifiers.extend, body.channel, person, until=until)
    if SUBJECT.fullmatch(person) is None or not await anyio.to_thread.run_sync(extend):
        raise Refused(CodeWrong())
    digest = services.codes.digest(person, body.channel, body.code)
    command = commands.VerifyContact(subject=person, channel=body.channel, digest=digest)
    accepted = await services.gate.dispatch(
        Request(
            command=command, actor=ACTOR, role="process", key=f"verify/{person}/{fingerprint(key)}"
        )
    )
    if any(isinstance(event.fact, CodeRefused) for event in accepted.events):
        raise Refused(CodeWrong())
    confirm = partial(services.identifiers.confirm, body.channel, person)
    await anyio.to_thread.run_sync(confirm)
    return accepted.position


async def _dispatch(
    services: Services,
    command: RequestMail | commands.RegisterSubject | commands.SendCode,
    key: str,
) -> None:
    await services.gate.dispatch(Request(command=command, actor=ACTOR, role="process", key=key))


def _answer(told: msgspec.Struct, status: int) -> Response[bytes]:
    return Response(_encode(told), status_code=status, media_type=JSON)
