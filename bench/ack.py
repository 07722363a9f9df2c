"""A webhook is acknowledged as fast as a plain application could, and only when it is safe."""

import contextlib
import shutil
import sysconfig
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from app.flow.town import Town
from app.store.link import Link
from bench import house, material
from bench.load import Rate, paced, wrk
from bench.options import Options
from bench.report import Promise, Report, Table, median, ms, quantile

CONNECTIONS = (16, 64)
CHATS = 5000
LINES = 60_000  # more than anybody here acknowledges in one run
WARM_SECONDS = 1.0
PER_SECOND = 200
OURS = "our gateway"
PLAIN, LEAN = "plain ASGI, same message and script, redis-py", "lean ASGI, same script, redis-py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    name: str
    url: str
    header: str
    file: Path
    note: str = ""


async def run(options: Options) -> Report:
    if shutil.which("wrk") is None:
        raise SystemExit("bench ack: wrk is not installed: apt-get install wrk")
    found: dict[tuple[str, int], list[Rate]] = defaultdict(list)
    async with house.town(workers=0, portal=False) as town, _contenders(town) as contenders:
        link = Link(town.redis_url)
        for _ in range(options.rounds):
            for contender in contenders:
                for connections in CONNECTIONS:
                    for seconds in (WARM_SECONDS, options.seconds):
                        await house.wipe(link)
                        rate = await wrk(
                            contender.url, contender.header, contender.file, connections=connections, seconds=seconds
                        )
                    found[contender.name, connections].append(rate)
        await house.wipe(link)
        alone = await _paced(town, options)
        await link.close()
    async with house.town(workers=1, portal=True) as town:
        beside = await _paced(town, options)
    return _report(options, contenders, found, alone, beside)


@contextlib.asynccontextmanager
async def _contenders(town: Town) -> AsyncIterator[list[Contender]]:
    env = town.env | {"REDIS_PACKAGE": sysconfig.get_path("platlib")}
    telegram = material.write(
        material.telegram(LINES, env["TELEGRAM_WEBHOOK_SECRET"], chats=CHATS), town.directory / "telegram.txt"
    )
    whatsapp = material.write(
        material.whatsapp(LINES, env["WHATSAPP_APP_SECRET"], chats=CHATS), town.directory / "whatsapp.txt"
    )
    peer = str(house.PEER)
    aiogram = [peer, "-m", "bench.contenders.aiogram_app", "{port}"]
    # name, command (none: our gateway), WhatsApp or Telegram, what it is
    rows: list[tuple[str, list[str] | None, str, str]] = [
        (OURS, None, "telegram", ""),
        (PLAIN, house.asgi("bench.contenders.plain:app"), "telegram", "no framework, no metrics"),
        (LEAN, house.asgi("bench.contenders.lean:app"), "telegram", "texts alone; no worker could read what it stores"),
        ("bare ASGI, one SET, redis-py", house.asgi("bench.contenders.bare:app"), "telegram", "checks nothing"),
    ]
    if house.PEER.exists():
        pywa = house.asgi("bench.contenders.pywa_app:app", python=peer)
        rows += [
            ("aiogram, one SET in its handler", [*aiogram, "foreground"], "telegram", "200 after the handler"),
            ("aiogram in background", [*aiogram, "background"], "telegram", "200 before the handler: nothing is safe"),
            (f"{OURS}, WhatsApp", None, "whatsapp", ""),
            ("pywa on FastAPI, one SET in its handler", pywa, "whatsapp", ""),
        ]
    async with contextlib.AsyncExitStack() as stack:
        contenders = []
        for name, command, channel, note in rows:
            url = town.gateway_urls[0]
            if command is not None:
                log = town.directory / "contenders.log"
                _, url = await stack.enter_async_context(house.served(command, env, log))
            contenders.append(
                Contender(
                    name=name,
                    url=f"{url}/webhooks/{channel}",
                    header=material.HEADERS[channel],
                    file=telegram if channel == "telegram" else whatsapp,
                    note=note,
                )
            )
        yield contenders


async def _paced(town: Town, options: Options) -> list[float]:
    """Seconds until the 200 at a steady 200 webhooks a second, rounds one after another."""
    count, seconds = round(PER_SECOND * options.seconds * 2), []
    secret = town.env["TELEGRAM_WEBHOOK_SECRET"]
    for number in range(options.rounds):
        webhooks = list(material.telegram(count, secret, chats=CHATS, first=1 + number * count))
        answers = await paced(town.gateway_urls[0], webhooks, per_second=PER_SECOND)
        assert all(answer.status == 200 for answer in answers)
        seconds += [answer.seconds for answer in answers]
    return seconds


def _report(
    options: Options,
    contenders: list[Contender],
    found: dict[tuple[str, int], list[Rate]],
    alone: list[float],
    beside: list[float],
) -> Report:
    def rate(name: str, connections: int) -> float:
        return median([run.per_second for run in found[name, connections]])

    promises = []
    for connections in CONNECTIONS:
        for other, named in ((PLAIN, "the same message and script"), (LEAN, "the same script and no schema")):
            ratio = rate(OURS, connections) / rate(other, connections)
            shown = f"{ratio:.2f} × ({rate(OURS, connections):.0f}/s against {rate(other, connections):.0f}/s)"
            what = f"rate at c={connections}, beside a plain ASGI application with {named}"
            promises.append(Promise(what=what, promised="≥ 1.00 ×", measured=shown, kept=ratio >= 1))
    for where, seconds in (("gateway alone", alone), ("a worker answering and registering on the same cores", beside)):
        p50, p99 = quantile(seconds, 0.5), quantile(seconds, 0.99)
        promises.append(
            Promise(
                what=f"acknowledged at {PER_SECOND}/s, {where}",
                promised="p50 ≤ 10 ms, p99 ≤ 50 ms",
                measured=f"p50 {ms(p50)}, p99 {ms(p99)}",
                kept=p50 <= 0.010 and p99 <= 0.050,
            )
        )
    rows = []
    for contender in contenders:
        cells = [contender.name]
        for connections in CONNECTIONS:
            runs = found[contender.name, connections]
            cells += [f"{rate(contender.name, connections):.0f}"]
            cells += [ms(median([run.p50 for run in runs])), ms(median([run.p99 for run in runs]))]
        ours = f"{OURS}, WhatsApp" if "whatsapp" in contender.url else OURS
        cells.append(" / ".join(f"{rate(ours, c) / rate(contender.name, c):.2f}" for c in CONNECTIONS))
        wrong = sum(run.refused + run.broken for c in CONNECTIONS for run in found[contender.name, c])
        cells += [str(wrong), contender.note]
        rows.append(cells)
    heads = ("", "c=16, /s", "p50", "p99", "c=64, /s", "p50", "p99", "ours ÷ it, c=16 / c=64", "not 200", "")
    return Report(
        promises=promises,
        tables=[Table(title="Medians of the rounds, interleaved; one process each.", heads=heads, rows=rows)],
        how=[
            f"{options.rounds} rounds of {options.seconds:.0f} s after {WARM_SECONDS:.0f} s of warm-up, wrk with one "
            f"thread, every request a new message of one of {CHATS} chats",
            "one Valkey with `appendfsync always` for everybody, wiped before each run",
            f"latency at {PER_SECOND}/s: open loop, counted from the moment the pace wanted it sent",
        ],
    )
