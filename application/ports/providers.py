"""Identity providers of others (OpenID Connect): where somebody signs in, and what is believed."""

from typing import Protocol

import msgspec


class Identity(msgspec.Struct, frozen=True):
    """Whom a provider vouches for; issuer and subject together are one identity, for ever."""

    issuer: str
    subject: str


class ProviderUnknown(LookupError):
    """No provider of this name is set up."""


class ProviderAway(Exception):
    """The provider does not answer; nothing is known."""


class ProviderRefused(Exception):
    """What the provider said cannot be believed; the text says why and quotes nothing of it."""


class IdentityProviders(Protocol):
    """Asks the providers that are set up (authorization code with PKCE)."""

    def names(self) -> tuple[str, ...]:
        """Name the providers."""
        ...

    async def address(
        self, provider: str, *, state: str, nonce: str, verifier: str, redirect: str
    ) -> str:
        """Tell where a browser is sent to sign in.

        Raises ProviderUnknown, ProviderAway, ProviderRefused.
        """
        ...

    async def identity(
        self, provider: str, *, code: str, nonce: str, verifier: str, redirect: str
    ) -> Identity:
        """Exchange a code for the identity that the provider vouches for.

        Raises ProviderUnknown, ProviderAway, ProviderRefused.
        """
        ...


class NoProviders:
    """Nobody's word counts: no provider is set up."""

    def names(self) -> tuple[str, ...]:
        """Name none."""
        return ()

    async def address(
        self, provider: str, *, state: str, nonce: str, verifier: str, redirect: str
    ) -> str:
        """Refuse any provider."""
        raise ProviderUnknown(provider)

    async def identity(
        self, provider: str, *, code: str, nonce: str, verifier: str, redirect: str
    ) -> Identity:
        """Refuse any provider."""
        raise ProviderUnknown(provider)
