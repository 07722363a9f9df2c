"""Laws of every script: a key of a wrong type, a wiped store and a newer layout are refused before anything is written.

The keys are not listed here: the server's own MONITOR tells which ones a script touches.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from app.domain.booking import Part, Slot
from app.domain.card import Card, Line
from app.domain.conversation import Owner, opened
from app.domain.decision import Fact, Out, Turn
from app.domain.mail import BookingOutcome, Button, Fate, OutKind, Received, SendOutcome
from app.domain.message import Delivery, DeliveryStatus, OutboundMessage
from app.domain.visits.visit import BookingFate, Command, Do
from app.store import codec, keys
from app.store.birth import open_store
from app.store.cards import Cards
from app.store.chat import Chat, Limit
from app.store.commands import Commands
from app.store.dead_letters import DeadLetters, Parked
from app.store.due import Due
from app.store.holds import Holds
from app.store.lines import Lines, OpenLine
from app.store.link import Link, StoreError
from app.store.mailbox import Mailbox, Reading
from app.store.outbox import Outbox, Pace
from app.store.pace import PortalPace
from app.store.reports import Claim, Reports
from app.store.reports import Fate as ReportFate
from app.store.scripts import SCRIPTS, UNBORN
from app.store.switches import Switches
from app.store.talks import DealChat, Hints, Talk, Talks
from bitrix.pace import Priority
from tests.store.conftest import message

PACE = Pace(chat_interval=timedelta(seconds=1), chat_burst=3, account="telegram:7", account_per_second=25)
PERSON = "p-1"
REPORT = Claim(report="daily:2026-11-25", receiver="chat", word="w")
LINE = Line(number=1, at=message().sent_at, who="customer", text="text", chat=True)
AT = message().sent_at
SLOT = Slot(parts=(Part(resource="anna", services=("manicure",), starts=AT, ends=AT + timedelta(hours=1)),))


@dataclass(frozen=True, slots=True)
class Standing:
    """A store in which every script finds work: one text in flight, one waiting, mails, a card, wakes and retries."""

    link: Link
    redis: Redis
    entry: str
    send: str
    register: str
    talk: str
    book: str
    flight: str
    letter: str
    reading: Reading

    @property
    def id(self) -> str:
        return self.reading.id


def outcome_of(outbox_id: str) -> SendOutcome:
    return SendOutcome(outbox_id=outbox_id, kind=OutKind.REPLY, fate=Fate.SENT, at=AT, text="one")


CARD = Card(id="c", person_id=PERSON, conversation_id="other", channel="telegram", opened_at=AT, title="title")


def turn_of(reading: Reading, *texts: str) -> Turn:
    first = next(mail for mail in reading.mails if isinstance(mail, Received))
    conversation = reading.conversation or opened(first.message)
    card = replace(CARD, conversation_id=reading.id)
    return Turn(
        conversation=conversation,
        outs=tuple(Out(kind=OutKind.REPLY, message=OutboundMessage(text=text)) for text in texts),
        lines=(LINE,),
        facts=(Fact(kind="qualified"),),
        commands=(Command(id="b-1", does=Do.HOLD, conversation=reading.id, slot=SLOT, asked_at=AT),),
        card=card,
        owner=Owner.BOT,
        wake_at=AT,
    )


async def take(redis: Redis, stream: str) -> str:
    [[_, [[entry, _]]]] = await redis.xreadgroup(keys.GROUP, "worker-1", {stream: ">"}, count=1)
    return str(entry.decode())


async def stand(link: Link, redis: Redis, *, name: str = "") -> Standing:
    await redis.flushall()
    await open_store(link)
    mailbox = Mailbox(link)
    in_line = not name.startswith("deal_chat")  # with an open line nobody needs the deal's chat
    if in_line:
        await Lines(link).connect(OpenLine(connector="otklik", line=15, author=1))
    await redis.zadd(keys.LATER, {f"hot {PERSON}": 1})
    await mailbox.accept(message(1))
    entry = await take(redis, keys.ANSWER)
    reading = await mailbox.read(opened(message()).id)
    await mailbox.accept(message(2))
    figures = {'otklik_journal_events_total{kind="qualified"}': 1.0}
    await mailbox.commit(reading, entry, turn_of(reading, "one", "two"), person_id=PERSON, figures=figures)
    send, register, book = [await take(redis, stream) for stream in (keys.SEND, keys.REGISTER, keys.BOOK)]
    talk = await take(redis, keys.TALK if in_line else keys.DEAL_CHATS)
    claim = await Outbox(link).claim(reading.id, send, PACE)
    if name == "claim":
        await Outbox(link).settle(reading.id, send, outcome_of(claim.outbox_id), "v-0", tries=1)
        await redis.delete("otklik:pace:chat:" + reading.id)
    if name == "card_again":  # nobody works on the card, and the portal has what is known of it
        await redis.hset(f"otklik:p:{PERSON}", "entry", "")
        await redis.delete(f"otklik:pd:{PERSON}")
    if name == "report_step":
        await Reports(link).claim(REPORT, ["chat"])
    if name == "tell_held":
        await redis.rpush(keys.HELD_NOTICES, "{}")
    if name == "join":  # the host: the same person elsewhere, who owns nothing yet
        await mailbox.accept(message(9, customer_id="502"))
        other = await take(redis, keys.ANSWER)
        read = await mailbox.read(OTHER)
        await mailbox.commit(read, other, turn_of(read, "four"), person_id=PERSON)
        await mailbox.press(reading.id, "telegram", "press-1", Button.ACCEPT, 7, AT)
    letter = await DeadLetters(link).add(reading.id, {"step": "register"})
    reading = await mailbox.read(reading.id)
    return Standing(link, redis, entry, send, register, talk, book, claim.outbox_id, letter, reading)


def failed() -> DeliveryStatus:
    return DeliveryStatus(
        channel="telegram",
        account="7",
        customer_id="501",
        message_id="v-1",
        status=Delivery.FAILED,
        at=AT,
        outbox_id="o",
    )


SECOND = timedelta(seconds=1)
OTHER = opened(message(customer_id="502")).id


def parked(s: Standing) -> Parked:
    return Parked(role="send", stream=keys.SEND, subject=s.id, reason="LookupError in send.py:1")


def talk_of(s: Standing) -> Talk:
    return Talk(conversation_id=s.id, stored="", chat=DealChat(), card=None)


CALLS: dict[str, Callable[[Standing], Awaitable[Any]]] = {
    "accept": lambda s: Mailbox(s.link).answer(s.id, "telegram", "answer-1", "Это Анна", 7, AT),
    "again": lambda s: Outbox(s.link).again(s.id, s.send, s.flight, 1),
    "book_end": lambda s: s.link.run("book_end", keys.GROUP, s.book, s.id, "{}", 1000, "{}"),
    "bot_read": lambda s: Talks(s.link).read_until(7, told=1),
    "bot_turn": lambda s: Talks(s.link).turn(waiting=SECOND, calm=SECOND, forgotten=SECOND),
    "bucket": lambda s: PortalPace(s.link, "portal").acquire(Priority.HOT),
    "bucket_full": lambda s: PortalPace(s.link, "portal").overflowed(),
    "card_again": lambda s: s.link.run("card_again", s.id, PERSON, "", "{}"),
    "card_attempt": lambda s: s.link.run("card_attempt", PERSON, "0", s.id, '{"deal": 1}'),
    "card_read": lambda s: Cards(s.link).read(PERSON),
    "card_write": lambda s: s.link.run("card_write", PERSON, s.id, "1", "{}", 1, "", "{}", 1, "0", "{}"),
    "chat": lambda s: Chat(s.link, s.redis).append("session", "line-1", {"text": "text"}),
    "claim": lambda s: Outbox(s.link).claim(s.id, s.send, PACE),
    "commit": lambda s: Mailbox(s.link).commit(s.reading, s.entry, turn_of(s.reading, "three"), person_id=PERSON),
    "cost": lambda s: Switches(s.link).spent(1.5),
    "due": lambda s: Due(s.link).move(),
    "hold": lambda s: Holds(s.link, ("anna", "olga"), timedelta(0)).hold("b-1", SLOT, AT + timedelta(days=900)),
    "look_again": lambda s: Due(s.link).look_again("other hours"),
    "forget": lambda s: s.link.run("forget", PERSON, keys.GROUP, s.id),
    "forget_stream": lambda s: s.link.run("forget_stream", keys.DEAD, 1, s.letter, s.id, "gone-1"),
    "hint": lambda s: Hints(s.link).mark("deal:7001"),
    "identify": lambda s: Mailbox(s.link).identify(s.id, "+79995550100"),
    "join": lambda s: s.link.run(
        "join", OTHER, s.id, s.reading.version, keys.GROUP, "{}", "last", "{}", codec.dump(LINE), "1"
    ),
    "journal_drop": lambda s: s.link.run("journal_drop", f"{datetime.now(UTC):%Y-%m-%d}", "2026-11-22", "{}"),
    "lease": lambda s: s.link.run("lease", keys.ANSWER, keys.GROUP, "worker-1", s.entry, 0),
    "person_release": lambda s: Cards(s.link).release(PERSON, keys.REGISTER, s.register, timedelta(seconds=1)),
    "report_claim": lambda s: Reports(s.link).claim(REPORT, ["chat"], instead=True),
    "report_step": lambda s: Reports(s.link).step(REPORT, ReportFate.LEAVING),
    "restore": lambda s: Cards(s.link).restore(
        replace(opened(message()), id="other", person_id="other"),
        Owner.PERSON,
        CARD,
        written={"deal": 1},
        contact={"id": 1},
        proven_phone="+79995550100",
        is_open=True,
    ),
    "park": lambda s: DeadLetters(s.link).park(parked(s), "worker-1", s.send),
    "rate": lambda s: Chat(s.link, s.redis).wait(Limit("a", 3, timedelta(minutes=1)), Limit("b", 3, timedelta(1))),
    "read": lambda s: Mailbox(s.link).read(s.id),
    "replay": lambda s: s.link.run("replay", s.letter, s.id, PERSON, "", "{}"),
    "settle": lambda s: Outbox(s.link).settle(s.id, s.send, outcome_of(s.flight), "v-1", tries=1),
    "status": lambda s: Mailbox(s.link).status(failed()),
    "talk_add": lambda s: Lines(s.link).add(s.id, LINE),
    "talk_done": lambda s: Lines(s.link).done(s.id, s.talk, 1),
    "unpark": lambda s: s.link.run("unpark", s.letter, keys.SEND, s.id),
    "unlock": lambda s: s.link.run("unlock", "portal", "word"),
    "tell": lambda s: Commands(s.link).tell(s.id, BookingOutcome(command="b-1", fate=BookingFate.CANCELLED, at=AT)),
    "tell_held": lambda s: s.link.run("tell_held", 10),
    "deal_chat_attempt": lambda s: Talks(s.link).attempt(talk_of(s), s.talk, DealChat(attempted=(7, 1))),
    "deal_chat_end": lambda s: Talks(s.link).end(
        talk_of(s), s.talk, DealChat(chat_id=5), shown=0, awaits=True, again_after=SECOND
    ),
    "deal_chat_read": lambda s: Talks(s.link).read(s.id),
}
NEWER = {"FUNCTION", "FCALL", "LMPOP", "ZMPOP", "HEXPIRE", "HPEXPIRE", "HGETEX", "EXPIRETIME", "SINTERCARD", "LCS"}
WITHOUT_KEYS = {"TIME", "PUBLISH", "EVALSHA", "EVAL"}
# The poll leaves a broken conversation or person out, so that it stops nobody else: its law stands below.
LEFT_OUT = {"due": ("otklik:c:", "otklik:m:", "otklik:p:")}


async def touched(s: Standing, name: str) -> set[str]:
    """Every key that the call's script names to the server."""
    found: set[str] = set()
    async with s.redis.monitor() as monitor:
        await CALLS[name](s)
        await s.redis.echo("over")
        async for told in monitor.listen():
            words = told["command"].split(" ")
            if words[0].upper() == "ECHO":
                return found
            if told["client_type"] == "lua" and words[0].upper() not in WITHOUT_KEYS:
                found.add(words[2] if words[0].upper() in ("XGROUP", "XINFO") else words[1])
    raise AssertionError("the monitor ended")


