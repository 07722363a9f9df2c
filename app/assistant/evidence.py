"""What a reply may state (pure): the profile, the live slots, the calendar, and what was said in this conversation."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from app.assistant.figures import Figure, Kind, fold, read
from app.assistant.prompt import answers_of
from app.domain.business import Business
from app.domain.qualification import Question

DAYS = frozenset({Kind.DATE, Kind.WEEKDAY, Kind.RELATIVE})
NEXT_TO = re.compile(r"[\s,(]*(?:во?\s)?")
SHOWN_DAYS = 14
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Evidence:
    """Built once per reply; answers questions about single figures."""

    question: Question
    business: Business

    @cached_property
    def today(self) -> date:
        return self.question.now.astimezone(ZoneInfo(self.business.zone)).date()

    @cached_property
    def approved(self) -> str:
        return " ".join(self.clauses)

    @cached_property
    def clauses(self) -> tuple[str, ...]:
        """The business's own words that are true today, folded, one statement each."""
        business = self.business
        answers = (answer.say for answer in answers_of(business, self.today))
        about = (business.name, business.address, business.city)
        return tuple(map(fold, (*about, *business.facts, *answers, *business.scenarios.values())))

    @cached_property
    def spoken(self) -> str:
        """Folded words of this conversation, the customer's and ours."""
        return fold("\n".join((*(text for _, text in self.question.history), *self.question.texts)))

    @cached_property
    def slots(self) -> frozenset[tuple[date, int]]:
        return frozenset(self._place(slot) for slot in self.question.offered)

    @cached_property
    def said_places(self) -> frozenset[tuple[date, int]]:
        """The exact time that is already agreed on, if any."""
        when = self.question.known.when
        return frozenset((self._place(when.earliest),)) if when and when.exact else frozenset()

    @cached_property
    def said_days(self) -> frozenset[date]:
        figures = (figure for figure in read(self.spoken) if figure.kind in DAYS)
        when = self.question.known.when
        known = {self._place(when.earliest)[0], self._place(when.latest)[0]} if when else set()
        return frozenset({day for figure in figures for day in self.days(figure)} | known)

    def approves(self, figure: Figure) -> bool:
        return _holds(read(self.approved), figure)

    def was_said(self, figure: Figure) -> bool:
        when = self.question.known.when
        agreed = figure.kind is Kind.TIME and when and when.exact and self._place(when.earliest)[1] in figure.values
        return bool(agreed) or _holds(read(self.spoken), figure)

    def days(self, figure: Figure) -> frozenset[date]:
        """The local dates that a day's figure may mean, seen from today."""
        return frozenset(day for value in figure.values for day in self._days(figure.kind, int(value)))

    def hours(self, days: Iterable[date]) -> frozenset[int]:
        """Opening and closing minutes of these days; of the whole week and the coming days where none is given."""
        calendar = self.business.calendar
        named = tuple(days)
        spans = [calendar.spans_of(day) for day in named]
        if not named:
            coming = (self.today + timedelta(days=ahead) for ahead in range(SHOWN_DAYS))
            spans = [*calendar.weekly, *(calendar.spans_of(day) for day in coming)]
        return frozenset(minute % 1440 for of_day in spans for span in of_day for minute in span)

    def is_open(self, day: date) -> bool:
        return bool(self.business.calendar.spans_of(day))

    def contradicts(self, left: Figure, right: Figure, gap: str) -> bool:
        """Two days said in one breath that cannot be one: «в пятницу, 19 ноября» of a Thursday."""
        if not {left.kind, right.kind} <= DAYS or left.kind == right.kind or not NEXT_TO.fullmatch(gap):
            return False
        if Kind.DATE in (left.kind, right.kind) and Kind.WEEKDAY in (left.kind, right.kind):
            dated, named = (left, right) if left.kind is Kind.DATE else (right, left)
            return not any(day.weekday() in named.values for day in self.days(dated))
        return not self.days(left) & self.days(right)

    def _place(self, at: datetime) -> tuple[date, int]:
        local = at.astimezone(ZoneInfo(self.business.zone))
        return local.date(), local.hour * 60 + local.minute

    def _days(self, kind: Kind, value: int) -> Iterable[date]:
        today = self.today
        if kind is Kind.RELATIVE:
            return (today + timedelta(days=value),)
        if kind is Kind.WEEKDAY:
            ahead = (value - today.weekday()) % 7
            return tuple(today + timedelta(days=ahead + weeks * 7) for weeks in (0, 1))
        coming = (today + timedelta(days=ahead) for ahead in range(366))
        if value > 31:
            return tuple(day for day in coming if (day.month, day.day) == divmod(value, 100))
        return tuple(day for day in coming if day.day == value)[:2]


def _holds(known: Iterable[Figure], figure: Figure) -> bool:
    return any(figure.kind is other.kind and set(figure.values) & set(other.values) for other in known)
