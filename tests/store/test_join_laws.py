"""A person in three messengers, their signs, drafts and joins in every order, on a real Redis.

A script is Redis's unit of time, so an order of scripts is an interleaving of processes. Each mail is read by one turn,
whatever conversation it came to; nothing of the bot's leaves in any messenger after a person's sign in one of them.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import ways
from app.domain.conversation import Conversation, Owner, conversation_id, opened
from app.domain.decision import Out, Turn
from app.domain.mail import BOTS_OWN, Answered, Fate, Joined, OutKind, Received, SendOutcome
from app.domain.message import Author, OutboundMessage
from app.store import keys
from app.store.birth import open_store
from app.store.link import Link
from app.store.mailbox import Mailbox, Reading
from app.store.outbox import Outbox, Pace
from tests.store.conftest import message

AT = message().sent_at
PACE = Pace(chat_interval=timedelta(0), chat_burst=1, account="telegram:7", account_per_second=1_000_000)
DOORS = ("telegram", "whatsapp", "instagram")
WORDS = ("says", "says", "read", "commit", "turn", "turn", "claim", "sent", "answer", "echo", "aimed")
STEPS = st.lists(
    st.tuples(st.sampled_from(WORDS), st.sampled_from(DOORS))
    | st.tuples(st.just("join"), st.sampled_from([f"{a} {b}" for a in DOORS for b in DOORS if a != b])),
    min_size=4,
    max_size=30,
)
_people = count()


@dataclass(slots=True)
class World:
    link: Link
    person: str = field(default_factory=lambda: f"person-{next(_people)}")
    accepted: Counter[str] = field(default_factory=Counter)
    heard: Counter[str] = field(default_factory=Counter)
    signs: Counter[str] = field(default_factory=Counter)  # of a conversation and of all that were joined to it
    taken: set[str] = field(default_factory=set)
    readings: dict[str, tuple[Reading, int]] = field(default_factory=dict)
    flights: dict[str, SendOutcome] = field(default_factory=dict)
    number: int = 0

    def id(self, door: str) -> str:
        return conversation_id(door, "7", self.person)

    async def root(self, door: str) -> str:
        return (await Mailbox(self.link).read(self.id(door))).host

    async def of(self, id_: str, name: str) -> str:
        return await self.link.command("HGET", f"otklik:c:{id_}", name) or ""

    async def step(self, word: str, door: str) -> None:
        self.number += 1
        name = f"m{self.number}"
        match word:
            case "says":
                await self.says(door, name)
            case "read":
                root = await self.root(door)
                self.readings[root] = (await Mailbox(self.link).read(root), self.signs[root])
            case "commit" | "turn":
                root = await self.root(door)
                if word == "turn":
                    self.readings[root] = (await Mailbox(self.link).read(root), self.signs[root])
                await self.commit(root)
            case "claim":
                await self.claim(self.id(door))
            case "sent":
                await self.sent(self.id(door))
            case "join":
                await self.join(*door.split())
            case _:
                await self.sign(word, door, name)

    async def says(self, door: str, name: str) -> None:
        told = message(channel=door, customer_id=self.person, message_id=name)
        assert "accepted" == (await Mailbox(self.link).accept(told)).outcome
        self.accepted[name] += 1

    async def commit(self, root: str) -> None:
        """Of whatever was read last, perhaps long ago: the bot answers in the messenger of the last word."""
        entry, found = await self.of(root, "entry"), self.readings.pop(root, None)
        if found is None or not entry:
            return
        words = any(isinstance(mail, Received) for mail in found[0].mails)
        if found[0].conversation is None and not words:
            return
        reading, signs = found
        conversation = reading.conversation or self.begun(reading)
        for mail in reading.mails:
            if isinstance(mail, Joined):
                conversation = ways.added(conversation, *ways.known(mail.guest))
            elif isinstance(mail, Received) and mail.message.author is Author.CUSTOMER:
                way = ways.of(conversation, mail.message)
                conversation = ways.turned(ways.added(conversation, way), way.id)
        outs = (Out(kind=OutKind.REPLY, message=OutboundMessage(text=f"draft {self.number}")),) if words else ()
        turn = Turn(conversation=conversation, outs=outs, owner=Owner.BOT)
        if await Mailbox(self.link).commit(reading, entry, turn, person_id=self.person) != "stale":
            self.heard.update(
                mail.message.message_id if isinstance(mail, Received) else mail.text
                for mail in reading.mails
                if isinstance(mail, Received | Answered)
            )
            if signs == self.signs[root]:
                self.taken.discard(root)

    def begun(self, reading: Reading) -> Conversation:
        first = next(mail for mail in reading.mails if isinstance(mail, Received))
        return replace(opened(first.message), id=reading.id)

    async def claim(self, id_: str) -> None:
        entry = await self.of(id_, "send")
        if not entry or id_ in self.flights:
            return
        claim = await Outbox(self.link).claim(id_, entry, PACE)
        if claim.state == "send":
            root = (await Mailbox(self.link).read(id_)).host
            assert not (root in self.taken and claim.kind in BOTS_OWN), f"{claim.kind} was claimed after a sign"
            self.flights[id_] = SendOutcome(outbox_id=claim.outbox_id, kind=claim.kind, fate=Fate.SENT, at=AT)

    async def sent(self, id_: str) -> None:
        told, entry = self.flights.pop(id_, None), await self.of(id_, "send")
        if told is not None:
            assert "stale" != await Outbox(self.link).settle(id_, entry, told, tries=1)

    async def sign(self, word: str, door: str, name: str) -> None:
        mailbox, root = Mailbox(self.link), await self.root(door)
        if not await self.of(root, "state"):
            return
        if word == "echo":
            echo = message(channel=door, customer_id=self.person, message_id=name, author=Author.BUSINESS, text=name)
            accepted = await mailbox.accept(echo)
        else:
            way = self.id(door) if word == "aimed" else await self.of(root, "way") or root
            before = await self.link.command("LLEN", f"otklik:o:{way}")
            accepted = await mailbox.answer(self.id(door), door, name, name, 7, AT, aimed=word == "aimed")
            left = await self.link.command("LRANGE", f"otklik:o:{way}", 0, -1)
            assert f"person 0 {left[-1].split()[2]}" == " ".join(left[-1].split()[:3])
            assert len(left) <= before + 1
        assert ("accepted", Owner.PERSON) == (accepted.outcome, accepted.owner)
        self.accepted[name] += 1
        self.signs[root] += 1
        self.taken.add(root)

    async def join(self, one: str, other: str) -> None:
        mailbox = Mailbox(self.link)
        host, guest = await self.root(one), await self.root(other)
        if host == guest or not await self.of(host, "state"):
            return
        stale = self.readings.get(guest)
        reading = stale[0] if stale else await mailbox.read(guest)
        told = Joined(guest=reading.conversation, at=AT) if reading.conversation else None
        fresh = reading.version == await self.of(guest, "version")
        joined = await mailbox.join(host, reading, told, "leave", None, "")
        assert joined is fresh
        if joined:
            self.signs[host] += guest in self.taken and host not in self.taken
            self.taken |= {host} if guest in self.taken else set()
            self.taken.discard(guest)

    async def rests(self) -> None:
        """Every conversation reads what is left; then no mail is lost, doubled or locked out."""
        for _ in range(40):
            for door in DOORS:
                await self.sent(self.id(door))
                await self.step("turn", door)
                await self.claim(self.id(door))
            left = [f"otklik:{what}:{self.id(door)}" for what in "mo" for door in DOORS]
            if not await self.link.command("EXISTS", *left):
                break
        assert self.accepted == self.heard
        roots = {await self.root(door) for door in DOORS}
        for door in DOORS:
            id_ = self.id(door)
            assert [] == await self.link.command("LRANGE", f"otklik:m:{id_}", 0, -1)
            assert "" == await self.of(id_, "entry")
            assert id_ in roots or not await self.of(id_, "state")

    async def speaks(self, door: str) -> None:
        """Whoever is given the word again has it, in this messenger."""
        await self.step("says", door)
        await self.step("turn", door)
        await self.claim(self.id(door))
        assert OutKind.REPLY is self.flights[self.id(door)].kind
        await self.sent(self.id(door))
        await self.step("turn", door)


@pytest.fixture
def runner(redis_url: str) -> Iterator[tuple[asyncio.Runner, Link]]:
    with asyncio.Runner() as runner:
        link = Link(redis_url)
        runner.run(open_store(link))
        yield runner, link
        runner.run(link.close())


def prove(runner: tuple[asyncio.Runner, Link], examples: int) -> None:
    loop, link = runner

    async def told(steps: list[tuple[str, str]]) -> None:
        world = World(link)
        for door in DOORS:
            await world.step("says", door)
        for word, door in (("turn", "telegram"), ("turn", "whatsapp"), *steps):
            await world.step(word, door)
        await world.rests()
        for door in DOORS:
            await world.speaks(door)
        assert 0 == await link.command("XLEN", keys.ANSWER)

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def no_order_of_steps(steps: list[tuple[str, str]]) -> None:
        loop.run(told(steps))

    no_order_of_steps()


def test_no_mail_is_lost_or_doubled_by_a_join_and_a_sign_in_one_silences_all(
    runner: tuple[asyncio.Runner, Link],
) -> None:
    prove(runner, 150)


# What happened before the join → whether the draft that waits in `telegram` and in `whatsapp` may leave after it.
CASES = {
    "turn telegram, turn whatsapp": (True, True),
    "turn telegram, turn whatsapp, answer telegram": (False, False),
    "turn telegram, turn whatsapp, answer whatsapp": (False, False),
    "turn telegram, turn whatsapp, answer whatsapp, says whatsapp, turn whatsapp": (True, True),
    "turn telegram, turn whatsapp, echo telegram, says telegram, turn telegram": (True, True),
    "turn telegram, says whatsapp": (True, False),
}


@pytest.mark.parametrize(("before", "leaves"), CASES.items())
@pytest.mark.parametrize("pair", ["telegram whatsapp", "whatsapp telegram"])
async def test_a_draft_leaves_after_the_join_exactly_if_it_could_before_in_both(
    link: Link, before: str, leaves: tuple[bool, bool], pair: str
) -> None:
    world = World(link)
    for door in ("telegram", "whatsapp"):
        await world.step("says", door)
    for step in before.split(", "):
        await world.step(*step.split())  # type: ignore[arg-type]
    await world.step("join", pair)
    if (await world.root("telegram")) != (await world.root("whatsapp")):
        assert pair.startswith("whatsapp"), "who never took a turn is nobody's host"
        return
    found = []
    for id_ in (world.id("telegram"), world.id("whatsapp")):
        await world.claim(id_)
        while id_ in world.flights and world.flights[id_].kind is OutKind.PERSON:
            await world.sent(id_)
            await world.claim(id_)
        found.append(id_ in world.flights)
    assert leaves == tuple(found)


async def test_what_was_lost_before_a_sign_is_not_said_again_after_the_join(link: Link) -> None:
    """Of the younger epoch in the guest, whose number the host's is by chance."""
    world = World(link)
    for step in ("says telegram", "turn telegram", "says whatsapp", "turn whatsapp", "claim whatsapp"):
        await world.step(*step.split())  # type: ignore[arg-type]
    lost = world.flights[world.id("whatsapp")]
    for step in ("answer whatsapp", "says whatsapp", "turn whatsapp"):
        await world.step(*step.split())  # type: ignore[arg-type]
    await world.step("join", "telegram whatsapp")
    entry = await world.of(world.id("whatsapp"), "send")
    assert "person" == await Outbox(link).again(world.id("whatsapp"), entry, lost.outbox_id, 1)


async def test_what_is_in_flight_in_one_messenger_is_not_said_again_after_a_sign_in_the_other(link: Link) -> None:
    world = World(link)
    for step in ("says telegram", "turn telegram", "says whatsapp", "turn whatsapp", "claim whatsapp"):
        await world.step(*step.split())  # type: ignore[arg-type]
    await world.step("join", "telegram whatsapp")
    lost, entry = world.flights[world.id("whatsapp")], await world.of(world.id("whatsapp"), "send")
    assert "again" == await Outbox(link).again(world.id("whatsapp"), entry, lost.outbox_id, 1)
    await world.step("answer", "telegram")
    assert "person" == await Outbox(link).again(world.id("whatsapp"), entry, lost.outbox_id, 2)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_ten_thousand_orders_of_joins_signs_and_drafts(runner: tuple[asyncio.Runner, Link]) -> None:
    prove(runner, 10_000)
