"""Work on a message starts at once after its acknowledgement."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from app.flow.town import Town
from app.store.link import Link
from bench import customers, house
from bench.load import paced
from bench.options import Options
from bench.report import Promise, Report, ms, quantile

PER_SECOND = 20
SECONDS = 10


async def run(options: Options) -> Report:
    waits: list[float] = []
    count = options.of(PER_SECOND * SECONDS, least=40)
    async with house.town(workers=0, portal=True) as town, _worker(town) as stamps:
        link = Link(town.redis_url)
        for number in range(options.rounds):
            first = 1 + number * count
            webhooks = await customers.new_customers(town, count, first=first)
            answers = await paced(town.gateway_urls[0], webhooks, per_second=PER_SECOND)
            await customers.at_rest(link, most_seconds=60)
            started = _read(stamps)
            names = (customers.conversation_of(town, first + place) for place in range(count))
            waits += [started[name] - answer.answered_at for name, answer in zip(names, answers, strict=True)]
        await link.close()
    p50, p99 = quantile(waits, 0.5), quantile(waits, 0.99)
    return Report(
        promises=[
            Promise(
                what="from the 200 to the start of work, p50", promised="≤ 3 ms", measured=ms(p50), kept=p50 <= 0.003
            ),
            Promise(what="the same, p99", promised="–", measured=ms(p99)),
        ],
        how=[
            f"{options.rounds} rounds of {count} new customers at {PER_SECOND}/s, everything registered meanwhile",
            "both stamps are this machine's: the client's when it has read the 200, the worker's when work begins",
            "negative: the worker was faster than the 200 on its way back",
        ],
    )


@contextlib.asynccontextmanager
async def _worker(town: Town) -> AsyncIterator[Path]:
    """The worker with the stopwatch; yields the file of its stamps."""
    stamps, log = town.directory / "stamps.txt", town.directory / "stopwatch.log"
    words = (sys.executable, "-m", "bench.stopwatch", str(stamps))
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(*words, env=town.env, stdout=file, stderr=file)
    try:
        async with asyncio.timeout(house.START_SECONDS):
            while not stamps.exists():
                await asyncio.sleep(0.05)
        yield stamps
    finally:
        process.terminate()
        await process.wait()


def _read(stamps: Path) -> dict[str, float]:
    """Conversation → the first start."""
    found: dict[str, float] = {}
    for line in stamps.read_text().splitlines():
        name, moment = line.split()
        found.setdefault(name, float(moment))
    return found
