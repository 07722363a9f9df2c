"""Laws of working time, aimed at the edges, beside an oracle that walks the local clock minute by minute."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import (
    ALWAYS,
    FOREVER,
    Calendar,
    Interval,
    Spans,
    due_at,
    is_open,
    local_to_utc,
    next_opening,
    open_intervals,
    slices,
    working_time,
)

MINUTE = timedelta(minutes=1)
WEEK_OF = {  # the Monday before something happens to the local clock, or nothing at all
    "Europe/Moscow": [date(2014, 10, 20), date(2026, 3, 9)],
    "Asia/Novosibirsk": [date(2016, 7, 18)],
    "Europe/Berlin": [date(2026, 3, 23), date(2026, 10, 19)],
    "America/New_York": [date(2026, 3, 2), date(2026, 10, 26)],
    "Australia/Lord_Howe": [date(2026, 3, 30), date(2026, 9, 28)],  # the clock moves by half an hour
    "America/Sao_Paulo": [date(2018, 10, 29)],  # midnight itself is skipped
}
EDGES = sorted({0, 1, 90, 120, 121, 150, 180, 181, 600, 780, 840, 1200, 1260, 1439, 1440})
DAYS = st.lists(st.sampled_from(EDGES), min_size=2, max_size=6, unique=True).map(
    lambda marks: tuple((start, end) for start, end in zip(sorted(marks)[::2], sorted(marks)[1::2], strict=False))
)


@st.composite
def days(draw: st.DrawFn) -> Spans:
    """Closed, with lunch, round the clock or over midnight."""
    spans = draw(st.sampled_from([(), ((0, 1440),), ((600, 780), (840, 1260))]) | DAYS)
    night = draw(st.sampled_from([(), (), ((1320, 1500),), ((1439, 1441),), ((1260, 1590),)]))
    return tuple(span for span in spans if not night or span[1] <= night[0][0]) + night


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, date]:
    """A calendar and the Monday of its interesting week."""
    zone = draw(st.sampled_from(sorted(WEEK_OF)))
    monday = draw(st.sampled_from(WEEK_OF[zone]))
    dates = st.dates(monday - timedelta(days=1), monday + timedelta(days=8))
    weekly = [draw(days()) for _ in range(7)]
    weekly[draw(st.integers(0, 6))] = ((600, 1260),)  # it opens at least once a week
    calendar = Calendar(
        zone=zone,
        weekly=tuple(weekly),
        exceptions=draw(st.dictionaries(dates, days(), max_size=2)),
        holidays=draw(st.dictionaries(dates, st.just(()), max_size=3)),
    )
    if draw(st.booleans()):
        inner = ((660, 1020),), ((0, 1440),), ((540, 1500),), ((0, 1440),), ((0, 1440),), ((0, 1440),), ((120, 1440),)
        calendar = Calendar(zone=zone, weekly=tuple(inner), within=calendar)
    return calendar, monday


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A calendar and a start at, or within seconds of, a moment where something changes."""
    calendar, monday = draw(calendars())
    midnight = local_to_utc(datetime.combine(monday, datetime.min.time()), calendar.zone)
    shifts = islice(calendar.shifts_after(midnight), 12)
    near = sorted({min(moment, midnight + timedelta(days=9)) for shift in shifts for moment in shift} | {midnight})
    start = draw(st.sampled_from(near)) if draw(st.booleans()) else midnight + draw(st.integers(0, 12000)) * MINUTE
    return calendar, start + timedelta(seconds=draw(st.sampled_from([-60, -1, 0, 0, 0, 1, 60, 3600])))


BUDGETS = st.sampled_from([1, 59, 60, 300, 3600, 10800, 36000, 86400, 200000]).map(lambda s: timedelta(seconds=s))


def open_minutes(calendar: Calendar, start: datetime, count: int) -> list[datetime]:
    """The slow oracle: minutes from `start` on at which the furthest local time reached lies in a span.

    It shares nothing with the calendar but its fields.
    """
    reached, found = datetime.min, []
    at = start - timedelta(hours=4)
    while at < start + count * MINUTE:
        reached = max(reached, at.astimezone(ZoneInfo(calendar.zone)).replace(tzinfo=None))
        if at >= start and shows_open(calendar, reached):
            found.append(at)
        at += MINUTE
    return found