def test_every_script_is_called_here() -> None:
    assert set(CALLS) == set(SCRIPTS)


@pytest.mark.parametrize("name", sorted(CALLS))
async def test_a_key_of_a_wrong_type_is_named_and_nothing_changes(name: str, link: Link, redis_client: Redis) -> None:
    found = await touched(await stand(link, redis_client, name=name), name)
    assert found
    for key in sorted(found):
        if key.startswith(LEFT_OUT.get(name, ("nothing",))):
            continue
        s = await stand(link, redis_client, name=name)
        await redis_client.delete(key)
        is_set = key.startswith(("otklik:pd:", "otklik:pc:", keys.HINTED, keys.ECHOED))
        await (redis_client.rpush(key, "wrong") if is_set else redis_client.sadd(key, "wrong"))
        before = await dump(redis_client)
        with pytest.raises(StoreError) as caught:
            await CALLS[name](s)
        assert re.match(rf"BADTYPE {re.escape(key)} is a \w+, expected a \w+$", str(caught.value)), key
        assert before == await dump(redis_client), key


@pytest.mark.parametrize("name", sorted(CALLS))
async def test_a_wiped_store_and_a_newer_layout_are_refused(name: str, link: Link, redis_client: Redis) -> None:
    s = await stand(link, redis_client, name=name)
    for birth, code in ((None, "WIPED"), ("2", "LAYOUT")):
        await (redis_client.set(keys.BIRTH, birth) if birth else redis_client.delete(keys.BIRTH))
        before = await dump(redis_client)
        if birth is None and name in UNBORN:
            continue
        with pytest.raises(StoreError, match=code):
            await CALLS[name](s)
        assert before == await dump(redis_client)


