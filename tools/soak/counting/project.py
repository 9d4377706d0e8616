"""Folds the log into counts, which no event leaves as they were."""

from collections.abc import Iterable, Sequence
from typing import Final

from domain.catalogue import EVENTS
from domain.kernel.event import Recorded
from projections.view import Key, Rows, Table

COUNTED: Final = Table("counted", ("stream",), ("events", "positions"))


class Counting:
    """Events and positions by stream; it satisfies `projections.view.View`."""

    def __init__(self) -> None:
        self.name = "counting"
        self.version = 1
        self.schema = "tools.soak.counting"
        self.tables: tuple[Table, ...] = (COUNTED,)
        self.types: frozenset[str] = frozenset(EVENTS)

    def needs(self, event: Recorded) -> Iterable[tuple[Table, Key]]:
        """Name the stream's row."""
        return [(COUNTED, (event.stream,))]

    def project(self, batch: Sequence[Recorded], rows: Rows) -> None:
        """Count a batch."""
        for event in batch:
            row = rows.get(COUNTED, event.stream) or {"events": 0, "positions": 0}
            rows.put(
                COUNTED,
                {
                    "stream": event.stream,
                    "events": row["events"] + 1,
                    "positions": row["positions"] + event.position,
                },
            )


VIEW: Final = Counting()
