"""What the journal would hold had the hours, the targets or the ladder been others: its events, replayed. Pure.

Law: under the business that it was written for, a history replays to itself (tests/domain/test_history.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from app.domain import escalation, sla
from app.domain.business import Business
from app.domain.conversation import Enquiry
from app.domain.figures.kpi import Happened
from app.domain.qualification import Heat, hotter
from app.domain.sla import Clock, Target, merged

VERDICTS = frozenset({"met", "missed", "late", "redated"})  # computed anew, together with what was escalated
NOBODY = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of a journal, as it was or as it would have been."""

    at: datetime
    kind: str
    conversation_id: str
    facts: Mapping[str, object] = field(default_factory=dict)


def replay(events: Iterable[Happened], business: Business, until: datetime) -> list[Event]:
    """The events with every verdict and every step of the ladder decided anew under `business`.

    events   of one or many conversations, each in its order
    until    deadlines and steps after this moment have not come
    """
    stories: dict[str, _Story] = {}
    replayed: list[Event] = []
    for event in events:
        story = stories.setdefault(event.conversation_id, _Story(event.conversation_id, business))
        replayed += story.advance(event.at)
        if event.kind == "joined" and (guest := stories.pop(str(event.facts["from"]), None)):
            replayed += guest.advance(event.at)
            story.take_in(guest)
        replayed += story.hear(event)
    for story in stories.values():
        replayed += story.advance(until)
    return sorted(replayed, key=lambda event: event.at)


class _Story:
    """The clocks of one conversation, kept by the same functions that a turn uses."""

    def __init__(self, conversation_id: str, business: Business) -> None:
        self._id, self._business = conversation_id, business
        self._enquiry = Enquiry(number=1, card_id="", started_at=NOBODY)

    def advance(self, until: datetime) -> Iterator[Event]:
        """Every moment before `until`, and at it, that the conversation would have been woken at."""
        wake = escalation.next_wake(self._enquiry, self._business, NOBODY)
        while wake is not None and (now := wake) <= until:
            for clock in self._enquiry.running():
                if sla.is_late(clock, now):
                    self._put(clock, sla.miss(clock, now))
                    yield self._told(now, clock, "missed", clock.due_at)
            for due in escalation.steps_due(self._enquiry, self._business, now):
                self._enquiry = replace(self._enquiry, steps_done=escalation.done(self._enquiry, due.key))
                facts = {"target": due.clock.target, "step": due.number}
                yield Event(at=now, kind="escalated", conversation_id=self._id, facts=facts)
            wake = escalation.next_wake(self._enquiry, self._business, now)

    def take_in(self, guest: "_Story") -> None:
        """Another conversation of the same person goes on in this one, as a turn joins them (domain/joining.py)."""
        mine, theirs = self._enquiry, guest._enquiry
        self._enquiry = replace(
            mine,
            clocks=merged(mine.clocks, theirs.clocks, self._business.calendar),
            heat=hotter(mine.heat, theirs.heat) if theirs.heat else mine.heat,
            steps_done=(*mine.steps_done, *theirs.steps_done),
            accepted_at=max(filter(None, (mine.accepted_at, theirs.accepted_at)), default=None),
        )

    def hear(self, event: Happened) -> Iterator[Event]:
        match event.kind:
            case "escalated":
                return
            case "clock":
                yield from self._clock(event)
                return
            case "pressed":
                taken = event.at if event.facts["button"] == "accept" else None
                self._enquiry = replace(self._enquiry, accepted_at=taken)
            case "replied" if event.facts["by"] == "human":
                self._enquiry = replace(self._enquiry, accepted_at=None)
        yield Event(at=event.at, kind=event.kind, conversation_id=self._id, facts=dict(event.facts))

    def _clock(self, event: Happened) -> Iterator[Event]:
        facts = event.facts
        what, on, target = str(facts["what"]), _moment(facts["on"]), Target(str(facts["target"]))
        heat, visit = Heat(str(facts["class"])), _moment(facts["visit"]) if "visit" in facts else None
        policy, calendar = self._business.sla, self._business.calendar
        if what == "started":
            self._start(target, on, heat, visit)
        elif (clock := self._running(target, _moment(facts["start"]))) is not None:
            match what:
                case "met" | "late":
                    yield from self._stop(event, clock, on)
                case "retargeted":
                    self._put(clock, sla.retarget(clock, heat, policy, calendar, at=on, wanted_visit=visit))
                    self._enquiry = replace(self._enquiry, heat=hotter(self._enquiry.heat, heat))
                case "paused":
                    self._put(clock, sla.pause(clock, on))
                case "resumed":
                    self._put(clock, sla.resume(clock, on, calendar))
                case "cancelled":
                    cancelled = sla.cancel(clock, on)
                    if clock.missed_at is None and cancelled.missed_at is not None:
                        yield self._told(event.at, cancelled, "missed", cancelled.missed_at)
                    self._put(clock, cancelled)
        if what not in VERDICTS:
            yield Event(at=event.at, kind="clock", conversation_id=self._id, facts=dict(facts))

    def _start(self, target: Target, at: datetime, heat: Heat, visit: datetime | None) -> None:
        """Another first promise is another enquiry: its heat is its own."""
        policy, calendar = self._business.sla, self._business.calendar
        if sla.budget_of(target, heat, policy, at) is None:
            return
        clock = sla.start_clock(target, at=at, heat=heat, policy=policy, calendar=calendar, wanted_visit=visit)
        clocks = (*self._enquiry.running(), clock)
        self._enquiry = replace(self._enquiry, clocks=clocks, heat=heat)

    def _stop(self, event: Happened, clock: Clock, on: datetime) -> Iterator[Event]:
        stopped = sla.stop(clock, on)
        self._put(clock, stopped)
        if stopped.missed_at is None:
            yield self._told(event.at, stopped, "met", on)
            return
        if clock.missed_at is None:
            yield self._told(event.at, stopped, "missed", stopped.missed_at)
        yield self._told(event.at, stopped, "late", on)

    def _running(self, target: Target, started_at: datetime) -> Clock | None:
        found = (clock for clock in self._enquiry.running() if clock.target is target)
        return next((clock for clock in found if _ms(clock.started_at) == _ms(started_at)), None)

    def _put(self, before: Clock, after: Clock) -> None:
        clocks = tuple(after if clock == before else clock for clock in self._enquiry.clocks)
        self._enquiry = replace(self._enquiry, clocks=clocks)

    def _told(self, at: datetime, clock: Clock, what: str, on: datetime) -> Event:
        facts = {
            "target": clock.target,
            "class": clock.sla_class,
            "what": what,
            "start": _ms(clock.started_at),
            "on": _ms(on),
        }
        return Event(at=at, kind="clock", conversation_id=self._id, facts=facts)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _moment(ms: object) -> datetime:
    return datetime.fromtimestamp(int(str(ms)) / 1000, UTC)
