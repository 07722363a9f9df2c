"""Laws of the leaky bucket, against the portal's own counting."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitrix.pace import EMPTY, Bucket, Level, LocalPace, Priority, drained, overflowed, take, wait_seconds

BUCKETS = st.sampled_from([Bucket(), Bucket(drain_per_second=5, block_above=250)])
GAPS = st.floats(0, 20)
PRIORITIES = st.sampled_from(Priority)
LEVELS = st.builds(Level, value=st.floats(0, 50), at=st.floats(0, 1000))


@given(BUCKETS, st.lists(st.tuples(GAPS, PRIORITIES), max_size=200))
def test_the_portal_never_counts_above_its_block(bucket: Bucket, calls: list[tuple[float, Priority]]) -> None:
    level, now, counted, last = EMPTY, 0.0, 0.0, 0.0
    for gap, priority in calls:
        now += gap
        now += wait_seconds(bucket, level, now, priority)
        level = take(bucket, level, now)
        counted = max(0.0, counted - (now - last) * bucket.drain_per_second) + 1  # the portal's side, in its own words
        last = now
        assert counted <= bucket.block_above + 1e-6


@given(BUCKETS, LEVELS, GAPS)
def test_bulk_leaves_fifteen_calls_to_the_others(bucket: Bucket, level: Level, gap: float) -> None:
    now = level.at + gap
    now += wait_seconds(bucket, level, now, Priority.BULK)
    level = take(bucket, level, now)
    for _ in range(15):
        assert wait_seconds(bucket, level, now, Priority.URGENT) == 0
        level = take(bucket, level, now)


@given(BUCKETS, LEVELS, GAPS, PRIORITIES)
def test_a_wait_is_enough_and_no_longer_than_needed(
    bucket: Bucket, level: Level, gap: float, priority: Priority
) -> None:
    now = level.at + gap
    wait = wait_seconds(bucket, level, now, priority)
    assert wait >= 0
    assert wait_seconds(bucket, level, now + wait, priority) == pytest.approx(0, abs=1e-6)
    if wait > 1e-3:
        assert wait_seconds(bucket, level, now + wait * 0.99, priority) > 0


@given(BUCKETS, LEVELS, st.floats(0, 1000))
def test_a_clock_that_goes_back_drains_nothing(bucket: Bucket, level: Level, back: float) -> None:
    assert drained(bucket, level, level.at - back).value == level.value


@given(BUCKETS, LEVELS, GAPS)
def test_after_a_503_there_is_room_for_one_call_after_one_drain(bucket: Bucket, level: Level, gap: float) -> None:
    now = level.at + gap
    full = overflowed(bucket, level, now)
    assert wait_seconds(bucket, full, now, Priority.URGENT) == pytest.approx(1 / bucket.drain_per_second)


async def test_a_burst_passes_and_the_rest_follows_at_the_drain() -> None:
    pace = LocalPace(Bucket(drain_per_second=20, block_above=5, reserve=2))
    started = time.monotonic()
    await asyncio.gather(*(pace.acquire(Priority.NORMAL) for _ in range(9)))
    assert 0.2 <= time.monotonic() - started < 1.0  # five at once, four at a twentieth of a second each


async def test_the_more_urgent_goes_first_and_equals_keep_their_order() -> None:
    pace = LocalPace(Bucket(drain_per_second=50, block_above=2, reserve=1))
    for _ in range(2):
        await pace.acquire(Priority.NORMAL)
    done: list[str] = []

    async def one(name: str, priority: Priority) -> None:
        await pace.acquire(priority)
        done.append(name)

    wanted = [("bulk", Priority.BULK), ("n1", Priority.NORMAL), ("n2", Priority.NORMAL), ("hot", Priority.HOT)]
    await asyncio.gather(*(one(*each) for each in [*wanted, ("urgent", Priority.URGENT)]))
    assert done == ["urgent", "hot", "n1", "n2", "bulk"]


async def test_one_who_gives_up_waiting_blocks_nobody() -> None:
    pace = LocalPace(Bucket(drain_per_second=20, block_above=1, reserve=0))
    await pace.acquire(Priority.NORMAL)
    impatient = asyncio.create_task(pace.acquire(Priority.URGENT))
    patient = asyncio.create_task(pace.acquire(Priority.NORMAL))
    await asyncio.sleep(0.01)
    impatient.cancel()
    started = time.monotonic()
    await patient
    assert time.monotonic() - started < 0.5
    assert impatient.cancelled()


async def test_room_is_told_without_a_place_being_taken() -> None:
    pace = LocalPace(Bucket(drain_per_second=20, block_above=1))
    await pace.acquire(Priority.HOT)
    began = time.monotonic()
    await pace.room(Priority.HOT)
    assert 0.03 < time.monotonic() - began
    await asyncio.wait_for(pace.acquire(Priority.HOT), 0.02)
