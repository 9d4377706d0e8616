"""A wish: what somebody wants to happen, named, typed and complete."""

from typing import ClassVar

import msgspec

from domain.kernel.event import Authorisation
from domain.kernel.roles import Role


class Command(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Base of all commands; subclasses name their ``TYPE``, e.g. ``invoice.submit``."""

    TYPE: ClassVar[str]


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision may know besides state and command: who acts, when, in which role.

    ``authorisation`` is the actor's signature, where one was sent (FORMATS 1).
    """

    actor: str
    at: str
    role: Role | None = None
    authorisation: Authorisation | None = None

    @property
    def subject(self) -> str:
        """The acting subject's id; a process acts under its own name."""
        return self.actor.partition(":")[2]

    @property
    def is_process(self) -> bool:
        """Whether a process manager or worker acts, not a person."""
        return self.actor.startswith("process:")
