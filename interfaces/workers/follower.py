"""Following the log: each fact once in order, a remembered place, effects that may repeat.

An effect (a mail, a payment) is carried out before the place is moved, so a crash repeats it;
the other side recognises the repeat by a name that comes from the fact.
"""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from application.ports.log import LogReader
from domain.kernel.event import Event, Recorded
from interfaces.telemetry.context import because_of
from interfaces.telemetry.traces import working

BATCH: Final = 500
IDLE_SECONDS: Final = 1.0

Effect = Callable[[Recorded], None]


class Places(Protocol):
    """Remembers how far each follower has come."""

    def place(self, name: str) -> int:
        """Tell the last position that a follower is done with. Raises StoreUnavailable."""
        ...

    def move(self, name: str, position: int) -> None:
        """Move a follower's place forward. Raises StoreUnavailable."""
        ...


class Follower:
    """Carries out the effects of one name's fact types."""

    def __init__(
        self,
        name: str,
        effects: Mapping[type[Event], Effect],
        *,
        log: LogReader,
        places: Places,
    ) -> None:
        self._name = name
        self._effects = effects
        self._log = log
        self._places = places
        self._place: int | None = None

    def step(self) -> float:
        """Work through what is new; waits for more when there is nothing."""
        if self._place is None:
            self._place = self._places.place(self._name)
        batch = self._log.read(self._place, BATCH)
        if not batch:
            self._log.wait(self._place, IDLE_SECONDS)
            return 0.0
        for recorded in batch:
            effect = self._effects.get(type(recorded.fact))
            if effect is not None:
                with because_of(recorded), working(f"effect {self._name}", recorded):
                    effect(recorded)
                self._remember(recorded.position)
        self._remember(batch[-1].position)
        return 0.0

    def _remember(self, position: int) -> None:
        if position != self._place:
            self._places.move(self._name, position)
            self._place = position
