"""What a process manager is: which facts it reads, what it remembers, what it wants next.

A manager never reads a clock, a view or the world. Its commands are named by (cause position,
command type, target), so that the same fact never causes the same wish twice, whatever crashes.
A wish over a set (``Over``) is completed by the runner, which asks the register as of the
cause's position and hands the list to the pure ``build``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from domain.kernel.command import Command
from domain.kernel.event import Event, Recorded
from domain.kernel.refusal import Refusal


class Wish(msgspec.Struct, frozen=True):
    """A command that a process wants, and the thing that it is about."""

    command: Command
    target: str


class Over(msgspec.Struct, frozen=True):
    """A command over the holders of an asset as of the cause's position (decision 7)."""

    asset: str
    target: str
    build: Callable[[int, Sequence[tuple[str, int]]], Command]


Reaction = Wish | Over
React = Callable[[Any, Recorded], Sequence[Reaction]]


class ProcessManager(msgspec.Struct, frozen=True, kw_only=True):
    """A process: its facts, the case that each belongs to, its memory and its reactions.

    ``fold`` gets the case's memory and the fact and answers the new memory; ``react`` gets the
    memory after the fact. ``patience`` names refusals that pass by themselves: the runner asks
    again until they do; every other refusal becomes a work item.
    """

    name: str
    reactions: Mapping[type[Event], React]
    case: Callable[[Recorded], str] = lambda recorded: recorded.stream
    fold: Callable[[Any, Recorded], Any] = lambda memory, _: memory
    remembers: frozenset[type[Event]] = frozenset()
    patience: frozenset[str] = frozenset()

    def interested(self, event: type[Event]) -> bool:
        """Say whether the process looks at facts of this type."""
        return event in self.reactions or event in self.remembers

    def react(self, memory: object, recorded: Recorded) -> Sequence[Reaction]:
        """Tell what the process wants after a fact."""
        reaction = self.reactions.get(type(recorded.fact))
        return reaction(memory, recorded) if reaction is not None else ()

    def is_patient(self, refusal: Refusal) -> bool:
        """Say whether the same wish may succeed later by itself."""
        return refusal.CODE in self.patience


def idempotency_key(cause: int, command: Command, target: str) -> str:
    """Name a process's command: (cause position, command type, target)."""
    return f"{cause}/{command.TYPE}/{target}"[:255]