def shows_open(calendar: Calendar, local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    today, yesterday = local.date(), local.date() - timedelta(days=1)
    own = any(start <= minute < end for start, end in hours_of(calendar, today))
    own = own or any(start <= minute + 1440 < end for start, end in hours_of(calendar, yesterday))
    return own and (calendar.within is None or shows_open(calendar.within, local))


def hours_of(calendar: Calendar, day: date) -> Spans:
    for layer in (calendar.exceptions, calendar.holidays):
        if day in layer:
            return layer[day]
    return calendar.weekly[day.weekday()]


@settings(max_examples=60, deadline=None)
@given(scenes())
def test_working_time_counts_the_minutes_of_the_local_clock(scene: tuple[Calendar, datetime]) -> None:
    calendar, start = scene
    start, count = start.replace(second=0), 3000
    assert len(open_minutes(calendar, start, count)) * MINUTE == working_time(start, start + count * MINUTE, calendar)


@settings(max_examples=40, deadline=None)
@given(scenes())
def test_every_minute_is_open_exactly_when_the_local_clock_says_so(scene: tuple[Calendar, datetime]) -> None:
    calendar, start = scene
    start = start.replace(second=0)
    said = [start + n * MINUTE for n in range(1500) if is_open(start + n * MINUTE, calendar)]
    assert open_minutes(calendar, start, 1500) == said


@given(scenes(), BUDGETS)
def test_due_at_is_undone_by_working_time(scene: tuple[Calendar, datetime], budget: timedelta) -> None:
    calendar, start = scene
    assert budget == working_time(start, due_at(start, budget, calendar), calendar)


@given(scenes(), BUDGETS)
def test_due_at_is_the_first_moment_at_which_the_budget_is_spent(
    scene: tuple[Calendar, datetime], budget: timedelta
) -> None:
    calendar, start = scene
    just_before = due_at(start, budget, calendar) - timedelta(microseconds=1)
    assert working_time(start, just_before, calendar) < budget


@given(scenes(), BUDGETS, st.integers(0, 200000))
def test_later_start_is_never_due_earlier(scene: tuple[Calendar, datetime], budget: timedelta, later: int) -> None:
    calendar, start = scene
    assert due_at(start, budget, calendar) <= due_at(start + timedelta(seconds=later), budget, calendar)


@given(scenes(), BUDGETS, BUDGETS)
def test_budgets_add_up(scene: tuple[Calendar, datetime], first: timedelta, then: timedelta) -> None:
    calendar, start = scene
    assert due_at(start, first + then, calendar) == due_at(due_at(start, first, calendar), then, calendar)


@given(scenes(), BUDGETS, st.sampled_from(sorted(WEEK_OF)))
def test_zone_of_the_start_does_not_matter(scene: tuple[Calendar, datetime], budget: timedelta, zone: str) -> None:
    calendar, start = scene
    assert due_at(start, budget, calendar) == due_at(start.astimezone(ZoneInfo(zone)), budget, calendar)


@st.composite
def pauses_after(draw: st.DrawFn, start: datetime) -> list[Interval]:
    """Some overlap, some are empty, some begin before the start."""
    lengths = st.tuples(st.integers(-4000, 200000), st.sampled_from([0, 1, 600, 3600, 50000]))
    drawn = draw(st.lists(lengths, min_size=1, max_size=4))
    return [(start + timedelta(seconds=a), start + timedelta(seconds=a + length)) for a, length in drawn]


@given(scenes(), BUDGETS, st.data())
def test_pauses_add_exactly_their_open_time(
    scene: tuple[Calendar, datetime], budget: timedelta, data: st.DataObject
) -> None:
    calendar, start = scene
    pauses = data.draw(pauses_after(start))
    due = due_at(start, budget, calendar, pauses)
    held = timedelta()  # open time of the union of the pauses, walked by a cursor of its own
    cursor = start
    for begins, ends in sorted(pauses):
        begins, ends = max(begins, cursor), min(ends, due)
        held += working_time(begins, ends, calendar)
        cursor = max(cursor, ends)
    assert budget == working_time(start, due, calendar) - held
    assert budget == working_time(start, due, calendar, pauses)


@given(scenes(), BUDGETS, st.data())
def test_slices_are_apart_in_order_and_open(
    scene: tuple[Calendar, datetime], budget: timedelta, data: st.DataObject
) -> None:
    calendar, start = scene
    pauses = data.draw(pauses_after(start))
    found = slices(start, due_at(start, budget, calendar, pauses), calendar, pauses)
    assert budget == sum((closes - opens for opens, closes in found), timedelta())
    edges = [start, *(moment for piece in found for moment in piece)]
    assert edges == sorted(edges)
    assert all(is_open(opens, calendar) for opens, _ in found)


@given(scenes())
def test_shifts_never_touch_and_ascend(scene: tuple[Calendar, datetime]) -> None:
    calendar, start = scene
    shifts = list(islice(calendar.shifts_after(start), 20))
    edges = [moment for shift in shifts for moment in shift]
    assert edges == sorted(set(edges))
    assert edges[1] > start


@given(scenes())
def test_next_opening_is_open_and_nothing_is_open_before(scene: tuple[Calendar, datetime]) -> None:
    calendar, start = scene
    opening = next_opening(start, calendar)
    assert is_open(opening, calendar)
    assert timedelta(0) == working_time(start, opening, calendar)


def berlin(*spans: tuple[int, int]) -> Calendar:
    return Calendar(zone="Europe/Berlin", weekly=(spans,) * 7)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_a_day_of_the_clock_change_has_its_own_length(day: date, hours: int) -> None:
    midnight, next_midnight = (
        local_to_utc(datetime.combine(day + timedelta(days=later), datetime.min.time()), "Europe/Berlin")
        for later in (0, 1)
    )
    assert timedelta(hours=hours) == working_time(midnight, next_midnight, berlin((0, 1440)))


@pytest.mark.parametrize(
    ("spans", "night", "minutes"),
    [
        (((1320, 1560),), date(2026, 3, 28), 240),  # 22:00-02:00 closes where the gap begins
        (((1320, 1620),), date(2026, 3, 28), 240),  # 22:00-03:00 loses the skipped hour
        (((1320, 1620),), date(2026, 10, 24), 360),  # and works the repeated one
        (((130, 170),), date(2026, 3, 28), 40),  # inside the gap: there is none on that night, only on the 28th
    ],
)
def test_night_shift_over_a_clock_change(spans: Spans, night: date, minutes: int) -> None:
    start = local_to_utc(datetime.combine(night, datetime.min.time()), "Europe/Berlin")
    calendar = Calendar(zone="Europe/Berlin", weekly=(*[()] * 5, spans, spans))
    assert minutes * MINUTE == working_time(start, start + timedelta(hours=36), calendar)


def test_an_exception_outranks_the_holiday() -> None:
    new_year = date(2026, 12, 31)
    calendar = Calendar(
        zone="Europe/Moscow",
        weekly=(((600, 1260),),) * 7,
        exceptions={new_year: ((600, 960),)},
        holidays={new_year: (), new_year + timedelta(days=1): ()},
    )
    opens, closes = open_intervals(datetime(2026, 12, 30, 21, tzinfo=UTC), calendar, 1)[0]
    assert [opens.hour, closes.hour] == [7, 13]
    assert datetime(2027, 1, 2, 7, tzinfo=UTC) == next_opening(closes, calendar)


def test_overnight_spans_join_what_touches_or_overlaps_them() -> None:
    calendar = Calendar(
        zone="UTC", weekly=(((1200, 1560),),) * 7, exceptions={date(2026, 6, 3): ((60, 240), (1380, 1440))}
    )
    found = open_intervals(datetime(2026, 6, 2, 12, tzinfo=UTC), calendar, 2)
    expected = [("2026-06-02T20:00", "2026-06-03T04:00"), ("2026-06-03T23:00", "2026-06-04T00:00")]
    assert expected == [tuple(moment.isoformat()[:16] for moment in span) for span in found]


def test_round_the_clock_is_one_shift_that_lasts_forever() -> None:
    start = datetime(2026, 6, 3, 12, 30, tzinfo=UTC)
    assert ((start, FOREVER),) == open_intervals(start, ALWAYS, 5)
    morning_to_morning = Calendar(zone="Europe/Berlin", weekly=(((600, 2040),),) * 7)
    assert ((start, FOREVER),) == open_intervals(start, morning_to_morning, 5)
    assert start + timedelta(days=1000) == due_at(start, timedelta(days=1000), morning_to_morning)


def test_round_the_clock_still_keeps_its_holidays() -> None:
    calendar = Calendar(zone="UTC", weekly=ALWAYS.weekly, holidays={date(2026, 6, 4): ()})
    start = datetime(2026, 6, 3, 23, tzinfo=UTC)
    assert datetime(2026, 6, 5, 1, tzinfo=UTC) == due_at(start, timedelta(hours=2), calendar)


@pytest.mark.parametrize(
    "weekly",
    [
        ((),) * 7,
        (((600, 600),),) * 7,
        (((600, 900), (800, 1000)),) * 7,
        (((1440, 1500),),) * 7,
        (((0, 2000),),) * 7,
        (((600, 900),),) * 6,
    ],
    ids=["never opens", "empty span", "overlap", "starts tomorrow", "longer than a day", "six days"],
)
def test_an_impossible_calendar_is_refused(weekly: tuple[Spans, ...]) -> None:
    with pytest.raises(ValueError, match=r"never opens|spans|expected 7"):
        Calendar(zone="UTC", weekly=weekly)


def test_a_resource_that_never_meets_its_business_is_refused() -> None:
    with pytest.raises(ValueError, match="never opens"):
        Calendar(zone="UTC", weekly=(((0, 600),),) * 7, within=Calendar(zone="UTC", weekly=(((600, 1200),),) * 7))


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no zone"):
        due_at(datetime(2026, 6, 3), MINUTE, ALWAYS)


def test_a_pause_inside_another_adds_nothing() -> None:
    start = datetime(2026, 6, 3, 12, tzinfo=UTC)
    pauses = [(start + 10 * MINUTE, start + 50 * MINUTE), (start + 20 * MINUTE, start + 30 * MINUTE)]
    assert start + 100 * MINUTE == due_at(start, 60 * MINUTE, ALWAYS, pauses)
