"""A freed time and the waiting list: never offered to two people at once, filled where somebody fits and would accept.

Real flows, real Redis, the sandbox's portal over HTTP, in one process on the virtual clock. Day after day is booked
up, people join the list, others cancel at any hour. The judge keeps its own calendar in minutes and its own idea of who
fits.
"""

import random
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count as count_up
from pathlib import Path
from typing import Any

from app.flow.answer import answer
from app.flow.book import book
from app.flow.diary_news import changed, compare
from app.flow.send import send
from app.store import birth, keys
from app.store.embedded import Embedded
from app.store.link import Link
from bench.options import Options
from bench.report import Promise, Report, Table
from sandbox.portal.diary import desk
from tests.flow.diary_house import DiaryHouse, opened_diary

CANCELLED, WAITERS = 1000, 30  # people who wait, a day
FIRST = datetime(2031, 6, 16, tzinfo=UTC)  # a Monday with no holiday in the 20 weeks after it; Moscow is UTC+3 all year
DAY, MINUTE, MOSCOW = timedelta(days=1), timedelta(minutes=1), timedelta(hours=3)
HOLD, NOTICE, MOST_A_DAY = 15, 15, 3  # minutes, minutes before a visit, chances in 24 h
# Minutes of the day, as the salon's profile has them; Tuesday to Friday, no public holiday among them.
HOURS = {"anna": (600, 1260), "maria": (660, 1200), "olga": (600, 1260)}
TAKES = {"pedicure": ("педикюр", 90, ("anna",)), "manicure": ("маникюр", 90, ("anna", "maria"))} | {
    "haircut_women": ("женскую стрижку", 60, ("olga",))
}
FULL = {"anna": "pedicure", "maria": "manicure", "olga": "haircut_women"}  # whose day is booked up by what
PARTS = {"утром": (600, 719), "после обеда": (780, 1019), "вечером": (1080, 1259), "": (0, 1439)}
STREAMS = (keys.ANSWER, keys.BOOK, keys.SEND)


@dataclass(slots=True, kw_only=True)
class Offered:
    """A time that somebody was offered; minutes since the first midnight. `ends`: given up; None: booked."""

    who: str
    resource: str
    starts: float
    until: float
    freed: float
    at: float
    ends: float | None = None


@dataclass(slots=True, kw_only=True)
class Customer:
    """mood: `yes`, `no`, `silent`; after: minutes they think. `first`, `last`: their window, minutes of the day."""

    name: str
    service: str
    first: int
    last: int
    mood: str
    after: float
    joined: float = 0.0
    left: float | None = None


@dataclass(slots=True, kw_only=True)
class Played:
    """What one day showed."""

    cancelled: int = 0
    tally: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)  # minutes from freed to booked


