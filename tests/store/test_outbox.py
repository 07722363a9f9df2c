"""The laws of claim, again and settle: one in flight, by owner and epoch, and only its own try ends it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from app.domain.conversation import Owner, opened
from app.domain.decision import Out, Turn
from app.domain.mail import Fate, OutKind, SendOutcome
from app.domain.message import Author, OutboundMessage
from app.store import keys
from app.store.link import Link
from app.store.mailbox import Mailbox, Reading
from app.store.outbox import Claim, Outbox, Pace
from tests.store.conftest import message

PACE = Pace(chat_interval=timedelta(0), chat_burst=1, account="telegram:7", account_per_second=1000)


class Chat:
    """One conversation, its live entries and its outbox."""

    def __init__(self, link: Link, redis: Redis) -> None:
        self.mailbox, self.outbox, self.redis = Mailbox(link), Outbox(link), redis
        self.id, self.send = opened(message()).id, ""

    async def entry(self, stream: str) -> str:
        [[_, [[entry, _]]]] = await self.redis.xreadgroup(keys.GROUP, "worker-1", {stream: ">"}, count=1)
        return str(entry.decode())

    async def say(
        self, reading: Reading, *texts: str, kind: OutKind = OutKind.REPLY, owner: Owner | None = None
    ) -> str:
        entry = (await self.redis.hget(f"otklik:c:{self.id}", "entry")).decode()
        outs = tuple(Out(kind=kind, message=OutboundMessage(text=text)) for text in texts)
        conversation = reading.conversation or opened(message())
        turn = Turn(conversation=conversation, outs=outs, owner=owner)
        return await self.mailbox.commit(reading, entry, turn, person_id="p-1")

    async def heard(self, number: int = 1, author: Author = Author.CUSTOMER) -> Reading:
        await self.mailbox.accept(message(number, author=author))
        return await self.mailbox.read(self.id)

    async def claim(self, pace: Pace = PACE) -> Claim:
        self.send = self.send or await self.entry(keys.SEND)
        return await self.outbox.claim(self.id, self.send, pace)

    async def settle(self, claim: Claim, fate: Fate = Fate.SENT) -> str:
        outcome = SendOutcome(outbox_id=claim.outbox_id, kind=claim.kind, fate=fate, at=message().sent_at)
        return await self.outbox.settle(self.id, self.send, outcome, tries=claim.tries)


async def test_texts_leave_in_order_one_at_a_time(link: Link, redis_client: Redis) -> None:
    chat = Chat(link, redis_client)
    await chat.say(await chat.heard(), "one", "two")
    first = await chat.claim()
    assert "flight" == (await chat.claim()).state
    assert "more" == await chat.settle(first)
    second = await chat.claim()
    assert ("one", "two") == tuple(claim.message.text for claim in (first, second) if claim.message)
    assert "done" == await chat.settle(second)


async def test_a_text_written_before_a_person_came_never_leaves_also_when_the_bot_owns_it_again(
    link: Link, redis_client: Redis
) -> None:
    """The turn was read before the person wrote and is committed after; then the conversation returns to the bot."""
    chat = Chat(link, redis_client)
    before = await chat.heard(1)
    await chat.heard(2, Author.PERSON)
    await chat.say(before, "written too early")
    await chat.say(await chat.mailbox.read(chat.id), owner=Owner.BOT)
    assert Owner.BOT is (await chat.mailbox.read(chat.id)).owner
    assert "empty" == (await chat.claim()).state
    assert b"1" == await redis_client.hget(keys.FIGURES, 'otklik_outbox_struck_total{kind="reply"}')


async def test_a_reminder_leaves_while_a_person_owns_the_conversation(link: Link, redis_client: Redis) -> None:
    chat = Chat(link, redis_client)
    await chat.say(await chat.heard(1, Author.PERSON), "Ждём вас завтра", kind=OutKind.REMINDER)
    assert "send" == (await chat.claim()).state


async def test_the_end_of_an_older_try_changes_nothing_while_another_is_in_the_air(
    link: Link, redis_client: Redis
) -> None:
    """A sender stopped inside its call; another repeated it; the first wakes up and says that it failed."""
    chat = Chat(link, redis_client)
    await chat.say(await chat.heard(), "one")
    stopped = await chat.claim()
    assert "again" == await chat.outbox.again(chat.id, chat.send, stopped.outbox_id, stopped.tries)
    late = await chat.outbox.retry(chat.id, chat.send, stopped.outbox_id, timedelta(0), tries=stopped.tries)
    assert "stale" == late
    assert "stale" == await chat.settle(stopped)
    repeated = await chat.claim()
    assert ("flight", 2) == (repeated.state, repeated.tries)
    assert "done" == await chat.settle(repeated)


async def test_a_second_try_that_the_vendor_puts_off_is_still_a_second_try(link: Link, redis_client: Redis) -> None:
    """Its first try ended unseen: whatever comes of the third call, the text may have left before."""
    chat = Chat(link, redis_client)
    await chat.say(await chat.heard(), "one", "two")
    lost = await chat.claim()
    assert "again" == await chat.outbox.again(chat.id, chat.send, lost.outbox_id, lost.tries)
    assert "later" == await chat.outbox.retry(chat.id, chat.send, lost.outbox_id, timedelta(0), tries=2)
    await link.run("due", 10)
    chat.send = ""
    third = await chat.claim()
    assert ("send", 2, lost.outbox_id) == (third.state, third.tries, third.outbox_id)
    assert "more" == await chat.settle(third)
    assert 1 == (await chat.claim()).tries


async def test_a_flight_is_repeated_by_one_worker_alone(link: Link, redis_client: Redis) -> None:
    chat = Chat(link, redis_client)
    await chat.say(await chat.heard(), "one")
    seen = await chat.claim()
    assert "again" == await chat.outbox.again(chat.id, chat.send, seen.outbox_id, seen.tries)
    assert "stale" == await chat.outbox.again(chat.id, chat.send, seen.outbox_id, seen.tries)


async def test_a_text_that_was_not_taken_stays_at_the_head_and_comes_back(link: Link, redis_client: Redis) -> None:
    chat = Chat(link, redis_client)
    await chat.say(await chat.heard(), "one", "two")
    claim = await chat.claim()
    assert "later" == await chat.outbox.retry(chat.id, chat.send, claim.outbox_id, timedelta(0), tries=claim.tries)
    assert [0, 1] == await link.run("due", 10)
    chat.send = ""
    assert claim.outbox_id == (await chat.claim()).outbox_id


async def test_a_commit_without_a_turn_keeps_the_conversation_and_its_wake(link: Link, redis_client: Redis) -> None:
    chat = Chat(link, redis_client)
    await chat.say(await chat.heard(1), "one")
    await redis_client.zadd(keys.DUE, {chat.id: 4_000_000_000_000})
    reading = await chat.heard(2)
    entry = (await redis_client.hget(f"otklik:c:{chat.id}", "entry")).decode()
    assert "done" == await chat.mailbox.commit(reading, entry, None)
    assert reading.conversation == (await chat.mailbox.read(chat.id)).conversation
    assert 4_000_000_000_000 == await redis_client.zscore(keys.DUE, chat.id)


@pytest.mark.parametrize("full", ["chat", "account"])
async def test_who_waits_is_told_whether_everybody_of_the_account_does(
    link: Link, redis_client: Redis, full: str
) -> None:
    """A chat waits for itself; those of one account take turns, and must not all come back in the same moment."""
    slow = {
        "chat": replace(PACE, chat_interval=timedelta(seconds=60)),
        "account": replace(PACE, account_per_second=0.1),
    }[full]
    chat = Chat(link, redis_client)
    await chat.say(await chat.heard(), "one", "two")
    await chat.settle(await chat.claim(slow))
    waits = await chat.claim(slow)
    assert ("wait", full == "account") == (waits.state, waits.crowded)
    assert waits.wait > timedelta(seconds=5)


async def test_an_answer_finds_room_where_an_apology_waits(link: Link, redis_client: Redis) -> None:
    """Hundreds of deadlines may pass in one second; who has just written does not wait behind the words about them."""
    nearly_full = replace(PACE, account_per_second=1 / 0.95)  # the next place is within the burst of a second
    chat = Chat(link, redis_client)
    await chat.say(await chat.heard(), "one")
    await chat.settle(await chat.claim(nearly_full))
    chat.send = ""
    await chat.say(await chat.heard(2), "sorry", kind=OutKind.APOLOGY)
    assert "wait" == (await chat.claim(nearly_full)).state
    await redis_client.delete(f"otklik:o:{chat.id}")
    assert "empty" == (await chat.claim(nearly_full)).state
    chat.send = ""
    await chat.say(await chat.heard(3), "two")
    assert "send" == (await chat.claim(nearly_full)).state
