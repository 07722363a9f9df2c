"""No body, however hostile, is answered with 5xx or left in memory."""

import asyncio
import gc
import hashlib
import hmac
import json
import os
import random
import tracemalloc
from collections import Counter
from typing import Any

from app.main import build
from app.settings import Settings
from app.store.link import Link
from bench import house, material
from bench.options import Options
from bench.report import Promise, Report, Table

BODIES = 100_000
WARM = 10_000
PARALLEL = 16
WIPE_EVERY = 10_000
SEED = 1
CHANNELS = ("telegram", "whatsapp", "instagram", "site")
TYPES = ("application/json", "application/x-www-form-urlencoded", "text/plain", "")
HOSTILE: tuple[Any, ...] = (
    None, True, -1, 0, 10**400, 2**63, 1e308, float("inf"), float("nan"), "", "\0", "\ud800", "1e999", [], [[]], {},
    [None], {"id": None}, "я" * 5000, "9" * 5000, "2026-13-45T99:99:99", 1791191560, "1791194400", "private",
)  # fmt: skip
FLAT_MB = 8.0


async def run(options: Options) -> Report:
    chance, count = random.Random(SEED), options.of(BODIES, least=2000)
    async with house.town(workers=0, gateways=1, portal=False) as town:
        os.environ.update(town.env)
        app, link = build(Settings.load(), town.redis_url), Link(town.redis_url)
        statuses: Counter[int] = Counter()
        async with app.router.lifespan_context(app):
            await _post(app, link, town.env, chance, min(WARM, count), statuses)
            gc.collect()
            before, kept = house.rss_mb(os.getpid()), None
            await _post(app, link, town.env, chance, count, statuses)
            gc.collect()
            grown = house.rss_mb(os.getpid()) - before
            if grown > FLAT_MB:
                kept = await _growth(app, link, town.env, chance, statuses)
        await link.close()
    broken = sum(times for status, times in statuses.items() if status >= 500)
    rows = [(str(status), str(times)) for status, times in sorted(statuses.items())]
    tables = [Table(title="Answers.", heads=("status", "times"), rows=rows)]
    if kept:
        tables.append(Table(title="What grew, by tracemalloc, a tenth more.", heads=("where", "KB"), rows=kept))
    return Report(
        promises=[
            Promise(what=f"5xx for {count} hostile bodies", promised="0", measured=str(broken), kept=broken == 0),
            Promise(
                what="growth of memory meanwhile",
                promised=f"flat (≤ {FLAT_MB:.0f} MB)",
                measured=f"{grown:+.1f} MB of {before:.0f} MB",
                kept=grown <= FLAT_MB,
            ),
        ],
        tables=tables,
        how=[
            f"seed {SEED}; samples with hostile values at some places, cut short, nested deep, or no JSON at all; nine "
            "of ten rightly signed; the application in this process, a real Redis, wiped now and then",
            f"memory: resident, after {min(WARM, count)} bodies of warm-up",
        ],
    )


async def _post(
    app: Any, link: Link, env: dict[str, str], chance: random.Random, count: int, statuses: Counter[int]
) -> None:
    for start in range(0, count, PARALLEL):
        if start % WIPE_EVERY < PARALLEL:
            await house.wipe(link)
        found = await asyncio.gather(*(_one(app, env, chance) for _ in range(min(PARALLEL, count - start))))
        statuses.update(found)


async def _one(app: Any, env: dict[str, str], chance: random.Random) -> int:
    """The status of one hostile webhook; 500 also for what the application lets escape."""
    channel = chance.choice(CHANNELS)
    body = _body(channel, chance)
    headers = [(b"content-type", chance.choice(TYPES).encode()), (b"host", b"bench")]
    if chance.random() < 0.9:
        headers.append(_proof(channel, env, body))
    return await _request(app, channel, headers, body)


async def _request(app: Any, channel: str, headers: list[tuple[bytes, bytes]], body: bytes) -> int:
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": f"/webhooks/{channel}", "raw_path": b"", "query_string": b"", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("bench", 80), "state": {},
    }  # fmt: skip
    status, parts = 0, [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return parts.pop() if parts else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    try:
        await app(scope, receive, send)
    except Exception as error:  # noqa: BLE001  what a server would answer with 500
        print(f"{channel}: {error!r} of {body[:300]!r}")
        return 500
    return status


def _body(channel: str, chance: random.Random) -> bytes:
    kind = chance.random()
    if kind < 0.1:
        return chance.randbytes(chance.randrange(300))
    if kind < 0.15:
        return b'{"message":' * chance.randrange(1, 3000)
    raw = json.dumps(_poisoned(chance.choice(_samples(channel)), chance)).encode()
    if kind < 0.3:
        return raw[: chance.randrange(len(raw) + 1)]
    return raw


def _poisoned(sample: Any, chance: random.Random) -> Any:
    """The sample with hostile values at some of its places."""
    if chance.random() < 0.06:
        return chance.choice(HOSTILE)
    if isinstance(sample, dict):
        return {key: _poisoned(inner, chance) for key, inner in sample.items()}
    return [_poisoned(inner, chance) for inner in sample] if isinstance(sample, list) else sample


_known: dict[str, list[Any]] = {}


def _samples(channel: str) -> list[Any]:
    if channel not in _known:
        found = [json.loads(path.read_text()) for path in sorted((material.PAYLOADS / channel).glob("*.json"))]
        _known[channel] = [sample.get("body") or sample.get("form") or sample for sample in found]
    return _known[channel]


def _proof(channel: str, env: dict[str, str], body: bytes) -> tuple[bytes, bytes]:
    if channel == "telegram":
        return b"x-telegram-bot-api-secret-token", env["TELEGRAM_WEBHOOK_SECRET"].encode()
    if channel == "site":
        return b"x-api-key", env["SITE_WEBHOOK_SECRET"].encode()
    secret = env[f"{channel.upper()}_APP_SECRET"].encode()
    return b"x-hub-signature-256", b"sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest().encode()


async def _growth(
    app: Any, link: Link, env: dict[str, str], chance: random.Random, statuses: Counter[int]
) -> list[tuple[str, str]]:
    """Where memory stays after a tenth more of bodies."""
    tracemalloc.start()
    await _post(app, link, env, chance, 1000, statuses)
    first = tracemalloc.take_snapshot()
    await _post(app, link, env, chance, BODIES // 10, statuses)
    gc.collect()
    found = tracemalloc.take_snapshot().compare_to(first, "lineno")[:10]
    tracemalloc.stop()
    return [(str(row.traceback), f"{row.size_diff / 1024:.0f}") for row in found]
