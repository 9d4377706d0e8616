"""Days, business days and instants as data: no clock is read here."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

SATURDAY = 5
INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"


def instant(text: str) -> datetime:
    """Parse an RFC 3339 instant in UTC with six decimals; raises ValueError otherwise."""
    return datetime.strptime(text, INSTANT).replace(tzinfo=UTC)


def is_instant(text: str) -> bool:
    """Say whether a text is an instant as the log keeps it."""
    try:
        return write_instant(instant(text)) == text
    except ValueError:
        return False


def write_instant(moment: datetime) -> str:
    """Write an instant as the log keeps it: RFC 3339, UTC, six decimals, ``Z``."""
    return moment.astimezone(UTC).strftime(INSTANT)


def later(text: str, seconds: float) -> str:
    """Move an instant by seconds."""
    return write_instant(instant(text) + timedelta(seconds=seconds))


def day_of(text: str) -> str:
    """Tell the UTC date of an instant, ``YYYY-MM-DD``."""
    return text[:10]


def at_hour(day: str, hour: int) -> str:
    """Write the instant of a full hour (UTC) on a day."""
    moment = datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)
    return write_instant(moment)


def is_day(text: str) -> bool:
    """Say whether the text is a calendar date ``YYYY-MM-DD``."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def add_days(day: str, days: int) -> str:
    """Move a date by calendar days."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def days_between(start: str, end: str) -> int:
    """Count calendar days from one date to another; negative when the end lies before."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


def add_business_days(day: str, days: int, holidays: Collection[str]) -> str:
    """Move a date forward by business days: Monday to Friday, holidays left out."""
    current = date.fromisoformat(day)
    while days > 0:
        current += timedelta(days=1)
        if current.weekday() < SATURDAY and current.isoformat() not in holidays:
            days -= 1
    return current.isoformat()
