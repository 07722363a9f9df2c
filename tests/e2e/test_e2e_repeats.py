"""Messengers repeat and reorder; the customer, the portal and the dialogue see everything once and in order."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from app.flow.town import Town
from tests.e2e.witness import Witness, watched

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def witness() -> AsyncIterator[Witness]:
    async with watched(Town(gateways=2, workers=2)) as witness:
        yield witness


@pytest.mark.parametrize("channel", ["telegram", "whatsapp", "instagram", "site"])
async def test_a_payload_delivered_five_times_counts_once(witness: Witness, channel: str) -> None:
    words = f"Сколько стоит маникюр? {channel}"
    said = await witness.town.say(channel, f"often-{channel}", words, repeat=5)
    assert [200] * 5 == said["statuses"]
    await witness.answered(channel, said["chat"], within=5)
    await asyncio.sleep(1.5)  # a second answer would have come by now
    await witness.settled(within=30)
    assert 1 == len(await witness.replies(channel, said["chat"]))
    books = await witness.books()
    deal = books.deal_with(words)
    assert ["Клиент", "Ассистент"] == [line.who for line in books.dialogues[deal["id"]]]
    books.check_no_doubles()


@pytest.mark.parametrize("channel", ["whatsapp", "instagram", "site"])  # Telegram brings a chat's updates one by one
async def test_a_burst_in_parallel_and_out_of_order_is_one_reply_and_eight_lines(
    witness: Witness, channel: str
) -> None:
    """Two in three come twice, too."""
    words = [f"{number}-я часть рассказа про мой маникюр, {channel}" for number in range(1, 9)]
    began = datetime.now(UTC) - timedelta(seconds=20)
    order = list(range(8))
    random.Random(channel).shuffle(order)
    said = await asyncio.gather(
        *(
            witness.town.say(
                channel,
                f"burst-{channel}",
                words[number],
                at=(began + timedelta(seconds=2 * number)).isoformat(),
                repeat=1 + (number % 3 > 0),
            )
            for number in order
        )
    )
    await witness.answered(channel, said[0]["chat"], within=5)
    await asyncio.sleep(1.5)
    await witness.settled(within=30)
    assert 1 == len(await witness.replies(channel, said[0]["chat"]))
    books = await witness.books()
    deal = books.deal_with(words[0])
    assert [*words] == [line.text for line in books.dialogues[deal["id"]] if line.who == "Клиент"]
    assert 9 == len(books.dialogues[deal["id"]])
    assert 1 == sum(contact["id"] == deal["contactId"] for contact in books.contacts)
    books.check_no_doubles()
    books.check_lines_ascend()


async def test_two_gateways_and_two_workers_share_one_conversation(witness: Witness) -> None:
    """The same webhook meets both gateways at once."""
    body = {
        "session_id": "shared",
        "message_id": "m-1",
        "text": "Сколько стоит мужская стрижка, через двое ворот?",
        "ts": round(datetime.now(UTC).timestamp()),
    }
    headers = {"X-Api-Key": witness.town.env["SITE_WEBHOOK_SECRET"]}
    answers = await asyncio.gather(
        *(
            witness.town.http.post(f"{url}/webhooks/site", json=body, headers=headers)
            for url in witness.town.gateway_urls * 3
        )
    )
    assert [200] * 6 == [answer.status_code for answer in answers]
    [reply] = await witness.answered("site", "shared", within=5)
    assert "1 600 ₽" in reply.text
    await witness.settled(within=30)
    assert 1 == len(await witness.replies("site", "shared"))
    assert 1 == len((await witness.books()).deals_with("через двое ворот"))
