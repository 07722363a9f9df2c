"""A rehearsal as it runs: real processes; business time stands while anything has work, then jumps to what is next.

One thing happens at a time and everything that follows from it ends before the next, so that the same seed plays the
same week. The journal is read along: it says who was answered, who is booked, whose turn it is.
"""

import asyncio
import heapq
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Self

from app.crm import Crm
from app.domain.business import Business
from app.domain.calendar import due_at
from app.domain.qualification import Heat
from app.domain.sla import Target
from app.flow.rehearse.customers import Customer, Do, Scenario, Word, asks_when, latecomers
from app.flow.town import Town
from app.store import codec, keys
from app.store.due import Due
from app.store.journal import Event, Journal
from app.store.link import Link
from app.store.people import People
from bitrix import Client, LocalPace, WebhookAccess
from bitrix.pace import Bucket

LOOK_SECONDS = 0.01
CALM = 2  # looks in a row at which nothing has work
SETTLE_SECONDS = 45.0  # longer than a first refusal of the portal waits
ANSWERED = 0.85  # share of the customers' words that a manager sees to
SHARES = (0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.2, 2.5)  # of the promise, until they do
# What a moment must end before the next; cards may be written meanwhile, as in life.
AT_ONCE = (keys.ANSWER, keys.SEND, keys.BOOK, keys.NOTICES)
CARDS = (keys.REGISTER, keys.REGISTER_HOT, keys.HINTS)
SENTENCES = (
    "Добрый день! Это администратор, всё вижу, помогу.",
    "Здравствуйте! Я на связи, сейчас всё решим.",
    "Спасибо, что написали! Уточню и вернусь к вам.",
)
FAST = Bucket(drain_per_second=1000.0, block_above=10_000.0)  # between two moments the real one has long run out


@dataclass(slots=True)
class Played:
    """What happened, as the journal and the sandbox tell it."""

    starts: datetime
    ends: datetime
    sent: list[tuple[datetime, Customer, str]] = field(default_factory=list)  # what customers did, in order
    who: dict[str, Customer] = field(default_factory=dict)  # conversation → its customer
    events: list[Event] = field(default_factory=list)
    portal: dict[str, Any] = field(default_factory=dict)  # the sandbox's view at the end
    unsettled: list[datetime] = field(default_factory=list)  # moments after which something would not end


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Planned:
    at: datetime
    place: int
    word: Word | None = field(compare=False, default=None)
    conversation: str = field(compare=False, default="")  # of a manager's turn
    accepted: bool = field(compare=False, default=False)


def goes_on_in(hosts: Mapping[str, str], conversation: str) -> str:
    """The conversation of a person, whichever messenger was asked for. `hosts`: joined conversation → the other."""
    while conversation in hosts:
        conversation = hosts[conversation]
    return conversation


