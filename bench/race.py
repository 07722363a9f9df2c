"""Many customers race for few slots: each slot has one winner, and every loser hears of others in the same outcome."""

import asyncio
import contextlib
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import orjson

from app.domain.booking import Slot, Wish, free_slots
from app.domain.visits.visit import Command, Do
from app.flow.town import Town
from app.profiles import load
from app.store import codec, keys
from app.store.link import Link
from bench import customers, house
from bench.load import paced
from bench.options import Options
from bench.report import ROOT, Promise, Report, Table, ms, quantile

PROFILE = ROOT / "profiles" / "salon.yaml"
SALON = load(PROFILE)
CUSTOMERS, SLOTS, ROUNDS, PROCESSES = 200, 20, 100, 4
WISH = Wish(services=("pedicure",))  # one person does it: a slot is one booking
ROUND_SECONDS = 60.0


async def run(options: Options) -> Report:
    rounds = options.of(ROUNDS, least=2)
    tally: Counter[str] = Counter()
    seconds: list[float] = []
    async with house.town(workers=0, portal=True) as town, _racers(town):
        await town.control("portal/limits", {"bucket": None})
        link = Link(town.redis_url)
        for number in range(rounds):
            started = time.monotonic()
            tally.update(await _round(town, link, number))
            seconds.append(time.monotonic() - started)
        await link.close()
    async with house.town(workers=PROCESSES, portal=True) as town:
        await town.control("portal/limits", {"bucket": None})
        whole = await _whole_path(town)
    return _report(rounds, tally, seconds, whole)


@contextlib.asynccontextmanager
async def _racers(town: Town) -> AsyncIterator[None]:
    log = (town.directory / "racers.log").open("ab")
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.racer", env=town.env | {"PYTHONPATH": str(ROOT)}, stdout=log, stderr=log
        )
        for _ in range(PROCESSES)
    ]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        await asyncio.gather(*(process.wait() for process in processes))
        log.close()


async def _round(town: Town, link: Link, number: int) -> Counter[str]:
    """Everybody's command at once; then what each was told, and what stands in the portal."""
    now = await _now(town)
    slots = _apart(free_slots(SALON, WISH, (), now=codec.moment(now * 1000)))
    commands = [
        Command(
            id=f"ra-{number}x{one}-1-b1",
            does=Do.BOOK,
            conversation=f"ra-{number}x{one}",
            slot=slots[one % SLOTS],
            wish=WISH,
            name=f"Клиент {one}",
            asked_at=codec.moment(now * 1000),
        )
        for one in range(CUSTOMERS)
    ]
    random.Random(number).shuffle(commands)
    await asyncio.gather(*(link.command("XADD", keys.BOOK, "*", "b", codec.dump(command)) for command in commands))
    until = time.monotonic() + ROUND_SECONDS
    outcomes = [await _outcome(link, command, until) for command in commands]
    booked = (await town.control("portal/state"))["diary"]["bookings"]
    found: Counter[str] = Counter(outcome["fate"] for outcome in outcomes)
    found["slots with one booking"] = sum(times == 1 for times in Counter(row["starts"] for row in booked).values())
    found["bookings"] = len(booked)
    for outcome, command in zip(outcomes, commands, strict=True):
        if outcome["fate"] == "taken":
            found["losers"] += 1
            found["true"] += _is_true(outcome.get("alternatives", []), command)
    await _clear(town, link, [row["id"] for row in booked])
    return found


def _apart(free: tuple[Slot, ...]) -> list[Slot]:
    """The first slots of which no two overlap."""
    found: list[Slot] = []
    for slot in free:
        if not found or found[-1].ends <= slot.starts:
            found.append(slot)
    return found[:SLOTS]


def _is_true(told: list[Any], command: Command) -> bool:
    """There are some, each within the hours, none of them the time that was just lost."""
    slots = [codec.load(Slot, orjson.dumps(one)) for one in told]
    free = {slot.starts for slot in free_slots(SALON, WISH, (), now=command.asked_at)}
    lost = command.slot
    return bool(slots) and all(slot.starts in free and lost and slot.starts != lost.starts for slot in slots)


async def _outcome(link: Link, command: Command, until: float) -> dict[str, Any]:
    """The end; «it takes longer» is a promise on the way, told at most once. `until`: by the monotonic clock."""
    while True:
        items = await link.command("LRANGE", f"{keys.PREFIX}m:{command.conversation}", 0, -1)
        mails: list[dict[str, Any]] = [orjson.loads(item.split(" ", 2)[2]) for item in items]
        ends = [mail for mail in mails if mail["fate"] != "unknown"]
        if ends:
            return ends[0] | {"late": len(mails) > 1} if len(ends) == 1 and len(mails) <= 2 else {"fate": "told twice"}
        if time.monotonic() > until:
            return {"fate": "lost"}
        await asyncio.sleep(0.02)


