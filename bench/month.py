"""A month of three managers on the virtual clock: who was told, who answered in time, against a count of its own.

Nothing but `take_turn` is the product's here. The judge keeps its own list of what happened and its own calendar in
plain seconds, so that a mistake of ours cannot hide in both.
"""

import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count as count_up
from pathlib import Path

from app.domain.business import Business, FollowUps
from app.domain.card import Notice
from app.domain.conversation import Conversation, Owner
from app.domain.decision import Out, Turn
from app.domain.kpi import percentile, score
from app.domain.mail import Answered, Button, Fate, Mail, Pressed, Received, SendOutcome, Tick
from app.domain.message import InboundMessage
from app.domain.qualification import Heat, Intent, Reading, Understanding
from app.domain.roster import Person, Roster
from app.domain.turn import take_turn, wants_answer
from app.profiles import load
from bench.options import Options
from bench.report import ROOT, Promise, Report, Table

ENQUIRIES = 2000
DAYS = 30
START = datetime(2026, 11, 1, tzinfo=UTC) - timedelta(hours=3)  # midnight in Moscow, which keeps no summer time
HOUR, DAY = 3600, 86400
SUPERVISOR, OWNER = 5, 1
BUDGETS = {Heat.HOT: 300, Heat.WARM: HOUR, Heat.COLD: DAY}
TOP, ACCEPTED_FOR = 2.0, 900  # the share at which the profile tells the owner; seconds that «Принял» buys
BY_PEOPLE = frozenset({"person", "accepted", "dismissed"})
HOLIDAY, LAST_DAY = 3, 60  # November 4 and December 31, counted from 0
# Who works when: weekdays, hours, break, days of leave (of the month, from 0).
SHIFTS: dict[int, tuple[range, tuple[float, float], tuple[float, float], range]] = {
    7: (range(5), (10, 19), (14, 15), range(8, 13)),
    8: (range(1, 6), (12, 21), (16, 16.5), range(0)),
    9: (range(2, 7), (11, 20), (15, 16), range(20, 22)),
    SUPERVISOR: (range(5), (10, 18), (13, 14), range(15, 17)),
}


def weekday(day: int) -> int:
    return (day + 6) % 7  # November 1, 2026 is a Sunday


