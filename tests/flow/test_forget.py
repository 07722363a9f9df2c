"""No personal value reaches an outside model or a log; a forgotten person is found nowhere. Small twin of the bench."""

import io
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app.domain.card import Notice, Role
from app.domain.message import InboundMessage
from app.flow.answer import answer
from app.flow.forget import NobodyFound, carry_out, certificate_lines, plan, plan_lines
from app.flow.register import register
from app.jobs import Entry
from app.observe import logs
from app.runtime import Runtime, opened
from app.store import codec, keys
from app.store.link import StoreError
from bench.planted import Person, leaks, people
from tests.flow.ops_house import MODEL, House, opened_house

PEOPLE = people(6, seed=7)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened_house(tmp_path) as house:
        yield house


@pytest.fixture
async def runtime(house: House, redis_url: str) -> AsyncIterator[Runtime]:
    async with opened(house.settings(MODEL), redis_url) as runtime:
        yield runtime


@pytest.fixture
def log() -> io.StringIO:
    stream, before = io.StringIO(), logging.getLogger().handlers[:]
    logs.setup("debug", stream)
    yield stream
    logging.getLogger().handlers[:] = before


async def tells(runtime: Runtime, redis: Redis, number: int, person: Person) -> str:
    """One customer's story up to the card in the portal. Returns the conversation's id."""
    message = InboundMessage(
        channel="telegram",
        account="7",
        customer_id=str(700_000_000 + number),
        message_id=f"{number}:1",
        sent_at=datetime.now(UTC),
        text=person.text,
        name=person.card_name,
        username=f"user_{number}_planted",
    )
    await runtime.mailbox.accept(message)
    [[_, [[entry, fields]]]] = await redis.xreadgroup(keys.GROUP, "w", {keys.ANSWER: ">"}, count=1)
    conversation = fields[b"c"].decode()
    await answer(runtime, conversation, entry.decode(), 1)
    for stream in (keys.REGISTER_HOT, keys.REGISTER):
        for _, rows in await redis.xreadgroup(keys.GROUP, "w", {stream: ">"}):
            await register(
                runtime,
                [Entry(stream=stream, id=id_.decode(), subject=row[b"p"].decode(), tries=1) for id_, row in rows],
            )
    return conversation


async def on_disk(redis: Redis) -> str:
    """Redis's append-only files as they lie there."""
    info = await redis.config_get("*dir*")
    files = (Path(info["dir"]) / info["appenddirname"]).iterdir()
    return "".join(file.read_bytes().decode("utf-8", "replace") for file in files)


async def in_redis(redis: Redis) -> str:
    return str([(key, await redis.dump(key)) async for key in redis.scan_iter("*")]) + str(
        [await redis.hgetall(key) async for key in redis.scan_iter("otklik:c:*")]
    )


async def test_nothing_personal_leaves_and_a_forgotten_person_is_found_nowhere(
    house: House, runtime: Runtime, redis_client: Redis, log: io.StringIO
) -> None:
    await redis_client.config_set("rdbcompression", "no")  # so that the file can be read
    ids = [await tells(runtime, redis_client, number, person) for number, person in enumerate(PEOPLE)]
    await redis_client.xadd(keys.UNPARSED, {"channel": "telegram", "body": json.dumps({"phone": PEOPLE[0].phone})})
    asked = json.dumps([seen["request"] for seen in house.sandbox.model.requests], ensure_ascii=False)
    assert len(PEOPLE) == house.sandbox.model.count
    assert [] == [leak for person in PEOPLE for leak in leaks(person.sure, asked)]
    assert [] == [leak for person in PEOPLE for leak in leaks((*person.sure, person.told_name), log.getvalue())]

    def held() -> str:
        return json.dumps(house.sandbox.portal.snapshot(), ensure_ascii=False, default=str)

    for place in (held(), await in_redis(redis_client), await on_disk(redis_client)):
        assert all(leaks(person.sure, place) for person in PEOPLE)  # the same looks that find nothing below
    for number, (person, conversation) in enumerate(zip(PEOPLE, ids, strict=True)):
        whom = [conversation, f"p-{conversation}", person.phone][number % 3]
        found = await plan(runtime, whom)
        assert conversation in {each.id for several in found.persons.values() for each in several}
        certificate = await carry_out(runtime, found)
        told = "\n".join([*plan_lines(found, "ru"), *certificate_lines(certificate, "ru")])
        assert [] == certificate.removed.left
        assert [] == leaks(person.sure, told)
        with pytest.raises(NobodyFound):
            await plan(runtime, conversation)
    for place in (held(), await in_redis(redis_client), await on_disk(redis_client)):
        found_there = [leak for person in PEOPLE for leak in leaks((*person.sure, person.told_name), place)]
        assert [] == found_there
        assert not any(conversation in place for conversation in ids)


async def test_a_removal_that_was_broken_off_can_be_begun_again(runtime: Runtime, redis_client: Redis) -> None:
    """The person is known until all that names them elsewhere is gone: else nobody would ever be found to repeat it."""
    person = PEOPLE[0]
    whom = await tells(runtime, redis_client, 0, person)
    await redis_client.set(keys.DEAD, "of a wrong type: the sweep ends here")
    with pytest.raises(StoreError):
        await carry_out(runtime, await plan(runtime, whom))
    await redis_client.delete(keys.DEAD)
    await redis_client.xadd(keys.UNPARSED, {"channel": "telegram", "body": json.dumps({"phone": person.phone})})
    certificate = await carry_out(runtime, await plan(runtime, whom))
    assert ([], 1) == (certificate.removed.left, certificate.removed.letters)
    with pytest.raises(NobodyFound):
        await plan(runtime, whom)


async def test_a_conversation_that_cannot_be_read_keeps_nobody_else_here(runtime: Runtime, redis_client: Redis) -> None:
    whom = await tells(runtime, redis_client, 0, PEOPLE[0])
    other = await tells(runtime, redis_client, 1, PEOPLE[1])
    await redis_client.hset(f"otklik:c:{other}", "state", '{"channel": 1}')
    assert await plan(runtime, whom)


async def test_a_notice_told_since_the_plan_is_taken_back_too(
    house: House, runtime: Runtime, redis_client: Redis
) -> None:
    [person, *_] = PEOPLE
    conversation = await tells(runtime, redis_client, 0, person)
    found = await plan(runtime, conversation)
    state = (await runtime.mailbox.read(conversation)).conversation
    assert state is not None
    assert state.enquiry is not None
    notice = Notice(id="late", role=Role.ASSIGNEE, user=5, text=person.card_name, at=datetime.now(UTC))
    late = replace(state, enquiry=replace(state.enquiry, notices=(notice,)))
    await redis_client.hset(f"{keys.PREFIX}c:{conversation}", "state", codec.dump(late))
    await house.portal("im.notify.personal.add", USER_ID=5, MESSAGE=notice.text, TAG=f"OTKLIK|{conversation}|late")
    await carry_out(runtime, found)
    assert [] == leaks(person.sure, json.dumps(house.sandbox.portal.snapshot(), ensure_ascii=False, default=str))


@pytest.mark.parametrize("whom", ["+79990000000", "nobody@mail.ru", "te-0", ""])
async def test_who_is_not_known_is_told_in_one_line(runtime: Runtime, whom: str) -> None:
    with pytest.raises(NobodyFound, match="nobody found; expected a phone") as caught:
        await plan(runtime, whom)
    assert "\n" not in str(caught.value)
    assert whom == "" or whom == "te-0" or whom not in str(caught.value)
