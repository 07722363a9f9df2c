"""The clocks of an enquiry during a turn. Every change of one is told to the journal, so that history can be replayed.

docs/sla.md says what starts, pauses and stops each target; the arithmetic is app/domain/sla.py.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from app.domain import sla
from app.domain.business import Binds
from app.domain.card import Stage
from app.domain.causes import cause_of
from app.domain.decision import Fact
from app.domain.desk import Desk
from app.domain.escalation import HUMAN_TARGETS
from app.domain.qualification import Heat, hotter
from app.domain.sla import Clock, Outcome, Target

RESPONSES = (Target.FIRST_RESPONSE, Target.NEXT_RESPONSE)
FIRST_PROMISES = (Target.FIRST_RESPONSE, Target.FIRST_CALL)
RESOLVED = frozenset({Stage.BOOKED, Stage.WON, Stage.LOST})
KEPT = 12  # clocks of one enquiry that are remembered


def start(desk: Desk, target: Target, at: datetime) -> None:
    """Nothing where one of that target runs, or where the profile makes no such promise."""
    enquiry, policy = desk.open_enquiry(), desk.business.sla
    heat = enquiry.heat or Heat.COLD
    if any(clock.target is target for clock in enquiry.running()) or sla.budget_of(target, heat, policy, at) is None:
        return
    wanted = enquiry.when.earliest if enquiry.when and target is not Target.BOT_REPLY else None
    clock = sla.start_clock(
        target, at=at, heat=heat, policy=policy, calendar=desk.business.calendar, wanted_visit=wanted
    )
    desk.change(clocks=_kept((*enquiry.clocks, clock)))
    _tell(desk, clock, "started", at)


def retarget(desk: Desk, heat: Heat, at: datetime, visit: datetime | None) -> None:
    """The class, or the wanted visit, became known in the middle: the earlier deadline wins.

    Told of a call that is owed too, whose budget no class changes: by night it depends on the class who is woken.
    """
    wanted, policy, calendar = visit if visit and visit > at else None, desk.business.sla, desk.business.calendar
    for clock in _running(desk, HUMAN_TARGETS):
        changed = sla.retarget(clock, heat, policy, calendar, at=at, wanted_visit=wanted)
        if changed != clock or hotter(clock.sla_class, heat) is not clock.sla_class:
            _put(desk, clock, changed)
            _tell(desk, replace(changed, sla_class=heat), "retargeted", at)


def customer_wrote(desk: Desk, at: datetime) -> None:
    """A message of an enquiry: its resolution is promised from the first one, and ours to work on after each."""
    if desk.open_enquiry().clock(Target.RESOLUTION) is None:
        start(desk, Target.RESOLUTION, at)
    _each(desk, (Target.RESOLUTION,), at, "resumed", lambda clock: sla.resume(clock, at, desk.business.calendar))


def person_answered(desk: Desk, at: datetime) -> None:
    """Every promise of an answer ends; a customer whom a person writes to in a chat need not be called."""
    stop(desk, (*RESPONSES, Target.BOT_REPLY), at)
    in_chat = desk.open_enquiry().clock(Target.FIRST_RESPONSE) is not None
    (cancel if in_chat else stop)(desk, (Target.FIRST_CALL,), at)
    customer_is_asked(desk, at)


def bot_answered(desk: Desk, at: datetime) -> None:
    binds = desk.business.sla.binds is Binds.ANY
    stop(desk, (Target.BOT_REPLY, *(RESPONSES if binds else ())), at)
    customer_is_asked(desk, at)


def called(desk: Desk, at: datetime) -> None:
    """A call that took place: the customer heard from a person."""
    stop(desk, (*HUMAN_TARGETS, Target.BOT_REPLY), at)


def customer_is_asked(desk: Desk, at: datetime) -> None:
    """The customer is the one to answer: what is promised to be settled waits for them, to the second."""
    _each(desk, (Target.RESOLUTION,), at, "paused", lambda clock: sla.pause(clock, at))


def resolve(desk: Desk) -> None:
    """A booking, a refusal or a close ends what was open."""
    if desk.open_enquiry().stage in RESOLVED:
        stop(desk, (Target.RESOLUTION,), desk.now)
        cancel(desk, (Target.FIRST_CALL,), desk.now)


def stop(desk: Desk, targets: tuple[Target, ...], at: datetime) -> None:
    """The answer that counts, at its own time. A miss stays one, at the deadline; how late the answer came is told."""
    for clock in _running(desk, targets):
        stopped = sla.stop(clock, at)
        if clock.missed_at is None and stopped.missed_at is not None:
            _tell(desk, stopped, "missed", stopped.missed_at)
        _change(desk, clock, stopped, "late" if stopped.missed_at else "met", at)


def cancel(desk: Desk, targets: tuple[Target, ...], at: datetime) -> None:
    """The promise fell away; one that had been broken before stays so."""
    for clock in _running(desk, targets):
        cancelled = sla.cancel(clock, at)
        if clock.missed_at is None and cancelled.missed_at is not None:
            _tell(desk, cancelled, "missed", cancelled.missed_at)
        _change(desk, clock, cancelled, "cancelled", at)


def blocked(desk: Desk, at: datetime) -> None:
    """The customer blocked us: nobody can answer them here, so nothing is promised any more."""
    desk.c = replace(desk.c, blocked=True)
    if desk.c.enquiry is not None:
        cancel(desk, tuple(Target), at)


def miss(desk: Desk) -> None:
    """Every deadline that has passed is recorded, once, at its own moment."""
    for clock in desk.open_enquiry().running():
        if sla.is_late(clock, desk.now):
            _change(desk, clock, sla.miss(clock, desk.now), "missed", clock.due_at)


def redate(desk: Desk) -> None:
    """The hours may have been edited while clocks run: their deadlines move, their budgets stay as promised."""
    for clock in desk.open_enquiry().running():
        redated = sla.redate(clock, desk.business.calendar)
        if redated != clock:
            _change(desk, clock, redated, "redated", redated.due_at)


def _running(desk: Desk, targets: tuple[Target, ...]) -> tuple[Clock, ...]:
    return tuple(clock for clock in desk.open_enquiry().running() if clock.target in targets)


def _each(desk: Desk, targets: tuple[Target, ...], at: datetime, what: str, change: Callable[[Clock], Clock]) -> None:
    for clock in _running(desk, targets):
        _change(desk, clock, change(clock), what, at)


def _change(desk: Desk, before: Clock, after: Clock, what: str, on: datetime) -> None:
    if after != before:
        _put(desk, before, after)
        _tell(desk, after, what, on)


def _put(desk: Desk, before: Clock, after: Clock) -> None:
    desk.change(clocks=tuple(after if clock == before else clock for clock in desk.open_enquiry().clocks))


def _tell(desk: Desk, clock: Clock, what: str, on: datetime) -> None:
    """`start` and the target name the clock; `on` is the moment of the change itself, not of our learning of it."""
    values: dict[str, object] = {
        "target": clock.target,
        "class": clock.sla_class,
        "what": what,
        "manager": desk.open_enquiry().assignee,
        "start": _ms(clock.started_at),
        "on": _ms(on),
    }
    if what == "missed":
        values["cause"] = cause_of(clock, desk.c, desk.open_enquiry(), desk.roster, desk.business)
    if clock.wanted_visit and what in ("started", "retargeted"):
        values["visit"] = _ms(clock.wanted_visit)
    desk.facts.append(Fact(kind="clock", values=values))


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _kept(clocks: tuple[Clock, ...]) -> tuple[Clock, ...]:
    """Those that run, the first promise and the first miss of each target always; of the rest the newest."""
    misses = {clock.target: clock for clock in reversed(clocks) if clock.outcome is Outcome.MISSED}.values()
    spare = [
        clock for clock in clocks if clock.stopped_at and clock.target not in FIRST_PROMISES and clock not in misses
    ]
    gone = spare[: max(0, len(clocks) - KEPT)]
    return tuple(clock for clock in clocks if clock not in gone)
