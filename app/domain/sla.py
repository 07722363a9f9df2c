"""Clocks of the promises made to a customer: when each is due, what stops it, and how it came to its deadline."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain import calendar as hours
from app.domain.business import ClockMode, SlaPolicy
from app.domain.calendar import ALWAYS, Calendar, Interval
from app.domain.qualification import Heat

HOT_CONFIRMATION = timedelta(minutes=5)  # a hot customer's booking is confirmed within this, or sooner


class Target(StrEnum):
    """docs/sla.md says what starts, pauses and stops each."""

    BOT_REPLY = "bot_reply"
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    FIRST_CALL = "first_call"
    BOOKING_CONFIRMATION = "booking_confirmation"
    RESOLUTION = "resolution"


class Outcome(StrEnum):
    """A missed clock runs on for the ladder until an answer stops it."""

    RUNNING = "running"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The customer is the one to answer. `ends`: None while it lasts."""

    starts: datetime
    ends: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One running promise. All moments are aware.

    sla_class      the heat that chose the budget; a customer without one is cold
    budget         time to spend, in working hours unless `always`
    due_at         when it is spent; while a pause lasts, when it would be without that pause
    missed_at      stays when a later answer stops the clock
    wanted_visit   the deadline is never after it
    wished_at      when that became known, where the clock ran already
    """

    target: Target
    sla_class: Heat
    started_at: datetime
    budget: timedelta
    always: bool = False
    due_at: datetime
    pauses: tuple[Pause, ...] = ()
    stopped_at: datetime | None = None
    outcome: Outcome = Outcome.RUNNING
    missed_at: datetime | None = None
    wanted_visit: datetime | None = None
    wished_at: datetime | None = None

    @property
    def is_paused(self) -> bool:
        return self.stopped_at is None and bool(self.pauses) and self.pauses[-1].ends is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a clock is due when it is.

    slices   pieces of counted time from the start to `due_at`, in UTC; they add up to `clock.budget` exactly
    due_at   by the calendar of today; while a pause lasts, as if it ended now
    spent    counted time until now, or until the clock stopped
    """

    clock: Clock
    slices: tuple[Interval, ...]
    due_at: datetime
    spent: timedelta


def start_clock(
    target: Target,
    *,
    at: datetime,
    heat: Heat | None,
    policy: SlaPolicy,
    calendar: Calendar,
    wanted_visit: datetime | None = None,
) -> Clock:
    """at: the customer's message time. A wanted visit that is already over changes nothing."""
    heat = heat or Heat.COLD
    budget = budget_of(target, heat, policy, at)
    if budget is None:
        raise ValueError(f"the profile promises no {target}")
    clock = Clock(
        target=target,
        sla_class=heat,
        started_at=at,
        budget=budget,
        always=target is Target.BOT_REPLY or policy.clock is ClockMode.ALWAYS,
        due_at=at,
        wanted_visit=wanted_visit if wanted_visit and wanted_visit > at else None,
    )
    return redate(clock, calendar)


def budget_of(target: Target, heat: Heat, policy: SlaPolicy, at: datetime) -> timedelta | None:
    """The promise to an enquiry that comes `at` a moment; None: the profile makes none (of `resolution` only)."""
    match target:
        case Target.BOT_REPLY:
            return policy.bot_reply
        case Target.FIRST_RESPONSE | Target.NEXT_RESPONSE:
            running = (peak.first_response for peak in policy.peaks if hours.is_open(at, peak.calendar))
            return next((promise[heat] for promise in running if heat in promise), policy.first_response[heat])
        case Target.FIRST_CALL:
            return policy.first_call
        case Target.BOOKING_CONFIRMATION:
            limit = policy.booking_confirmation
            return min(limit, HOT_CONFIRMATION) if heat is Heat.HOT else limit
        case Target.RESOLUTION:
            return policy.resolution


