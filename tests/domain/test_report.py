"""An owner's figures: each enquiry in the period it began in, every share with what it is of."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app import profiles
from app.domain.figures.history import Event
from app.domain.figures.report import Report, Share, Span, added, period, report
from app.domain.figures.share import percent
from app.flow.report import lines, told
from app.flow.report_letter import letter

SALON = profiles.load(Path(__file__).resolve().parents[2] / "profiles" / "salon.yaml")
MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY = datetime(2026, 11, 23, tzinfo=MOSCOW)
TODAY = MONDAY.date()
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass
class Book:
    """A journal written by hand."""

    events: list[Event] = field(default_factory=list)

    def add(self, at: datetime, event: str, conversation: str, **facts: object) -> None:
        self.events.append(Event(at=at, kind=event, conversation_id=conversation, facts=facts))

    def enquiry(self, at: datetime, who: str, *, verdict: str = "met", manager: int = 7, after: int = 300) -> None:
        clock = {"target": "first_response", "class": "warm", "manager": manager, "start": 0, "on": 0}
        self.add(at, "received", who, channel="telegram", kind="text", author="customer", source="")
        self.add(at, "clock", who, **clock, what="started")
        self.add(at + 2 * timedelta(seconds=1), "replied", who, by="bot", channel="telegram", first=True, seconds=2.0)
        if verdict == "missed":
            self.add(at + HOUR, "clock", who, **clock, what="missed", cause="not_accepted")
        if verdict != "running":
            answered = at + timedelta(seconds=after)
            self.add(answered, "replied", who, by="human", channel="telegram", first=True, seconds=float(after))
            self.add(answered, "clock", who, **clock, what="met" if verdict == "met" else "late")

    def of(self, span: Span, day: date = TODAY) -> Report:
        asked = period(span, day, MOSCOW)
        events = sorted(self.events, key=lambda event: event.at)
        return report([event for event in events if event.at >= asked.starts], SALON, asked)


@pytest.mark.parametrize(
    ("span", "day", "starts", "ends"),
    [
        (Span.DAILY, "2026-11-25", "2026-11-25", "2026-11-26"),
        (Span.WEEKLY, "2026-11-29", "2026-11-23", "2026-11-30"),
        (Span.MONTHLY, "2026-12-31", "2026-12-01", "2027-01-01"),
    ],
)
def test_a_period_is_whole_local_days(span: Span, day: str, starts: str, ends: str) -> None:
    found = period(span, date.fromisoformat(day), MOSCOW)
    edges = (date.fromisoformat(edge) for edge in (starts, ends))
    midnights = tuple(datetime(edge.year, edge.month, edge.day, tzinfo=MOSCOW) for edge in edges)
    assert midnights == (found.starts, found.ends)
    assert found.starts == found.before().ends


def test_160_of_200_in_time_are_80_percent() -> None:
    book = Book()
    for number in range(200):
        verdict = "met" if number < 160 else "missed"
        book.enquiry(MONDAY + 10 * HOUR + number * MINUTE, f"te-{number}", verdict=verdict)
    found = book.of(Span.DAILY)
    assert Share(part=160, whole=200) == found.sla
    assert {"not_accepted": 40} == found.causes
    assert {7: Share(part=160, whole=200)} == found.managers
    assert "80\u00a0% (160 из 200)" in "\n".join(lines(told(found, found, SALON), "ru"))


def test_an_enquiry_of_the_last_minute_is_judged_by_what_came_after_midnight() -> None:
    book = Book()
    late = MONDAY + 24 * HOUR - MINUTE
    book.enquiry(late, "te-1", after=600)
    assert Share(part=1, whole=1) == book.of(Span.DAILY).sla
    assert Share(part=0, whole=0) == book.of(Span.DAILY, date(2026, 11, 24)).sla


def test_one_that_waits_is_of_the_whole_and_told_apart() -> None:
    book = Book()
    book.enquiry(MONDAY + 10 * HOUR, "te-1", verdict="running")
    found = book.of(Span.DAILY)
    assert (Share(part=0, whole=1), 1) == (found.sla, found.waiting)


def test_a_week_is_the_sum_of_its_days() -> None:
    book = Book()
    for number in range(21):
        at = MONDAY + number * 8 * HOUR
        book.enquiry(at, f"te-{number}", verdict=("met", "missed", "running")[number % 3], manager=number % 2 * 7)
        book.add(at + HOUR, "booked", f"te-{number}", booking=number)
        book.add(at + 2 * HOUR, ("came", "no_show")[number % 2], f"te-{number}", booking=number)
    week = book.of(Span.WEEKLY)
    days = [book.of(Span.DAILY, (MONDAY + ahead * 24 * HOUR).date()) for ahead in range(7)]
    assert added(days, week.period) == replace(week, managers=dict(sorted(week.managers.items())))
    assert _sum(day.sla for day in days) == week.sla
    assert _sum(day.conversion for day in days) == week.conversion
    assert _sum(day.no_show for day in days) == week.no_show
    assert sum(len(day.frt_human) for day in days) == len(week.frt_human)
    assert 21 == week.facts["booked"] == week.channels["telegram"]


def test_nothing_is_told_as_nothing() -> None:
    empty = Book().of(Span.MONTHLY)
    text = "\n".join(lines(told(empty, empty, SALON), "ru"))
    assert "Ответили вовремя" in text
    assert "%" not in re.sub(r"цель \d+\u00a0%|90 % до", "", text)


def test_the_team_stands_by_name_and_who_has_none_by_number() -> None:
    book = Book()
    for manager in (5, 7, 0):
        book.enquiry(MONDAY + 10 * HOUR, f"te-{manager}", manager=manager)
    found = book.of(Span.DAILY)
    text = "\n".join(lines(told(found, found, SALON, {5: "Анна Первая"}), "ru"))
    assert all(name in text for name in ("Анна Первая", "сотрудник № 7", "никто"))
    assert "№ 5" not in text


def _sum(shares: Iterable[Share]) -> Share:
    parts = list(shares)
    return Share(part=sum(share.part for share in parts), whole=sum(share.whole for share in parts))


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_a_letter_tells_the_same_figures_in_a_telephones_width(locale: str) -> None:
    book = Book()
    for number in range(30):
        verdict = ("met", "met", "missed")[number % 3]
        book.enquiry(MONDAY + 10 * HOUR + number * MINUTE, f"te-{number}", verdict=verdict, manager=(5, 7)[number % 2])
    for number in range(10):
        book.enquiry(MONDAY + 12 * HOUR, f"wh-{number}", verdict="running", manager=5)
        book.add(MONDAY + 13 * HOUR, "booked", f"te-{number}", booking=number)
        book.add(MONDAY + 14 * HOUR, "no_show" if number == 0 else "came", f"te-{number}", booking=number)
    found, business = book.of(Span.DAILY), replace(SALON, locale=locale)
    text = letter(found, found, business, {5: "Анна Первая", 7: "Мария Вторая"}, MONDAY - HOUR)
    rows = text.splitlines()
    assert max(len(row) for row in rows) <= 90
    assert "  " not in text
    assert "Обращений: 40, ответили на 30" == rows[1] or locale == "en"
    shares = (f"{percent(0.5, locale)} (20 ", f"{percent(0.25, locale)} (10 ", f"{percent(0.1, locale)} (1 ")
    assert all(share in text for share in shares)
    assert {"ru": "Анна Первая, 5 из 15 сроков", "en": "Анна Первая, 5 of 15 deadlines"}[locale] in rows[-1]


def test_a_letter_of_nothing_is_one_line_below_its_title() -> None:
    empty = Book().of(Span.DAILY)
    assert ["Обращений не было."] == letter(empty, empty, SALON, {}, MONDAY - HOUR).splitlines()[1:]


def test_who_was_answered_late_or_by_a_call_was_answered() -> None:
    book = Book()
    book.enquiry(MONDAY + 9 * HOUR, "te-1", verdict="missed", after=7200)  # and answered two hours later
    book.enquiry(MONDAY + 9 * HOUR, "te-2", verdict="running")
    clock = {"target": "first_call", "class": "warm", "manager": 7, "start": 0, "on": 0}
    book.add(MONDAY + 10 * HOUR, "clock", "si-3", **clock, what="started")
    book.add(MONDAY + 11 * HOUR, "clock", "si-3", **clock, what="met")
    book.add(MONDAY + 10 * HOUR, "clock", "si-4", **clock, what="started")
    book.add(MONDAY + 11 * HOUR, "clock", "si-4", **clock, what="missed", cause="not_accepted")
    book.add(MONDAY + 12 * HOUR, "clock", "si-4", **clock, what="late")
    assert (3, 4) == (book.of(Span.DAILY).answered, book.of(Span.DAILY).sla.whole)
