"""Redis or the gateway goes away under load: the messenger comes again, and nothing is lost or doubled."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from app.flow.town import Town
from tests.e2e.witness import Witness, until, watched

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(90)]

CHANNELS = ("telegram", "whatsapp", "instagram", "site")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def witness() -> AsyncIterator[Witness]:
    async with watched(Town(workers=2)) as witness:
        yield witness


async def post(witness: Witness, customer: str) -> httpx.Response:
    """One webhook of the site, delivered once."""
    body = {"session_id": customer, "message_id": "m-1", "text": f"Сколько стоит маникюр? {customer}"}
    headers = {"X-Api-Key": witness.town.env["SITE_WEBHOOK_SECRET"]}
    return await witness.town.http.post(f"{witness.town.gateway_urls[0]}/webhooks/site", json=body, headers=headers)


async def crowd(witness: Witness, label: str, count: int, seconds: float) -> dict[tuple[str, str], str]:
    """That many customers of all channels write once each, spread over the seconds; (channel, chat) → words."""
    pause = random.Random(label)

    async def one(number: int) -> tuple[tuple[str, str], str]:
        await asyncio.sleep(pause.random() * seconds)
        channel, words = CHANNELS[number % 4], f"Сколько стоит педикюр? {label}-{number}."
        said = await witness.town.say(channel, f"{label}-{number}", words)
        return (channel, said["chat"]), words

    return dict(await asyncio.gather(*(one(number) for number in range(count))))


async def check_all(witness: Witness, said: dict[tuple[str, str], str]) -> None:
    """Each has one reply, one deal and one dialogue of two lines."""
    for channel, chat in said:
        await witness.answered(channel, chat, within=10)
    await witness.settled(within=30)
    books = await witness.books()
    for (channel, chat), words in said.items():
        assert 1 == len(await witness.replies(channel, chat)), (channel, chat)
        assert ["Клиент", "Ассистент"] == [line.who for line in books.dialogues[books.deal_with(words)["id"]]]
    books.check_no_doubles()
    books.check_lines_ascend()


async def test_without_redis_the_door_is_shut_and_opens_by_itself(witness: Witness) -> None:
    town = witness.town
    town.kill("redis")
    refused = await post(witness, "refused")
    assert (503, "2") == (refused.status_code, refused.headers["Retry-After"])
    ready = await town.http.get(f"{town.gateway_urls[0]}/health/ready")
    assert (503, True) == (ready.status_code, "redis" in ready.json()["parts"])
    assert 200 == (await town.http.get(f"{town.gateway_urls[0]}/health/live")).status_code
    assert 'otklik_up{part="redis"} 0.0' in (await town.http.get(f"{town.gateway_urls[0]}/metrics")).text
    writing = asyncio.create_task(crowd(witness, "redis-away", 12, 2.0))
    await asyncio.sleep(3)
    town.start("redis")
    said = await writing
    await check_all(witness, said)
    assert 200 == (await post(witness, "refused")).status_code
    await witness.answered("site", "refused", within=10)
    assert all(process.poll() is None for process in town.processes.values())


async def test_a_redis_that_stands_still_for_seconds_loses_nothing(witness: Witness) -> None:
    writing = asyncio.create_task(crowd(witness, "redis-stopped", 12, 3.0))
    await asyncio.sleep(1)
    witness.town.kill("redis", signal.SIGSTOP)
    await asyncio.sleep(4)
    witness.town.kill("redis", signal.SIGCONT)
    await check_all(witness, await writing)


async def test_a_gateway_killed_under_load_gets_everything_again(witness: Witness) -> None:
    town = witness.town
    writing = asyncio.create_task(crowd(witness, "gateway", 40, 5.0))
    for _ in range(2):
        await asyncio.sleep(1)
        town.kill("gateway0")
        await asyncio.sleep(0.3)
        town.start("gateway0")
    await check_all(witness, await writing)

    async def came_again() -> bool:
        counts = (await town.control("customers"))["deliveries"].values()
        return any(count.get("unreachable", 0) for count in counts)

    await until(came_again, 1, "no delivery met a dead gateway: this proves nothing")


async def test_a_gateway_told_to_end_answers_what_it_has_begun(witness: Witness) -> None:
    town = witness.town
    writing = asyncio.create_task(crowd(witness, "gateway-term", 20, 2.0))
    await asyncio.sleep(1)
    town.kill("gateway0", signal.SIGTERM)
    await asyncio.to_thread(town.processes["gateway0"].wait, 15)
    assert town.processes["gateway0"].returncode in (0, -signal.SIGTERM)  # uvicorn raises the signal again at its end
    town.start("gateway0")
    await check_all(witness, await writing)