def pause(clock: Clock, at: datetime) -> Clock:
    """The customer is the one to answer. A clock already paused or stopped stays as it is."""
    if clock.stopped_at or clock.is_paused:
        return clock
    return replace(_judged(clock, at), pauses=(*clock.pauses, Pause(starts=max(at, clock.started_at))))


def resume(clock: Clock, at: datetime, calendar: Calendar) -> Clock:
    """The customer answered: the deadline moves by the open time that the pause held."""
    return redate(_unpaused(clock, at), calendar) if clock.is_paused else clock


def stop(clock: Clock, at: datetime) -> Clock:
    """The answer that counts, at its own time: in time until `due_at` inclusive, also when we learn of it late."""
    if clock.stopped_at:
        return clock
    kept = clock.is_paused and clock.missed_at is None
    stopped = replace(_unpaused(clock, at), stopped_at=max(at, clock.started_at))
    if kept or at <= clock.due_at:
        return replace(stopped, outcome=Outcome.MET, missed_at=None)
    return _judged(stopped, at)


def miss(clock: Clock, at: datetime) -> Clock:
    """The deadline has come without an answer; the clock runs on for the ladder."""
    return replace(clock, outcome=Outcome.MISSED, missed_at=clock.due_at) if is_late(clock, at) else clock


def cancel(clock: Clock, at: datetime) -> Clock:
    """The promise fell away (spam, merged, answer not needed); a deadline that had passed before stays missed."""
    if clock.stopped_at:
        return clock
    judged = _judged(clock, at)
    outcome = Outcome.CANCELLED if judged.missed_at is None else Outcome.MISSED
    return replace(_unpaused(judged, at), stopped_at=max(at, clock.started_at), outcome=outcome)


def retarget(
    clock: Clock,
    heat: Heat,
    policy: SlaPolicy,
    calendar: Calendar,
    *,
    at: datetime | None = None,
    wanted_visit: datetime | None = None,
) -> Clock:
    """The class changed in the middle: of both deadlines the earlier wins.

    at   when it changed; the new budget counts from there, what was spent before is kept. None: from the clock's start
    """
    budget = budget_of(clock.target, heat, policy, at or clock.started_at)
    if clock.outcome is not Outcome.RUNNING or budget is None:
        return clock
    spent = hours.working_time(clock.started_at, at, _calendar(clock, calendar), _ended(clock)) if at else timedelta()
    if spent + budget < clock.budget:
        clock = replace(clock, budget=spent + budget, sla_class=heat)
    visits = [visit for visit in (clock.wanted_visit, wanted_visit) if visit and visit > clock.started_at]
    visit = min(visits, default=None)
    wished_at = clock.wished_at if visit == clock.wanted_visit else at
    return redate(replace(clock, wanted_visit=visit, wished_at=wished_at), calendar)


def redate(clock: Clock, calendar: Calendar) -> Clock:
    """The deadline anew, after a pause, a change of class or an edit of the hours; one that has passed stays.

    A deadline after the wanted visit comes before it: the budget shrinks to the open time that is left until then.
    """
    if clock.outcome is not Outcome.RUNNING:
        return clock
    calendar, pauses, visit = _calendar(clock, calendar), _ended(clock), clock.wanted_visit
    due = hours.due_at(clock.started_at, clock.budget, calendar, pauses)
    if visit is None:
        return replace(clock, due_at=due)
    if due > visit:
        budget = hours.working_time(clock.started_at, visit, calendar, pauses)
        clock, due = replace(clock, budget=budget), hours.due_at(clock.started_at, budget, calendar, pauses)
    is_past = clock.wished_at is not None and due <= clock.wished_at  # closed since before it was wished
    if is_past and not hours.working_time(due, visit, calendar, pauses):
        due = visit
    return replace(clock, due_at=min(due, visit))