def works(user: int, at: float) -> bool:
    """`at` in seconds from START."""
    days, (opens, closes), (pause, back), leave = SHIFTS[user]
    day, hour = int(at // DAY), at % DAY / HOUR
    return weekday(day) in days and day not in leave and opens <= hour < closes and not pause <= hour < back


def spans() -> Iterator[tuple[int, int]]:
    """The salon's hours, two months of them."""
    for day in range(LAST_DAY):
        if day == HOLIDAY:
            continue
        opens, closes = (11, 20) if weekday(day) > 4 else (10, 21)
        yield day * DAY + opens * HOUR, day * DAY + closes * HOUR


OPEN = list(spans())
OPENS = [opens for opens, _ in OPEN]


def open_seconds(start: float, end: float) -> float:
    first = max(0, bisect_right(OPENS, start) - 1)
    return sum(max(0.0, min(end, closes) - max(start, opens)) for opens, closes in OPEN[first:] if opens < end)


def spent_at(start: float, seconds: float) -> float:
    for opens, closes in OPEN[max(0, bisect_right(OPENS, start) - 1) :]:
        begin = max(start, opens)
        if closes - begin >= seconds and closes > begin:
            return begin + seconds
        seconds -= max(0.0, closes - begin)
    raise AssertionError("the month is too short")


@dataclass(slots=True)
class Chat:
    """One customer, and what the judge noted of them."""

    heat: Heat
    number: int
    conversation: Conversation | None = None
    owner: Owner = Owner.NOBODY
    wake: float | None = None
    outs: tuple[Out, ...] = ()
    raw: list[tuple[float, str]] = field(default_factory=list)  # (seconds, customer | bot | person | dismissed | …)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    at: datetime
    kind: str
    conversation_id: str
    facts: dict[str, object]


Agenda = list[tuple[float, int, "Chat", str]]


@dataclass(slots=True)
class Month:
    """Everything that happened."""

    business: Business
    chats: list[Chat] = field(default_factory=list)
    notices: list[tuple[float, Chat, Notice]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    turns: int = 0


def simulate(count: int, *, days: int = DAYS, seed: int = 1) -> Month:
    """Customers write by day and night; managers answer when they are there, three in four of them ever."""
    chance = random.Random(seed)
    business = replace(load(Path(ROOT / "profiles" / "salon.yaml")), follow_ups=FollowUps())
    month, order = Month(business=business), count_up()
    agenda: Agenda = []

    def plan(at: float, chat: Chat, what: str) -> None:
        heappush(agenda, (at, next(order), chat, what))

    for number in range(count):
        chat = Chat(heat=chance.choices(list(BUDGETS), (2, 5, 3))[0], number=number)
        month.chats.append(chat)
        plan(round(chance.uniform(0, days * DAY)), chat, "customer")
    while agenda:
        at, _, chat, what = heappop(agenda)
        if what == "wake" and at != chat.wake:
            continue  # the conversation has another wish by now
        turn = _happen(month, chat, at, what)
        if turn is None:
            plan(at + 300, chat, what)  # nobody is there to do it: later
            continue
        if turn.outs:
            chat.outs += turn.outs
            plan(at + 2, chat, "bot")
        chat.wake = _seconds(turn.wake_at) if turn.wake_at else None
        if chat.wake is not None:
            plan(max(chat.wake, at), chat, "wake")
            chat.wake = max(chat.wake, at)
        if what == "customer":
            _plan_people(chat, at, chance, plan)
    return month


def _plan_people(chat: Chat, at: float, chance: random.Random, plan: Callable[[float, Chat, str], None]) -> None:
    """What people will do about this message."""
    fate = chance.random()
    if fate < 0.66:
        plan(round(at + chance.expovariate(1 / (0.6 * BUDGETS[chat.heat]))), chat, "person")
        if chance.random() < 0.25 and len(chat.raw) < 6:
            plan(round(at + 4 * HOUR + chance.uniform(0, HOUR)), chat, "customer")
    elif fate < 0.72:
        plan(round(at + chance.uniform(10, 3 * HOUR)), chat, "dismissed")
    elif fate < 0.82:
        plan(round(at + chance.uniform(10, BUDGETS[chat.heat])), chat, "accepted")


def _happen(month: Month, chat: Chat, at: float, what: str) -> Turn | None:
    """None: it takes a person, and the one whose deal it is is not there."""
    now = START + timedelta(seconds=at)
    assignee = chat.conversation.enquiry.assignee if chat.conversation and chat.conversation.enquiry else None
    if what in BY_PEOPLE and not (assignee and works(assignee, at)):
        return None
    mails = _mails(chat, what, now, assignee)
    if what in ("person", "accepted"):
        chat.owner = Owner.PERSON
    if what != "wake":
        chat.raw.append((at, what))
    reading = Reading(intent=Intent.BOOKING, heat=chat.heat)
    turn = take_turn(
        chat.conversation,
        mails,
        Understanding(reading=reading, reply="Подберу время") if wants_answer(mails) else None,
        month.business,
        roster=roster(at),
        owner=chat.owner,
        now=now,
    )
    chat.conversation, chat.owner = turn.conversation, turn.owner or chat.owner
    month.turns += 1
    month.notices += [(at, chat, notice) for notice in turn.notices]
    month.events += [
        Event(at=now, kind=fact.kind, conversation_id=turn.conversation.id, facts=fact.values) for fact in turn.facts
    ]
    return turn


def _mails(chat: Chat, what: str, now: datetime, manager: int | None) -> list[Mail]:
    match what:
        case "customer":
            message = InboundMessage(
                channel="telegram",
                account="7",
                customer_id=str(chat.number),
                message_id=f"{now:%d%H%M%S}",
                sent_at=now,
                text="Запишите на стрижку",
            )
            return [Received(message=message, arrived_at=now)]
        case "bot":
            outs, chat.outs = chat.outs, ()
            return [SendOutcome(outbox_id="1", kind=out.kind, fate=Fate.SENT, at=now) for out in outs]
        case "person":
            return [Answered(text="Добрый день", manager=manager, at=now)]
        case "accepted":
            return [Pressed(button=Button.ACCEPT, manager=manager, at=now)]
        case "dismissed":
            return [Pressed(button=Button.DISMISS, manager=manager, at=now)]
        case _:
            return [Tick(due_at=now)]


def roster(at: float) -> Roster:
    people = tuple(Person(user=user, at_work=works(user, at)) for user in SHIFTS)
    return Roster(managers=(7, 8, 9), supervisor=SUPERVISOR, owner=OWNER, people=people)


def _seconds(at: datetime) -> float:
    return (at - START).total_seconds()


# --- the judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    off_shift: int
    doubled: int
    silent: int  # unanswered enquiries of which the owner did not hear in time
    unanswered: int
    notices: int
    enquiries: int
    kept: int
    frt: tuple[float, ...]


def judge(month: Month) -> Verdicts:
    """From the raw lists alone."""
    told: dict[int, list[float]] = {}
    seen: Counter[tuple[object, ...]] = Counter()
    for at, chat, notice in month.notices:
        seen[chat.number, notice.id] += 1
        if not notice.task:
            seen[chat.number, notice.user, at] += 1
        if notice.user == OWNER:
            told.setdefault(chat.number, []).append(at)
    silent = unanswered = kept = counted = 0
    frt: list[float] = []
    for chat in month.chats:
        waits = list(_waits(chat))
        for since, until, accepted in waits:
            latest = _top(chat, since, accepted)
            if until is None or until > latest:
                unanswered += 1
                silent += not any(since < at <= latest for at in told.get(chat.number, ()))
        first, answers = waits[0][0], [at for at, what in chat.raw if what == "person"]
        verdict = _verdict(chat)
        frt += [answers[0] - first] if answers and verdict is not None else []
        counted += verdict is not None
        kept += verdict is True
    off = sum(notice.user in SHIFTS and not works(notice.user, at) for at, _, notice in month.notices)
    doubled = sum(times - 1 for times in seen.values())
    return Verdicts(
        off_shift=off,
        doubled=doubled,
        silent=silent,
        unanswered=unanswered,
        notices=len(month.notices),
        enquiries=counted,
        kept=kept,
        frt=tuple(frt),
    )


def _waits(chat: Chat) -> Iterator[tuple[float, float | None, float | None]]:
    """(from the customer's word, until it was answered or needed no answer, when somebody took it on)."""
    since = accepted = None
    for at, what in chat.raw:
        if what == "customer" and since is None:
            since, accepted = at, None
        elif what == "accepted" and since is not None:
            accepted = at
        elif what in ("person", "dismissed") and since is not None:
            yield since, at, accepted
            since = None
    if since is not None:
        yield since, None, accepted


def _top(chat: Chat, since: float, accepted: float | None) -> float:
    """The latest moment at which the owner has to hear: twice the promise, or later where somebody took it on."""
    top = spent_at(since, TOP * BUDGETS[chat.heat])
    return max(top, accepted + ACCEPTED_FOR) if accepted is not None else top


def _verdict(chat: Chat) -> bool | None:
    """False: a promise was missed; True: all were kept; None: none was owed. What still waits at the end is late."""
    verdict = None
    ends = dict(_ends(chat))
    for since, until, _ in _waits(chat):
        late = until is None or open_seconds(since, until) > BUDGETS[chat.heat]
        if late:
            return False
        if ends[since] == "person":
            verdict = True
    return verdict


def _ends(chat: Chat) -> Iterator[tuple[float, str]]:
    since = None
    for at, what in chat.raw:
        if what == "customer" and since is None:
            since = at
        elif what in ("person", "dismissed") and since is not None:
            yield since, what
            since = None


async def run(options: Options) -> Report:
    count = options.of(ENQUIRIES, least=50)
    month = simulate(count)
    found, ours = judge(month), score(month.events)
    share = 100 * (ours.sla_ratio or 0)
    counted = 100 * found.kept / found.enquiries
    same = (ours.enquiries, ours.kept) == (found.enquiries, found.kept)
    frt = sorted(round(value, 3) for value in found.frt) == sorted(ours.frt_human)
    return Report(
        promises=[
            Promise(
                what=f"notices to anybody off shift, on a break or on leave, of {found.notices}",
                promised="0",
                measured=str(found.off_shift),
                kept=not found.off_shift,
            ),
            Promise(
                what=f"unanswered in twice the promise, {found.unanswered}: the owner heard in that time",
                promised="all",
                measured=f"{found.unanswered - found.silent}",
                kept=not found.silent,
            ),
            Promise(what="notices told twice", promised="0", measured=str(found.doubled), kept=not found.doubled),
            Promise(
                what=f"SLA% of {ours.enquiries} enquiries, beside a count from the raw events",
                promised=f"{counted:.1f} % ({found.kept} of {found.enquiries})",
                measured=f"{share:.1f} % ({ours.kept} of {ours.enquiries})",
                kept=same,
            ),
            Promise(
                what=f"first response by a person, {len(found.frt)} values, beside the same count",
                promised=f"median {percentile(found.frt, 0.5) or 0:.0f} s",
                measured=f"median {percentile(ours.frt_human, 0.5) or 0:.0f} s; all {'equal' if frt else 'differ'}",
                kept=frt,
            ),
        ],
        tables=[
            Table(
                title="Who was told.",
                heads=("portal user", "notices"),
                rows=[
                    (str(user), str(times))
                    for user, times in sorted(Counter(notice.user or 0 for _, _, notice in month.notices).items())
                ],
            )
        ],
        how=[
            f"{count} customers in {DAYS} days of November 2026, three managers and a supervisor with hours, breaks "
            f"and leave, {month.turns} turns of `take_turn` on the virtual clock, nothing else of the product",
            "the roster is exact here; in production it is at most two minutes old",
        ],
    )
