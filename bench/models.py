"""Whatever a model does, everybody is answered within 5 s; a first reply costs one call and at most 1 200 tokens."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.assistant.breaker import REST_SECONDS
from app.flow.town import Town
from app.store.link import Link
from bench import customers, house, material
from bench.load import paced
from bench.material import Signed
from bench.options import Options
from bench.report import ROOT, Promise, Report, Table, median, quantile

CUSTOMERS = 60  # a scene
AGAIN = 10
PER_SECOND = 10
MOST_TOKENS = 1200
SAID = ROOT / "tests" / "data" / "understanding" / "messages.jsonl"
COUNT = """
import json, sys, bpe_openai
encoding = bpe_openai.get_encoding("o200k_base")
print(json.dumps([len(encoding.encode(text)) for text in json.load(sys.stdin)]))
"""
FAULTS = {
    "faithful": {},
    "hangs": {"kind": "timeout"},
    "drips, a byte each 0.5 s": {"kind": "drip"},
    "429": {"kind": "429"},
    "500": {"kind": "500"},
    "garbage": {"kind": "garbage"},
    "wrong schema": {"kind": "wrong_schema"},
    "truncated": {"kind": "truncated"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One scene. `calls`: of the model, as it counted them; `sources`: who wrote the drafts, by the journal's count."""

    name: str
    count: int
    seconds: list[float]
    unanswered: int
    calls: int
    sources: dict[str, float]


async def run(options: Options) -> Report:
    count = options.of(CUSTOMERS, least=12)
    async with house.town(workers=1, portal=False) as town:
        played = [await _play(town, "no model (`--model none`)", {}, count, 1)]
    async with house.town(workers=1, portal=False, model=True) as town:
        for number, (name, fault) in enumerate(FAULTS.items()):
            if number:
                await _restart(town)  # a breaker that is closed
            played.append(await _play(town, name, fault, count, 1 + number * count))
        await town.control("model/faults", {"kind": "ok"})
        await asyncio.sleep(REST_SECONDS + 1)
        cured = await _play(town, "well again after the breaker's rest", {}, AGAIN, 1 + len(FAULTS) * count)
        words = _first_words()[:count]
        told = await _play(town, "first words of many kinds", {}, len(words), 1 + 10 * count, words)
        tokens = await _tokens(town, told.calls)
    return _report(played, cured, told, count, tokens)


async def _restart(town: Town) -> None:
    town.processes["worker0"].terminate()
    await asyncio.to_thread(town.start, "worker0")


def _first_words() -> list[str]:
    """What labelled customers of the salon say first."""
    rows = [json.loads(line) for line in SAID.read_text("utf-8").splitlines()]
    return [row["text"] for row in rows if row["profile"] == "salon" and not row.get("context")]


async def _play(
    town: Town, name: str, fault: dict[str, Any], count: int, first: int, words: Sequence[str] = ()
) -> Played:
    """`words`: of each customer; the sample's for all where there are none."""
    if town.env.get("OPENAI_API_KEY"):
        await town.control("model/faults", fault or {"kind": "ok"})
    link, before, asked = Link(town.redis_url), await _sources(town), await _asked(town)
    webhooks = await customers.new_customers(town, count, first=first)
    webhooks = [_said(one, first + place, words[place]) for place, one in enumerate(webhooks)] if words else webhooks
    since = (await town.control("sent?limit=1"))["count"]
    answers = await paced(town.gateway_urls[0], webhooks, per_second=PER_SECOND)
    await customers.at_rest(link, most_seconds=60, streams=customers.TALK)
    await link.close()
    replies = await customers.first_replies(town, since)
    at = [replies.get(str(customers.chat_of(first + place))) for place in range(count)]
    seconds = [moment - answer.due_at for moment, answer in zip(at, answers, strict=True) if moment is not None]
    grown = {key: value - before.get(key, 0) for key, value in (await _sources(town)).items()}
    return Played(
        name=name,
        count=count,
        seconds=seconds,
        unanswered=at.count(None),
        calls=await _asked(town) - asked,
        sources={key: value for key, value in grown.items() if value},
    )


