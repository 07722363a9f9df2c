"""Nothing is lost and nothing doubled while gateways and workers are killed again and again."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from app.flow.town import Town
from app.store import keys
from app.store.journal import Journal
from app.store.link import Link
from bench import customers, house, material
from bench.books import TOGETHER, Books, books_of
from bench.load import Client, client
from bench.material import Signed
from bench.options import Options
from bench.report import Promise, Report

WEBHOOKS = 50_000
PER_SECOND = 45  # what two cores carry, everything of the run on them
MESSAGES_EACH = 5
REPEATED, REORDERED = 0.10, 0.05
KILL_SECONDS = 5.0
LATER_SECONDS = 5.0  # how much later at most a repeated or reordered webhook comes
AGAIN_SECONDS = 0.2
GRACE_SECONDS = 300.0  # leases, and 75 s before anything that a killed worker began is looked up
PORTAL_A_SECOND = 2.0
CALLS_FIRST, CALLS_NEXT = 4, 3  # of fifty customers together: contact, lead, deal, lines; look, update, lines
SEED = 1
TEXT = "Здравствуйте! Сколько стоит маникюр с покрытием? m{}x"


@dataclass(slots=True)
class Told:
    """Of each conversation, by the journal: the bot's replies that left, and how many of them perhaps twice."""

    replies: Counter[str] = field(default_factory=Counter)
    doubtful: Counter[str] = field(default_factory=Counter)


