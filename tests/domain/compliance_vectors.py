"""Cases that a rule and its mirror on chain must judge alike (tests/vectors/compliance.json)."""

from pathlib import Path
from typing import Final

import msgspec

from domain.compliance.facts import Facts
from domain.compliance.rulebook import Rulebook

FILE: Final = Path(__file__).resolve().parents[1] / "vectors" / "compliance.json"


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units that go from one holder to another; from nobody in a mint."""

    sender: str | None
    receiver: str
    units: int


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rules, who holds what, a move, and the code of the refusal, if any.

    ``holdings`` came before the lock was set, ``minted`` came by mints after it. A holder's name
    begins with its country.
    """

    name: str
    rules: Rulebook
    holdings: dict[str, int]
    minted: dict[str, int]
    move: Move
    verdict: str | None

    @property
    def holders(self) -> list[str]:
        """Everybody in the case."""
        names = {*self.holdings, *self.minted, self.move.receiver, self.move.sender or ""}
        return sorted(names - {""})


class Vectors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: all cases are judged at one instant, in seconds since 1970."""

    format: str
    at: int
    cases: tuple[Case, ...]


VECTORS: Final = msgspec.json.decode(FILE.read_bytes(), type=Vectors)


def country_of(holder: str) -> str:
    """Tell a holder's country."""
    return holder[:2].upper()


def facts_of(case: Case) -> Facts:
    """Tell what the rules look at."""
    holdings = dict(case.holdings)
    for holder, units in case.minted.items():
        holdings[holder] = holdings.get(holder, 0) + units
    return Facts(
        sender=case.move.sender,
        receiver=case.move.receiver,
        units=case.move.units,
        country=country_of(case.move.receiver),
        at=VECTORS.at,
        holdings=holdings,
        minted=case.minted,
    )
