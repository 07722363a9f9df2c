"""When a report is due: the business's own wall clock, once, and nothing that is older than a day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.business import Reports
from app.domain.figures.report import Span
from app.domain.figures.timetable import due

MOSCOW, NOVOSIBIRSK, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Novosibirsk"), ZoneInfo("Europe/Berlin")
ALL = Reports(daily=time(9), weekly="mon", monthly=1, to=("owner",))
MINUTE = timedelta(minutes=1)


def names(rules: Reports, now: datetime, zone: ZoneInfo = MOSCOW) -> list[str]:
    return [each.name for each in due(rules, now, zone)]


def test_a_day_is_reported_the_next_morning() -> None:
    nine = datetime(2026, 11, 25, 9, tzinfo=MOSCOW)
    assert ["daily:2026-11-24"] == names(ALL, nine)
    assert ["daily:2026-11-23"] == names(ALL, nine - MINUTE)
    assert ["daily:2026-11-24"] == names(ALL, nine + timedelta(days=1) - MINUTE)


def test_all_three_meet_on_a_monday_that_is_the_first() -> None:
    found = due(ALL, datetime(2027, 2, 1, 9, tzinfo=MOSCOW), MOSCOW)
    assert ["daily:2027-01-31", "weekly:2027-01-25", "monthly:2027-01-01"] == [each.name for each in found]
    assert {date(2027, 2, 1)} == {each.period.ends.date() for each in found}


def test_the_zone_of_the_business_says_which_day_is_over() -> None:
    """09:00 in Novosibirsk is 05:00 in Moscow and 02:00 UTC."""
    two = datetime(2026, 12, 1, 2, tzinfo=UTC)
    assert ["daily:2026-11-30", "monthly:2026-11-01"] == names(ALL, two, NOVOSIBIRSK)
    assert "daily:2026-11-30" not in names(ALL, two, MOSCOW)
    [daily, _] = due(ALL, two, NOVOSIBIRSK)
    assert datetime(2026, 11, 29, 17, tzinfo=UTC) == daily.period.starts.astimezone(UTC)


def test_without_a_daily_time_week_and_month_come_at_nine() -> None:
    rules = Reports(weekly="wed", monthly=3)
    assert [] == names(rules, datetime(2026, 6, 3, 8, 59, tzinfo=MOSCOW))
    assert ["weekly:2026-05-25", "monthly:2026-05-01"] == names(rules, datetime(2026, 6, 3, 9, tzinfo=MOSCOW))
    assert [] == names(rules, datetime(2026, 6, 4, 9, tzinfo=MOSCOW))


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_each_day_of_a_daylight_saving_week_is_due_once(day: date) -> None:
    rules = Reports(daily=time(2, 30))  # in spring this time does not exist
    start = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC) - timedelta(days=2)
    found = [each for step in range(5 * 96) for each in due(rules, start + step * 15 * MINUTE, BERLIN)]
    wanted = {(day + timedelta(days=ahead)) for ahead in range(-3, 2)}
    assert wanted <= {each.period.starts.date() for each in found}
    assert len({each.at for each in found}) == len({each.name for each in found})


@pytest.mark.parametrize("rules", [Reports(), Reports(to=("owner", "supervisor"))])
def test_what_nobody_asked_for_is_never_due(rules: Reports) -> None:
    start = datetime(2026, 11, 1, tzinfo=MOSCOW)
    assert [] == [each for hours in range(24 * 40) for each in due(rules, start + timedelta(hours=hours), MOSCOW)]


def test_every_month_is_reported_in_the_next_one() -> None:
    for month in range(1, 13):
        found = due(Reports(monthly=28), datetime(2026, month, 28, 12, tzinfo=MOSCOW), MOSCOW)
        assert [Span.MONTHLY] == [each.period.span for each in found]
        assert (month - 2) % 12 + 1 == found[0].period.starts.month
