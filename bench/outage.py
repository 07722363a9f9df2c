"""An hour without the CRM, then lost and late answers of it: customers notice nothing, the cards miss nothing."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.flow.town import Town
from app.store.link import Link
from bench import customers, house, material
from bench.books import TOGETHER, Books, books_of
from bench.load import Client, client
from bench.material import Signed
from bench.options import Options
from bench.report import Promise, Report, Table, ms, quantile

NORMAL, LEADS = 300, 1000
PER_SECOND = 10
AGAIN, AGAIN_AFTER = 0.3, 60  # share who write a second time, so many webhooks later
HOUR = 3600.0
STEP_SECONDS = 2.0  # between two moves of business time
LOST, LATE = 10, 3  # calls of the portal that are executed and never answered, and those executed after we gave up
SETTLES_SECONDS = 75.0
CALLS_EACH = 7  # contact, lead, deal, lines; look, update, lines; of fifty customers together
SEED = 1
TEXTS = ("Здравствуйте! Сколько стоит маникюр с покрытием? m{}x", "Можно записаться на педикюр завтра? m{}x")


@dataclass(slots=True)
class Phase:
    """Who wrote (the webhooks' order, customers by number), and how long each customer's first reply took."""

    name: str
    first: int
    writers: list[int]
    seconds: list[float] = field(default_factory=list)
    unanswered: int = 0

    @property
    def people(self) -> int:
        return len(set(self.writers))


async def run(options: Options) -> Report:
    chance = random.Random(SEED)
    before, leads = options.of(NORMAL, least=60), options.of(LEADS, least=100)
    async with house.town(workers=1, portal=True) as town:
        link = Link(town.redis_url)
        normal = _phase(chance, "with the CRM", 0, before)
        await _play(town, normal, number=1)
        await customers.at_rest(link, most_seconds=120)
        away, hangs = (
            _phase(chance, "CRM away", before, leads // 2),
            _phase(chance, "CRM hangs", before + leads // 2, leads - leads // 2),
        )
        await town.control("portal/faults", {"kind": "away"})
        await _play(town, away, number=1 + len(normal.writers), moves=HOUR / 2)
        await town.control("portal/faults", {"kind": "timeout"})
        await _play(town, hangs, number=1 + len(normal.writers) + len(away.writers), moves=HOUR / 2)
        began = time.monotonic()
        for kind, count in (("lost", LOST), ("late", LATE)):
            await _meets(town, kind, count)
        most = 60 + 2 * SETTLES_SECONDS + leads / TOGETHER * CALLS_EACH
        rested = await customers.at_rest(link, most_seconds=most)
        seconds = time.monotonic() - began
        letters = int(await link.command("XLEN", "otklik:dead"))
        await link.close()
        books = await books_of(town)
    return _report(town, [normal, away, hangs], books, letters, (rested, seconds))


def _phase(chance: random.Random, name: str, first: int, people: int) -> Phase:
    writers: list[int] = []
    for who in range(first, first + people):
        writers.append(who)
        if who - first >= AGAIN_AFTER and chance.random() < AGAIN:
            writers.append(who - AGAIN_AFTER)
    return Phase(name=name, first=first, writers=writers)


async def _play(town: Town, phase: Phase, *, number: int, moves: float = 0.0) -> None:
    """Everybody writes at their second while business time goes `moves` seconds further. Messages from `number` on."""
    await customers.meet(town, map(customers.chat_of, sorted(set(phase.writers))))
    moved = [(await town.control("time"))["offset_seconds"] if moves else 0.0]
    since = (await town.control("sent?limit=1"))["count"]
    moving = asyncio.create_task(_move(town, moves, len(phase.writers) / PER_SECOND, moved))
    async with client(town.gateway_urls[0]) as gateway:
        began, wrote = time.time(), dict[int, float]()
        await asyncio.gather(
            *(
                _write(town, gateway, who, number + place, began + place / PER_SECOND, moved, wrote)
                for place, who in enumerate(phase.writers)
            )
        )
    await moving
    await _answered(town, phase, wrote, since)


async def _move(town: Town, seconds: float, within: float, moved: list[float]) -> None:
    steps = max(1, round(within / STEP_SECONDS)) if seconds else 0
    for _ in range(steps):
        await asyncio.sleep(within / steps)
        await town.control("time", {"advance_seconds": seconds / steps})
        moved[0] += seconds / steps


async def _write(
    town: Town, gateway: Client, who: int, number: int, at: float, moved: list[float], wrote: dict[int, float]
) -> None:
    await asyncio.sleep(at - time.time())
    wrote.setdefault(who, time.time())
    text = TEXTS[number % len(TEXTS)].format(number)
    body = material.telegram_update(number, customers.chat_of(who), text, time.time() + moved[0])
    webhook = Signed("telegram", town.env["TELEGRAM_WEBHOOK_SECRET"], material.encoded(body))
    assert await gateway.post(webhook) == 200, "not accepted"


async def _answered(town: Town, phase: Phase, wrote: dict[int, float], since: int) -> None:
    """Wait for the last replies, at most ten seconds, and keep how long each first one took."""
    ends = time.monotonic() + 10
    while True:
        replies = await customers.first_replies(town, since)
        missing = [who for who in wrote if str(customers.chat_of(who)) not in replies]
        if not missing or time.monotonic() > ends:
            break
        await asyncio.sleep(0.25)
    phase.unanswered = len(missing)
    phase.seconds = [replies[str(customers.chat_of(who))] - at for who, at in wrote.items() if who not in set(missing)]


async def _meets(town: Town, kind: str, count: int) -> None:
    """The fault stands until so many calls have met it."""
    await town.control("portal/faults", {"kind": kind, "count": count, "methods": ["crm.*"]})
    ends = time.monotonic() + 300
    while (await town.control("view"))["faults"]["portal"]["count"]:
        assert time.monotonic() < ends, f"no {count} calls met {kind}"
        await asyncio.sleep(2)


def _report(town: Town, phases: Sequence[Phase], books: Books, letters: int, rest: tuple[bool, float]) -> Report:
    normal, *without = phases
    webhooks = sum(len(phase.writers) for phase in phases)
    people = sum(phase.people for phase in phases)
    lost = [number for number in range(1, webhooks + 1) if number not in books.messages]
    disordered = [name for name, numbers in books.in_order.items() if numbers != sorted(numbers)]
    usual = quantile(normal.seconds, 0.95)
    limit = usual + max(0.05, 0.1 * usual)
    promises = [
        Promise(what="at rest afterwards", promised="yes", measured=f"{rest[1]:.0f} s later", kept=rest[0]),
        Promise(what="messages lost", promised="0", measured=f"{len(lost)} of {webhooks}", kept=not lost),
        Promise(
            what="messages twice in a card",
            promised="0",
            measured=str(sum(times - 1 for times in books.messages.values())),
            kept=all(times == 1 for times in books.messages.values()),
        ),
        Promise(
            what="doubled contacts, leads, deals",
            promised="0, 0, 0",
            measured=f"{', '.join(map(str, books.doubled.values()))} of {people} customers",
            kept=not any(books.doubled.values()) and all(len(each) == people for each in books.origins.values()),
        ),
        Promise(
            what="dialogues out of order, or with a gap in their numbers",
            promised="0, 0",
            measured=f"{len(disordered)}, {len(books.gaps)}",
            kept=not disordered and not books.gaps,
        ),
        Promise(what="dead letters", promised="0", measured=str(letters), kept=letters == 0),
    ]
    for phase in without:
        p95 = quantile(phase.seconds, 0.95)
        promises.append(
            Promise(
                what=f"first reply, {phase.name}, p95",
                promised=f"≤ {ms(limit)} (the usual {ms(usual)} and 10 %, or 50 ms)",
                measured=f"{ms(p95)}, {phase.unanswered} unanswered",
                kept=p95 <= limit and not phase.unanswered,
            )
        )
    rows = [
        (
            phase.name,
            str(phase.people),
            str(len(phase.writers)),
            *(ms(quantile(phase.seconds, share)) for share in (0.5, 0.95, 0.99)),
            str(phase.unanswered),
        )
        for phase in phases
    ]
    heads = ("", "customers", "messages", "p50", "p95", "p99", "unanswered")
    return Report(
        promises=promises,
        tables=[Table(title="From the webhook to the first text at Telegram's door.", heads=heads, rows=rows)],
        how=[
            f"{PER_SECOND}/s, one worker; half ask a price, half a time of the diary that lies in the CRM too",
            "half of the hour the portal hangs up at once, half it never answers; the sandbox moves business time",
            f"then {LOST} calls of the portal are executed and not answered, {LATE} executed after the client gave up",
            "counted by paging the portal's contacts, leads, deals and timelines",
        ],
    )
