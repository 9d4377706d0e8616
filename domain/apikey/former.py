"""What facts about keys looked like under earlier schema numbers; the log keeps them for ever."""

from typing import Final

from domain.kernel.event import Event
from domain.kernel.roles import Role


class ApiKeyIssuedFirst(Event, frozen=True, kw_only=True):
    """A key that does all that its role does, for ever."""

    TYPE = "apikey.issued"
    SCHEMA = 1
    subject: str
    role: Role
    digest: str


FORMER: Final[tuple[type[Event], ...]] = (ApiKeyIssuedFirst,)
