"""The demo: a hundred messages, scripted managers, a moved clock, and a count by paging the portal."""

import asyncio
import json
import random
import socket
import statistics
import time
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

import app.flow.demo_texts  # noqa: F401 - fills the catalogue
from app.domain.calendar import Calendar, is_open, next_opening
from app.domain.card import Verdict
from app.domain.figures.share import percent
from app.domain.summary import channel_name
from app.domain.words import say
from app.flow.counted import count
from app.flow.rehearse.customers import CHANNELS, NAMES
from app.flow.town import ROOT, Town
from app.profiles import load
from app.store.journal import Journal
from app.store.link import Link

PROFILE = ROOT / "profiles" / "salon.yaml"
DATA = ROOT / "tests" / "data"
PACE_SECONDS = 0.12
SETTLE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Said:
    channel: str
    customer: str
    name: str
    text: str


async def run(*, messages: int, serve: bool, seed: int, port: int, profile: Path = PROFILE) -> bool:
    """True if everything that the customers said is answered and registered, once. Raises ProfileError.

    It speaks the business's language.
    """
    console, business = Console(highlight=False), load(profile)

    def tell(key: str, **values: Any) -> None:
        console.print(say(key, business.locale, **values), soft_wrap=True)

    if _is_taken(port):
        tell("demo_port", port=port)
        return False
    tell("demo_starting")
    async with Town(profile=profile, port=port, workers=2, zone=business.zone, sms=True) as town:
        tell("demo_started", gateway=town.gateway_urls[0], sandbox=town.sandbox_url)
        await town.set_up()
        await _to_working_hours(town, business.calendar)
        await town.control("managers", {"share": 0.6, "delay_seconds": [1, 5], "door": "comment", "seed": seed})
        said = script(messages, seed, business.kind)
        passed = await _play(town, said, console, seed, business.locale)
        if serve:
            await town.control("managers", {"share": 0})  # whoever tries it answers as the manager
            console.print()
            for key in ("demo_stays", "demo_page", "demo_chat", "demo_figures"):
                tell(key, home=town.gateway_urls[0], token=town.env["DASHBOARD_TOKEN"])
            await _until_interrupted()
        return passed


VERDICTS = (Verdict.MET, Verdict.MISSED, Verdict.RUNNING, Verdict.NONE)


def script(messages: int, seed: int, kind: str) -> list[Said]:
    """Who writes what where: texts of the labelled messages and of the samples, some customers in bursts."""
    chance = random.Random(seed)
    texts = _texts(kind)
    chance.shuffle(texts)
    said: list[Said] = []
    while len(said) < messages:
        number = len({each.customer for each in said})
        channel = CHANNELS[number % len(CHANNELS)]
        customer, name = f"demo{seed}-{number}", chance.choice(NAMES)
        for _ in range(min(chance.choice((1, 1, 1, 2, 3)), messages - len(said))):
            said.append(Said(channel, customer, name, texts[len(said) % len(texts)]))
    return said


def _texts(kind: str) -> list[str]:
    """Messages written to this trade (to any, where we have none of it), without those that lean on an earlier one."""
    rows = map(json.loads, (DATA / "understanding" / "messages.jsonl").read_text(encoding="utf-8").splitlines())
    whole = [row for row in rows if not row.get("context")]
    labelled = [row["text"] for row in whole if row["profile"] == kind] or [row["text"] for row in whole]
    if kind != "salon":
        return labelled
    samples = []
    for path in sorted((DATA / "payloads" / "telegram").glob("*.json")):
        text = json.loads(path.read_text(encoding="utf-8")).get("message", {}).get("text", "")
        samples += [text] if text and not text.startswith(("/", "@")) else []
    return [*labelled, *samples]


# --- playing it


async def _to_working_hours(town: Town, calendar: Calendar) -> None:
    """A business sleeps at night and so would its clocks: the demo begins an hour after an opening."""
    now = datetime.now(UTC)
    if not is_open(now, calendar) or not is_open(now + timedelta(hours=3), calendar):
        opening = next_opening(now + timedelta(hours=3), calendar)
        await town.control("time", {"to": (opening + timedelta(hours=1)).isoformat()})


async def _play(town: Town, said: Sequence[Said], console: Console, seed: int, locale: str) -> bool:
    sent = 0
    started = time.monotonic()

    async def table() -> Table:
        return _table(await _figures(town), sent, len(said), time.monotonic() - started, locale)

    with Live(await table(), console=console, refresh_per_second=4) as live:

        async def show() -> None:
            while True:
                live.update(await table())
                await asyncio.sleep(0.5)

        shower = asyncio.create_task(show())
        calls: list[asyncio.Task[Any]] = []
        for each in said:
            calls.append(asyncio.create_task(town.say(each.channel, each.customer, each.text, name=each.name)))
            sent += 1
            await asyncio.sleep(PACE_SECONDS)
        calls += [asyncio.create_task(_form(town, seed)), asyncio.create_task(_group(town))]
        await asyncio.gather(*calls)
        await _settled(town)
        await town.control("time", {"advance_seconds": 2 * 3600})  # past every hot and warm deadline
        await asyncio.sleep(3)
        await _settled(town)
        shower.cancel()
        live.update(await table())
    console.print()
    return await _summary(town, said, console, locale)


