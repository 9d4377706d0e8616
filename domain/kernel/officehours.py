"""Business hours and business days of England & Wales, computed from data: no clock, no files.

An office is open from 09:00 to 17:30 London time on business days: Monday to Friday, bank
holidays left out. Summer time follows its rule in force since 1996 (Directive 2000/84/EC, in
the United Kingdom the Summer Time Order 2002): it begins and ends at 01:00 UTC on the last
Sunday of March and of October. A test compares the rule with the tz database.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from domain.kernel.calendar import SATURDAY, add_business_days, instant, write_instant

OPENS: Final = time(9)
CLOSES: Final = time(17, 30)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def london(moment: datetime) -> datetime:
    """Tell the wall time in London of an instant, without a zone."""
    plain = moment.astimezone(UTC).replace(tzinfo=None)
    return plain + _HOUR if _is_summer(plain) else plain


def _is_summer(plain: datetime) -> bool:
    return _change(plain.year, 3) <= plain < _change(plain.year, 10)


def _change(year: int, month: int) -> datetime:
    """Tell when the clocks change: 01:00 UTC on the last Sunday of a month of 31 days."""
    last = date(year, month, 31)
    return datetime.combine(last - timedelta(days=(last.weekday() + 1) % 7), time(1))


def from_london(wall: datetime) -> datetime:
    """Tell the instant of a wall time in office hours, when no clock changes."""
    return (wall - _HOUR if _is_summer(wall - _HOUR) else wall).replace(tzinfo=UTC)


def is_business_day(day: date, holidays: Collection[str]) -> bool:
    """Say whether the office opens on this day."""
    return day.weekday() < SATURDAY and day.isoformat() not in holidays


def after_business_days(at: str, days: int, holidays: Collection[str]) -> str:
    """Tell the close of business of the n-th business day after the day of an instant.

    The day on which a period begins does not count (Civil Procedure Rules 2.8).
    """
    begun = london(instant(at)).date().isoformat()
    last = date.fromisoformat(add_business_days(begun, days, holidays))
    return write_instant(from_london(datetime.combine(last, CLOSES)))


def after_business_hours(at: str, hours: int, holidays: Collection[str]) -> str:
    """Tell the instant at which the office has been open for so many hours since an instant."""
    wall, left = london(instant(at)), timedelta(hours=hours)
    while True:
        opens, closes = (datetime.combine(wall.date(), hour) for hour in (OPENS, CLOSES))
        begins = max(wall, opens)
        if is_business_day(wall.date(), holidays) and begins < closes:
            if begins + left <= closes:
                return write_instant(from_london(begins + left))
            left -= closes - begins
        wall = datetime.combine(wall.date() + _DAY, OPENS)
