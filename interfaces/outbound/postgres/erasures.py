"""Whom a log calls erased."""

from collections.abc import Callable, Mapping
from typing import Final

import psycopg

from application.envelopes import read
from domain.kernel.event import Envelope
from domain.kernel.ids import identity_of

Erasures = Mapping[str, Callable[[Envelope], str]]
"""Event types that say that a person is erased, and how each names the person."""

ERASURES: Final[Erasures] = {"subject.erased": lambda envelope: identity_of(envelope.stream)}
"""No decision writes this type yet; a log that has it is obeyed."""

_ERASED: Final = """
SELECT position, body, chain FROM events WHERE type = ANY(%s) ORDER BY position
"""


def erased_persons(connection: psycopg.Connection, erasures: Erasures = ERASURES) -> frozenset[str]:
    """Read the whole log for whom it calls erased. Raises psycopg.Error."""
    found = connection.cursor(binary=True).execute(_ERASED, [list(erasures)])
    envelopes = (read(*row).envelope for row in found)
    return frozenset(erasures[envelope.type](envelope) for envelope in envelopes)
