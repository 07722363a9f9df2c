"""The laws of accept, read and commit, on a real Redis."""

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from app.domain.conversation import Owner, opened
from app.domain.decision import Fact, Out, Turn
from app.domain.mail import Button, OutKind, Pressed, Received, Unreadable
from app.domain.message import Author, OutboundMessage
from app.store import keys
from app.store.birth import open_store
from app.store.link import Link, StoreAway, StoreError
from app.store.mailbox import Mailbox, Reading
from tests.store.conftest import message


async def entry_of(redis_client: Redis, conversation: str, field: str = "entry") -> str:
    return (await redis_client.hget(f"otklik:c:{conversation}", field) or b"").decode()


async def take(redis_client: Redis, stream: str = keys.ANSWER) -> str:
    """Read one entry of a stream as a worker would."""
    [[_, [[entry, _]]]] = await redis_client.xreadgroup(keys.GROUP, "worker-1", {stream: ">"}, count=1)
    return entry.decode()


def turn_of(reading: Reading, *texts: str, kind: OutKind = OutKind.REPLY) -> Turn:
    mail = next(mail for mail in reading.mails if isinstance(mail, Received))
    outs = tuple(Out(kind=kind, message=OutboundMessage(text=text)) for text in texts)
    conversation = reading.conversation or opened(mail.message)
    return Turn(conversation=conversation, outs=outs, facts=(Fact(kind="qualified"),))


async def test_a_message_is_accepted_once_however_often_it_is_delivered(mailbox: Mailbox, redis_client: Redis) -> None:
    outcomes = await asyncio.gather(*(mailbox.accept(message()) for _ in range(5)))
    assert ["accepted", "seen", "seen", "seen", "seen"] == sorted(outcome.outcome for outcome in outcomes)
    assert 1 == await redis_client.xlen(keys.ANSWER)


async def test_a_burst_has_one_live_entry_and_is_read_in_the_customers_order(
    mailbox: Mailbox, redis_client: Redis
) -> None:
    await asyncio.gather(*(mailbox.accept(message(number)) for number in (3, 1, 8, 2, 7, 5, 6, 4)))
    reading = await mailbox.read(opened(message()).id)
    assert 1 == await redis_client.xlen(keys.ANSWER)
    assert [f"text {number}" for number in range(1, 9)] == [
        m.message.text for m in reading.mails if isinstance(m, Received)
    ]


async def test_reading_takes_nothing_out(mailbox: Mailbox) -> None:
    await mailbox.accept(message())
    first, second = await mailbox.read(opened(message()).id), await mailbox.read(opened(message()).id)
    assert 1 == len(first.mails) == len(second.mails)


async def test_a_commit_on_another_version_changes_nothing(mailbox: Mailbox, redis_client: Redis) -> None:
    await mailbox.accept(message())
    entry = await take(redis_client)
    reading = await mailbox.read(opened(message()).id)
    assert "done" == await mailbox.commit(reading, entry, turn_of(reading, "one"), person_id="p-1")
    before = await dump(redis_client)
    assert "stale" == await mailbox.commit(reading, entry, turn_of(reading, "two"), person_id="p-1")
    assert before == await dump(redis_client)


async def test_a_message_that_came_during_the_turn_keeps_the_entry_alive(mailbox: Mailbox, redis_client: Redis) -> None:
    await mailbox.accept(message(1))
    entry = await take(redis_client)
    reading = await mailbox.read(opened(message()).id)
    await mailbox.accept(message(2))
    assert "more" == await mailbox.commit(reading, entry, turn_of(reading, "one"), person_id="p-1")
    left = await mailbox.read(reading.id)
    assert ["text 2"] == [mail.message.text for mail in left.mails if isinstance(mail, Received)]
    assert "done" == await mailbox.commit(left, entry, turn_of(left), person_id="p-1")
    assert 0 == await redis_client.xlen(keys.ANSWER)
    await mailbox.accept(message(3))
    assert 1 == await redis_client.xlen(keys.ANSWER)


async def test_a_person_who_takes_over_strikes_what_the_bot_has_not_sent(mailbox: Mailbox, redis_client: Redis) -> None:
    await mailbox.accept(message(1))
    entry = await take(redis_client)
    reading = await mailbox.read(opened(message()).id)
    await mailbox.commit(reading, entry, turn_of(reading, "bot's own"), person_id="p-1")
    accepted = await mailbox.accept(message(2, author=Author.PERSON, text="Это Анна, помогу"))
    assert Owner.PERSON is accepted.owner
    assert 0 == await redis_client.llen(f"otklik:o:{reading.id}")
    after = await mailbox.read(reading.id)
    assert (Owner.PERSON, 1) == (after.owner, after.epoch)


