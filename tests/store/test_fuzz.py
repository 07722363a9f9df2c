"""Thousands of turns on a real Redis, with workers that die or stop between any two steps, held to a model of its own.

The workers here lead the real scripts and the real turn through the steps of flow/answer and flow/send; every `yield`
is a moment at which a worker may die for good, or stop while another takes its entry over and then go on.
"""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from app.domain.conversation import Conversation, conversation_id, opened
from app.domain.mail import BOTS_OWN, Fate, Mail, OutKind, Received, SendOutcome
from app.domain.message import Author, Delivery, DeliveryStatus
from app.domain.qualification import Heat, Intent, Understanding
from app.domain.qualification import Reading as Read
from app.domain.turn import take_turn, wants_answer
from app.store import keys
from app.store.due import Due
from app.store.link import Link
from app.store.mailbox import Mailbox
from app.store.outbox import Outbox, Pace
from tests.domain.story import ROSTER, SALON
from tests.store.conftest import message

CUSTOMERS = 6
PACE = Pace(chat_interval=timedelta(0), chat_burst=1, account="telegram:7", account_per_second=1_000_000)
Worker = AsyncGenerator[None, None]


@dataclass(slots=True)
class Model:
    """What must be true, kept apart from Redis."""

    accepted: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # texts of the customers
    turned: dict[str, list[list[str]]] = field(
        default_factory=lambda: defaultdict(list)
    )  # texts of each committed turn
    calls: Counter[str] = field(default_factory=Counter)  # outbox id → calls to the vendor
    lost: Counter[str] = field(default_factory=Counter)  # outbox id → calls whose end nobody saw
    signs: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # takeovers of each conversation
    received: int = 0
    turns: int = 0


