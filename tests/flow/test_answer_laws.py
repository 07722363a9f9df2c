"""What a worker does with news that belongs to no conversation it knows, and with a batch that ends every worker."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app.domain.message import Delivery, DeliveryStatus, InboundMessage
from app.flow.answer import POISON, answer
from app.runtime import Runtime, opened
from app.store import keys
from tests.flow.ops_house import opened_house

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FAILED = DeliveryStatus(
    channel="telegram", account="7", customer_id="501", message_id="v-1", status=Delivery.FAILED, at=AT
)


@pytest.fixture
async def runtime(tmp_path: Path, redis_url: str) -> AsyncIterator[Runtime]:
    async with opened_house(tmp_path) as house, opened(house.settings(), redis_url) as runtime:
        yield runtime


async def entry_of(redis_client: Redis) -> tuple[str, str]:
    [[_, [[entry, fields]]]] = await redis_client.xreadgroup(keys.GROUP, "worker-1", {keys.ANSWER: ">"}, count=1)
    return fields[b"c"].decode(), entry.decode()


async def test_a_status_of_a_text_that_is_not_ours_ends_no_worker(runtime: Runtime, redis_client: Redis) -> None:
    """Another program sends from the same WhatsApp number, or Redis was wiped."""
    await runtime.mailbox.status(FAILED)
    conversation, entry = await entry_of(redis_client)
    await answer(runtime, conversation, entry, 1)
    assert 0 == await redis_client.xlen(keys.ANSWER)
    assert 0 == await redis_client.xlen(keys.DEAD)
    assert 0 == await redis_client.exists(f"otklik:m:{conversation}")


async def test_a_batch_that_no_turn_can_take_is_parked_and_its_conversation_is_looked_at_again(
    runtime: Runtime, redis_client: Redis
) -> None:
    message = InboundMessage(channel="telegram", account="7", customer_id="501", message_id="1", sent_at=AT, text="да")
    await runtime.mailbox.accept(message)
    conversation, entry = await entry_of(redis_client)
    await answer(runtime, conversation, entry, 1)
    kept = await runtime.mailbox.read(conversation)
    await runtime.mailbox.accept(replace(message, message_id="2", text="нет"))
    _, entry = await entry_of(redis_client)
    broken = replace(runtime, business=replace(runtime.business, zone="Nowhere/Nothing"))  # every turn fails
    await answer(broken, conversation, entry, POISON)
    assert 1 == await redis_client.xlen(keys.DEAD)
    assert 0 == await redis_client.xlen(keys.ANSWER)
    assert kept.conversation == (await runtime.mailbox.read(conversation)).conversation
    assert await redis_client.zscore(keys.DUE, conversation) is not None
