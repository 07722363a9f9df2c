"""Every deadline takes effect once and on time, however many are open."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
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

SIZES, HUGE = (1_000, 10_000, 100_000), 1_000_000
ROUNDS, POLLS = 9, 200
CONVERSATIONS = 1000
PER_SECOND = 25
KILL_SECONDS, SETTLES = 10.0, 20.0  # a dead worker's lease and its claim
FAR = timedelta(days=30)
EFFECTS = {"clock", "escalated", "followed_up"}
PROFILE = ROOT / "profiles" / "salon.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """Deadlines that fell due: conversation → its wake (business ms), the journal since, what dead workers held."""

    wakes: dict[str, float]
    events: list[Event]
    held: set[str]
    kills: int = 0

    def late(self, *, held: bool) -> list[float]:
        """Seconds from each wake to its first effect, of those that a dead worker held or of the others."""
        first: dict[str, float] = {}
        for event in self._effects():
            first.setdefault(event.conversation_id, event.at.timestamp() - self.wakes[event.conversation_id] / 1000)
        return [seconds for conversation, seconds in first.items() if (conversation in self.held) == held]

    def twice(self) -> int:
        named = Counter((e.conversation_id, e.kind, repr(sorted(e.facts.items()))) for e in self._effects())
        return sum(times - 1 for times in named.values())

    def _effects(self) -> Iterator[Event]:
        for event in self.events:
            wake = self.wakes.get(event.conversation_id)
            if wake is not None and event.kind in EFFECTS and event.at.timestamp() * 1000 >= wake - 1:
                yield event


async def run(options: Options) -> Report:
    count = options.of(CONVERSATIONS, least=100)
    async with house.town(workers=2, portal=True) as town:
        link = Link(town.redis_url)
        await _to_working_hours(town)
        costs = [(size, await _poll_costs(link, size)) for size in SIZES]
        webhooks = await _customers(town, count)
        await paced(town.gateway_urls[0], webhooks, per_second=PER_SECOND)
        rested = await customers.at_rest(link, most_seconds=120)
        calm = await _fall_due(town, link, count)
        stormy = await _fall_due(town, link, count, kill_seconds=KILL_SECONDS)
        costs.append((HUGE, await _poll_costs(link, HUGE)))
        await link.close()
    return _report(costs, calm, stormy, rested)


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


async def _fall_due(town: Town, link: Link, count: int, kill_seconds: float = 0) -> Fall:
    """Let the next wake of so many conversations pass, with a worker killed and started again every so many seconds."""
    found = await link.command("ZRANGE", keys.DUE, 0, count - 1, "WITHSCORES")
    wakes = {name: float(score) for name, score in zip(found[::2], found[1::2], strict=True) if "far-" not in name}
    first, last = min(wakes.values()), max(wakes.values())
    now = datetime.fromisoformat((await town.control("time"))["now"]).timestamp() * 1000
    await town.control("time", {"advance_seconds": max(0.0, (first - now) / 1000 - 2)})
    until = time.monotonic() + (last - first) / 1000 + 4
    held: set[str] = set()
    kills = 0
    while time.monotonic() < until:
        await asyncio.sleep(min(kill_seconds or 1, max(0.1, until - time.monotonic())))
        if kill_seconds and time.monotonic() < until - 2:
            held |= await _kill(town, link, f"worker{kills % 2}")
            kills += 1
    await asyncio.sleep(SETTLES if kill_seconds else 0)
    await customers.at_rest(link, most_seconds=60)
    days = {datetime.fromtimestamp(moment / 1000, UTC).date() for moment in (first, last + 60_000)}
    journal = Journal(link)
    events = [event for day in sorted(days) async for event in journal.day(day)]
    return Fall(wakes=wakes, events=events, held=held, kills=kills)


async def _kill(town: Town, link: Link, name: str) -> set[str]:
    """The conversations that this worker had in hand when it died; it starts again at once."""
    process = town.processes[name]
    town.kill(name)
    await asyncio.to_thread(process.wait)
    held = set()
    for row in await link.command("XINFO", "CONSUMERS", keys.ANSWER, keys.GROUP):
        consumer = str(dict(zip(row[::2], row[1::2], strict=True))["name"])
        if f"-{process.pid}-" not in consumer:
            continue
        for entry, *_ in await link.command("XPENDING", keys.ANSWER, keys.GROUP, "-", "+", 1000, consumer):
            held |= {fields[1] for _, fields in await link.command("XRANGE", keys.ANSWER, entry, entry)}
    town.start(name)
    return held


def _report(costs: list[tuple[int, list[float]]], calm: Fall, stormy: Fall, rested: bool) -> Report:
    cheap, dear, huge = (median(seconds) for seconds in (costs[0][1], costs[-2][1], costs[-1][1]))
    span = (max(calm.wakes.values()) - min(calm.wakes.values())) / 1000
    p99 = quantile(calm.late(held=False), 0.99)
    held, others = stormy.late(held=True), stormy.late(held=False)
    took = [len(fall.late(held=True)) + len(fall.late(held=False)) for fall in (calm, stormy)]
    whole = took == [len(calm.wakes), len(stormy.wakes)]
    return Report(
        promises=[
            Promise(
                what="cost of a poll with 100 000 open, beside 1 000 open",
                promised="does not grow",
                measured=f"{dear / cheap:.2f} × ({ms(dear)} against {ms(cheap)}); with 1 000 000 {huge / cheap:.2f} ×",
                kept=dear <= 1.5 * cheap and huge <= 2 * cheap,
            ),
            Promise(
                what=f"{len(calm.wakes)} deadlines within {span:.0f} s, 100 000 open, no kill: p99 late",
                promised="≤ 1 s",
                measured=f"{p99:.2f} s ({_spread(calm.late(held=False))})",
                kept=p99 <= 1,
            ),
            Promise(
                what=f"{stormy.kills} kills -9, each {KILL_SECONDS:.0f} s: the {len(held)} that a dead worker held",
                promised="≤ 20 s late",
                measured=f"worst {max(held, default=0):.2f} s",
                kept=max(held, default=0) <= 20,
            ),
            Promise(
                what=f"the {len(others)} others of that run, while one of two workers starts again",
                promised="–",
                measured=_spread(others),
            ),
            Promise(
                what="each takes effect once, in both runs",
                promised=f"{len(calm.wakes)} + {len(stormy.wakes)}",
                measured=f"{took[0]} + {took[1]} took effect, {calm.twice() + stormy.twice()} twice",
                kept=whole and calm.twice() + stormy.twice() == 0,
            ),
        ],
        tables=[
            Table(
                title="A poll that finds nothing due, in Redis's own time.",
                heads=("open", "median of rounds", "worst round"),
                rows=[(f"{size}", ms(median(seconds)), ms(max(seconds))) for size, seconds in costs],
            )
        ],
        how=[
            f"{len(calm.wakes)} conversations at {PER_SECOND}/s, two workers; then business time moves to two seconds "
            "before the first deadline and runs on by itself; the killed run takes the next step of the same ones"
            + ("" if rested else "; **the house did not come to rest before**"),
            "late: from the deadline to the commit of its turn, by Redis's own clock (journal)",
            "held: pending on the dead worker's consumer right after its death",
        ],
    )


def _spread(seconds: list[float]) -> str:
    if not seconds:
        return "none"
    half, most = quantile(seconds, 0.5), quantile(seconds, 0.99)
    return f"p50 {half:.2f} s, p99 {most:.2f} s, worst {max(seconds):.2f} s"