@dataclass(slots=True)
class World:
    link: Link
    redis: Redis
    dice: random.Random
    model: Model = field(default_factory=Model)
    running: dict[Worker, tuple[str, str]] = field(default_factory=dict)  # worker → (stream, entry)
    stopped: list[Worker] = field(default_factory=list)  # they go on after their entry was taken over
    calling: dict[Worker, tuple[str, str]] = field(
        default_factory=dict
    )  # worker inside a call → conversation, outbox id
    stepping: Worker | None = None
    number: int = 0
    calm: bool = False

    # --- what comes in

    async def webhook(self) -> None:
        """A customer's message, an echo, a person's answer or a status; some of them twice and at the same time."""
        self.number += 1
        customer = str(self.dice.randrange(CUSTOMERS))
        event = self.dice.choices(("customer", "echo", "answer", "status"), (12, 1, 2, 2))[0]
        times = self.dice.choice((1, 1, 1, 2, 3))
        one = {"customer": self.customer, "echo": self.echo, "answer": self.answer, "status": self.status}[event]
        await asyncio.gather(*(one(customer, self.number) for _ in range(times)))

    async def customer(self, customer: str, number: int) -> None:
        mail = message(number % 50, customer_id=customer, message_id=f"m{number}", text=f"t{number}", sequence=number)
        if (await Mailbox(self.link).accept(mail)).outcome == "accepted":
            self.model.accepted[_id(customer)].append(f"t{number}")
            self.model.received += 1

    async def echo(self, customer: str, number: int) -> None:
        mail = message(customer_id=customer, message_id=f"e{number}", text=f"e{number}", author=Author.BUSINESS)
        if (await Mailbox(self.link).accept(mail)).outcome == "accepted":
            self.sign(_id(customer))

    async def answer(self, customer: str, number: int) -> None:
        id_, at = _id(customer), message().sent_at
        if (await Mailbox(self.link).answer(id_, "telegram", f"a{number}", f"p{number}", 7, at)).outcome == "accepted":
            self.sign(id_)

    def sign(self, conversation: str) -> None:
        self.model.signs[conversation] += 1
        self.model.received += 1

    async def status(self, customer: str, number: int) -> None:
        flight = await self.redis.hget(f"otklik:c:{_id(customer)}", "flight")
        status = DeliveryStatus(
            channel="telegram",
            account="7",
            customer_id=customer,
            message_id=f"v{number}",
            status=self.dice.choice((Delivery.DELIVERED, Delivery.FAILED)),
            at=message().sent_at,
            outbox_id=(flight or b"").decode(),
        )
        await Mailbox(self.link).status(status)

    # --- workers: the steps of flow/answer and flow/send

    async def answering(self, id_: str, entry: str) -> Worker:
        mailbox = Mailbox(self.link)
        while True:
            reading = await mailbox.read(id_)
            yield
            if not reading.mails or _known(reading.conversation, reading.mails) is None:
                await mailbox.commit(reading, entry, None)
                return
            if self.dice.random() < 0.3:  # the quiet window: the mailbox is read once more
                reading = await mailbox.read(id_)
                yield
            person = reading.person_id or await mailbox.identify(id_, "")
            yield
            turn = take_turn(
                _known(reading.conversation, reading.mails),
                reading.mails,
                self.understanding() if wants_answer(reading.mails) else None,
                SALON,
                roster=ROSTER,
                owner=reading.owner,
                now=reading.now,
            )
            if turn.wake_at and not self.calm and self.dice.random() < 0.5:  # a tick soon, instead of in an hour
                turn = replace(turn, wake_at=reading.now)
            outcome = await mailbox.commit(reading, entry, turn, person_id=person)
            if outcome != "stale":
                self.model.turns += 1
                self.model.turned[id_].append([mail.message.text for mail in wants_answer(reading.mails)])
            yield
            if outcome != "more":
                return

    def understanding(self) -> Understanding:
        handoff = self.dice.choice(("", "", "", "asked"))
        return Understanding(
            reading=Read(intent=Intent.BOOKING, heat=Heat.WARM), reply="Подберу время", handoff=handoff
        )

    async def sending(self, id_: str, entry: str) -> Worker:
        outbox = Outbox(self.link)
        me = self.stepping
        assert me is not None
        while True:
            before = await self.redis.hmget(f"otklik:c:{id_}", "owner", "epoch")
            claim = await outbox.claim(id_, entry, PACE)
            after = await self.redis.hmget(f"otklik:c:{id_}", "owner", "epoch")
            outcome = "done"
            if claim.state == "send":
                assert before == after
                if claim.kind in BOTS_OWN:
                    item = (await self.redis.lindex(f"otklik:o:{id_}", 0)).decode()
                    assert before[0] != b"person", "a bot's text was claimed while a person owns the conversation"
                    assert item.split(" ")[1] == (before[1] or b"0").decode(), "an older epoch was claimed"
            if claim.state == "flight":
                yield
            if claim.state == "flight":
                if claim.vendor_id:
                    told = _outcome(claim.outbox_id, claim.kind)
                    outcome = await outbox.settle(id_, entry, told, claim.vendor_id, tries=claim.tries)
                elif claim.outbox_id in [out for _, out in self.calling.values() if out not in self.model.lost]:
                    outcome = "more"  # it flies for less than what settles it: its sender is awake
                elif not self.calm and self.dice.random() < 0.5:
                    return
                elif claim.kind not in BOTS_OWN or claim.tries > 1:
                    told = _outcome(claim.outbox_id, claim.kind, Fate.UNKNOWN)
                    outcome = await outbox.settle(id_, entry, told, tries=claim.tries)
                else:
                    outcome = await outbox.again(id_, entry, claim.outbox_id, claim.tries)
                    if outcome == "again":
                        claim = replace(claim, state="send", tries=claim.tries + 1)
                    elif outcome == "person":
                        told = _outcome(claim.outbox_id, claim.kind, Fate.UNKNOWN)
                        outcome = await outbox.settle(id_, entry, told, tries=claim.tries)
            if claim.state == "send":
                others = [self.calling[worker][0] for worker in self.calling if worker in self.running]
                assert me in self.stopped or id_ not in others, "two calls at once"
                self.calling[me] = (id_, claim.outbox_id)
                yield
                self.model.calls[claim.outbox_id] += 1
                yield
                del self.calling[me]
                fate = "sent" if self.calm else self.dice.choice(("sent", "sent", "sent", "failed", "retry", "lost"))
                if fate == "lost":
                    self.model.lost[claim.outbox_id] += 1
                    continue
                if fate == "retry":  # the vendor says that it did not take it
                    self.model.calls[claim.outbox_id] -= 1
                    outcome = await outbox.retry(id_, entry, claim.outbox_id, timedelta(0), tries=claim.tries)
                else:
                    told = _outcome(claim.outbox_id, claim.kind, Fate(fate))
                    vendor_id = f"w{claim.outbox_id}" if fate == "sent" else ""
                    outcome = await outbox.settle(id_, entry, told, vendor_id, tries=claim.tries)
            yield
            if outcome in ("done", "later", "stale"):
                return

    # --- the machine room

    async def hire(self) -> bool:
        """Read one new entry of a stream, or claim one whose worker died or stopped."""
        for stream in self.dice.sample((keys.ANSWER, keys.SEND), 2):
            taken = await self.redis.xautoclaim(stream, keys.GROUP, "w", 0, count=100)
            held = {entry for found, entry in self.running.values() if found == stream}
            free = [(entry, fields) for entry, fields in taken[1] if entry.decode() not in held]
            if not free:
                answer = await self.redis.xreadgroup(keys.GROUP, "w", {stream: ">"}, count=1)
                free = [item for _, items in answer or [] for item in items]
            if free:
                entry, fields = self.dice.choice(free)
                self.start(stream, entry.decode(), fields[b"c"].decode())
                return True
        return False

    def start(self, stream: str, entry: str, id_: str) -> None:
        worker = self.answering(id_, entry) if stream == keys.ANSWER else self.sending(id_, entry)
        self.running[worker] = (stream, entry)

    async def step(self, worker: Worker) -> None:
        self.stepping = worker
        try:
            await anext(worker)
        except StopAsyncIteration:
            self.running.pop(worker, None)
            if worker in self.stopped:
                self.stopped.remove(worker)

    async def trouble(self) -> None:
        """Somebody dies, or stops for so long that its entry is another's."""
        if not self.running:
            return
        worker = self.dice.choice(list(self.running))
        del self.running[worker]
        if worker in self.calling:
            self.model.lost[self.calling[worker][1]] += 1
        if self.dice.random() < 0.5:
            await worker.aclose()
            self.calling.pop(worker, None)
        else:
            self.stopped.append(worker)

    async def tumult(self, turns: int) -> None:
        while self.model.turns < turns:
            match self.dice.choices(("webhook", "hire", "step", "old", "due", "trouble"), (4, 5, 20, 2, 1, 0.6))[0]:
                case "webhook":
                    await self.webhook()
                case "hire":
                    await self.hire()
                case "step" if self.running:
                    await self.step(self.dice.choice(list(self.running)))
                case "old" if self.stopped:
                    await self.step(self.dice.choice(self.stopped))
                case "due":
                    await Due(self.link).move()
                case "trouble":
                    await self.trouble()

    async def rest(self) -> None:
        """Nothing more comes in, nobody dies: everything must end by itself."""
        self.calm = True
        for _ in range(100_000):
            if self.running or self.stopped:
                await self.step(self.dice.choice([*self.running, *self.stopped]))
            elif not await self.hire() and (0, 0) == await Due(self.link).move():
                return
        raise AssertionError("it never comes to rest")