async def test_an_owner_decided_before_a_takeover_does_not_undo_it(mailbox: Mailbox, redis_client: Redis) -> None:
    await mailbox.accept(message(1))
    entry = await take(redis_client)
    reading = await mailbox.read(opened(message()).id)
    await mailbox.accept(message(2, author=Author.PERSON))
    turn = replace(turn_of(reading), owner=Owner.BOT)
    assert "more" == await mailbox.commit(reading, entry, turn, person_id="p-1")
    assert Owner.PERSON is (await mailbox.read(reading.id)).owner


@pytest.mark.parametrize("key", ["c:{id}", "m:{id}", "o:{id}", "s:{id}", "answer", "send", "figures"])
async def test_a_key_of_a_wrong_type_is_named_and_nothing_is_written(
    mailbox: Mailbox, redis_client: Redis, key: str
) -> None:
    full = keys.PREFIX + key.format(id=opened(message()).id)
    await redis_client.delete(full)
    await redis_client.set(full, "wrong")
    before = await dump(redis_client)
    with pytest.raises(StoreError, match=r"BADTYPE otklik:.* is a string, expected a"):
        await mailbox.accept(message())
    assert before == await dump(redis_client)


async def test_a_wiped_store_refuses_until_it_is_born_again(mailbox: Mailbox, redis_client: Redis, link: Link) -> None:
    await redis_client.flushall()
    with pytest.raises(StoreError, match="WIPED"):
        await mailbox.accept(message())
    assert 0 == await redis_client.dbsize()
    assert await open_store(link)
    assert "accepted" == (await mailbox.accept(message())).outcome


async def test_a_newer_layout_is_refused(mailbox: Mailbox, redis_client: Redis) -> None:
    await redis_client.set(keys.BIRTH, "2")
    with pytest.raises(StoreError, match="LAYOUT the store is of layout 2, expected 1"):
        await mailbox.accept(message())


async def test_scripts_are_found_again_after_they_were_flushed(mailbox: Mailbox, redis_client: Redis) -> None:
    await mailbox.accept(message(1))
    await redis_client.script_flush()
    assert "accepted" == (await mailbox.accept(message(2))).outcome


async def test_a_store_that_is_away_says_so() -> None:
    with pytest.raises(StoreAway, match="cannot connect to Redis"):
        await Mailbox(Link("unix:///nowhere/redis.sock")).accept(message())


async def test_lone_surrogates_of_a_hostile_text_are_stored_as_question_marks(mailbox: Mailbox) -> None:
    await mailbox.accept(message(text="да \ud800 нет"))
    [mail] = (await mailbox.read(opened(message()).id)).mails
    assert isinstance(mail, Received)
    assert "да ? нет" == mail.message.text


async def dump(redis_client: Redis) -> dict[bytes, bytes | None]:
    """Every key with its value, as the server serialises it."""
    return {key: await redis_client.dump(key) for key in sorted(await redis_client.keys("*"))}


async def test_what_cannot_be_read_is_told_apart_and_hides_nothing(mailbox: Mailbox, redis_client: Redis) -> None:
    await mailbox.accept(message(1))
    await redis_client.rpush(f"otklik:m:{opened(message()).id}", '1 1 {"type":"received","message":{"channel":7}}')
    await mailbox.accept(message(2))
    mails = (await mailbox.read(opened(message()).id)).mails
    assert 2 == sum(isinstance(mail, Received) for mail in mails)
    assert ['{"type":"received","message":{"channel":7}}'] == [m.text for m in mails if isinstance(m, Unreadable)]


async def test_a_button_pressed_twice_is_pressed_once_and_only_accepting_makes_a_person_the_owner(
    mailbox: Mailbox, redis_client: Redis
) -> None:
    await mailbox.accept(message())
    conversation = opened(message()).id
    reading = await mailbox.read(conversation)
    for button, owner in ((Button.DISMISS, Owner.NOBODY), (Button.RETURN, Owner.NOBODY), (Button.ACCEPT, Owner.PERSON)):
        for _ in range(2):
            await mailbox.press(conversation, "telegram", f"press:{button}", button, 7, reading.now)
        assert owner is (await mailbox.read(conversation)).owner
    pressed = [mail for mail in (await mailbox.read(conversation)).mails if isinstance(mail, Pressed)]
    assert [(Button.DISMISS, 7), (Button.RETURN, 7), (Button.ACCEPT, 7)] == [(m.button, m.manager) for m in pressed]
