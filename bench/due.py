"""Every deadline takes effect once and on time, however many are open."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from app.domain.calendar import is_open, next_opening
from app.flow.town import Town
from app.profiles import load
from app.store import keys
from app.store.journal import Event, Journal
from app.store.link import Link
from bench import customers, house
from bench.load import paced
from bench.material import Signed
from bench.options import Options
from bench.report import ROOT, Promise, Report, Table, median, ms, quantile

SIZES = (1_000, 10_000, 100_000)
ROUNDS, POLLS = 9, 200
CONVERSATIONS = 1000
PER_SECOND = 50
FAR = timedelta(days=30)
EFFECTS = {"clock", "escalated"}
PROFILE = ROOT / "profiles" / "salon.yaml"


async def run(options: Options) -> Report:
    count = options.of(CONVERSATIONS, least=100)
    async with house.town(workers=2, portal=True) as town:
        link = Link(town.redis_url)
        await _to_working_hours(town)
        costs = [(size, await _poll_costs(link, size)) for size in SIZES]
        webhooks = await _customers(town, count)
        await paced(town.gateway_urls[0], webhooks, per_second=PER_SECOND)
        rested = await customers.at_rest(link, most_seconds=120)
        wakes, events = await _fall_due(town, link, count)
        await link.close()
    return _report(count, costs, wakes, events, rested)


async def _to_working_hours(town: Town) -> None:
    """Outside them every deadline would fall on the same second of the next morning."""
    calendar, now = load(PROFILE).calendar, datetime.now(UTC)
    if not (is_open(now, calendar) and is_open(now + timedelta(hours=3), calendar)):
        opening = next_opening(now + timedelta(hours=3), calendar)
        await town.control("time", {"to": (opening + timedelta(hours=1)).isoformat()})


async def _customers(town: Town, count: int) -> list[Signed]:
    """Stamped in business time, each second's own."""
    start = time.time() + (await town.control("time"))["offset_seconds"]
    webhooks: list[Signed] = []
    while len(webhooks) < count:
        part, second = min(PER_SECOND, count - len(webhooks)), len(webhooks) // PER_SECOND
        webhooks += await customers.new_customers(town, part, first=1 + len(webhooks), at=start + second)
    return webhooks


async def _poll_costs(link: Link, size: int) -> list[float]:
    """Seconds of Redis's own for a poll that finds nothing due, with so many open: a mean for each round."""
    missing = size - int(await link.command("ZCARD", keys.DUE))
    far = (time.time() + FAR.total_seconds()) * 1000
    for start in range(0, missing, 1000):
        pairs = [
            word for n in range(start, min(start + 1000, missing)) for word in (f"{far + n:.0f}", f"far-{size}-{n}")
        ]
        await link.command("ZADD", keys.DUE, *pairs)
    seconds = []
    for _ in range(ROUNDS):
        await link.command("CONFIG", "RESETSTAT")
        for _ in range(POLLS):
            await link.run("due", 200)
        stats: str = await link.command("INFO", "commandstats")
        spent = next(line for line in stats.splitlines() if line.startswith("cmdstat_evalsha:"))
        seconds.append(float(spent.split("usec_per_call=")[1].split(",")[0]) / 1e6)
    return seconds


async def _fall_due(town: Town, link: Link, count: int) -> tuple[dict[str, float], list[Event]]:
    """Conversation → its next wake (business ms), and the journal after all of them have passed."""
    found = await link.command("ZRANGE", keys.DUE, 0, count - 1, "WITHSCORES")
    wakes = {name: float(score) for name, score in zip(found[::2], found[1::2], strict=True) if "far-" not in name}
    first, last = min(wakes.values()), max(wakes.values())
    now = datetime.fromisoformat((await town.control("time"))["now"]).timestamp() * 1000
    await town.control("time", {"advance_seconds": (first - now) / 1000 - 2})
    await asyncio.sleep((last - first) / 1000 + 4)
    await customers.at_rest(link, most_seconds=60)
    days = {datetime.fromtimestamp(moment / 1000, UTC).date() for moment in (first, last)}
    journal = Journal(link)
    return wakes, [event for day in sorted(days) async for event in journal.day(day)]


def _report(
    count: int, costs: list[tuple[int, list[float]]], wakes: dict[str, float], events: list[Event], rested: bool
) -> Report:
    late: dict[str, float] = {}
    effects: dict[tuple[str, str, str], int] = {}
    for event in events:
        wake = wakes.get(event.conversation_id)
        at = event.at.timestamp() * 1000
        if wake is None or event.kind not in EFFECTS or at < wake - 1:
            continue
        late.setdefault(event.conversation_id, (at - wake) / 1000)
        named = (event.conversation_id, event.kind, repr(sorted(event.facts.items())))
        effects[named] = effects.get(named, 0) + 1
    span = (max(wakes.values()) - min(wakes.values())) / 1000
    twice = sum(times - 1 for times in effects.values())
    seconds = list(late.values())
    p99 = quantile(seconds, 0.99)
    cheap, dear = median(costs[0][1]), median(costs[-1][1])
    rows = [(f"{size}", ms(median(seconds)), ms(max(seconds))) for size, seconds in costs]
    return Report(
        promises=[
            Promise(
                what="cost of a poll with 100 000 open, beside 1 000 open",
                promised="does not grow",
                measured=f"{dear / cheap:.2f} × ({ms(dear)} against {ms(cheap)})",
                kept=dear <= 1.5 * cheap,
            ),
            Promise(
                what=f"{len(wakes)} deadlines within {span:.0f} s, 100 000 open: p99 late",
                promised="≤ 1 s",
                measured=f"{p99:.2f} s (p50 {quantile(seconds, 0.5):.2f} s, worst {max(seconds, default=0):.2f} s)",
                kept=p99 <= 1,
            ),
            Promise(
                what="each takes effect once",
                promised=f"{len(wakes)} of {count}",
                measured=f"{len(late)} took effect, {twice} twice",
                kept=len(late) == len(wakes) and twice == 0,
            ),
        ],
        tables=[
            Table(
                title="A poll that finds nothing due, in Redis's own time.",
                heads=("open", "median of rounds", "worst round"),
                rows=rows,
            )
        ],
        how=[
            f"{count} conversations at {PER_SECOND}/s, two workers; then business time moves to two seconds before the "
            "first deadline and runs on by itself" + ("" if rested else "; **the house did not come to rest before**"),
            "late: from the deadline to the commit of its turn, by Redis's own clock (journal)",
        ],
    )
