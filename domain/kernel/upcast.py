"""Old facts in today's shape: one step for each type and schema, chained.

What is stored never changes: data is lifted while it is read, and the feed shows it as stored.
"""

from collections.abc import Callable
from typing import Any

Data = dict[str, Any]
Step = Callable[[Data], Data]


def unchanged(data: Data) -> Data:
    """Lift to a schema whose new fields may be left out, so that old data reads as it is."""
    return data


class Upcasts:
    """Steps that lift the data of a type from one schema to the next."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, int], Step] = {}

    def add(self, event_type: str, schema: int, step: Step) -> None:
        """Register the step from ``schema`` to ``schema + 1``; raises ValueError for a second one.

        A step makes new data and leaves what it gets as it is.
        """
        if (event_type, schema) in self._steps:
            message = f"{event_type} has a step from schema {schema} already"
            raise ValueError(message)
        self._steps[(event_type, schema)] = step

    def knows(self, event_type: str, schema: int) -> bool:
        """Say whether there is a step from ``schema`` to the next."""
        return (event_type, schema) in self._steps

    def lift(self, event_type: str, schema: int, data: Data, target: int) -> Data:
        """Lift data to the target schema; raises KeyError when a step is missing."""
        while schema < target:
            data = self._steps[(event_type, schema)](data)
            schema += 1
        return data