async def run(options: Options) -> Report:
    wanted = options.of(CANCELLED, least=20)
    played: list[Played] = []
    with (
        tempfile.TemporaryDirectory(prefix="otklik-bench-") as folder,
        Embedded(Path(folder) / "redis", appendfsync="no") as redis,  # who is offered what is judged, not what survives
    ):
        link = Link(redis.url)
        await birth.open_store(link)
        await link.close()
        async with opened_diary(Path(folder), redis.url) as diary:
            number = 0
            while sum(day.cancelled for day in played) < wanted:
                if number % 5 != 4:
                    played.append(await day_of(diary, number // 5 * 7 + number % 5, random.Random(number)))
                number += 1
    return _report(played)


async def day_of(
    diary: DiaryHouse, day: int, chance: random.Random, *, waiters: int = WAITERS, full: Mapping[str, str] = FULL
) -> Played:
    """Tomorrow `full` is booked up, people wait, visits are cancelled; `day`: from FIRST, today."""
    play = Play(diary, day, chance)
    await play.prepare(waiters, full)
    await play.until_over()
    return play.judged()


class Play:
    """Minutes count from the midnight of the day that is booked up; today's are negative."""

    def __init__(self, diary: DiaryHouse, day: int, chance: random.Random) -> None:
        self.diary, self.chance, self.zero = diary, chance, FIRST + (day + 1) * DAY - MOSCOW
        self.prefix, self.now = f"д{day}", -870.0  # 09:30 today
        self.people: dict[str, Customer] = {}
        self.offers: dict[str, Offered] = {}
        self.freed: list[tuple[float, str, int, int]] = []  # when, resource, starts, ends
        self.booked: list[tuple[str, int, int]] = []  # resource, starts, ends: before anybody cancels
        self._events: list[tuple[float, int, str, tuple[Any, ...]]] = []
        self._numbers, self._said = count_up(), 0

    async def prepare(self, waiters: int, full: Mapping[str, str]) -> None:
        await self._set(self.now)
        visits = []
        for resource, service in full.items():
            opens, closes = HOURS[resource]
            for starts in range(opens, closes - TAKES[service][1] + 1, TAKES[service][1]):
                visits.append((resource, service, starts))
        for resource, service, starts in visits:
            who = f"{self.prefix} визит {resource} {starts}"
            heard = await self._say(who, f"Запишите на {TAKES[service][0]} завтра в {clock(starts)}")
            assert "запись подтверждена" in heard, heard
            self.booked.append((resource, starts, starts + TAKES[service][1]))
            latest = starts - 5
            at = self.chance.uniform(-700, latest)
            self._plan(at, "cancel", who, resource, starts, starts + TAKES[service][1])
        for number in range(waiters):
            await self._join(number, [one for one in TAKES if set(TAKES[one][2]) <= set(full)])
        kept = {one.conversation for one in await self.diary.runtime.waiters.all()}
        for found in await self._redis("ZRANGE", keys.DUE, 0, -1):
            if found not in kept:
                await self._redis("ZREM", keys.DUE, found)  # other promises are not of this bench

    async def _join(self, number: int, services: Sequence[str]) -> None:
        service, part = self.chance.choice(services), self.chance.choice([*PARTS, "в", "в"])
        exact = self.chance.randrange(22, 38) * 30
        text = f"завтра в {clock(exact)}" if part == "в" else f"завтра {part}".strip()
        first, last = (exact - 60, exact + 60) if part == "в" else PARTS[part]
        mood = self.chance.choices(("yes", "no", "silent"), (6, 2, 2))[0]
        who = f"{self.prefix} ждёт {number}"
        person = Customer(
            name=who, service=service, first=first, last=last, mood=mood, after=self.chance.uniform(0.3, HOLD + 3)
        )
        await self._say(who, f"Хочу на {TAKES[service][0]} {text}")
        heard = await self._say(who, "В лист ожидания")
        assert "Вы в листе ожидания" in heard, heard
        person.joined = self.now
        self.people[who] = person

    async def until_over(self) -> None:
        while True:
            due = [self._events[0][0]] if self._events else []
            due += [offer.until for offer in self.offers.values() if offer.ends is None and not self._took(offer)]
            if found := await self._redis("ZRANGE", keys.FREED, 0, 0, "WITHSCORES"):
                due.append((float(found[1]) / 1000 - self.zero.timestamp()) / 60)
            if not due or min(due) > 1440:
                break
            await self._set(max(self.now, min(due)) + 0.005)
            while self._events and self._events[0][0] <= self.now:
                _, _, does, words = heappop(self._events)
                await (self._cancel(*words) if does == "cancel" else self._react(*words))
            await self.diary.runtime.due.move()
            await self._works()
            await self._look()
        await self._clear()

    # --- what people do

    async def _cancel(self, who: str, resource: str, starts: int, ends: int) -> None:
        if starts - self.now > 185:  # free cancelling ends three hours before
            await self._say(who, "Отмените запись, пожалуйста", run=False)
            await self._works()
        else:
            visit = (await self.diary.conversation(who)).visit
            assert visit is not None
            await self.diary.person(do="cancel", id=visit.bookings[0])
            await changed(self.diary.runtime, visit.bookings[0])
            await compare(self.diary.runtime)
        self.freed.append((self.now, resource, starts, ends))

    async def _react(self, who: str, hold: str) -> None:
        mood = self.people[who].mood
        if mood != "silent":
            await self._say(who, "Да, запишите" if mood == "yes" else "Нет, спасибо", run=False)

    async def _look(self) -> None:
        """Who is offered what now, by the store's own list, and who is on it no more."""
        places = {one.conversation: one.waiting for one in await self.diary.runtime.waiters.all()}
        live = {}
        for who, person in self.people.items():
            place = places.get(self.diary.id(who))
            if place is None:
                person.left = self.now if person.left is None else person.left
            elif place.chance:
                live[place.chance.hold] = who
                if place.chance.hold not in self.offers:
                    part, until = place.chance.slot.parts[0], self._minute(place.chance.until)
                    starts, freed = self._minute(part.starts), self._minute(place.chance.freed.slot.starts)
                    self.offers[place.chance.hold] = Offered(
                        who=who,
                        resource=part.resource,
                        starts=starts,
                        until=until,
                        freed=freed,
                        at=self._minute(place.told[-1]),  # the machine's seconds count too, while a step runs
                    )
                    heard = await self.diary.heard(who)
                    assert f"в {clock(round(starts))} " in heard, (starts, heard)
                    self._plan(self.now + person.after, "react", who, place.chance.hold)
        for hold, offer in self.offers.items():
            if hold not in live and offer.ends is None and not self._took(offer):
                offer.ends = min(self.now, offer.until)

    def _took(self, offer: Offered) -> bool:
        """They booked just what they were offered."""
        return any(
            row[0] == offer.resource and row[1] == offer.starts and row[2] == offer.who for row in self._bookings()
        )

    # --- the judge

    def judged(self) -> Played:
        found = Played(cancelled=len(self.freed))
        found.tally["offers"], found.tally["freed"] = len(self.offers), len(self.freed)
        offers = list(self.offers.values())
        for place, one in enumerate(offers):
            for other in offers[place + 1 :]:
                if one.who != other.who and self._both(one, other):
                    found.wrong.append(f"two at once: {one} {other}")
        final = [(row[0], row[1], row[3]) for row in self._bookings()]
        for at, resource, starts, ends in self.freed:
            taken = any(row[0] == resource and row[1] < ends and starts < row[2] for row in final)
            in_time = starts - at >= 2 * HOLD
            wants = [one.name for one in self.people.values() if self._would(one, at, resource, starts, ends, final)]
            found.tally["in time"] += in_time
            found.tally["filled"] += in_time and taken
            found.tally["nobody would"] += in_time and not taken and not wants
            if in_time and not taken and wants:
                found.wrong.append(f"not filled: {resource} {clock(starts)} freed at {at:.0f} for {wants}")
        found.took = [offer.at - self._freed_at(offer) for offer in offers if self._took(offer)]
        return found

    def _both(self, one: Offered, other: Offered) -> bool:
        if one.resource != other.resource:
            return False
        lasts, other_lasts = (TAKES[self.people[each.who].service][1] for each in (one, other))
        if one.starts >= other.starts + other_lasts or other.starts >= one.starts + lasts:
            return False
        ends, other_ends = (9e9 if each.ends is None else each.ends for each in (one, other))
        return one.at < other_ends and other.at < ends

    def _would(
        self, person: Customer, at: float, resource: str, starts: int, ends: int, final: Sequence[tuple[str, int, int]]
    ) -> bool:
        """On the list to the end, would say yes, was never asked about this time, and it fits, then and at the end."""
        _, lasts, able = TAKES[person.service]
        mine = [offer for offer in self.offers.values() if offer.who == person.name]
        recent = sum(offer.at > at - 1440 for offer in mine)
        still = person.left is None or person.left >= starts - NOTICE
        asked = any(offer.freed == starts for offer in mine)
        if person.mood != "yes" or resource not in able or not still or asked or recent >= MOST_A_DAY:
            return False
        then = [row for row in self.booked if (row[0], row[1], row[2]) not in self._gone_by(at)]
        opens, closes = HOURS[resource]
        for begins in range(opens, closes, 30):
            inside = person.first <= begins <= person.last and begins < ends and starts < begins + lasts
            soon = begins < at + 2 * HOLD or begins + lasts > closes
            if (
                inside
                and not soon
                and all(row[0] != resource or row[1] >= begins + lasts or begins >= row[2] for row in (*then, *final))
            ):
                return True
        return False

    def _gone_by(self, at: float) -> set[tuple[str, int, int]]:
        return {(resource, starts, ends) for when, resource, starts, ends in self.freed if when <= at}

    def _freed_at(self, offer: Offered) -> float:
        return max(when for when, _, starts, _ in self.freed if starts == offer.freed and when <= offer.at)

    def _bookings(self) -> list[tuple[str, int, str, int]]:
        """What stands in the portal that day: resource, starts, whose, ends."""
        names = {number: name for name, number in self.diary.resources.items()}
        zero, rows = self.zero.timestamp(), []
        for row in desk(self.diary.house.sandbox.portal.world).bookings.values():
            first, last = (round((stamp - zero) / 60) for stamp in (row.starts, row.ends))
            if 0 <= first < 1440:
                rows.append((names[row.resources[0]], first, row.name.partition(" — ")[0], last))
        return rows

    # --- the clock and the house

    def _plan(self, at: float, does: str, *words: object) -> None:
        heappush(self._events, (at, next(self._numbers), does, words))

    def _minute(self, at: datetime) -> float:
        return (at - self.zero) / MINUTE

    async def _set(self, minute: float) -> None:
        """The virtual clock stands here, whatever the machine's did; our own pace for the portal never fills."""
        self.now = minute
        seconds, micro = await self._redis("TIME")
        machine = int(seconds) + int(micro) / 1e6
        await self._redis("SET", keys.OFFSET, round((self.zero.timestamp() + minute * 60 - machine) * 1000))
        for key in await self._redis("KEYS", f"{keys.PREFIX}pace:*"):
            await self._redis("DEL", key)

    async def _say(self, who: str, text: str, *, run: bool = True) -> str:
        await self.diary.say(who, text, run=False)
        if not run:
            return ""
        await self._works()
        return await self.diary.heard(who)

    async def _works(self) -> None:
        """As one worker would, but for the cards, which are not of this bench."""
        runtime = self.diary.runtime
        while entries := [entry for stream in STREAMS for entry in await self.diary._taken(stream)]:
            for entry in entries:
                match entry.stream:
                    case keys.ANSWER:
                        await answer(runtime, entry.subject, entry.id, 1)
                    case keys.BOOK:
                        await book(runtime, entry)
                    case _:
                        await send(runtime, entry.subject, entry.id, 1)

    async def _clear(self) -> None:
        """The next day begins without this one's people."""
        for key in (keys.WAITING, keys.FREED, keys.DUE, keys.LATER):
            await self._redis("DEL", key)

    async def _redis(self, *words: Any) -> Any:
        return await self.diary.runtime.link.command(*words)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _report(played: Sequence[Played]) -> Report:
    tally = sum((day.tally for day in played), Counter[str]())
    wrong = [line for day in played for line in day.wrong]
    twice = sum(line.startswith("two") for line in wrong)
    missed = len(wrong) - twice
    took = sorted(minutes for day in played for minutes in day.took)
    return Report(
        promises=[
            Promise(
                what=f"{tally['freed']} cancellations, {tally['offers']} offers to the list: a time offered to two",
                promised="0",
                measured=str(twice),
                kept=twice == 0,
            ),
            Promise(
                what=f"of {tally['in time']} freed at least two holds ahead: not filled though somebody fits and would",
                promised="0",
                measured=f"{missed}; {tally['filled']} filled, for {tally['nobody would']} nobody was there",
                kept=missed == 0,
            ),
        ],
        tables=[
            Table(
                title="Minutes from freed to offered, of those that were booked from the list.",
                heads=("median", "worst"),
                rows=[(f"{took[len(took) // 2]:.1f}" if took else "–", f"{took[-1]:.1f}" if took else "–")],
            )
        ],
        how=[
            f"{len(played)} days of the salon, {WAITERS} people wait each day (6 of 10 say yes, 2 no, 2 nothing); "
            "cancelled at any hour of day and night, by the customer or, in the last three hours, by a manager",
            "one process, real Redis, the sandbox's portal over HTTP; the judge has its own calendar in minutes",
            *wrong[:5],
        ],
    )