async def run(options: Options) -> Report:
    chance = random.Random(SEED)
    unique = options.of(round(WEBHOOKS / (1 + REPEATED)), least=200)
    people = max(1, unique // MESSAGES_EACH)
    plan = schedule(chance, unique, people)
    async with house.town(gateways=2, workers=2, portal=True) as town:
        await customers.meet(town, (customers.chat_of(number) for number in range(people)))
        kills: list[str] = []
        killer = asyncio.create_task(_kill_forever(town, chance, kills))
        began = time.monotonic()
        tries = await _deliver(town, plan)
        sending_seconds = time.monotonic() - began
        killer.cancel()
        await asyncio.gather(killer, return_exceptions=True)
        _revive(town)
        link = Link(town.redis_url)
        most_seconds = GRACE_SECONDS + max(0.0, 2 * portal_seconds(people) - sending_seconds)
        rested = await customers.all_written(link, datetime.now(UTC), most_seconds=most_seconds)
        rest_seconds = time.monotonic() - began - sending_seconds
        calls = await town.control("portal/calls")
        left = "nothing of it waits" if rested else await _left(link)
        books, replies = await books_of(town), await _replies(town)
        told, letters = await _told(link), int(await link.command("XLEN", "otklik:dead"))
        await link.close()
    how = [
        f"{len(plan)} webhooks of {unique} messages of {people} customers, {len(plan) - unique} repeated, "
        f"{REORDERED:.0%} reordered, {PER_SECOND}/s wanted, in {sending_seconds:.0f} s",
        f"{len(kills)} kills of a random one of two gateways and two workers, one every {KILL_SECONDS:.0f} s, "
        f"seed {SEED}: " + ", ".join(f"{name} {times}" for name, times in sorted(Counter(kills).items())),
        f"{tries - len(plan)} deliveries again after no answer or 503",
        f"{calls['http']} calls of the portal, {calls['throttled']} of them throttled; two calls a second alone need "
        f"{portal_seconds(people):.0f} s for these customers in full groups, and as much again for the ladder's steps, "
        f"since nobody answers them: {most_seconds:.0f} s were left to rest",
        "counted by paging the portal's contacts, leads, deals and timelines, and what Telegram's stand-in took; "
        "doubled replies by the journal, which knows each reply that left and each that left perhaps twice",
        "the full run is 50 000 webhooks and ≥ 200 kills (--scale 1, about 20 minutes)",
    ]
    rest = Promise(
        what="all answered and written after the storm",
        promised="yes",
        measured=f"{rest_seconds:.0f} s later: {left}",
        kept=rested,
    )
    return _report(town, unique, people, books, replies, told, letters, rest, how)


def portal_seconds(people: int) -> float:
    """What the portal's two calls a second need for everybody's messages when each comes apart from the others."""
    return people / TOGETHER * (CALLS_FIRST + CALLS_NEXT * (MESSAGES_EACH - 1)) / PORTAL_A_SECOND


def schedule(chance: random.Random, unique: int, people: int) -> list[tuple[float, int, int]]:
    """(second, message, customer), in the order of sending."""
    rows = []
    for number in range(unique):
        second = number / PER_SECOND
        if chance.random() < REORDERED:
            second += chance.uniform(0.5, LATER_SECONDS)
        rows.append((second, number, number % people))
        if chance.random() < REPEATED:
            rows.append((second + chance.uniform(0.0, LATER_SECONDS), number, number % people))
    return sorted(rows)


async def _deliver(town: Town, plan: Sequence[tuple[float, int, int]]) -> int:
    """Every webhook until a gateway has taken it, as a messenger would. Returns how many tries that took."""
    tries, began = 0, time.monotonic()
    secret, stamps = town.env["TELEGRAM_WEBHOOK_SECRET"], [time.time()]

    async def one(second: float, number: int, who: int, gateways: list[Client]) -> None:
        nonlocal tries
        await asyncio.sleep(began + second - time.monotonic())
        chat, text = customers.chat_of(who), TEXT.format(number)
        body = material.telegram_update(number + 1, chat, text, stamps[0] + number / PER_SECOND)
        webhook = Signed("telegram", secret, material.encoded(body))
        for attempt in range(1000):
            tries += 1
            try:
                if await gateways[(number + attempt) % len(gateways)].post(webhook) == 200:
                    return
            except OSError:
                pass
            await asyncio.sleep(AGAIN_SECONDS)
        raise AssertionError(f"message {number} was never taken")

    async with client(town.gateway_urls[0]) as first, client(town.gateway_urls[1]) as second:
        await asyncio.gather(*(one(*row, [first, second]) for row in plan))
    return tries


async def _kill_forever(town: Town, chance: random.Random, kills: list[str]) -> None:
    names = sorted(name for name in town.processes if name.startswith(("gateway", "worker")))
    while True:
        await asyncio.sleep(KILL_SECONDS)
        _revive(town)
        name = chance.choice(names)
        town.kill(name)
        kills.append(name)
        await asyncio.to_thread(town.processes[name].wait)
        town.start(name)


def _revive(town: Town) -> None:
    for name, process in list(town.processes.items()):
        if process.poll() is not None:
            town.start(name)


# --- counting


async def _replies(town: Town) -> Counter[str]:
    """Texts that Telegram took, by chat."""
    return Counter(row["chat"] for row in await customers.sent_since(town, 0) if row["kind"] == "text")


async def _told(link: Link) -> Told:
    journal, today, told = Journal(link), datetime.now(UTC).date(), Told()
    for day in (today - timedelta(days=1), today):
        async for event in journal.day(day):
            if event.kind == "replied" and event.facts["by"] == "bot":
                told.replies[event.conversation_id] += 1
                told.doubtful[event.conversation_id] += bool(event.facts.get("maybe_doubled"))
    return told


async def _left(link: Link) -> str:
    """Entries of each stream that still waits."""
    counts = {stream: int(await link.command("XLEN", stream)) for stream in customers.STREAMS}
    counts["later"] = int(await link.command("ZCARD", keys.LATER))
    return ", ".join(f"{name.removeprefix(keys.PREFIX)} {count}" for name, count in counts.items() if count)


def _report(
    town: Town,
    unique: int,
    people: int,
    books: Books,
    replies: Counter[str],
    told: Told,
    letters: int,
    rest: Promise,
    how: list[str],
) -> Report:
    lost = [number for number in range(unique) if number not in books.messages]
    twice = sum(times - 1 for times in books.messages.values())
    doubled = books.doubled
    more = silently = fewer = silent = 0
    for who in range(people):
        conversation = customers.conversation_of(town, who)
        sent, written = replies[str(customers.chat_of(who))], books.said[conversation]["Ассистент"]
        once_more = max(0, sent - told.replies[conversation])
        noted = told.doubtful[conversation] + books.said[conversation]["Отметка"]  # of unknown fate: the card says so
        more, silently = more + once_more, silently + max(0, once_more - noted)
        fewer, silent = fewer + max(0, written - sent), silent + (sent == 0)
    cards = ", ".join(f"{len(books.origins[word])} {word}s" for word in doubled)
    return Report(
        promises=[
            rest,
            Promise(what="messages lost", promised="0", measured=f"{len(lost)} of {unique}", kept=not lost),
            Promise(what="messages twice in a card", promised="0", measured=str(twice), kept=twice == 0),
            Promise(
                what="doubled contacts, leads, deals",
                promised="0, 0, 0",
                measured=f"{', '.join(str(doubled[word]) for word in doubled)} of {cards} ({people} customers)",
                kept=not any(doubled.values()) and all(len(origins) == people for origins in books.origins.values()),
            ),
            Promise(
                what="replies sent once more and not journalled as perhaps doubled",
                promised="0",
                measured=f"{silently} ({more} sent once more, {told.doubtful.total()} journalled)",
                kept=silently == 0,
            ),
            Promise(what="customers without any reply", promised="0", measured=str(silent), kept=silent == 0),
            Promise(what="replies written in the card that did not leave", promised="–", measured=str(fewer)),
            Promise(what="dead letters", promised="0", measured=str(letters), kept=letters == 0),
        ],
        how=how,
    )