def _id(customer: str) -> str:
    return conversation_id("telegram", "7", customer)


def _known(conversation: Conversation | None, mails: Sequence[Mail]) -> Conversation | None:
    if conversation is not None:
        return conversation
    first = next((mail for mail in mails if isinstance(mail, Received)), None)
    return opened(first.message) if first else None


def _outcome(outbox_id: str, kind: OutKind, fate: Fate = Fate.SENT) -> SendOutcome:
    return SendOutcome(outbox_id=outbox_id, kind=kind, fate=fate, at=message().sent_at, text="Подберу время")


def _moment(text: str) -> tuple[int, int]:
    """How a customer's messages are ordered inside a turn: by their second, then by the channel's sequence."""
    number = int(text.removeprefix("t"))
    return number % 50, number


async def tell(link: Link, redis: Redis, seed: int, turns: int) -> None:
    world = World(link, redis, random.Random(seed))
    await world.tumult(turns)
    await world.rest()
    await judge(world.model, redis)


async def judge(model: Model, redis: Redis) -> None:
    for id_ in map(_id, map(str, range(CUSTOMERS))):
        turned = [sorted(texts, key=lambda text: int(text[1:])) for texts in model.turned[id_]]
        assert model.accepted[id_] == [text for texts in turned for text in texts], "each message in one turn, in order"
        assert all(texts == sorted(texts, key=_moment) for texts in model.turned[id_])
        kept = await redis.hgetall(f"otklik:c:{id_}")
        assert (b"", b"") == (kept.get(b"entry", b""), kept.get(b"send", b"")), "an entry sticks"
        assert b"flight" not in kept
        assert 0 == await redis.exists(f"otklik:m:{id_}", f"otklik:o:{id_}"), "a mailbox or an outbox sticks"
        assert model.signs[id_] == int(kept.get(b"epoch", 0))
    for stream in (keys.ANSWER, keys.SEND):
        assert 0 == await redis.xlen(stream)
        assert 0 == (await redis.xpending(stream, keys.GROUP))["pending"]
    for out, calls in model.calls.items():
        assert calls <= 1 + model.lost[out], "a text was sent twice though the end of every call was seen"
        assert calls <= 1 or ":a" not in out, "a person's text was sent twice"
    journal = [key async for key in redis.scan_iter("otklik:journal:*")]
    kinds = Counter([fields[b"kind"] for key in journal for _, fields in await redis.xrange(key)])
    assert model.received == kinds[b"received"]
    assert model.lost, "the story held no death inside a call"


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_is_lost_doubled_or_stuck_whatever_dies_or_comes_late(
    seed: int, link: Link, redis_client: Redis
) -> None:
    await tell(link, redis_client, seed, turns=500)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 150))
async def test_a_hundred_thousand_turns_lose_double_and_stick_nothing(
    seed: int, link: Link, redis_client: Redis
) -> None:
    await tell(link, redis_client, seed, turns=2000)
