"""OpenID Connect Core 1.0: authorization code with PKCE (RFC 7636) at providers of others.

Believed is only what is signed with a key of the provider's own set, by an algorithm that needs
one, for us, from the issuer that is set up, now, and with the nonce of this very sign-in. The
provider's answers are bounded in size and time, and none of them is ever shown or logged.
"""

import asyncio
import base64
import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from application.ports.providers import (
    Identity,
    ProviderAway,
    ProviderRefused,
    ProviderUnknown,
)

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
LEEWAY_SECONDS: Final = 60
AGE_SECONDS_MAX: Final = 600
FRESH_SECONDS: Final = 3_600.0
"""How long what a provider says of itself is believed."""
KEYS_AGAIN_SECONDS: Final = 10.0
"""How soon keys are asked for again when a token names one that is not among them."""
ANSWER_BYTES_MAX: Final = 256 * 1024
DISCOVERY: Final = "/.well-known/openid-configuration"
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider as it is set up; the secret lies in a file, and public clients have none."""

    name: str
    issuer: str
    client_id: str
    client_secret_file: str | None = None
    scope: str = "openid"


class _About(msgspec.Struct, frozen=True):
    """What a provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Told(msgspec.Struct, frozen=True):
    id_token: str


class _Known:
    def __init__(self) -> None:
        self.about: _About | None = None
        self.about_until = 0.0
        self.keys: KeySet | None = None
        self.keys_until = 0.0
        self.keys_again = 0.0
        self.lock = asyncio.Lock()


def read_providers(path: Path) -> tuple[Provider, ...]:
    """Read the providers that are set up. Raises ValueError, OSError."""
    providers = msgspec.json.decode(path.read_bytes(), type=tuple[Provider, ...])
    for provider in providers:
        _demand_safe(provider.issuer)
    if len({provider.name for provider in providers}) < len(providers):
        message = "two providers have one name"
        raise ValueError(message)
    return providers


def _demand_safe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL):
        return
    message = "a provider is asked over HTTPS, or on this machine"
    raise ValueError(message)


