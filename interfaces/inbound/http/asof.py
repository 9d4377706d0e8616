"""As of: which position a moment of the past means (DESIGN decision 7).

"As of a time" is the last position whose event was recorded by then. The answer names the
position, so that whoever asks for more of it, or asks again, asks for the very same state.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from interfaces.inbound.http.calls import whole
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.services import Services
from projections.audit.queries import last_event_at

AS_OF_HEADER: Final = "Tallystick-As-Of"
MEANING: Final = (
    "A position, or an instant (RFC 3339) with its offset: answer as things stood then."
)

AsOf = Annotated[str, Meta(min_length=1, max_length=40, description=MEANING)]

_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_AUDIT: Final = ("audit",)


class Past(msgspec.Struct, frozen=True):
    """An answer as things stood at a position."""

    position: int
    answer: msgspec.Struct


def past(position: int | None, answer: msgspec.Struct) -> msgspec.Struct:
    """Mark an answer with its position; one of the present stays as it is."""
    return answer if position is None else Past(position, answer)


async def position_of(
    services: Services, as_of: str | None, *, field: str, views: tuple[str, ...]
) -> int | None:
    """Tell the position that ``as_of`` means once ``views`` are there; nothing for the present.

    Raises Problem ``invalid_field``, ``as_of_in_future``, ``view_behind``; StoreUnavailable.
    """
    if as_of is None:
        return None
    position, instant = whole(as_of), _instant(as_of)
    head = (await services.reader.standing()).head
    if instant is not None:
        position = await _last_by(services, instant, head=head, field=field)
    if position is None:
        detail = f"{field}: is neither a position nor an instant such as 2026-05-22T10:42:00Z."
        raise Problem("invalid_field", detail, field=f"/{field}")
    if position > head:
        raise Problem("as_of_in_future", field=f"/{field}", numbers={"head": head})
    await _reached(services, position, views)
    return position


async def _last_by(services: Services, instant: str, *, head: int, field: str) -> int:
    if instant > services.clock.now():
        raise Problem("as_of_in_future", field=f"/{field}", numbers={"head": head})
    # The trail must know every event that is on the log by now: one of them may be the last.
    await _reached(services, head, _AUDIT)
    rows = await services.reader.fetch(last_event_at(instant))
    return rows[0].position if rows else 0


async def _reached(services: Services, position: int, views: tuple[str, ...]) -> None:
    if not await services.reader.reached(position, services.limits.wait_seconds_max, views):
        raise Problem("view_behind", numbers={"position": position})


def _instant(text: str) -> str | None:
    """Write an instant as the log does: UTC, six decimals, ``Z``; nothing for other text."""
    text = text.upper()
    if _INSTANT.fullmatch(text) is None:
        return None
    try:
        found = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None  # a day or an hour that no calendar has
    return found.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
