"""arq's traps, a test each: whatever ends a job or a worker, the poll of what is due goes on."""

import asyncio
import signal
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.store import keys
from tests.workers.crew import Crew

pytestmark = pytest.mark.timeout(60)

STARTED_WITHIN = 20.0
ON_TIME = 1.5  # a poll begins with each second and looks five times in it


async def test_a_job_that_raises_is_not_the_last_one(crew: Crew) -> None:
    crew.start("worker")
    conversation = await crew.say()
    await crew.answered(within=STARTED_WITHIN)
    await crew.client.delete(keys.DUE)
    await crew.client.set(keys.DUE, "of a wrong type: every poll raises")
    await asyncio.sleep(2.2)
    await crew.client.delete(keys.DUE)
    assert await crew.lag(conversation, within=10) < ON_TIME
    assert crew.processes["worker"].poll() is None


async def test_a_job_that_runs_into_its_timeout_is_not_the_last_one(crew: Crew) -> None:
    crew.start("worker")
    conversation = await crew.say()
    await crew.answered(within=STARTED_WITHIN)
    await crew.client.client_pause(6500)  # the poll's timeout is 5 s
    await asyncio.sleep(6.5)
    await crew.lag(conversation, within=10)
    assert await crew.lag(conversation, within=10) < ON_TIME


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_a_redis_that_went_away_and_came_back_finds_every_loop_running(crew: Crew, how: signal.Signals) -> None:
    crew.start("worker")
    conversation = await crew.say("before")
    await crew.answered("before", within=STARTED_WITHIN)
    crew.kill_redis(how)
    await asyncio.sleep(2.5)
    crew.redis_server.start()
    said = time.monotonic()
    await crew.say("after")
    await crew.answered("after", within=10)
    assert time.monotonic() - said < 5
    await crew.lag(conversation, within=10)
    assert await crew.lag(conversation, within=10) < ON_TIME
    assert crew.processes["worker"].poll() is None


async def test_a_worker_that_starts_before_redis_waits_for_it(crew: Crew) -> None:
    crew.kill_redis()
    crew.start("worker")
    async with asyncio.timeout(STARTED_WITHIN):
        while crew.log("worker").count("waiting for Redis") < 2:
            await asyncio.sleep(0.1)
    assert crew.processes["worker"].poll() is None
    crew.redis_server.start()
    await asyncio.sleep(0.1)
    assert 0 == crew.kill("worker", signal.SIGTERM)


async def test_another_worker_goes_on_polling_when_one_is_killed(crew: Crew) -> None:
    crew.start("one")
    crew.start("two")
    conversation = await crew.say()
    await crew.answered(within=STARTED_WITHIN)
    await asyncio.sleep(2)
    await crew.lag(conversation, within=5)
    crew.kill("one")
    assert await crew.lag(conversation, within=10) < 2
    for _ in range(3):
        assert await crew.lag(conversation, within=10) < ON_TIME


async def test_a_report_is_taken_in_hand_when_its_time_has_come(crew: Crew) -> None:
    """The profile wants one at 09:00. Here is nobody to be told, which the store keeps and the log says once."""
    nine = datetime(2026, 11, 25, 9, tzinfo=ZoneInfo("Europe/Moscow"))
    await crew.client.set(keys.OFFSET, f"={round(nine.timestamp() * 1000)}")
    crew.start("one")
    crew.start("two")
    report = f"{keys.REPORT}daily:2026-11-24"
    async with asyncio.timeout(STARTED_WITHIN + 31):
        while await crew.client.hget(report, "portal:owner") != "refused":
            await asyncio.sleep(0.1)
    said = (crew.log("one") + crew.log("two")).count("nobody is there to be told the report")
    assert (1, 1) == (said, await crew.client.hlen(report))


async def test_sigterm_lets_the_answer_under_way_go_out(crew: Crew) -> None:
    crew.start("worker")
    await crew.say("first")
    await crew.answered("first", within=STARTED_WITHIN)
    await crew.say("second")
    await asyncio.sleep(0.3)  # its quiet window runs
    assert 0 == crew.kill("worker", signal.SIGTERM)
    assert 0 == await crew.client.xlen(keys.ANSWER)
    if not await crew.client.exists(f"{keys.PREFIX}chat:second"):  # the reply was left to another worker, at once
        crew.start("next")
        await crew.answered("second", within=10)
