"""What the system says no with: a named type, its numbers, one sentence to act on."""

from typing import ClassVar

import msgspec


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A decision not to act; nothing was written.

    ``CODE`` is stable and public, ``SENTENCE`` a template over the fields, and ``KIND`` a hint
    for the doors: which family of problem this is. The one table that turns kinds into HTTP
    statuses lives at the door.
    """

    CODE: ClassVar[str]
    SENTENCE: ClassVar[str]
    KIND: ClassVar[str] = "conflict"
    FIELD: ClassVar[str | None] = None

    def sentence(self) -> str:
        """Say in one sentence what is wrong and what to do."""
        return self.SENTENCE.format(**msgspec.structs.asdict(self))


class Refused(Exception):
    """Carries a refusal out of a handler."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence())
        self.refusal = refusal


class WrongState(Refusal, frozen=True, kw_only=True):
    """A workflow does not allow this command in the present state."""

    CODE = "wrong_state"
    SENTENCE = "{subject} is {state}; '{command}' is possible only when it is {allowed}."

    subject: str
    state: str
    command: str
    allowed: str


class NotFound(Refusal, frozen=True, kw_only=True):
    """The thing that the command names does not exist."""

    CODE = "not_found"
    KIND = "missing"
    SENTENCE = "There is no {kind} {identity}."

    kind: str
    identity: str


class AlreadyExists(Refusal, frozen=True, kw_only=True):
    """The thing that the command would create exists already."""

    CODE = "already_exists"
    SENTENCE = "The {kind} {identity} exists already."

    kind: str
    identity: str


class InvalidField(Refusal, frozen=True, kw_only=True):
    """A field of the command has a value that the rules do not allow."""

    CODE = "invalid_field"
    KIND = "invalid"
    SENTENCE = "{field}: {reason}."

    field: str
    reason: str


class NotYours(Refusal, frozen=True, kw_only=True):
    """The actor is not the one that this thing belongs to."""

    CODE = "not_yours"
    KIND = "forbidden"
    SENTENCE = "{actor} is not the {role} of {subject}."

    actor: str
    role: str
    subject: str