async def _asked(town: Town) -> int:
    return int((await town.control("model/requests"))["count"])


async def _sources(town: Town) -> Counter[str]:
    """Of the drafts, by /metrics, which is fresh within a second."""
    await asyncio.sleep(1.2)
    text = (await town.http.get(f"{town.gateway_urls[0]}/metrics")).text
    rows = (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("otklik_replies_total{"))
    return Counter({name.split('"')[1]: round(float(value)) for name, value in rows})


def _said(webhook: Signed, number: int, text: str) -> Signed:
    body = material.telegram_update(number, customers.chat_of(number), text)
    return Signed(webhook.channel, webhook.proof, material.encoded(body))


async def _tokens(town: Town, newest: int) -> list[int]:
    """Of the newest requests' input, schema included."""
    requests = [row["request"] for row in (await town.control("model/requests"))["requests"]][-newest:]
    texts = [
        "".join(message["content"] for message in request["messages"])
        + json.dumps(request["response_format"]["json_schema"]["schema"], ensure_ascii=False, separators=(",", ":"))
        for request in requests
    ]
    process = await asyncio.create_subprocess_exec(
        house.PEER, "-c", COUNT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate(json.dumps(texts).encode())
    found: list[int] = json.loads(told)
    return found


def _report(played: list[Played], cured: Played, told: Played, count: int, tokens: list[int]) -> Report:
    promises = [
        Promise(
            what=f"answered, model: {one.name}",
            promised="p99 ≤ 5 s, everybody, source recorded",
            measured=f"p99 {quantile(one.seconds, 0.99):.2f} s, {one.unanswered} of {count} unanswered, "
            + ", ".join(f"{value:.0f} by {name}" for name, value in sorted(one.sources.items())),
            kept=quantile(one.seconds, 0.99) <= 5 and not one.unanswered and sum(one.sources.values()) >= count,
        )
        for one in played
    ]
    open_calls = played[-1].calls
    promises += [
        Promise(
            what="the breaker opens: calls of a model that always fails",
            promised=f"fewer than {count} customers",
            measured=f"{open_calls}",
            kept=open_calls < count,
        ),
        Promise(
            what="and closes: drafts by a model that is well again",
            promised="some",
            measured=f"{cured.sources.get('model', 0):.0f} of {AGAIN}, {cured.calls} calls",
            kept=cured.calls >= AGAIN - 1,
        ),
        Promise(
            what="model calls of a first reply",
            promised="1",
            measured=f"{told.calls / told.count:.2f}",
            kept=told.calls == told.count,
        ),
        Promise(
            what="input tokens of a first reply, salon, schema included, the most",
            promised=f"≤ {MOST_TOKENS}",
            measured=f"{max(tokens)}, median {median(tokens):.0f} of {len(tokens)}",
            kept=max(tokens) <= MOST_TOKENS,
        ),
    ]
    rows = [
        (
            one.name,
            f"{quantile(one.seconds, 0.5):.2f} s",
            f"{quantile(one.seconds, 0.95):.2f} s",
            f"{quantile(one.seconds, 0.99):.2f} s",
            str(one.calls),
        )
        for one in [*played, cured, told]
    ]
    table = Table(
        title="From the webhook to the text at Telegram's door.",
        heads=("model", "p50", "p95", "p99", "calls"),
        rows=rows,
    )
    how = [
        f"{count} new customers a scene at {PER_SECOND}/s; a fresh worker for each, its breaker closed",
        f"after the last fault the model is well; {AGAIN} customers come when the breaker has rested",
        f"then the salon's {told.count} labelled customers without a history; tokens are o200k_base's (bpe-openai)",
    ]
    return Report(promises=promises, tables=[table], how=how)