@pytest.mark.parametrize("key", ["c", "m"])
async def test_a_broken_conversation_is_left_out_of_the_poll_and_stops_nobody(
    key: str, link: Link, redis_client: Redis
) -> None:
    s = await stand(link, redis_client)
    await redis_client.zadd(keys.DUE, {"broken": 1})
    await redis_client.set(f"otklik:{key}:broken", "wrong")
    assert (2, 1) == (len(await redis_client.zrange(keys.DUE, 0, -1)), (await Due(link).move())[0])
    mails = await redis_client.lrange(f"otklik:m:{s.id}", 0, -1)
    assert b'"type":"tick"' in mails[-1]
    assert b"1" == await redis_client.hget(keys.FIGURES, 'otklik_broken_keys_total{script="due"}')


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_commands_stay_within_redis_6_2(name: str) -> None:
    lua = SCRIPTS[name].body.decode()
    commands = set(re.findall(r"redis\.p?call\('(\w+)'", lua))
    assert not commands & NEWER
    calls = re.findall(r"redis\.p?call\(([^\n]*)\)", lua)
    for call in calls:
        assert not re.match(r"'P?EXPIRE'.*'(NX|XX|GT|LT)'", call), call
        assert not (call.startswith("'SET'") and "'NX'" in call and "'GET'" in call), call


async def dump(redis_client: Redis) -> dict[bytes, bytes | None]:
    return {key: await redis_client.dump(key) for key in sorted(await redis_client.keys("*"))}
