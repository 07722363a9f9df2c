"""A journal replays to itself, and every verdict is what a judge says who only counts minutes."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.business import Business
from app.domain.card import Stage
from app.domain.decision import Turn
from app.domain.figures import history
from app.domain.figures.history import Event
from app.domain.mail import Mail, Tick
from app.domain.qualification import Heat, Understanding
from app.domain.sla import Outcome, Target
from tests.domain.story import MORNING, SALON, WANTS, Story
from tests.domain.test_turn_laws import STORIES

MINUTE = timedelta(minutes=1)
MOSCOW = ZoneInfo("Europe/Moscow")


@dataclass(slots=True)
class Punctual(Story):
    """Every moment that was asked for is kept, as the workers do; `journal` holds the facts of every turn."""

    journal: list[Event] = field(default_factory=list)

    def take(self, mails: list[Mail], understanding: Understanding | None = None) -> Turn:  # type: ignore[override]
        now = self.now
        while self.turns and (due := self.turns[-1].wake_at) is not None and due <= now:
            self.now = due
            self._keep(Story.take(self, [Tick(due_at=due)]))
        self.now = now
        return self._keep(Story.take(self, mails, understanding))

    def _keep(self, turn: Turn) -> Turn:
        self.journal += [Event(at=self.now, kind=f.kind, conversation_id="te-1", facts=f.values) for f in turn.facts]
        return turn


def decided(events: list[Event]) -> list[tuple[object, ...]]:
    verdicts = [
        (e.facts["target"], e.facts["start"], e.facts["what"], e.facts["on"])
        for e in events
        if e.kind == "clock" and e.facts["what"] in ("met", "missed", "late")
    ]
    return sorted(
        map(str, [*verdicts, *((e.facts["target"], e.facts["step"]) for e in events if e.kind == "escalated")])
    )  # type: ignore[arg-type]


@settings(max_examples=100)
@given(STORIES)
def test_a_history_replays_to_itself(events: list[Callable[[Story], Turn]]) -> None:
    story = Punctual()
    for event in events:
        event(story)
    story.take([])
    assert decided(story.journal) == decided(history.replay(story.journal, SALON, story.now))


def test_longer_hours_would_have_kept_what_was_missed_and_shorter_targets_break_what_was_kept() -> None:
    story = Punctual(business=replace(SALON, ladder=()))
    story.hear(reading=replace(WANTS, heat=Heat.HOT))
    story.person(later=240)
    hasty = replace(SALON, sla=replace(SALON.sla, first_response={**SALON.sla.first_response, Heat.HOT: 3 * MINUTE}))
    assert ["met"] == [
        e.facts["what"] for e in story.journal if e.facts.get("what") == "met" and e.facts["target"] == "first_response"
    ]
    replayed = history.replay(story.journal, hasty, story.now)
    assert ["missed", "late"] == [
        e.facts["what"]
        for e in replayed
        if e.kind == "clock" and e.facts["target"] == "first_response" and e.facts["what"] != "started"
    ]


# --- a judge who counts minutes, and shares nothing with the clocks but the profile's numbers

PROMISED = {Heat.HOT: 5, Heat.WARM: 60, Heat.COLD: 24 * 60}
HEATS = [Heat.COLD, Heat.WARM, Heat.HOT]
HOURS = {
    "usual": {**dict.fromkeys(range(5), (10, 21)), 5: (11, 20), 6: (11, 20)},
    "short": dict.fromkeys(range(7), (12, 18)),
}
SHORT = replace(SALON.calendar, weekly=(((720, 1080),),) * 7, exceptions={}, holidays={})
USUAL = replace(SALON.calendar, exceptions={}, holidays={})
CALENDARS = {"usual": USUAL, "short": SHORT}


@dataclass(slots=True)
class Promise:
    start: datetime
    budget: int
    missed: datetime | None = None  # the deadline that passed
    verdict: str = "running"


@dataclass(slots=True)
class Judge:
    hours: str = "usual"
    heat: Heat | None = None
    promises: list[Promise] = field(default_factory=list)
    last: datetime | None = None

    def wrote(self, at: datetime, heat: Heat) -> None:
        self.look(at)
        open_ = self._open()
        if self.last and at - self.last >= timedelta(hours=24) and open_ is None:
            self.heat = None
        self.heat = heat if self.heat is None else max(self.heat, heat, key=HEATS.index)
        self.last = at
        if open_ is None:
            self.promises.append(Promise(at, PROMISED[self.heat]))
        elif not open_.missed:
            open_.budget = min(open_.budget, self._spent(open_.start, at) + PROMISED[heat])
            self.look(at)

    def answered(self, at: datetime) -> None:
        self.look(at - MINUTE)
        self.last = at
        if (open_ := self._open()) is not None:
            due = open_.missed or self._due(open_)
            open_.missed, open_.verdict = (due, "missed") if at > due else (None, "met")  # at the deadline is in time

    def edited(self, at: datetime, hours: str) -> None:
        self.look(at)
        self.hours = hours
        self.look(at)

    def look(self, at: datetime) -> None:
        if (open_ := self._open()) is not None and not open_.missed and at >= self._due(open_):
            open_.missed = self._due(open_)

    def _open(self) -> Promise | None:
        return next((p for p in self.promises if p.verdict == "running"), None)

    def _spent(self, start: datetime, end: datetime) -> int:
        spent, at = 0, start
        while at < end:
            spent += self._is_open(at)
            at += MINUTE
        return spent

    def _due(self, promise: Promise) -> datetime:
        at, left = promise.start, promise.budget
        while left:
            left -= self._is_open(at)
            at += MINUTE
        return at

    def _is_open(self, at: datetime) -> bool:
        local = at.astimezone(MOSCOW)
        opens, closes = HOURS[self.hours][local.weekday()]
        return opens <= local.hour < closes


WAITS = st.sampled_from([0, 1, 4, 5, 6, 30, 59, 60, 61, 300, 700, 1441, 2000])
ACTS = st.sampled_from(["cold", "warm", "hot", "warm", "answer", "answer", "reply", "usual", "short"])


def business(hours: str) -> Business:
    return replace(SALON, calendar=CALENDARS[hours], ladder=())


def agree(acts: list[tuple[int, str]]) -> None:
    """The same history told to the turn and to the judge."""
    story, judge = Punctual(business=business("usual")), Judge()
    for wait, act in acts:
        story.now += wait * MINUTE
        match act:
            case "cold" | "warm" | "hot":
                judge.wrote(story.now, Heat(act))
                story.hear(reading=replace(WANTS, heat=Heat(act)), later=0)
            case "answer" if story.conversation is not None:
                judge.answered(story.now)
                story.person(later=0)
            case "reply" if story.outbox:
                judge.look(story.now)
                story.sent(later=0)
                judge.last = story.now
            case "usual" | "short":
                story.take([]) if story.conversation else None
                judge.edited(story.now, act)
                story.business = business(act)
                story.take([]) if story.conversation else None
    judge.look(story.now)
    story.take([]) if story.conversation else None
    assert ["missed" if p.missed else p.verdict for p in judge.promises] == verdicts(story)


def verdicts(story: Punctual) -> list[str]:
    """Of each promise in the order they were made; two of one instant bear one name."""
    found: list[str] = []
    newest: dict[tuple[object, object], int] = {}
    for event in story.journal:
        if event.kind != "clock" or event.facts["target"] not in ("first_response", "next_response"):
            continue
        name, what = (event.facts["target"], event.facts["start"]), str(event.facts["what"])
        if what == "started" or name not in newest:
            newest[name] = len(found)
            found.append("running")
        if what in ("met", "missed"):
            found[newest[name]] = what
    return found


HISTORIES = st.lists(st.tuples(WAITS, ACTS), min_size=1, max_size=14)


@settings(max_examples=120)
@given(HISTORIES)
def test_every_verdict_is_the_judges(acts: list[tuple[int, str]]) -> None:
    agree(acts)


@pytest.mark.slow
@settings(max_examples=10_000)
@given(HISTORIES)
def test_ten_thousand_verdicts_are_the_judges(acts: list[tuple[int, str]]) -> None:
    agree(acts)


def test_a_miss_that_was_cured_a_second_later_is_still_recorded() -> None:
    story = Punctual(business=business("usual"))
    story.hear(reading=replace(WANTS, heat=Heat.HOT), later=0)
    due = story.clock(Target.FIRST_RESPONSE).due_at
    story.now = due
    story.person(later=1)
    clock = story.clock(Target.FIRST_RESPONSE)
    assert (Outcome.MISSED, due, due + timedelta(seconds=1)) == (clock.outcome, clock.missed_at, clock.stopped_at)
    assert story.enquiry.stage is Stage.IN_WORK
    assert due > MORNING