def joined(one: Clock, other: Clock, calendar: Calendar) -> Clock:
    """Two running promises to one person are one: that which began first, due when the earlier of both is.

    Law: never due later than either; a miss that is recorded stays recorded, once (tests/domain/test_joining.py)
    """
    first, second = sorted((one, other), key=lambda clock: clock.started_at)
    missed = first.missed_at or second.missed_at
    if first.is_paused and not second.is_paused:  # the customer waits for us after all
        first = resume(first, max(second.started_at, first.pauses[-1].starts), calendar)
    if second.due_at < first.due_at:
        hours_of, visits = _calendar(first, calendar), (first.wanted_visit, second.wanted_visit)
        budget = hours.working_time(first.started_at, second.due_at, hours_of, _ended(first))
        visit = min(filter(None, visits), default=None)
        wished_at = second.wished_at or second.started_at if visit == second.wanted_visit else first.wished_at
        first = replace(
            first, budget=budget, sla_class=second.sla_class, wanted_visit=visit, wished_at=wished_at if visit else None
        )
        first = replace(first, due_at=min(redate(first, calendar).due_at, second.due_at))
    return replace(first, outcome=Outcome.MISSED, missed_at=first.due_at) if missed else first


def merged(mine: Sequence[Clock], theirs: Sequence[Clock], calendar: Calendar) -> tuple[Clock, ...]:
    """The clocks of two enquiries that are one: a promise that runs in both is one; what was judged stays."""
    clocks = list(mine)
    for clock in theirs:
        twin = next((each for each in clocks if _is_twin(each, clock)), None)
        if twin is None:
            clocks.append(clock)
        else:
            clocks[clocks.index(twin)] = joined(twin, clock, calendar)
    return tuple(sorted(clocks, key=lambda clock: (clock.stopped_at is None, clock.started_at)))


def _is_twin(one: Clock, other: Clock) -> bool:
    same = one.target is other.target or {one.target, other.target} == {Target.FIRST_RESPONSE, Target.NEXT_RESPONSE}
    return same and one.stopped_at is None and other.stopped_at is None


def is_late(clock: Clock, now: datetime) -> bool:
    """The deadline has come, nothing has stopped the clock, and the miss is not yet recorded."""
    return clock.outcome is Outcome.RUNNING and not clock.is_paused and now >= clock.due_at


def share_spent_at(clock: Clock, share: float, calendar: Calendar) -> datetime:
    """When that share of the target has run out: 1.0 is the deadline, 2.0 twice the budget. For a clock not paused."""
    at = hours.due_at(clock.started_at, clock.budget * share, _calendar(clock, calendar), _ended(clock))
    return min(at, clock.due_at) if share <= 1 else max(at, clock.due_at)


def explain(clock: Clock, now: datetime, calendar: Calendar) -> Explanation:
    calendar, until = _calendar(clock, calendar), clock.stopped_at or now
    pauses = _ended(_unpaused(clock, until))
    is_visit = not clock.budget or clock.due_at == clock.wanted_visit
    due = clock.due_at if is_visit else hours.due_at(clock.started_at, clock.budget, calendar, pauses)
    return Explanation(
        clock=clock,
        slices=hours.slices(clock.started_at, due, calendar, pauses),
        due_at=due,
        spent=hours.working_time(clock.started_at, until, calendar, pauses),
    )


def _judged(clock: Clock, at: datetime) -> Clock:
    """A deadline that passed before `at` is a miss, even where nobody had noticed it yet."""
    late = clock.outcome is Outcome.RUNNING and not clock.is_paused and at > clock.due_at
    return replace(clock, outcome=Outcome.MISSED, missed_at=clock.due_at) if late else clock


def _unpaused(clock: Clock, at: datetime) -> Clock:
    if not clock.is_paused:
        return clock
    last = clock.pauses[-1]
    return replace(clock, pauses=(*clock.pauses[:-1], replace(last, ends=max(at, last.starts))))


def _ended(clock: Clock) -> tuple[Interval, ...]:
    return tuple((held.starts, held.ends) for held in clock.pauses if held.ends)


def _calendar(clock: Clock, calendar: Calendar) -> Calendar:
    return ALWAYS if clock.always else calendar
