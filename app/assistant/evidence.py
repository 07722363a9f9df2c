"""What a reply may state (pure): the profile, the live slots, the calendar, and what was said in this conversation."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from app.assistant.figures import Figure, Kind, fold, read
from app.assistant.mentions import all_forms, capitalised, named_services, topics
from app.assistant.prompt import answers_of
from app.domain.business import Business, Service
from app.domain.qualification import Question

DAYS = frozenset({Kind.DATE, Kind.WEEKDAY, Kind.RELATIVE})
NEXT_TO = re.compile(r"[\s,(:-]*(?:это\s+|то есть\s+|т\.\s?е\.\s+)?(?:во?\s)?")
SHOWN_DAYS = 14
MINUTE = timedelta(minutes=1)

Place = tuple[date, int]  # local date, minute of the day


@dataclass(frozen=True, slots=True)
class Clause:
    """One statement of the business's own, folded, with the words that show what it is about."""

    text: str
    topics: frozenset[str]
    figures: tuple[Figure, ...]


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
        return " ".join(clause.text for clause in self.clauses)

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """The business's own words that are true today."""
        business = self.business
        free = (f"{one.name}: бесплатно" for one in business.services if one.price.amount == 0)
        plain = (business.name, f"адрес {business.address}", business.city, *business.facts, *free)
        answers = ((answer.say, " ".join(answer.ask)) for answer in answers_of(business, self.today))
        return tuple(
            Clause(text=fold(said), topics=topics(fold(f"{said} {asked}")), figures=read(said))
            for said, asked in (*((text, "") for text in (*plain, *business.scenarios.values())), *answers)
        )

    @cached_property
    def spoken(self) -> str:
        """Folded words of this conversation, the customer's and ours."""
        return fold("\n".join((*(text for _, text in self.question.history), *self.question.texts)))

    @cached_property
    def spoken_words(self) -> frozenset[str]:
        return all_forms(self.spoken)

    @cached_property
    def our_words(self) -> frozenset[str]:
        """Of the profile, and of the name by which the customer is known."""
        business = self.business
        people = " ".join(resource.name for resource in business.resources)
        services = " ".join(f"{one.name} {' '.join(one.aliases)}" for one in business.services)
        return all_forms(f"{people} {services} {self.question.known.name} {self.approved}")

    @cached_property
    def our_names(self) -> frozenset[str]:
        """Forms of the words that the profile and the customer's card write with a capital."""
        business = self.business
        answers = (answer.say for answer in answers_of(business, self.today))
        people = tuple(one.name for one in business.resources)
        services = tuple(one.name for one in business.services)
        told = (business.name, business.address, business.city, self.question.known.name, *business.facts, *answers)
        return capitalised((*told, *people, *services))

    @cached_property
    def asked_services(self) -> list[Service]:
        named = [service for _, service in named_services(self.business, fold("\n".join(self.question.texts)))]
        known = (self.business.service(service_id) for service_id in self.question.known.services)
        return named or [service for service in known if service]

    @cached_property
    def slots(self) -> frozenset[Place]:
        return frozenset(self.place(slot) for slot in self.question.offered)

    @cached_property
    def visit(self) -> frozenset[Place]:
        """The standing booking's moment, if a booking stands; where its moment is not told, the one agreed on."""
        if not self.question.visit_id:
            return frozenset()
        return frozenset((self.place(self.question.visit_at),)) if self.question.visit_at else self._agreed

    @cached_property
    def _agreed(self) -> frozenset[Place]:
        when = self.question.known.when
        return frozenset((self.place(when.earliest),)) if when and when.exact else frozenset()

    @cached_property
    def said_days(self) -> frozenset[date]:
        figures = (figure for figure in read(self.spoken) if figure.kind in DAYS)
        when = self.question.known.when
        known = {self.place(when.earliest)[0], self.place(when.latest)[0]} if when else set()
        return frozenset({day for figure in figures for day in self.days(figure)} | known)

    def approves(self, figure: Figure, sentence: str) -> bool:
        """A statement of the business holds this figure, and the sentence is about the same."""
        about = topics(sentence)
        return any(_holds(clause.figures, figure) and clause.topics & about for clause in self.clauses)

    def was_said(self, figure: Figure) -> bool:
        agreed = figure.kind is Kind.TIME and any(minute in figure.values for _, minute in self._agreed)
        return agreed or _holds(read(self.spoken), figure)

    def days(self, figure: Figure) -> frozenset[date]:
        """The local dates that a day's figure may mean, seen from today."""
        return frozenset(day for value in figure.values for day in self._days(figure.kind, int(value)))

    def hours(self, days: Iterable[date]) -> tuple[frozenset[int], frozenset[int]]:
        """Opening and closing minutes of these days; of the whole week and the coming days where none is given."""
        calendar = self.business.calendar
        named = tuple(days)
        spans = [calendar.spans_of(day) for day in named]
        if not named:
            coming = (self.today + timedelta(days=ahead) for ahead in range(SHOWN_DAYS))
            spans = [*calendar.weekly, *(calendar.spans_of(day) for day in coming)]
        every = [span for of_day in spans for span in of_day]
        return frozenset(opens % 1440 for opens, _ in every), frozenset(closes % 1440 for _, closes in every)

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

    def place(self, at: datetime) -> Place:
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
