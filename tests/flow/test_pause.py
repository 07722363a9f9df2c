"""A pause holds from the next turn on; past the day's cap no model is asked."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app.domain.message import InboundMessage
from app.flow.answer import answer
from app.flow.pause import UnknownChannel, lines, pause, resume
from app.runtime import Runtime, opened
from tests.flow.ops_house import MODEL, House, opened_house
from tests.flow.test_answer_laws import entry_of

WORDS = "Сколько стоит маникюр?"
COSTS = {"OPENAI_PRICE_IN": "1", "OPENAI_PRICE_OUT": "1", "MODEL_DAILY_CAP": "0.5"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened_house(tmp_path) as house:
        yield house


@pytest.fixture
async def runtime(house: House, redis_url: str) -> AsyncIterator[Runtime]:
    async with opened(house.settings(MODEL | COSTS), redis_url) as runtime:
        yield runtime


async def turn(runtime: Runtime, redis_client: Redis, number: int) -> int:
    """How many texts wait to leave after one more message was answered."""
    just_now = datetime.now(UTC)  # not when the suite began: by then a promise has passed, and a text says so
    await runtime.mailbox.accept(
        InboundMessage(
            channel="telegram",
            account="7",
            customer_id=str(500 + number),
            message_id=str(number),
            sent_at=just_now,
            text=WORDS,
        )
    )
    conversation, entry = await entry_of(redis_client)
    await answer(runtime, conversation, entry, 1)
    return int(await redis_client.llen(f"otklik:o:{conversation}"))


async def test_one_press_pauses_and_another_ends_it(runtime: Runtime, redis_client: Redis) -> None:
    await pause(runtime, "telegram")
    assert 0 == await turn(runtime, redis_client, 1)
    assert "telegram: off (переключено вручную)" in await lines(runtime)
    await resume(runtime)
    assert 1 == await turn(runtime, redis_client, 2)
    with pytest.raises(UnknownChannel, match="'icq'"):
        await pause(runtime, "icq")


async def test_past_the_days_cap_no_model_is_asked(house: House, runtime: Runtime, redis_client: Redis) -> None:
    await turn(runtime, redis_client, 1)
    assert 1 == house.sandbox.model.count
    await runtime.flush()
    spent = (await runtime.mailbox.read("te-0")).spent
    assert spent > 0.5  # about 1 000 tokens at 1 for a thousand
    assert 1 == await turn(runtime, redis_client, 2)
    assert 1 == house.sandbox.model.count
