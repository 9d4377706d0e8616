"""One aggregate as the rest of the house sees it: name, empty state, evolve, facts."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import msgspec

from domain.kernel.event import Event

S = TypeVar("S")


class Aggregate(msgspec.Struct, Generic[S], frozen=True):
    """A stream's type: how it starts, how a fact changes it, which facts it knows."""

    name: str
    empty: S
    evolve: Callable[[S, Any], S]
    events: tuple[type[Event], ...]

    def fold(self, facts: Iterable[Event], start: S | None = None) -> S:
        """Compute the state after these facts, from nothing or from a state before them."""
        state = self.empty if start is None else start
        for fact in facts:
            state = self.evolve(state, fact)
        return state
