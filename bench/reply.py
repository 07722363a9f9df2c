"""A first reply leaves at once after the burst, also with a slow, hanging or garbling model."""

from dataclasses import dataclass
from typing import Any

from app.flow.answer import QUIET_MS
from app.flow.town import Town
from app.store.link import Link
from bench import customers, house
from bench.load import paced
from bench.options import Options
from bench.report import Promise, Report, Table, ms, quantile

PER_SECOND = 10
CUSTOMERS = 200
QUIET = QUIET_MS / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """fault: of the sandbox's model; None: no model is configured. own: what the model itself takes, seconds."""

    name: str
    fault: dict[str, Any] | None
    own: float = 0.0
    p95: float | None = 3.0


RULES = Scene(name="no model: own rules", fault=None)
SCENES = (
    Scene(name="model takes 1.2 s", fault={"latency_ms": 1200}, own=1.2),
    Scene(name="model hangs, until the breaker opens", fault={"kind": "timeout"}, p95=None),
    Scene(name="model garbles, the breaker still open at first", fault={"kind": "garbage"}, p95=None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    scene: Scene
    seconds: list[float]
    unanswered: int
    by_model: str


async def run(options: Options) -> Report:
    count = options.of(CUSTOMERS, least=40)
    async with house.town(workers=1, portal=True) as town:
        played = [await _play(town, RULES, count, 1)]
    async with house.town(workers=1, portal=True, model=True) as town:
        for number, scene in enumerate(SCENES):
            await town.control("model/faults", scene.fault)
            played.append(await _play(town, scene, count, 1 + number * count))
    return _report(played, count)


async def _play(town: Town, scene: Scene, count: int, first: int) -> Played:
    link, before = Link(town.redis_url), await _sources(town)
    webhooks = await customers.new_customers(town, count, first=first)
    since = (await town.control("sent?limit=1"))["count"]
    answers = await paced(town.gateway_urls[0], webhooks, per_second=PER_SECOND)
    await customers.at_rest(link, most_seconds=60)
    await link.close()
    replies = await customers.first_replies(town, since)
    seconds, unanswered = [], 0
    for place, answer in enumerate(answers):
        at = replies.get(str(customers.chat_of(first + place)))
        if at is None:
            unanswered += 1
        else:
            seconds.append(at - answer.due_at)
    after = await _sources(town)
    grown = {name: round(value - before.get(name, 0)) for name, value in after.items() if value > before.get(name, 0)}
    shown = ", ".join(f"{name} {value}" for name, value in sorted(grown.items()))
    return Played(scene=scene, seconds=seconds, unanswered=unanswered, by_model=shown)


async def _sources(town: Town) -> dict[str, float]:
    """Who wrote the drafts, by /metrics."""
    text = (await town.http.get(f"{town.gateway_urls[0]}/metrics")).text
    rows = (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("otklik_replies_total{"))
    return {name.split('"')[1]: float(value) for name, value in rows}


def _report(played: list[Played], count: int) -> Report:
    overhead = [seconds - QUIET for seconds in played[0].seconds]
    p95 = quantile(overhead, 0.95)
    promises = [
        Promise(
            what="own overhead of a first reply, beyond the quiet window, p95",
            promised="≤ 150 ms",
            measured=f"{ms(p95)} (p50 {ms(quantile(overhead, 0.5))})",
            kept=p95 <= 0.150,
        )
    ]
    for one in played:
        p95, p99 = quantile(one.seconds, 0.95), quantile(one.seconds, 0.99)
        limit = one.scene.p95
        promises.append(
            Promise(
                what=f"answered, {one.scene.name}",
                promised=("" if limit is None else f"p95 ≤ {limit:.0f} s, ") + "p99 ≤ 5 s, everybody",
                measured=f"p95 {p95:.2f} s, p99 {p99:.2f} s, {one.unanswered} of {count} unanswered",
                kept=p99 <= 5 and one.unanswered == 0 and (limit is None or p95 <= limit),
            )
        )
    rows = [
        (
            one.scene.name,
            f"{quantile(one.seconds, 0.5):.2f} s",
            f"{quantile(one.seconds, 0.95):.2f} s",
            f"{quantile(one.seconds, 0.99):.2f} s",
            f"{max(one.seconds, default=float('nan')):.2f} s",
            ms(quantile([seconds - max(QUIET, one.scene.own) for seconds in one.seconds], 0.95)),
            one.by_model,
        )
        for one in played
    ]
    heads = ("", "p50", "p95", "p99", "worst", "p95 beyond quiet window and model", "drafts by")
    return Report(
        promises=promises,
        tables=[Table(title="From the webhook to the text at Telegram's door.", heads=heads, rows=rows)],
        how=[
            f"{count} new customers a scene at {PER_SECOND}/s, one worker, everything registered meanwhile",
            f"the quiet window is {QUIET:.0f} s: a burst of messages gets one answer",
        ],
    )
