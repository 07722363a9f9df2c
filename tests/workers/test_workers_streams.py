"""The laws of a consumer: leases, lonely runs of what ended its workers, dead letters, and newer layouts."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from redis.asyncio import Redis

from app.domain.conversation import Owner, opened
from app.jobs import LEASE, PARKED_AT, Entry, Role, company
from app.runtime import Runtime
from app.store import keys
from bitrix.errors import Unreachable
from tests.workers.crew import Crew, eventually, site_message
from workers.roles import ROLES
from workers.streams import Consumer

pytestmark = pytest.mark.timeout(60)

STARTED_WITHIN = 20.0
PROBE = f"{keys.PREFIX}probe"
LEASE_MS = round(LEASE.total_seconds() * 1000)


@asynccontextmanager
async def consuming(runtime: Runtime, role: Role) -> AsyncIterator[Consumer]:
    consumer = Consumer(runtime, role)
    running = asyncio.create_task(consumer.run())
    try:
        yield consumer
    finally:
        consumer.stop()
        await running


def probe(work: Callable[[Runtime, list[Entry]], Awaitable[None]], slots: int = 10) -> Role:
    return Role(name="answer", streams=(PROBE,), work=work, slots=slots)


async def held_by_a_dead_worker(
    client: Redis, *, idle_ms: int, tries: int, stream: str = PROBE, add: bool = True
) -> str:
    """An entry that somebody took `tries` times and never finished."""
    if add:
        await client.xgroup_create(stream, keys.GROUP, "0", mkstream=True)
        await client.xadd(stream, {"c": "si-1"})
    [[_, [[entry, _]]]] = await client.xreadgroup(keys.GROUP, "dead", {stream: ">"}, count=1)
    await client.xclaim(stream, keys.GROUP, "dead", 0, [entry], idle=idle_ms, retrycount=tries)
    return str(entry.decode())


async def finish(client: Redis, entry: Entry) -> None:
    await client.xack(entry.stream, keys.GROUP, entry.id)
    await client.xdel(entry.stream, entry.id)


async def test_a_dead_workers_entry_is_claimed_when_its_lease_is_over_and_not_before(
    runtime: Runtime, redis_client: Redis
) -> None:
    await held_by_a_dead_worker(redis_client, idle_ms=LEASE_MS - 2000, tries=1)
    began, claimed = time.monotonic(), asyncio.Event()

    async def work(_: Runtime, entries: list[Entry]) -> None:
        assert [2] == [entry.tries for entry in entries]
        await finish(redis_client, entries[0])
        claimed.set()

    async with consuming(runtime, probe(work)):
        await asyncio.wait_for(claimed.wait(), 10)
    assert 1.9 < time.monotonic() - began < 5


async def test_a_lease_is_renewed_while_the_work_lasts(runtime: Runtime, redis_client: Redis) -> None:
    await held_by_a_dead_worker(redis_client, idle_ms=LEASE_MS, tries=1)
    idles: list[int] = []

    async def work(_: Runtime, entries: list[Entry]) -> None:
        for _ in range(16):
            await asyncio.sleep(0.25)
            [pending] = await redis_client.xpending_range(PROBE, keys.GROUP, "-", "+", 1)
            idles.append(pending["time_since_delivered"])
        await finish(redis_client, entries[0])

    async with consuming(runtime, probe(work)):
        await eventually(lambda: asyncio.sleep(0, len(idles) == 16), 10)
    assert max(idles) < 3500
    assert any(later < earlier for earlier, later in pairwise(idles))


async def test_an_entry_that_ended_two_workers_runs_with_nothing_beside_it(
    runtime: Runtime, redis_client: Redis
) -> None:
    entry = await held_by_a_dead_worker(redis_client, idle_ms=LEASE_MS, tries=2)
    for _ in range(5):
        await redis_client.xadd(PROBE, {"c": "si-2"})
    running: set[str] = set()
    beside: list[set[str]] = []
    done: list[str] = []

    async def work(_: Runtime, entries: list[Entry]) -> None:
        running.add(entries[0].id)
        for _ in range(10):
            if entry in running:
                beside.append(set(running))
            await asyncio.sleep(0.02)
        running.remove(entries[0].id)
        await finish(redis_client, entries[0])
        done.append(entries[0].id)

    async with consuming(runtime, probe(work)):
        await eventually(lambda: asyncio.sleep(0, len(done) == 6), 10)
    assert beside
    assert all({entry} == together for together in beside)


async def test_an_entry_that_waits_to_run_alone_is_nobody_elses(runtime: Runtime, redis_client: Redis) -> None:
    await held_by_a_dead_worker(redis_client, idle_ms=LEASE_MS, tries=2)
    await redis_client.xadd(PROBE, {"c": "si-2"})
    await held_by_a_dead_worker(redis_client, idle_ms=LEASE_MS, tries=2, add=False)
    ran: list[str] = []

    async def work(_: Runtime, entries: list[Entry]) -> None:
        ran.append(entries[0].id)
        await asyncio.sleep(LEASE.total_seconds() + 3 if len(ran) == 1 else 1)
        await finish(redis_client, entries[0])

    async with consuming(runtime, probe(work)):
        await eventually(lambda: asyncio.sleep(0, len(ran) == 1), 5)
        async with consuming(runtime, probe(work)):
            await eventually(lambda: asyncio.sleep(0, len(ran) >= 2), LEASE.total_seconds() + 10)
            await asyncio.sleep(2)
    assert 2 == len(ran) == len(set(ran))


async def test_what_only_waited_in_a_worker_that_died_was_not_tried(runtime: Runtime, redis_client: Redis) -> None:
    """Neither while its group is put together nor while it waits to run alone."""
    await redis_client.xgroup_create(PROBE, keys.GROUP, "0", mkstream=True)
    busy, go = asyncio.Event(), asyncio.Event()

    async def work(_: Runtime, entries: list[Entry]) -> None:
        busy.set()
        await go.wait()
        for entry in entries:
            await finish(redis_client, entry)

    async def tries() -> list[int]:
        return [row["times_delivered"] for row in await redis_client.xpending_range(PROBE, keys.GROUP, "-", "+", 9)]

    async def tried(*expected: int) -> bool:
        return list(expected) == await tries()

    async def claimed() -> bool:
        return all(
            row["consumer"] != b"dead" for row in await redis_client.xpending_range(PROBE, keys.GROUP, "-", "+", 9)
        )

    async def fill(_: Runtime) -> None:
        await go.wait()

    await redis_client.xadd(PROBE, {"c": "si-1"})
    async with consuming(runtime, Role(name="answer", streams=(PROBE,), work=work, slots=1, group=3, fill=fill)):
        await eventually(lambda: tried(0), 5)
        go.set()
        await eventually(lambda: tried(), 5)
    go.clear()
    busy.clear()
    await redis_client.xadd(PROBE, {"c": "si-2"})
    await held_by_a_dead_worker(redis_client, idle_ms=LEASE_MS - 1500, tries=2, add=False)
    await redis_client.xadd(PROBE, {"c": "si-3"})
    async with consuming(runtime, probe(work)):
        await asyncio.wait_for(busy.wait(), 5)
        await eventually(claimed, 5)
        await eventually(lambda: tried(2, 1), 5)
        go.set()


async def test_suspects_of_a_group_run_in_ever_smaller_companies(runtime: Runtime, redis_client: Redis) -> None:
    await redis_client.xgroup_create(PROBE, keys.GROUP, "0", mkstream=True)
    for number, tries in enumerate((1, 2, 2, 2, 3, 3)):
        await redis_client.xadd(PROBE, {"c": f"si-{number}"})
        await held_by_a_dead_worker(redis_client, idle_ms=LEASE_MS, tries=tries, add=False)
    groups: list[list[tuple[str, int]]] = []

    async def work(_: Runtime, entries: list[Entry]) -> None:
        groups.append([(entry.subject, entry.tries) for entry in entries])
        for entry in entries:
            await finish(redis_client, entry)

    async with consuming(runtime, Role(name="answer", streams=(PROBE,), work=work, slots=2, group=16, together=2)):
        await eventually(lambda: asyncio.sleep(0, sum(map(len, groups)) == 6), 10)
    assert [[2], [3, 3], [3], [4], [4]] == [[tries for _, tries in group] for group in groups]
    assert {f"si-{number}" for number in range(6)} == {subject for group in groups for subject, _ in group}


def test_a_company_grows_smaller_and_never_smaller_than_an_eighth() -> None:
    assert [48, 12, 6, 6] == [company(tries, 48, 100) for tries in (3, 4, 5, 9)]
    assert [1, 1] == [company(tries, 1, 100) for tries in (3, 7)]


def test_a_small_company_parts_once_it_has_shrunk_as_far_as_it_does() -> None:
    assert [6, 6, 3, 3] == [company(tries, 48, 6) for tries in (3, 4, 5, 9)]
    assert [6, 1, 1] == [company(5, 48, alike) for alike in (7, 3, 1)]


async def test_the_few_companions_of_what_kills_its_worker_are_parted_from_it(
    runtime: Runtime, redis_client: Redis
) -> None:
    """As many as a company holds would be killed together for ever."""
    await redis_client.xgroup_create(PROBE, keys.GROUP, "0", mkstream=True)
    for subject in ("kills", "si-1", "si-2", "si-3"):
        await redis_client.xadd(PROBE, {"c": subject})
        await held_by_a_dead_worker(redis_client, idle_ms=LEASE_MS, tries=6, add=False)
    done: set[str] = set()

    async def work(_: Runtime, entries: list[Entry]) -> None:
        if any(entry.subject == "kills" for entry in entries):
            for entry in entries:  # what is left of them when their worker is gone
                await redis_client.xclaim(
                    PROBE, keys.GROUP, "dead", 0, [entry.id], idle=LEASE_MS, retrycount=entry.tries
                )
            return
        for entry in entries:
            done.add(entry.subject)
            await finish(redis_client, entry)

    async with consuming(runtime, Role(name="answer", streams=(PROBE,), work=work, slots=2, group=16, together=48)):
        await eventually(lambda: asyncio.sleep(0, len(done) == 3), 30)
    assert 1 == await redis_client.xlen(PROBE)


async def test_what_is_healthy_does_not_wait_for_all_suspects(runtime: Runtime, redis_client: Redis) -> None:
    await redis_client.xgroup_create(PROBE, keys.GROUP, "0", mkstream=True)
    for number in range(5):
        await redis_client.xadd(PROBE, {"c": f"suspect-{number}"})
        await held_by_a_dead_worker(redis_client, idle_ms=LEASE_MS, tries=2, add=False)
    done: list[str] = []

    async def work(_: Runtime, entries: list[Entry]) -> None:
        if entries[0].subject.startswith("suspect"):
            await asyncio.sleep(2)
        await finish(redis_client, entries[0])
        done.append(entries[0].subject)

    async with consuming(runtime, probe(work)):
        await eventually(lambda: asyncio.sleep(0, done), 5)
        await redis_client.xadd(PROBE, {"c": "healthy"})
        await eventually(lambda: asyncio.sleep(0, "healthy" in done), 12)
        assert 3 == done.index("healthy")
        await eventually(lambda: asyncio.sleep(0, len(done) == 6), 12)


async def test_work_that_raises_comes_again_two_seconds_later(runtime: Runtime, redis_client: Redis) -> None:
    await redis_client.xgroup_create(PROBE, keys.GROUP, "0", mkstream=True)
    await redis_client.xadd(PROBE, {"c": "si-1"})
    tries: list[tuple[int, float]] = []

    async def work(_: Runtime, entries: list[Entry]) -> None:
        tries.append((entries[0].tries, time.monotonic()))
        if entries[0].tries == 1:
            raise LookupError("the first try ends badly")
        await finish(redis_client, entries[0])

    async with consuming(runtime, probe(work)):
        await eventually(lambda: asyncio.sleep(0, len(tries) == 2), 10)
    assert [1, 2] == [number for number, _ in tries]
    assert 1.5 < tries[1][1] - tries[0][1] < 5


async def test_what_was_under_way_at_the_end_comes_to_the_next_worker_as_a_second_try(
    runtime: Runtime, redis_client: Redis
) -> None:
    """Its call may have been carried out: whoever takes it for a first try does it twice."""
    await redis_client.xgroup_create(PROBE, keys.GROUP, "0", mkstream=True)
    await redis_client.xadd(PROBE, {"c": "si-1"})
    tries: list[int] = []

    async def work(_: Runtime, entries: list[Entry]) -> None:
        tries.append(entries[0].tries)
        if len(tries) == 1:
            await asyncio.sleep(60)  # a portal that does not answer
        await finish(redis_client, entries[0])

    async with consuming(runtime, probe(work)):
        await eventually(lambda: asyncio.sleep(0, tries), 20)
    async with consuming(runtime, probe(work)):
        await eventually(lambda: asyncio.sleep(0, len(tries) == 2), 20)
    assert [1, 2] == tries


async def test_what_raises_whenever_it_runs_is_parked_and_its_company_is_done_at_once(
    runtime: Runtime, redis_client: Redis
) -> None:
    await redis_client.xgroup_create(PROBE, keys.GROUP, "0", mkstream=True)
    for subject in ("si-1", "raises", "si-2", "si-3"):
        await redis_client.xadd(PROBE, {"c": subject})
    began, done, raised = time.monotonic(), dict[str, float](), list[int]()

    async def work(_: Runtime, entries: list[Entry]) -> None:
        if any(entry.subject == "raises" for entry in entries):
            raised.append(len(entries))
            raise LookupError("+79991234567")
        for entry in entries:
            await finish(redis_client, entry)
            done[entry.subject] = time.monotonic() - began

    async with consuming(runtime, Role(name="answer", streams=(PROBE,), work=work, slots=2, group=16, together=48)):
        await eventually(lambda: redis_client.xlen(keys.DEAD), 40)
    assert {"si-1", "si-2", "si-3"} == set(done)
    assert 1.5 > max(done.values())
    assert [4] + [1] * PARKED_AT == raised
    [letter] = await runtime.dead_letters.all()
    assert ("raises", "raises", PROBE) == (letter.conversation_id, letter.letter["subject"], letter.letter["stream"])
    assert "7999" not in letter.letter["reason"]
    assert 0 == await redis_client.xlen(PROBE)


@pytest.mark.parametrize("trouble", [Unreachable("unreachable"), TimeoutError()], ids=["portal", "network"])
async def test_a_neighbours_trouble_parks_nothing_though_others_go_well(
    runtime: Runtime, redis_client: Redis, trouble: Exception
) -> None:
    await redis_client.xgroup_create(PROBE, keys.GROUP, "0", mkstream=True)
    await redis_client.xadd(PROBE, {"c": "asks the portal"})
    raised: list[int] = []

    async def work(_: Runtime, entries: list[Entry]) -> None:
        if entries[0].subject == "asks the portal" and len(raised) <= PARKED_AT:
            raised.append(len(entries))
            await redis_client.xadd(PROBE, {"c": "does not"})
            raise trouble
        await finish(redis_client, entries[0])

    async with consuming(runtime, probe(work)):
        await eventually(lambda: asyncio.sleep(0, len(raised) > PARKED_AT), 40)
        await eventually(lambda: nothing_left(redis_client), 10)
    assert [] == await runtime.dead_letters.all()


async def nothing_left(redis_client: Redis) -> bool:
    return await redis_client.xlen(PROBE) == 0


async def test_where_everything_raises_nothing_is_parked(runtime: Runtime, redis_client: Redis) -> None:
    """The fault is a neighbour's or ours, and no entry's own: all go on as soon as it is cured."""
    await redis_client.xgroup_create(PROBE, keys.GROUP, "0", mkstream=True)
    for number in range(3):
        await redis_client.xadd(PROBE, {"c": f"si-{number}"})
    runs, done = list[str](), list[str]()

    async def work(_: Runtime, entries: list[Entry]) -> None:
        runs.append(entries[0].subject)
        if len(runs) <= 3 * PARKED_AT + 3:
            raise LookupError("everybody's trouble")
        await finish(redis_client, entries[0])
        done.append(entries[0].subject)

    async with consuming(runtime, probe(work)):
        await eventually(lambda: asyncio.sleep(0, len(done) == 3), 50)
    assert [] == await runtime.dead_letters.all()


async def test_at_the_fifth_try_the_batch_is_a_dead_letter_and_a_person_is_asked(
    runtime: Runtime, redis_client: Redis
) -> None:
    await runtime.mailbox.accept(site_message())
    await held_by_a_dead_worker(redis_client, idle_ms=LEASE_MS, tries=4, stream=keys.ANSWER, add=False)
    conversation = opened(site_message()).id
    [answer] = [role for role in ROLES if role.name == "answer"]
    async with consuming(runtime, answer):

        async def parked() -> bool:
            return bool(await runtime.dead_letters.all())

        await eventually(parked, 10)
        await eventually(lambda: redis_client.exists(f"otklik:o:{conversation}"), 5)
    [letter] = await runtime.dead_letters.all()
    assert (conversation, "answer", 5) == (letter.conversation_id, letter.letter["step"], letter.letter["tries"])
    reading = await runtime.mailbox.read(conversation)
    assert reading.mails == []
    assert reading.conversation is not None
    assert reading.conversation.enquiry is not None
    assert "unclear" == reading.conversation.enquiry.handed_over
    assert reading.owner in (Owner.BOT, Owner.PERSON)
    assert 0 == await redis_client.xlen(keys.ANSWER)


@pytest.mark.parametrize("what", ["conversation", "store"])
async def test_a_worker_stops_reading_and_exits_when_it_meets_a_newer_layout(crew: Crew, what: str) -> None:
    """The other version's workers go on with what it gives back."""
    crew.start("worker")
    conversation = await crew.say()
    await crew.answered(within=STARTED_WITHIN)

    async def rests() -> bool:  # else the turn that hears of the reply writes its own version over this one
        return not any(await crew.client.hmget(f"otklik:c:{conversation}", "entry", "send"))

    await eventually(rests, 10)
    if what == "conversation":
        state = await crew.client.hget(f"otklik:c:{conversation}", "state")
        await crew.client.hset(f"otklik:c:{conversation}", "state", '{"v":99,' + state[1:])
        await crew.say(message_id="newer")
    else:
        await crew.say(message_id="newer")
        await crew.client.set(keys.BIRTH, "99")
    process = crew.processes["worker"]
    await eventually(lambda: asyncio.sleep(0, process.poll() is not None), 20, lambda: crew.log("worker"))
    assert 1 == process.returncode
    assert "layout" in crew.log("worker").splitlines()[-1]
    assert await crew.client.llen(f"otklik:m:{conversation}") >= 1


