"""What in a profile will hurt: promises that nobody can keep, people whom nobody can reach. Pure.

Each finding names the key of the profile and its cure; a rehearsal and its report show them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import app.domain.readiness_words  # noqa: F401 - fills the catalogue
from app.domain.booking import Wish, free_slots
from app.domain.business import Act, Business, ClockMode, Mode
from app.domain.calendar import is_open, local_to_utc, next_opening
from app.domain.qualification import Heat
from app.domain.roster import Roster
from app.domain.words import say

WEEK = 7
STEP = timedelta(hours=1)  # between two looks at who is on shift
BREATH = timedelta(minutes=1)  # nobody answers in less, however loudly told
BOT_PROMISE = timedelta(seconds=180)  # more than this for the assistant's own reply is no promise
FREE = ("бесплат", "free", "подар")


class Weight(StrEnum):
    """ERROR: not ready. WARNING: it will hurt. NOTE: could not be seen from here."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ailment:
    """`where`: the key of the profile; found and cure in the words of the catalogue (`ready_<key>`, `…_cure`)."""

    weight: Weight
    key: str
    where: str
    values: dict[str, Any] = field(default_factory=dict)

    def found(self, locale: str) -> str:
        return self._say(f"ready_{self.key}", locale)

    def cure(self, locale: str) -> str:
        return self._say(f"ready_{self.key}_cure", locale)

    def _say(self, key: str, locale: str) -> str:
        who: dict[str, Any] = {"who": say(f"ready_who_{self.values['role']}", locale)} if "role" in self.values else {}
        return say(key, locale, **self.values, **who)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the portal says. `roster` None: it could not be asked, and nothing is said of people.

    lacks   (key of the profile, name, code, what the portal said) of each mapped thing that it has not got
    """

    roster: Roster | None = None
    lacks: tuple[tuple[str, str, str, str], ...] = ()


def ailments(business: Business, facts: Facts, starts: datetime) -> tuple[Ailment, ...]:
    """The gravest first. `starts`: aware, the first moment of the week that is looked at."""
    found = [
        *_portal(facts),
        *_people(business, facts, starts),
        *_promises(business, starts),
        *_ladder(business),
        *_services(business, starts),
        *_words(business, starts),
    ]
    order = list(Weight)
    return tuple(sorted(found, key=lambda one: order.index(one.weight)))


def is_ready(found: Iterable[Ailment]) -> bool:
    return all(one.weight is not Weight.ERROR for one in found)


def _error(key: str, where: str, **values: object) -> Ailment:
    return Ailment(weight=Weight.ERROR, key=key, where=where, values=values)


def _warning(key: str, where: str, **values: object) -> Ailment:
    return Ailment(weight=Weight.WARNING, key=key, where=where, values=values)


# --- the portal and its people


def _portal(facts: Facts) -> Iterator[Ailment]:
    for where, name, code, reason in facts.lacks:
        yield _error("portal_lacks", where, name=name, code=code, reason=reason)


def _people(business: Business, facts: Facts, starts: datetime) -> Iterator[Ailment]:
    team, roster = business.team, facts.roster
    if roster is None:
        yield Ailment(weight=Weight.NOTE, key="people_unseen", where="team")
        return
    if not roster.managers:
        wanted = f"«{team.department}»" if team.department else ", ".join(map(str, team.users))
        yield _error("no_managers", "team.managers", wanted=wanted)
    elif hours := _unmanned(business, roster, starts):
        yield _error("no_shift", "team.managers", hours=hours)
    for role, user, telegram in (
        ("supervisor", roster.supervisor, team.supervisor.telegram),
        ("owner", roster.owner, team.owner.telegram),
    ):
        if user is None and not telegram:
            yield _error("no_address", f"team.{role}", role=role)
        elif user is None:
            yield _error("no_user", f"team.{role}.user", role=role)
        elif not telegram:
            yield _warning("no_messenger", f"team.{role}.telegram", role=role)


def _unmanned(business: Business, roster: Roster, starts: datetime) -> str:
    """Open hours of the week in which nobody is there: «пн 10:00–21:00, …», local."""
    zone = ZoneInfo(business.zone)
    empty: list[tuple[datetime, datetime]] = []
    present = Roster(
        managers=roster.managers,
        people=tuple(person for person in roster.people if person.away_until is not None),
    )  # whose day is closed now may well work tomorrow
    at, end = starts, starts + timedelta(days=WEEK)
    while at < end:
        if is_open(at, business.calendar) and not _at_work(present, at):
            if empty and empty[-1][1] == at:
                empty[-1] = (empty[-1][0], at + STEP)
            else:
                empty.append((at, at + STEP))
        at += STEP
    spans = (f"{one.astimezone(zone):%d.%m %H:%M}–{two.astimezone(zone):%H:%M}" for one, two in empty[:WEEK])
    return ", ".join(spans) + (" …" if len(empty) > WEEK else "")


def _at_work(roster: Roster, at: datetime) -> bool:
    away = {person.user: person.away_until for person in roster.people if person.away_until}
    return any(user not in away or at >= away[user] for user in roster.managers)


# --- promises


def _promises(business: Business, starts: datetime) -> Iterator[Ailment]:
    policy = business.sla
    if policy.clock is ClockMode.ALWAYS and (closed := _closed_days(business, starts)):
        hot = policy.first_response[Heat.HOT]
        yield _error("closed_promise", "sla.clock", days=", ".join(closed), budget=_minutes(hot))
    if policy.bot_reply > BOT_PROMISE:
        yield _warning("slow_bot", "sla.bot_reply", seconds=int(policy.bot_reply.total_seconds()))
    first = business.ladder[0].after if business.ladder else None
    for heat, budget in policy.first_response.items():
        if first is not None and first < 1.0 and budget * (1.0 - first) < BREATH:
            left = int((budget * (1.0 - first)).total_seconds())
            yield _warning("no_time", f"sla.classes.{heat}.first_response", budget=_minutes(budget), left=left)
    if policy.accepted_for > policy.first_response[Heat.WARM]:
        yield _warning("long_accept", "sla.accepted_for", minutes=_minutes(policy.accepted_for))
    if off := [channel for channel, mode in business.modes.items() if mode is Mode.OFF]:
        yield _warning("silent_channel", "channels.modes", channels=", ".join(off))


def _closed_days(business: Business, starts: datetime) -> list[str]:
    """Local days of the week on which the doors never open."""
    zone, closed = ZoneInfo(business.zone), []
    first = starts.astimezone(zone).date()
    for day in (first + timedelta(days=ahead) for ahead in range(WEEK)):
        midnight = local_to_utc(datetime.combine(day, time()), business.zone)
        opens = next_opening(midnight, business.calendar).astimezone(zone).date() == day
        opens = opens or is_open(midnight, business.calendar)
        if not opens:
            closed.append(f"{say(f'weekday_{day.weekday()}', business.locale)} {day:%d.%m}")
    return closed


def _ladder(business: Business) -> Iterator[Ailment]:
    acts = {act for step in business.ladder for act in step.acts}
    if not business.ladder:
        yield _error("no_ladder", "escalation")
        return
    if not acts & {Act.NOTIFY_SUPERVISOR, Act.NOTIFY_OWNER}:
        yield _warning("no_one_above", "escalation")
    if business.ladder[0].after > 1.0:
        yield _warning("late_ladder", "escalation[0].after", share=f"{business.ladder[0].after:g}")


# --- what is sold


def _services(business: Business, starts: datetime) -> Iterator[Ailment]:
    used: set[str] = set()
    free_words = " ".join((*business.facts, *(answer.say for answer in business.answers))).casefold()
    for place, service in enumerate(business.services):
        used |= set(service.resources)
        where = f"services[{place}]"
        if not free_slots(business, Wish(services=(service.id,)), (), now=starts):
            yield _error("nobody_can", f"{where}.resources", service=service.name, minutes=_minutes(service.duration))
        if not service.price.amount and not any(word in free_words for word in FREE):
            yield _warning("no_price", f"{where}.price", service=service.name)
        if not service.aliases:
            yield _warning("no_aliases", f"{where}.aliases", service=service.name)
    idle = [resource.name for resource in business.resources if used and resource.id not in used]
    if idle and all(service.resources for service in business.services):
        yield _warning("idle_resource", "resources", names=", ".join(idle))
    horizon = business.booking.horizon
    for offset in business.reminders.offsets:
        if offset >= horizon:
            yield _warning("far_reminder", "reminders.offsets", offset=_minutes(offset), horizon=_minutes(horizon))


def _words(business: Business, starts: datetime) -> Iterator[Ailment]:
    today = starts.astimezone(ZoneInfo(business.zone)).date()
    for place, answer in enumerate(business.answers):
        if answer.ends is not None and answer.ends < today:
            yield _warning("old_answer", f"answers[{place}].until", until=f"{answer.ends:%d.%m.%Y}")
    if not business.phone:
        yield _warning("no_phone", "business.phone")
    if not business.address:
        yield _warning("no_address_of_business", "business.address")


def _minutes(span: timedelta) -> str:
    """«5m», «2h», «14d»: as the profile writes durations."""
    seconds = int(span.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