async def _form(town: Town, seed: int) -> None:
    """A form of the site: nobody waits in a chat, a call is due."""
    body = json.loads((DATA / "payloads" / "site" / "05_generic_form_json.json").read_text(encoding="utf-8"))["body"]
    now = (await town.control("time"))["now"]
    body |= {"submission_id": f"demo-{seed}", "ts": now}
    await town.control("customers/raw", {"channel": "site", "body": body})


async def _group(town: Town) -> None:
    """A message in a group of the staff: genuine, and not a customer's."""
    body = json.loads((DATA / "payloads" / "telegram" / "17_group_message.json").read_text(encoding="utf-8"))
    await town.control("customers/raw", {"channel": "telegram", "body": body})


async def _settled(town: Town) -> None:
    """Until no stream holds work and the portal has stopped growing."""
    until = time.monotonic() + SETTLE_SECONDS
    quiet = 0
    while time.monotonic() < until and quiet < 4:
        figures = await _figures(town)
        waiting = sum(value for name, value in figures.items() if name.startswith("otklik_jobs_waiting"))
        quiet = quiet + 1 if waiting + figures.get("otklik_retries_planned", 0) == 0 else 0
        await asyncio.sleep(0.7)


async def _until_interrupted() -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return


# --- showing it


async def _figures(town: Town) -> dict[str, float]:
    """The gateway's own /metrics, as ops would read them."""
    text = (await town.http.get(f"{town.gateway_urls[0]}/metrics")).text
    rows = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, value in rows}


def _table(figures: Mapping[str, float], sent: int, total: int, seconds: float, locale: str) -> Table:
    def total_of(name: str) -> int:
        return round(sum(value for row, value in figures.items() if row.startswith(name)))

    table = Table(title=say("demo_table", locale, seconds=round(seconds)), show_header=True, expand=False)
    for head in ("channel", "received", "replies", "people"):
        table.add_column(say(f"demo_{head}", locale), justify="left" if head == "channel" else "right")
    for channel in dict.fromkeys(CHANNELS):
        received = total_of(f'otklik_messages_received_total{{channel="{channel}"')
        replies, people = (
            figures.get(f'otklik_sent_total{{channel="{channel}",fate="sent",kind="{kind}"}}', 0)
            for kind in ("reply", "person")
        )
        table.add_row(channel_name(channel, locale), str(received), f"{replies:.0f}", f"{people:.0f}")
    table.caption = say(
        "demo_caption",
        locale,
        sent=sent,
        total=total,
        cards=total_of("otklik_cards_registered_total"),
        missed=round(sum(v for row, v in figures.items() if "otklik_sla_clocks_total" in row and '"missed"' in row)),
        waiting=total_of("otklik_jobs_waiting"),
    )
    return table


async def _summary(town: Town, said: Sequence[Said], console: Console, locale: str) -> bool:
    figures = await _figures(town)
    counted = await count(town.portal_url)
    conversations = len({(each.channel, each.customer) for each in said})
    spam, spam_messages = await _spam(town, counted.conversations)
    groups = round(sum(v for row, v in figures.items() if "ignored_total" in row and 'reason="group"' in row))
    chats, spoken = conversations - spam, len(said) - spam_messages
    in_deals, lines = counted.deals - counted.without_chat, counted.lines["customer"] - counted.without_chat
    steps = ", ".join(say("demo_step", locale, step=s, count=n) for s, n in sorted(counted.steps.items()) if s)
    in_time = counted.verdicts["met"] / owed if (owed := counted.deals - counted.verdicts["none"]) else None
    table = Table(title=say("demo_summary", locale), show_header=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    rows = {
        "conversations": chats,
        "answered": counted.answered,
        "deals": in_deals,
        "forms": counted.without_chat,
        "leads": f"{counted.leads} / {counted.contacts}",
        "messages": spoken,
        "lines": lines,
        "answers": f"{counted.lines['assistant']} / {counted.lines['person']}",
        "spam": spam,
        "groups": groups,
        "sla": percent(in_time, locale),
        "verdicts": " / ".join(str(counted.verdicts[verdict]) for verdict in VERDICTS),
        "bot": _seconds(counted.bot_seconds, locale),
        "human": _seconds(counted.human_seconds, locale),
        "steps": steps or say("demo_none", locale),
    }
    for what, value in rows.items():
        table.add_row(say(f"demo_{what}", locale), str(value))
    console.print(table)
    passed = chats == counted.answered == in_deals and spoken == lines
    console.print(say("demo_passed" if passed else "demo_failed", locale), soft_wrap=True)
    return passed


async def _spam(town: Town, registered: AbstractSet[str]) -> tuple[int, int]:
    """(conversations, messages) that the assistant took for spam and that got no deal, by the journal's own words."""
    link = Link(town.redis_url)
    try:
        now = datetime.fromisoformat((await town.control("time"))["now"]).astimezone(UTC).date()
        days = Journal(link).between(datetime.now(UTC).date(), now)
        events = [event async for event in days]
    finally:
        await link.close()
    spam = {e.conversation_id for e in events if e.kind == "closed" and e.facts.get("reason") == "spam"} - registered
    said = [e for e in events if e.kind == "received" and e.facts.get("author") == "customer"]
    return len(spam), sum(event.conversation_id in spam for event in said)


def _seconds(values: Sequence[float], locale: str) -> str:
    if not values:
        return "–"
    return say("demo_lengths", locale, median=round(statistics.median(values)), worst=round(max(values)))


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
