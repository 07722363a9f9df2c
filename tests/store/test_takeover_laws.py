"""A person's sign and the bot's drafts in every order, on a real Redis: after the sign nothing of the bot's is claimed.

A script is Redis's unit of time, so an order of scripts is an interleaving of processes. The model knows two things:
how many signs were stored, and whether the conversation was given back since.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.card import Stage
from app.domain.conversation import Owner, opened
from app.domain.decision import Out, Turn
from app.domain.mail import BOTS_OWN, Button, Fate, OutKind, PortalNews, SendOutcome
from app.domain.message import Author, OutboundMessage
from app.store.birth import open_store
from app.store.link import Link
from app.store.mailbox import Mailbox, Reading
from app.store.outbox import Claim, Outbox, Pace
from tests.store.conftest import message

AT = message().sent_at
PACE = Pace(chat_interval=timedelta(0), chat_burst=1, account="telegram:7", account_per_second=1_000_000)
SIGNS = ("answer", "echo", "accepted", "called", "in_work")
DRAFTS = tuple(f"draft {kind}" for kind in (*BOTS_OWN, OutKind.REMINDER))
STEPS = st.lists(
    st.sampled_from(("customer", "read", *DRAFTS, "claim", "claim", "sent", "lost", "refused", "return", *SIGNS)),
    min_size=4,
    max_size=24,
)
_customers = count()


@dataclass(slots=True)
class World:
    link: Link
    customer: str = field(default_factory=lambda: str(next(_customers)))
    signs: int = 0  # stored so far
    taken: bool = False  # a person's, until it was given back
    reading: Reading | None = None
    flight: Claim | None = None
    number: int = 0

    @property
    def id(self) -> str:
        return opened(message(customer_id=self.customer)).id

    async def entry(self, name: str) -> str:
        return await self.link.command("HGET", f"otklik:c:{self.id}", name) or ""

    async def step(self, name: str) -> None:
        self.number += 1
        word, _, kind = name.partition(" ")
        mailbox, outbox, one = Mailbox(self.link), Outbox(self.link), f"m{self.number}"
        match word:
            case "customer":
                await mailbox.accept(message(customer_id=self.customer, message_id=one))
            case "read":
                self.reading = await mailbox.read(self.id)
            case "draft":
                await self.commit(Owner.BOT, Out(kind=OutKind(kind), message=OutboundMessage(text=one)))
            case "return":
                self.reading = await mailbox.read(self.id)
                await self.commit(Owner.BOT)
            case "claim":
                await self.claim(outbox)
            case "sent" | "lost" | "refused":
                await self.end(outbox, word)
            case _:
                await self.sign(mailbox, word, one)

    async def commit(self, owner: Owner, *outs: Out) -> None:
        """A turn of whatever was read last, perhaps long ago: it gives the bot the word where it had read all signs."""
        reading, entry = self.reading, await self.entry("entry")
        if reading is None or not entry:
            return
        turn = Turn(conversation=opened(message(customer_id=self.customer)), outs=outs, owner=owner)
        if await Mailbox(self.link).commit(reading, entry, turn, person_id="p") != "stale":
            self.taken = self.taken and reading.epoch != self.signs
        self.reading = None

    async def claim(self, outbox: Outbox) -> None:
        entry = await self.entry("send")
        if not entry or self.flight:
            return
        claim = await outbox.claim(self.id, entry, PACE)
        if claim.state == "send":
            assert not (self.taken and claim.kind in BOTS_OWN), f"{claim.kind} was claimed after a person's sign"
            self.flight = claim

    async def end(self, outbox: Outbox, how: str) -> None:
        """Of the call under way: sent, refused for now, or its end was lost and it may go once more."""
        flight, entry = self.flight, await self.entry("send")
        if flight is None:
            return
        self.flight = None
        if how == "refused":
            await outbox.retry(self.id, entry, flight.outbox_id, timedelta(0), tries=flight.tries)
            await self.link.run("due", 1000)
            return
        if how == "lost" and flight.kind in BOTS_OWN:
            again = await outbox.again(self.id, entry, flight.outbox_id, flight.tries)
            assert not (self.taken and again == "again"), "said once more after a person's sign"
            flight = Claim(
                state="send", outbox_id=flight.outbox_id, kind=flight.kind, tries=2 if again == "again" else 1
            )
        told = SendOutcome(outbox_id=flight.outbox_id, kind=flight.kind, fate=Fate.SENT, at=AT)
        await outbox.settle(self.id, entry, told, tries=flight.tries)

    async def sign(self, mailbox: Mailbox, door: str, one: str) -> None:
        news = PortalNews(deal=1, called_at=AT, at=AT) if door == "called" else None
        news = PortalNews(deal=1, stage=Stage.IN_WORK, at=AT) if door == "in_work" else news
        if door == "answer":
            accepted = await mailbox.answer(self.id, "telegram", one, "Это Анна", 7, AT)
        elif door == "echo":
            echo = message(customer_id=self.customer, message_id=one, text=f"Анна {one}", author=Author.BUSINESS)
            accepted = await mailbox.accept(echo)
        elif door == "accepted":
            accepted = await mailbox.press(self.id, "telegram", one, Button.ACCEPT, 7, AT)
        else:
            assert news is not None
            accepted = await mailbox.news(self.id, "telegram", one, news)
        assert ("accepted", Owner.PERSON) == (accepted.outcome, accepted.owner)
        self.signs, self.taken = self.signs + 1, True


@pytest.fixture
def runner(redis_url: str) -> Iterator[tuple[asyncio.Runner, Link]]:
    with asyncio.Runner() as runner:
        link = Link(redis_url)
        runner.run(open_store(link))
        yield runner, link
        runner.run(link.close())


def prove(runner: tuple[asyncio.Runner, Link], examples: int) -> None:
    loop, link = runner

    async def told(steps: list[str]) -> None:
        world = World(link)
        for step in ("customer", *steps):
            await world.step(step)

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def no_order_of_steps(steps: list[str]) -> None:
        loop.run(told(steps))

    no_order_of_steps()


def test_after_a_persons_sign_nothing_of_the_bots_is_claimed(runner: tuple[asyncio.Runner, Link]) -> None:
    prove(runner, 200)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_thousand_orders_of_signs_and_drafts(runner: tuple[asyncio.Runner, Link]) -> None:
    prove(runner, 10_000)
