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

from app.domain.calendar import Calendar, is_open, next_opening
from app.domain.card import Verdict
from app.flow.counted import count
from app.flow.rehearse_script import CHANNELS, NAMES
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
    """True if everything that the customers said is answered and registered, once. Raises ProfileError."""
    console, business = Console(), load(profile)
    if _is_taken(port):
        console.print(f"port {port}: another program listens there; stop it or say --port")
        return False
    console.print("starting Redis, the sandbox (Bitrix24, messengers), a gateway and two workers …")
    async with Town(profile=profile, port=port, workers=2, zone=business.zone, sms=True) as town:
        console.print(f"gateway {town.gateway_urls[0]}   sandbox page {town.sandbox_url}")
        await town.set_up()
        await _to_working_hours(town, business.calendar)
        await town.control("managers", {"share": 0.6, "delay_seconds": [1, 5], "door": "comment", "seed": seed})
        said = script(messages, seed, business.kind)
        passed = await _play(town, said, console, seed)
        if serve:
            await town.control("managers", {"share": 0})  # whoever tries it answers as the manager
            home = town.gateway_urls[0]
            token = town.env["DASHBOARD_TOKEN"]
            console.print(f"\nThe town stays up. Page: {home}   chat: {home}/chat   Ctrl+C ends it.")
            console.print(f"Figures: {home}/dashboard (any name, password {token})")
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


async def _play(town: Town, said: Sequence[Said], console: Console, seed: int) -> bool:
    sent = 0
    started = time.monotonic()
    with Live(_table(await _figures(town), sent, len(said), 0), console=console, refresh_per_second=4) as live:

        async def show() -> None:
            while True:
                live.update(_table(await _figures(town), sent, len(said), time.monotonic() - started))
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
        live.update(_table(await _figures(town), sent, len(said), time.monotonic() - started))
    return await _summary(town, said, console)


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


def _table(figures: Mapping[str, float], sent: int, total: int, seconds: float) -> Table:
    def total_of(name: str) -> int:
        return round(sum(value for row, value in figures.items() if row.startswith(name)))

    table = Table(title=f"Отклик · {seconds:.0f} s", show_header=True, expand=False)
    for head in ("channel", "received", "replies sent", "by people"):
        table.add_column(head, justify="left" if head == "channel" else "right")
    for channel in dict.fromkeys(CHANNELS):
        received = total_of(f'otklik_messages_received_total{{channel="{channel}"')
        replies, people = (
            figures.get(f'otklik_sent_total{{channel="{channel}",fate="sent",kind="{kind}"}}', 0)
            for kind in ("reply", "person")
        )
        table.add_row(channel, str(received), f"{replies:.0f}", f"{people:.0f}")
    cards = total_of("otklik_cards_registered_total")
    missed = sum(value for row, value in figures.items() if "otklik_sla_clocks_total" in row and '"missed"' in row)
    waiting = total_of("otklik_jobs_waiting")
    table.caption = f"sent {sent}/{total} · cards {cards} · deadlines missed {missed:.0f} · jobs waiting {waiting}"
    return table


async def _summary(town: Town, said: Sequence[Said], console: Console) -> bool:
    figures = await _figures(town)
    counted = await count(town.portal_url)
    conversations = len({(each.channel, each.customer) for each in said})
    spam, spam_messages = await _spam(town, counted.conversations)
    groups = round(sum(v for row, v in figures.items() if "ignored_total" in row and 'reason="group"' in row))
    chats, spoken = conversations - spam, len(said) - spam_messages
    table = Table(title="Summary, counted by paging the portal", show_header=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    rows = {
        "conversations with a customer's message": chats,
        "  of them answered": counted.answered,
        "  deals of conversations": counted.deals - counted.without_chat,
        "deals of forms (a call is due, no chat)": counted.without_chat,
        "leads / contacts": f"{counted.leads} / {counted.contacts}",
        "customers' messages in these chats": spoken,
        "customers' lines in timelines": counted.lines["Клиент"] - counted.without_chat,
        "answers by the assistant / by people": f"{counted.lines['Ассистент']} / {counted.lines['Менеджер']}",
        "apart: spam, no deal": spam,
        "apart: group messages, ignored": groups,
        "SLA (people, in time of all enquiries)": _share(
            counted.verdicts["met"], counted.deals - counted.verdicts["none"]
        ),
        "  met / missed / still running / none owed": " / ".join(str(counted.verdicts[v]) for v in VERDICTS),
        "first response of the assistant, median / worst": _seconds(counted.bot_seconds),
        "first response of people, median / worst": _seconds(counted.human_seconds),
        "escalated deals (by highest step)": ", ".join(f"step {s}: {n}" for s, n in sorted(counted.steps.items()) if s)
        or "none",
    }
    for what, value in rows.items():
        table.add_row(what, str(value))
    console.print(table)
    in_deals = counted.deals - counted.without_chat
    passed = chats == counted.answered == in_deals and spoken == counted.lines["Клиент"] - counted.without_chat
    verdict = "every message was answered and registered, once" if passed else "the counts differ"
    console.print(f"{'PASSED' if passed else 'FAILED'}: {verdict}")
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


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _seconds(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.0f} s / {max(values):.0f} s" if values else "–"


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
