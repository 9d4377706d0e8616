"""State machines as data: the code, the tests and the drawn diagram share one table."""

from collections.abc import Iterable

import msgspec

from domain.kernel.refusal import Refusal, WrongState


class Transition(msgspec.Struct, frozen=True):
    """In ``source``, ``command`` is allowed and leads by ``event`` to ``target``."""

    source: str
    command: str
    event: str
    target: str


class Workflow:
    """A named table of transitions with one start and some ends.

    Two rows with the same source and command but different events are the two outcomes of
    one decision. A source and an event always lead to one target.
    """

    def __init__(self, name: str, start: str, rows: Iterable[Transition]) -> None:
        self.name = name
        self.start = start
        self.rows = tuple(rows)
        self._target = {(row.source, row.event): row.target for row in self.rows}
        self._allowed = {(row.source, row.command) for row in self.rows}

    @property
    def states(self) -> tuple[str, ...]:
        """All states in the order of their first appearance."""
        seen = dict.fromkeys([self.start])
        for row in self.rows:
            seen[row.source] = None
            seen[row.target] = None
        return tuple(seen)

    @property
    def ends(self) -> frozenset[str]:
        """The states that nothing leads out of."""
        return frozenset(self.states) - {row.source for row in self.rows}

    def allows(self, state: str, command: str) -> bool:
        """Say whether the command is possible in this state."""
        return (state, command) in self._allowed

    def refuse(self, subject: str, state: str, command: str) -> Refusal | None:
        """Name state and command when the table has no such row, else nothing."""
        if self.allows(state, command):
            return None
        allowed = sorted({row.source for row in self.rows if row.command == command})
        return WrongState(
            subject=subject, state=state, command=command, allowed=" or ".join(allowed)
        )

    def after(self, state: str, event: str) -> str:
        """Tell the state after an event; raises KeyError for an impossible history."""
        return self._target[(state, event)]

    def mermaid(self) -> str:
        """Draw the table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.start}"]
        edges: dict[tuple[str, str], list[str]] = {}
        for row in self.rows:
            edges.setdefault((row.source, row.target), []).append(row.event)
        for (source, target), events in edges.items():
            lines.append(f"    {source} --> {target} : {', '.join(dict.fromkeys(events))}")
        lines.extend(f"    {state} --> [*]" for state in self.states if state in self.ends)
        return "\n".join(lines) + "\n"
