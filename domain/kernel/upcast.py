"""Old facts in today's shape: one step per (type, schema), chained (issue of schema evolution)."""

from collections.abc import Callable
from typing import Any

Data = dict[str, Any]
Step = Callable[[Data], Data]


class Upcasts:
    """Steps that lift the data of a type from one schema to the next."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, int], Step] = {}

    def add(self, event_type: str, schema: int, step: Step) -> None:
        """Register the step from ``schema`` to ``schema + 1``."""
        self._steps[(event_type, schema)] = step

    def lift(self, event_type: str, schema: int, data: Data, target: int) -> Data:
        """Lift data to the target schema; raises KeyError when a step is missing."""
        while schema < target:
            data = self._steps[(event_type, schema)](data)
            schema += 1
        return data
