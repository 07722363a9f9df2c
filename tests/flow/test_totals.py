"""A journal past its hundred days: its figures stay, its events go, a day at a time, whichever worker is first."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.domain.figures.report import Report, Span
from app.flow.report import figures
from app.flow.sweep import sweep
from app.flow.totals import drop_past
from app.runtime import Runtime
from app.runtime import opened as opened_runtime
from app.store import keys
from tests.flow.ops_house import TELEGRAM, House, opened_house
from tests.flow.test_mail_report import DAILY, asking, move, write

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST = date(2026, 6, 1)  # a Monday
MIDNIGHT = datetime(2026, 6, 1, tzinfo=UTC)
ASKED = [(Span.DAILY, FIRST + 3 * DAY), (Span.WEEKLY, FIRST), (Span.WEEKLY, FIRST + 7 * DAY), (Span.MONTHLY, FIRST)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened_house(tmp_path) as house:
        yield house


@pytest.fixture
async def runtime(house: House, redis_url: str) -> AsyncIterator[Runtime]:
    async with opened_runtime(house.settings(TELEGRAM), redis_url) as runtime:
        yield runtime


async def told(runtime: Runtime) -> list[Report]:
    return [report for span, day in ASKED for report in await figures(runtime, span, day)]


async def journals(runtime: Runtime) -> list[str]:
    return sorted(await runtime.link.command("KEYS", f"{keys.PREFIX}journal:*"))


async def a_month(runtime: Runtime) -> None:
    """An enquiry each five hours, so that every local day begins and ends with some; each third in time no more."""
    for number in range(30 * 24 // 5):
        await write(runtime, [MIDNIGHT + number * 5 * HOUR], who=f"te-{number}", late=number % 3 == 0)


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Novosibirsk", "America/New_York"])
async def test_reports_tell_the_same_before_while_and_after_the_days_go(runtime: Runtime, zone: str) -> None:
    runtime = asking(runtime, DAILY, zone=zone)
    await a_month(runtime)
    now = MIDNIGHT.astimezone(ZoneInfo(zone)) + 140 * DAY
    await move(runtime, now)
    before, held = await told(runtime), await journals(runtime)
    assert before[-2].sla.whole > 140
    for gone in range(1, len(held) + 1):
        assert await drop_past(runtime, now) is not None
        assert held[gone:] == await journals(runtime)  # the oldest first
        if gone in (1, 9, len(held)):
            assert before == await told(runtime)
    assert await drop_past(runtime, now) is None


async def test_two_workers_drop_a_day_once(runtime: Runtime) -> None:
    await a_month(runtime)
    now = MIDNIGHT + 140 * DAY
    await move(runtime, now)
    before, held = await told(runtime), await journals(runtime)
    while await journals(runtime):
        await asyncio.gather(*(drop_past(runtime, now) for _ in range(3)))
    assert before == await told(runtime)
    assert len(held) <= int(await runtime.link.command("HLEN", keys.TOTALS)) <= len(held) + 1


async def test_a_day_within_the_promise_stays(runtime: Runtime) -> None:
    await write(runtime, [MIDNIGHT + 12 * HOUR])
    assert await drop_past(runtime, MIDNIGHT + 100 * DAY - HOUR) is None
    assert await drop_past(runtime, MIDNIGHT + 100 * DAY) == FIRST


async def test_the_sweep_drops_by_machine_time_and_names_no_conversation(runtime: Runtime) -> None:
    old = await runtime.cards.machine_now() - 120 * DAY
    await write(runtime, [old - DAY * number for number in range(3)], who="te-somebody")
    for _ in range(4):
        await sweep(runtime)
    assert [] == await journals(runtime)
    kept = await runtime.link.command("HGETALL", keys.TOTALS)
    assert kept
    assert "te-" not in str(kept)


async def test_what_stays_of_a_day_is_small(runtime: Runtime) -> None:
    await write(runtime, [MIDNIGHT + 12 * HOUR + number * timedelta(seconds=30) for number in range(300)])
    [journal] = await journals(runtime)
    whole = int(await runtime.link.command("MEMORY", "USAGE", journal, "SAMPLES", 0))
    await drop_past(runtime, MIDNIGHT + 140 * DAY)
    left = int(await runtime.link.command("MEMORY", "USAGE", keys.TOTALS, "SAMPLES", 0))
    print(f"300 enquiries: {whole} bytes of journal, {left} of totals")
    assert left * 10 < whole
