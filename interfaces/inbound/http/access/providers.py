"""Signing in at an identity provider of others, and linking what it vouches for to a user.

An identity is its issuer and subject, nothing else: an e-mail address in a token proves nothing
here. It stands for a user only after that user, signed in, has signed in there in the same browser.
The state of a journey serves once, for ten minutes, and only in the browser that began it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final

import msgspec
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from application.ports.access import Errand
from application.ports.providers import (
    Identity,
    ProviderAway,
    ProviderRefused,
    ProviderUnknown,
)
from domain.kernel.calendar import later
from domain.kernel.refusal import NotFound, Refused
from domain.kernel.roles import ROLES, Role
from domain.user.commands import RecordIdentityLinked, RecordIdentityUnlinked
from interfaces.inbound.http.access.desk import (
    Opened,
    Visit,
    fresh_key,
    note,
    open_session,
    record,
    visit_of,
)
from interfaces.inbound.http.access.signing import role_of
from interfaces.inbound.http.calls import AnyRequest, Door
from interfaces.inbound.http.problems import Problem

PATH: Final = "/auth/oidc/{provider:str}"
JOURNEY_COOKIE: Final = "__Host-tallystick-journey"
JOURNEY_SECONDS: Final = 600


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """Where the browser goes to sign in; what it must bring back lies in its cookie."""

    address: str
    cookie: str


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """Where the browser goes to sign in."""

    address: str


async def depart(
    visit: Visit, provider: str, *, role: Role | None = None, user: str | None = None
) -> Journey:
    """Begin a sign-in at a provider.

    Raises Problem ``provider_unknown``, ``provider_away``, ``provider_refused``.
    """
    state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    errand = Errand(
        provider=provider,
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        browser=_digest(browser),
        role=role,
        user_id=user,
    )
    providers = visit.services.providers
    try:
        address = await providers.address(
            provider,
            state=state,
            nonce=errand.nonce,
            verifier=errand.verifier,
            redirect=_redirect(visit, provider),
        )
    except (ProviderUnknown, ProviderAway, ProviderRefused) as error:
        raise _problem(error) from error
    expires_at = later(visit.now, JOURNEY_SECONDS)
    await visit.services.access.begin_errand(_digest(state), errand, expires_at)
    # Lax: the way back begins at another site, and this cookie is good for nothing else.
    cookie = f"{JOURNEY_COOKIE}={browser}; Path=/; Max-Age={JOURNEY_SECONDS}; Secure; HttpOnly"
    return Journey(address=address, cookie=f"{cookie}; SameSite=Lax")


async def arrive(visit: Visit, provider: str) -> Opened:
    """Open a session for whom the provider vouches for, or link it to who has begun to.

    Raises Problem ``provider_refused`` and others, Refused.
    """
    query = visit.request.query_params
    errand = await visit.services.access.end_errand(_digest(query.get("state", "")), visit.now)
    browser = _digest(visit.request.cookies.get(JOURNEY_COOKIE, ""))
    same_browser = errand is not None and hmac.compare_digest(errand.browser, browser)
    if errand is None or not same_browser or errand.provider != provider:
        await note(visit, "provider", "state_unknown")
        raise Problem("provider_refused")
    identity = await _vouched(visit, errand, query.get("code", ""), query.get("iss"))
    mac = visit.services.secrets.mac("identity", identity.issuer, identity.subject)
    if errand.user_id is not None:
        await _link(visit, errand.user_id, provider, mac)
    login = await visit.services.access.login_linked(mac)
    if login is None or login.closed:
        await note(visit, "provider", "linked_to_nobody")
        raise Problem("provider_refused")
    role = await role_of(visit, login, errand.role)
    opened = await open_session(visit, login, role, f"provider {provider}")
    await note(visit, "sign_in", "ok", login)
    return opened


async def _vouched(visit: Visit, errand: Errand, code: str, issuer: str | None) -> Identity:
    if not code:
        await note(visit, "provider", "no_code")
        raise Problem("provider_refused")
    try:
        identity = await visit.services.providers.identity(
            errand.provider,
            code=code,
            nonce=errand.nonce,
            verifier=errand.verifier,
            redirect=_redirect(visit, errand.provider),
        )
    except (ProviderUnknown, ProviderAway, ProviderRefused) as error:
        await note(visit, "provider", "refused")
        raise _problem(error) from error
    if issuer is not None and issuer != identity.issuer:  # RFC 9207: answers are not mixed up
        await note(visit, "provider", "other_issuer")
        raise Problem("provider_refused")
    return identity


async def _link(visit: Visit, user: str, provider: str, mac: str) -> None:
    access = visit.services.access
    login = await access.login_of(user)
    if login is None or login.closed or not await access.link_identity(user, provider, mac):
        await note(visit, "provider", "link_refused", login)
        raise Problem("provider_refused")
    told = RecordIdentityLinked(user=user, provider=provider)
    await record(visit, told, fresh_key("identity"), actor=f"subject:{login.subject}")
    await note(visit, "provider", "linked", login)


async def unlink(visit: Visit, provider: str) -> None:
    """Let the provider's word count no longer. Raises Refused ``not_found``."""
    user, _ = visit.member()
    if not await visit.services.access.unlink_identity(user, provider):
        raise Refused(NotFound(kind="identity", identity=provider))
    told = RecordIdentityUnlinked(user=user, provider=provider)
    await record(visit, told, fresh_key("identity"), actor=visit.caller.actor)
    await note(visit, "provider", "unlinked")


def provider_handlers(
    door: Door, answer: Callable[[Opened], Response[bytes]]
) -> list[HTTPRouteHandler]:
    """Make the handlers of the way to a provider and back."""

    async def go(request: AnyRequest) -> Response[bytes]:
        wanted = request.query_params.get("role")
        if wanted is not None and wanted not in ROLES:
            raise Problem("invalid_field", "role: is none.", field="/role")
        visit = visit_of(door, request, None)
        journey = await depart(visit, request.path_params["provider"], role=_role(wanted))
        headers = {"Location": journey.address, "Set-Cookie": journey.cookie}
        return Response(b"", status_code=302, headers=headers)

    async def come(request: AnyRequest) -> Response[bytes]:
        visit = visit_of(door, request, None)
        return answer(await arrive(visit, request.path_params["provider"]))

    get: Callable[..., HTTPRouteHandler] = HTTPRouteHandler
    return [
        get(PATH, http_method=HttpMethod.GET, name="SignInAtProvider", status_code=302)(go),
        get(f"{PATH}/callback", http_method=HttpMethod.GET, name="ReturnFromProvider")(come),
    ]


def _role(name: str | None) -> Role | None:
    return next((role for role in ROLES if role == name), None)


def _redirect(visit: Visit, provider: str) -> str:
    return f"{visit.services.base_url}/auth/oidc/{provider}/callback"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _problem(error: Exception) -> Problem:
    kinds: dict[type[Exception], str] = {
        ProviderUnknown: "provider_unknown",
        ProviderAway: "provider_away",
    }
    return Problem(kinds.get(type(error), "provider_refused"))