async def test_what_comes_while_a_group_waits_goes_along_with_it(runtime: Runtime, redis_client: Redis) -> None:
    await redis_client.xgroup_create(PROBE, keys.GROUP, "0", mkstream=True)
    await redis_client.xadd(PROBE, {"c": "si-1"})
    groups: list[list[str]] = []
    done = asyncio.Event()

    async def work(_: Runtime, entries: list[Entry]) -> None:
        groups.append([entry.subject for entry in entries])
        for entry in entries:
            await finish(redis_client, entry)
        done.set()

    async def fill(_: Runtime) -> None:
        for number in (2, 3, 4):
            await redis_client.xadd(PROBE, {"c": f"si-{number}"})

    role = Role(name="answer", streams=(PROBE,), work=work, slots=2, group=3, fill=fill)
    async with consuming(runtime, role):
        await asyncio.wait_for(done.wait(), 10)
        assert ["si-1", "si-2", "si-3"] == groups[0]


async def test_a_group_that_still_waits_is_given_back_at_the_end(runtime: Runtime, redis_client: Redis) -> None:
    await redis_client.xgroup_create(PROBE, keys.GROUP, "0", mkstream=True)
    await redis_client.xadd(PROBE, {"c": "si-1"})
    began = asyncio.Event()

    async def work(_: Runtime, entries: list[Entry]) -> None:
        raise AssertionError("nothing was to be begun")

    async def fill(_: Runtime) -> None:
        began.set()
        await asyncio.sleep(60)

    async with consuming(runtime, Role(name="answer", streams=(PROBE,), work=work, slots=1, group=3, fill=fill)):
        await asyncio.wait_for(began.wait(), 10)
    [pending] = await redis_client.xpending_range(PROBE, keys.GROUP, "-", "+", 1)
    assert pending["time_since_delivered"] >= LEASE_MS
