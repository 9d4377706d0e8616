"""Questions about profiles."""

import msgspec

from domain.kernel.sealed import Sealed
from projections.query import Query
from projections.select import equal, select

SECTIONS_MAX = 20


class ProfileRow(msgspec.Struct, frozen=True):
    """The newest box of a section."""

    subject: str
    section: str
    box: Sealed
    recorded_at: str
    recorded_by: str
    position: int


def profile(subject: str) -> Query[ProfileRow]:
    """Ask for all sections of a subject."""
    conditions = [equal("subject", subject)]
    return select(ProfileRow, "profiles", conditions, order="section", limit=SECTIONS_MAX)
