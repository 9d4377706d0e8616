"""Whoever knows people and lists: providers of gates 1 and 2, and what they say by themselves."""

from collections.abc import Mapping
from typing import Protocol

import msgspec
from typing_extensions import override

from domain.check.commands import Outcome
from domain.check.events import Answer, Gate, Provider


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A document as a provider gets it; ``content`` is what was handed in."""

    kind: str
    media_type: str
    content: bytes


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a provider is to look at; ``subject`` is how we call them.

    Personal data in clear: it goes to the provider and nowhere else, never into a log. Dates are
    ``YYYY-MM-DD``, countries ISO 3166 alpha-2.
    """

    subject: str
    name: str
    is_person: bool
    country: str
    birth_date: str | None = None
    nationality: str | None = None
    email: str | None = None
    papers: tuple[Paper, ...] = ()

    @override
    def __repr__(self) -> str:
        """Tell nothing about the person."""
        return f"Applicant({self.subject!r}, …)"


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's first word: its reference, and its answer where it knows one at once."""

    reference: str
    outcome: Outcome | None = None
    answer: Answer | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says by itself; it names the subject, or only its own reference.

    ``event`` is the provider's name for this message: the same one may come again.
    """

    event: str
    gate: Gate
    outcome: Outcome
    answer: Answer
    subject: str | None = None


class ProviderUnreachable(Exception):
    """The provider does not answer now, or asks for patience: ask again."""


class ProviderRefused(Exception):
    """The provider will not look at this; the text is its status, never what we sent."""


class NotGenuine(Exception):
    """A message does not carry the provider's signature, or cannot be its words."""


class CheckProvider(Protocol):
    """Looks at people (gate 1) or at lists (gate 2)."""

    name: Provider

    def check(self, applicant: Applicant) -> Taken | None:
        """Have somebody looked at; nothing when people do it. May be asked again for the same.

        Raises ProviderUnreachable, ProviderRefused.
        """
        ...


class Webhook(Protocol):
    """Reads what a provider sends by itself."""

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """Read a message, header names in lower case; nothing when it concerns no check.

        Raises NotGenuine.
        """
        ...