class OidcProviders:
    """Satisfies `application.ports.providers.IdentityProviders`."""

    def __init__(
        self,
        providers: tuple[Provider, ...] = (),
        *,
        seconds: float = 5.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._providers = {provider.name: provider for provider in providers}
        self._known = {provider.name: _Known() for provider in providers}
        self._now = now
        self._client = httpx.AsyncClient(timeout=seconds, follow_redirects=False)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def names(self) -> tuple[str, ...]:
        """Name the providers."""
        return tuple(self._providers)

    async def address(
        self, provider: str, *, state: str, nonce: str, verifier: str, redirect: str
    ) -> str:
        """Tell where a browser is sent to sign in."""
        setup = self._setup(provider)
        about = await self._about(setup)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        query = {
            "response_type": "code",
            "client_id": setup.client_id,
            "redirect_uri": redirect,
            "scope": setup.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        joined = "&" if urlsplit(about.authorization_endpoint).query else "?"
        return f"{about.authorization_endpoint}{joined}{urlencode(query)}"

    async def identity(
        self, provider: str, *, code: str, nonce: str, verifier: str, redirect: str
    ) -> Identity:
        """Exchange a code for the identity that the provider vouches for."""
        setup = self._setup(provider)
        about = await self._about(setup)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "client_id": setup.client_id,
            "code_verifier": verifier,
        }
        auth = None
        if setup.client_secret_file is not None:
            secret = await asyncio.to_thread(Path(setup.client_secret_file).read_text)
            auth = httpx.BasicAuth(setup.client_id, secret.strip())
        content = await self._fetch("POST", about.token_endpoint, data=form, auth=auth)
        token = _decoded(content, _Told).id_token
        return await self._verified(setup, about, token, nonce)

    async def _verified(self, setup: Provider, about: _About, token: str, nonce: str) -> Identity:
        claims = await self._claims(setup, about, token)
        now = self._now()
        wanted = jwt.JWTClaimsRegistry(
            now=int(now),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": setup.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": setup.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            wanted.validate(claims)
        except JoseError as error:
            raise ProviderRefused(f"a claim is wrong: {error.error}") from error
        audience = claims["aud"]
        several = isinstance(audience, list) and len(audience) > 1
        if (several or "azp" in claims) and claims.get("azp") != setup.client_id:
            message = "the token was issued to another party"
            raise ProviderRefused(message)
        if now - claims["iat"] > AGE_SECONDS_MAX:
            message = "the token is old"
            raise ProviderRefused(message)
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            message = "the subject is no name"
            raise ProviderRefused(message)
        return Identity(setup.issuer, subject)

    async def _claims(self, setup: Provider, about: _About, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(token, await self._keys(setup, about), list(ALGORITHMS)).claims
        except (JoseError, ValueError, TypeError):
            # A provider may sign with a key that came after the set that we know.
            keys = await self._keys(setup, about, again=True)
        try:
            return jwt.decode(token, keys, list(ALGORITHMS)).claims
        except (JoseError, ValueError, TypeError) as error:
            raise ProviderRefused("the token is not signed as it must be") from error

    def _setup(self, provider: str) -> Provider:
        if provider not in self._providers:
            raise ProviderUnknown(provider)
        return self._providers[provider]

    async def _about(self, setup: Provider) -> _About:
        known = self._known[setup.name]
        async with known.lock:
            if known.about is None or self._now() >= known.about_until:
                url = setup.issuer.rstrip("/") + DISCOVERY
                about = _decoded(await self._fetch("GET", url), _About)
                if about.issuer != setup.issuer:
                    message = "the provider calls itself by another name"
                    raise ProviderRefused(message)
                self._demand_addresses(about)
                known.about, known.about_until = about, self._now() + FRESH_SECONDS
            return known.about

    @staticmethod
    def _demand_addresses(about: _About) -> None:
        for url in (about.authorization_endpoint, about.token_endpoint, about.jwks_uri):
            try:
                _demand_safe(url)
            except ValueError as error:
                raise ProviderRefused(str(error)) from error

    async def _keys(self, setup: Provider, about: _About, *, again: bool = False) -> KeySet:
        known = self._known[setup.name]
        async with known.lock:
            now = self._now()
            stale = known.keys is None or now >= known.keys_until
            if stale or (again and now >= known.keys_again):
                content = await self._fetch("GET", about.jwks_uri)
                try:
                    known.keys = KeySet.import_key_set(msgspec.json.decode(content))
                except (JoseError, ValueError, TypeError, KeyError) as error:
                    raise ProviderRefused("the provider's keys cannot be read") from error
                known.keys_until = now + FRESH_SECONDS
                # Forged tokens must not make us ask the provider all the time.
                known.keys_again = now if stale else now + KEYS_AGAIN_SECONDS
            if known.keys is None:
                raise ProviderAway
            return known.keys

    async def _fetch(
        self,
        method: str,
        url: str,
        *,
        data: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
    ) -> bytes:
        headers = {"Accept": "application/json"}
        request = self._client.build_request(method, url, data=data, headers=headers)
        try:
            answer = await self._client.send(request, auth=auth, stream=True)
        except httpx.HTTPError as error:
            raise ProviderAway(type(error).__name__) from error
        try:
            return await _content(answer)
        finally:
            await answer.aclose()


async def _content(answer: httpx.Response) -> bytes:
    if answer.status_code >= 500 or answer.status_code == 429:
        raise ProviderAway(str(answer.status_code))
    if answer.status_code != 200:
        raise ProviderRefused(f"the provider answers {answer.status_code}")
    content = b""
    try:
        async for part in answer.aiter_bytes():
            content += part
            if len(content) > ANSWER_BYTES_MAX:
                raise ProviderRefused("the provider's answer is too long")
    except httpx.HTTPError as error:
        raise ProviderAway(type(error).__name__) from error
    return content


def _decoded(content: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise ProviderRefused("the provider's answer cannot be read") from error
