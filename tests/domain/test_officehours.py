"""Business hours of England & Wales: the rule against the tz database, and its arithmetic."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.calendar import instant, write_instant
from domain.kernel.officehours import (
    CLOSES,
    OPENS,
    after_business_days,
    after_business_hours,
    from_london,
    is_business_day,
    london,
)

LONDON = ZoneInfo("Europe/London")
HOLIDAYS = frozenset({"2026-05-25", "2026-12-25", "2026-12-28", "2027-01-01"})
moments = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 - the zone is the third argument
    max_value=datetime(2031, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(moments)
def test_london_is_where_the_tz_database_has_it(moment: datetime) -> None:
    assert london(moment) == moment.astimezone(LONDON).replace(tzinfo=None)


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2030-03-31", "2030-10-27"])
def test_the_clocks_change_at_one_in_the_morning(day: str) -> None:
    for seconds in (-1, 0, 1):
        moment = datetime.combine(date.fromisoformat(day), time(1), UTC) + timedelta(
            seconds=seconds
        )
        assert london(moment) == moment.astimezone(LONDON).replace(tzinfo=None)


@given(st.dates(min_value=date(2024, 1, 1), max_value=date(2031, 12, 31)))
def test_office_hours_come_back_as_they_went(day: date) -> None:
    for hour in (OPENS, CLOSES):
        wall = datetime.combine(day, hour)
        assert london(from_london(wall)) == wall


@given(moments, st.integers(0, 30))
def test_a_period_of_days_ends_when_the_office_closes_on_a_business_day(
    moment: datetime, days: int
) -> None:
    end = london(instant(after_business_days(write_instant(moment), days, HOLIDAYS)))
    assert end.time() == CLOSES
    assert days == 0 or is_business_day(end.date(), HOLIDAYS)


@given(moments, moments, st.integers(1, 20))
def test_who_begins_later_ends_no_earlier(one: datetime, other: datetime, amount: int) -> None:
    first, second = (write_instant(each) for each in sorted((one, other)))
    for after in (after_business_days, after_business_hours):
        assert after(first, amount, HOLIDAYS) <= after(second, amount, HOLIDAYS)
        assert after(first, amount, HOLIDAYS) < after(first, amount + 9, HOLIDAYS)


@given(moments, st.integers(1, 40))
def test_hours_are_spent_in_the_office_alone(moment: datetime, hours: int) -> None:
    """The slow way: count the minutes of open office between start and end."""
    begun, end = write_instant(moment.replace(second=0, microsecond=0)), ""
    end = after_business_hours(begun, hours, HOLIDAYS)
    wall, last, minutes = london(instant(begun)), london(instant(end)), 0
    day = wall.date()
    while day <= last.date():
        if is_business_day(day, HOLIDAYS):
            opens = max(wall, datetime.combine(day, OPENS))
            closes = min(last, datetime.combine(day, CLOSES))
            minutes += max(0, int((closes - opens).total_seconds()) // 60)
        day += timedelta(days=1)
    assert minutes == hours * 60


@pytest.mark.parametrize(
    ("begun", "hours", "end"),
    [
        # A Friday afternoon before a bank holiday: half an hour on Friday, the rest on Tuesday.
        ("2026-05-22T16:00:00.000000Z", 4, "2026-05-26T11:30:00.000000Z"),
        ("2026-05-23T10:00:00.000000Z", 4, "2026-05-26T12:00:00.000000Z"),
        ("2026-05-22T08:00:00.000000Z", 4, "2026-05-22T12:00:00.000000Z"),
        # Exactly at closing time nothing is left of the day, and exactly until it all is.
        ("2026-05-21T16:30:00.000000Z", 1, "2026-05-22T09:00:00.000000Z"),
        ("2026-05-21T08:30:00.000000Z", 8, "2026-05-21T16:30:00.000000Z"),
        # Over the change to winter time: 17:30 and 09:00 are other instants.
        ("2026-10-23T16:00:00.000000Z", 1, "2026-10-26T09:30:00.000000Z"),
    ],
)
def test_four_business_hours(begun: str, hours: int, end: str) -> None:
    assert after_business_hours(begun, hours, HOLIDAYS) == end


@pytest.mark.parametrize(
    ("begun", "days", "end"),
    [
        ("2026-05-22T10:42:00.000000Z", 1, "2026-05-26T16:30:00.000000Z"),
        ("2026-05-22T23:30:00.000000Z", 1, "2026-05-26T16:30:00.000000Z"),
        ("2026-12-23T10:00:00.000000Z", 2, "2026-12-29T17:30:00.000000Z"),
        ("2026-05-24T10:00:00.000000Z", 5, "2026-06-01T16:30:00.000000Z"),
    ],
)
def test_business_days_leave_weekends_and_holidays_out(begun: str, days: int, end: str) -> None:
    assert after_business_days(begun, days, HOLIDAYS) == end