class Play:
    """One rehearsal in one town."""

    def __init__(self, town: Town, business: Business, starts: datetime, ends: datetime, seed: int) -> None:
        self.town, self.business, self.seed = town, business, seed
        self.now = starts
        self.played = Played(starts=starts, ends=ends)
        self._link = Link(town.redis_url)
        self._due, self._journal, self._people = Due(self._link), Journal(self._link), People(self._link)
        self.client = Client(WebhookAccess(town.portal_url), pace=LocalPace(FAST))
        self._agenda: list[_Planned] = []
        self._order = count()
        self._seen: dict[date, int] = {}
        self._booked: set[str] = set()
        self._hosts: dict[str, str] = {}  # conversation → the same person's, in which it goes on
        self._asked: Counter[str] = Counter()  # turns of managers that were drawn, by conversation
        self._sent = self._unsaid = self._wanted = 0
        self._promised: dict[str, timedelta] = {}  # conversation → what its last word was promised
        self._screens: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._chats: dict[str, str] = {}  # customer → the vendor's id of the chat

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()
        await self._link.close()

    async def run(self, words: Sequence[Word], wanted: int) -> Played:
        """`wanted` words of customers: what was planned, and latecomers for what nobody had to say."""
        await self._prepare()
        for word in words:
            self._plan(word.at, word=word)
        self._unsaid, self._wanted = len(words), wanted
        while (at := await self._next()) is not None and at < self.played.ends:
            await self._move(max(at, self.now))
            await self._settle()
            while self._agenda and self._agenda[0].at <= self.now:
                await self._perform(heapq.heappop(self._agenda))
        await self._move(self.played.ends)
        await self._settle(cards=True)
        self.played.events = [event async for event in self._events()]
        self.played.portal = await self.town.control("portal/state")
        return self.played

    async def _prepare(self) -> None:
        """The week's first moment; the portal's limits out of the way: between two moments they have run out."""
        await self.town.control("portal/limits", {"bucket": None, "operating_seconds": None})
        await self.town.control("rules", {"receipts": False})
        await self.town.control("time", {"to": self.now.isoformat(), "stand": True})
        await self._people.save(await Crm(self.client, self.business).roster(self.business.team))

    # --- time

    async def _next(self) -> datetime | None:
        """The earliest of what is planned here and what a conversation waits for."""
        due = await self._link.command("ZRANGE", keys.DUE, 0, 0, "WITHSCORES")
        moments = [codec.moment(int(float(due[1])))] if due else []
        moments += [self._agenda[0].at] if self._agenda else []
        return min(moments, default=None)

    async def _move(self, at: datetime) -> None:
        if at > self.now:
            for key in await self._link.command("KEYS", f"{keys.PREFIX}pace:portal:*"):
                await self._link.command("DEL", key)
            await self.town.control("time", {"to": at.isoformat(), "stand": True})
            self.now = at

    async def _settle(self, *, cards: bool = False) -> None:
        """Until nothing has work: nothing due, nobody to answer or to tell; `cards`: and the portal holds it all."""
        until, calm = time.monotonic() + SETTLE_SECONDS, 0
        while calm < CALM:
            if time.monotonic() > until:
                self.played.unsettled.append(self.now)
                return
            await self._due.move()
            busy = await self._has_work() or (cards and await self._has_cards())
            calm = 0 if busy else calm + 1
            await asyncio.sleep(LOOK_SECONDS)

    async def _has_work(self) -> bool:
        lengths = [self._link.command("XLEN", stream) for stream in AT_ONCE]
        due = self._link.command("ZCOUNT", keys.DUE, "-inf", codec.milliseconds(self.now))
        return any(await asyncio.gather(*lengths, due))

    async def _has_cards(self) -> bool:
        """Or an event of the portal on its way, or a retry; the deal's chat alone may come later."""
        retries = await self._link.command("ZRANGE", keys.LATER, 0, -1)
        if any(not str(retry).startswith("dealchat") for retry in retries):
            return True
        lengths = [self._link.command("XLEN", stream) for stream in CARDS]
        return any(await asyncio.gather(*lengths)) or any((await self.town.control("quiet")).values())

    # --- what happens

    def _plan(self, at: datetime, **what: Any) -> None:
        heapq.heappush(self._agenda, _Planned(at=at, place=next(self._order), **what))

    async def _perform(self, planned: _Planned) -> None:
        if planned.word is not None:
            await self._customer(planned.word)
        else:
            await self._settle(cards=True)
            await self._manager(planned)
            await self._settle(cards=True)
            await self._read_along()

    async def _customer(self, word: Word) -> None:
        self._unsaid -= 1
        await self._act(word)
        if not self._unsaid and (missing := self._wanted - len(self.played.sent)) > 0:
            late = latecomers(self.business, self.now, missing, self.seed)
            self._unsaid += len(late)
            for each in late:
                self._plan(each.at, word=each)

    async def _act(self, word: Word) -> None:
        if len(self.played.sent) >= self._wanted:
            return
        conversation = next((key for key, who in self.played.who.items() if who.key == word.customer.key), "")
        if word.booked and self._one(conversation) not in self._booked:
            return
        said = self._reaction(word) if word.do is Do.REACT else {"text": word.text}
        if said is None:
            return
        self._screens.pop((word.customer.channel, self._chats.get(word.customer.key, "")), None)
        match word.do:
            case Do.FORM:
                await self._form(word)
            case Do.CONTACT:
                await self._say(word.customer, text="", phone=word.customer.phone)
            case _:
                known = {"phone": word.customer.phone} if word.customer.channel == "whatsapp" else {}
                await self._say(word.customer, **said, **known)
        self.played.sent.append((self.now, word.customer, said["text"]))
        found = await self._newest()
        self.played.who.setdefault(found, word.customer)
        await self._settle()
        await self._read_along()
        self._draw_manager(self._one(found))

    async def _say(self, customer: Customer, **what: Any) -> None:
        answer = await self.town.say(customer.channel, customer.key, name=customer.name, **what)
        self._chats[customer.key] = answer["chat"]

    async def _form(self, word: Word) -> None:
        body = {
            "submission_id": word.customer.key,
            "name": word.customer.name,
            "phone": word.customer.phone,
            "message": word.text,
            "consent": True,
            "page_url": "https://example.com/?utm_source=rehearsal",
            "ts": self.now.isoformat(),
        }
        await self.town.control("customers/raw", {"channel": "site", "body": body})

    def _reaction(self, word: Word) -> dict[str, Any] | None:
        """What somebody who wants to come does with the answer that stands on the screen; None: nothing."""
        customer = word.customer
        screen = self._screens.get((customer.channel, self._chats.get(customer.key, "")), [])
        buttons = [button for line in screen for button in line["buttons"] if button["payload"].startswith("slot:")]
        if buttons:
            chosen = random.Random(f"{self.seed}:{customer.key}:{self.now}").choice(buttons)
            return {"text": chosen["text"], "payload": chosen["payload"]}
        text = " ".join(line["text"] for line in screen).casefold()
        if any(asks in text for asks in ("на какое имя", "как вас зовут", "ваше имя", "подскажите имя")):
            return {"text": customer.name}
        if any(asks in text for asks in ("телефон", "номер")) and "?" in text:
            return {"text": customer.phone}
        return {"text": word.text} if word.text and asks_when(text) else None

    async def _newest(self) -> str:
        """The conversation of the customer's word that was accepted last: only one is under way."""
        rows = await self._link.command("XREVRANGE", self._journal_key(self.now.date()), "+", "-", "COUNT", 50)
        for _, words in rows:
            fields = dict(zip(words[::2], words[1::2], strict=True))
            if fields["kind"] == "received":
                return str(fields["conversation"])
        return ""

    def _one(self, conversation: str) -> str:
        return goes_on_in(self._hosts, conversation)

    # --- managers

    def _draw_manager(self, conversation: str) -> None:
        """By lot: whether somebody sees to this word, and after how much of the working day."""
        self._asked[conversation] += 1
        lot = random.Random(f"{self.seed}:manager:{self._key(conversation)}:{self._asked[conversation]}")
        if lot.random() < ANSWERED:
            promised = self._promised.get(conversation, timedelta(hours=1))
            minutes = max(2, int(promised * lot.choice(SHARES) / timedelta(minutes=1)))
            at = due_at(self.now, timedelta(minutes=minutes), self.business.calendar)
            self._plan(at, conversation=conversation)

    def _key(self, conversation: str) -> str:
        customer = self.played.who.get(conversation)
        return customer.key if customer else conversation

    async def _manager(self, planned: _Planned) -> None:
        """The one whose deal it is answers; one in eight says «Принял» first. Nobody waits: nothing is written."""
        conversation = self._one(planned.conversation)
        deal = await self._deal_of(conversation)
        if deal is None or not deal.get("UF_CRM_OTKLIK_ANSWER_BY"):
            return
        lot = random.Random(f"{self.seed}:words:{self._key(conversation)}:{self._asked[conversation]}")
        takes, words = lot.random() < 0.125, lot.choice(SENTENCES)
        deed = {"user": int(deal["ASSIGNED_BY_ID"]), "entity": "deal", "id": int(deal["ID"])}
        if self.played.who[conversation].scenario is Scenario.FORM:
            await self.town.control("portal/human", {**deed, "do": "call", "seconds": 90})
        elif takes and not planned.accepted:
            await self.town.control("portal/human", {**deed, "do": "comment", "text": "/принял"})
            later = due_at(self.now, timedelta(minutes=7), self.business.calendar)
            self._plan(later, conversation=conversation, accepted=True)
        else:
            text = f"{self.business.comment_mark} {words}"
            await self.town.control("portal/human", {**deed, "do": "comment", "text": text})

    async def _deal_of(self, conversation: str) -> dict[str, Any] | None:
        """The newest of the conversation, as the manager's board shows it."""
        board = await self.town.control("portal/state")
        found = (deal for deal in board["deals"] if str(deal.get("ORIGIN_ID", "")).rpartition("-")[0] == conversation)
        return next(found, None)

    # --- reading along

    async def _read_along(self) -> None:
        """What came on the customers' screens, and who is booked now."""
        for line in (await self.town.control(f"sent?since={self._sent}"))["sent"]:
            self._sent = line["number"]
            if line["kind"] in ("text", "template"):
                self._screens.setdefault((line["channel"], line["chat"]), []).append(line)
        day = self.now.astimezone(UTC).date()
        seen = self._seen.get(day, 0)
        events = [event async for event in self._journal.day(day)]
        self._seen[day] = len(events)
        for event in events[seen:]:
            if event.kind == "booked":
                self._booked.add(event.conversation_id)
            elif event.kind == "joined":
                self._hosts[str(event.facts["from"])] = event.conversation_id
            elif event.kind == "cancelled":
                self._booked.discard(event.conversation_id)
            elif event.kind == "clock" and event.facts["what"] in ("started", "retargeted"):
                sla, heat = self.business.sla, Heat(str(event.facts["class"]))
                calls = event.facts["target"] == Target.FIRST_CALL
                self._promised[event.conversation_id] = sla.first_call if calls else sla.first_response[heat]

    def _events(self) -> Any:
        return self._journal.between(self.played.starts.date(), self.played.ends.date())

    @staticmethod
    def _journal_key(day: date) -> str:
        return f"{keys.PREFIX}journal:{day.isoformat()}"