async def _clear(town: Town, link: Link, bookings: list[int]) -> None:
    """The next round begins with an empty diary; our own pace would only slow it down."""
    for number in bookings:
        await town.control("portal/diary", {"do": "cancel", "id": number})
    await _delete(link, "hold:*", "m:ra-*", "c:ra-*", "diary*", "pace:portal:*")
    await link.command("XTRIM", keys.ANSWER, "MAXLEN", 0)


async def _unpaced(link: Link) -> None:
    """Our own bucket for the portal never fills, as the sandbox's does not: bookings are raced for here, not calls."""
    while True:
        await _delete(link, "pace:portal:*")
        await asyncio.sleep(0.2)


async def _delete(link: Link, *patterns: str) -> None:
    for pattern in patterns:
        _, found = await link.command("SCAN", 0, "MATCH", keys.PREFIX + pattern, "COUNT", 100_000)
        if found:
            await link.command("DEL", *found)


async def _whole_path(town: Town) -> dict[str, Any]:
    """Customers write; what they read back, and what stands in the portal."""
    now = await _now(town)
    slots = _apart(free_slots(SALON, WISH, (), now=codec.moment(now * 1000)))
    link = Link(town.redis_url)
    unpaced = asyncio.create_task(_unpaced(link))
    early = await customers.new_customers(town, 1, first=0, text="Есть время на педикюр завтра?", at=now)
    await paced(town.gateway_urls[0], early, per_second=1)
    await customers.at_rest(link, most_seconds=30)  # the diary has been read, as in any business that is open
    webhooks = []
    for place, slot in enumerate(slots):
        local = slot.starts.astimezone(SALON.calendar._zone)
        text = f"Запишите на педикюр {local:%d.%m} в {local:%H:%M}"
        share, first = CUSTOMERS // SLOTS, 1 + place * (CUSTOMERS // SLOTS)
        webhooks += await customers.new_customers(town, share, first=first, text=text, at=now)
    random.Random(0).shuffle(webhooks)
    since = max((row["number"] for row in await customers.sent_since(town, 0)), default=0)
    await paced(town.gateway_urls[0], webhooks, per_second=100)
    rested = await customers.at_rest(link, most_seconds=120)
    unpaced.cancel()
    await link.close()
    replies = [row for row in await customers.sent_since(town, since) if row["kind"] == "text"]
    booked = (await town.control("portal/state"))["diary"]["bookings"]
    told = Counter(row["chat"] for row in replies if _is_answer(row["text"]))
    won = sum("запись подтверждена" in row["text"].lower() for row in replies)
    others = sum("1)" in row["text"] for row in replies)
    return {"won": won, "others": others, "bookings": len(booked), "answered": len(told), "rested": rested}


def _is_answer(text: str) -> bool:
    return "1)" in text or "подтверждена" in text.lower()


async def _now(town: Town) -> float:
    link = Link(town.redis_url)
    seconds, offset = (await link.command("TIME"))[0], await link.command("GET", keys.OFFSET)
    await link.close()
    return int(seconds) + int(offset or 0) / 1000


def _report(rounds: int, tally: Counter[str], seconds: list[float], whole: dict[str, Any]) -> Report:
    wanted, losers = rounds * SLOTS, rounds * (CUSTOMERS - SLOTS)
    return Report(
        promises=[
            Promise(
                what=f"{CUSTOMERS} customers for {SLOTS} slots, {rounds} rounds, {PROCESSES} processes: winners",
                promised=f"{wanted}, one a slot",
                measured=f"{tally['booked']} told so, {tally['bookings']} in the portal, "
                f"{tally['slots with one booking']} slots with one booking",
                kept=tally["booked"] == tally["bookings"] == tally["slots with one booking"] == wanted,
            ),
            Promise(
                what="each loser gets true alternatives in the same outcome",
                promised=f"{losers} of {losers}",
                measured=f"{tally['true']} of {tally['losers']}",
                kept=tally["true"] == tally["losers"] == losers,
            ),
            Promise(
                what=f"one round of the full path, {CUSTOMERS} customers write: confirmed, offered others",
                promised=f"{SLOTS} and {CUSTOMERS - SLOTS}",
                measured=f"{whole['won']} and {whole['others']}; {whole['bookings']} in the portal, "
                f"{whole['answered']} customers answered",
                kept=whole["won"] == whole["bookings"] == SLOTS and whole["others"] == CUSTOMERS - SLOTS,
            ),
        ],
        tables=[
            Table(
                title="A round, from the first command to the last outcome.",
                heads=("median", "worst"),
                rows=[(ms(quantile(seconds, 0.5)), ms(max(seconds)))],
            )
        ],
        how=[
            f"the sandbox's rate limit lifted, and our own pace with it; real Redis, `appendfsync always`; {PROCESSES} "
            "processes read the stream of bookings, the portal's own overlap error stands behind the holds",
            f"all outcomes: {', '.join(f'{name} {count}' for name, count in sorted(tally.items()))}"
            + ("" if whole["rested"] else "; **the house did not come to rest**"),
        ],
    )
