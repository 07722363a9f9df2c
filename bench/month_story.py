"""A month of three managers and their customers on the virtual clock, led by `take_turn` alone: who did what, when."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count as count_up
from pathlib import Path

from app.domain.business import Business, FollowUps
from app.domain.card import Notice
from app.domain.conversation import Conversation, Owner
from app.domain.decision import Out, Turn
from app.domain.mail import Answered, Button, Fate, Mail, Pressed, Received, SendOutcome, Tick
from app.domain.message import InboundMessage
from app.domain.qualification import Heat, Intent, Reading, Understanding
from app.domain.roster import Person, Roster
from app.domain.turn import take_turn, wants_answer
from app.profiles import load
from bench.report import ROOT

DAYS = 30
START = datetime(2026, 11, 1, tzinfo=UTC) - timedelta(hours=3)  # midnight in Moscow, which keeps no summer time
HOUR, DAY = 3600, 86400
SUPERVISOR, OWNER = 5, 1
BUDGETS = {Heat.HOT: 300, Heat.WARM: HOUR, Heat.COLD: DAY}
BY_PEOPLE = frozenset({"person", "accepted", "dismissed"})
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
