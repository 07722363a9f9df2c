"""A bulk job of our own leaves room: a hot lead is in the CRM at once, and the portal never has to say 503."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from app.flow.town import Town
from app.store.cards import Cards
from app.store.link import Link
from app.store.pace import PortalPace
from bench import customers, house
from bench.load import paced
from bench.options import Options
from bench.register import PACE, Job, over_tls, peer
from bench.report import Promise, Report, Table, quantile
from bitrix import Client, Outcome, Plan, Priority, Step, WebhookAccess, methods
from bitrix.group import commit
from bitrix.methods import Entity

ITEMS = 5000
STEPS = 4  # contact, lead, deal, line: as the others' clients do it (bench/contenders)
HOT_SECONDS = 3.0  # between two hot leads
HOT = "Хочу записаться на маникюр сегодня как можно скорее, мой телефон 8 916 123-45-67"
IN_CRM_SECONDS = 3.0
MOST_SECONDS = 180.0  # a vendor's client that pours into the bucket for 40 s is waited out
ALONE = 8  # hot leads with no bulk job beside them
DRAINED_SECONDS = 26.0  # a full bucket of 50 is empty again


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What hot leads took while a job ran; `job` None: nothing ran."""

    job: Job | None
    seconds: list[float]


async def run(options: Options) -> Report:
    people = options.of(ITEMS // STEPS, least=100)
    async with house.town(workers=1, portal=True) as town:
        link = Link(town.redis_url)
        hot = _Hot(town, link)
        found = [Beside(job=None, seconds=[await hot.lead() for _ in range(ALONE)])]
        await customers.at_rest(link, most_seconds=60)
        await asyncio.sleep(DRAINED_SECONDS)
        async with hot.leads() as seconds:
            job = await _ours(town, link, people)
        found.append(Beside(job=job, seconds=seconds))
        if house.PEER.exists():
            await customers.at_rest(link, most_seconds=60)
            async with hot.leads() as seconds:
                job = await peer(town.sandbox_url, "fast_bitrix24", people, town.portal_url, dict(os.environ))
            found.append(Beside(job=job, seconds=seconds))
        await link.close()
    alone = [await over_tls(people)] if house.PEER.exists() else []
    return _report(people, found, alone)


class _Hot:
    """Hot leads, one after another, each a new customer."""

    def __init__(self, town: Town, link: Link) -> None:
        self._town, self._link, self._cards, self._number = town, link, Cards(link), 0

    async def lead(self) -> float:
        """Seconds from the webhook until contact, lead, deal and dialogue line are confirmed by the portal."""
        self._number += 1
        number = self._number
        [webhook] = await customers.new_customers(self._town, 1, first=number, text=HOT)
        [answer] = await paced(self._town.gateway_urls[0], [webhook], per_second=1)
        conversation = customers.conversation_of(self._town, number)
        while not await self._cards.deal_of(conversation):
            assert time.time() - answer.due_at < MOST_SECONDS, "a hot lead is not in the CRM"
            await asyncio.sleep(0.02)
        return time.time() - answer.due_at

    @contextlib.asynccontextmanager
    async def leads(self) -> AsyncIterator[list[float]]:
        """One every few seconds while the block runs."""
        seconds: list[float] = []
        leads: list[asyncio.Task[float]] = []

        async def come() -> None:
            while True:
                leads.append(asyncio.create_task(self.lead()))
                await asyncio.sleep(HOT_SECONDS)

        coming = asyncio.create_task(come())
        try:
            yield seconds
        finally:
            coming.cancel()
            seconds += await asyncio.gather(*leads)


async def _ours(town: Town, link: Link, people: int) -> Job:
    """Our library at bulk priority, with the bucket that the house's processes share."""
    [key] = await link.command("KEYS", f"{PACE}*")
    client = Client(WebhookAccess(town.portal_url), pace=PortalPace(link, key.removeprefix(PACE)))
    before, began = await town.control("portal/calls"), time.monotonic()
    calls = 0

    async def count(steps: Sequence[tuple[Plan, Step]]) -> None:
        nonlocal calls
        calls += 1

    try:
        outcomes = await commit(client, [_plan(n) for n in range(people)], priority=Priority.BULK, before=count)
    finally:
        await client.aclose()
    seconds, after = time.monotonic() - began, await town.control("portal/calls")
    carried = sum(_is_whole(outcome) for outcome in outcomes.values())
    return Job(
        name="ours, bulk",
        calls=calls,
        throttled=after["throttled"] - before["throttled"],
        seconds=seconds,
        note="" if carried == people else f"**{people - carried} of {people} not carried out**",
    )


def _is_whole(outcome: Outcome) -> bool:
    return len(outcome.values) == STEPS


def _plan(number: int) -> Plan:
    who = f"bulk-{number}"
    return Plan(
        key=who,
        steps=(
            Step(
                name="contact",
                command=lambda _: methods.contact_add({"NAME": who, "ORIGIN_ID": who}),
                read=int,
                creates=True,
            ),
            Step(
                name="lead",
                command=lambda v: methods.lead_add({"TITLE": who, "CONTACT_ID": v["contact"], "STATUS_ID": "NEW"}),
                read=int,
                creates=True,
            ),
            Step(
                name="deal",
                command=lambda v: methods.deal_add({"title": who, "contactIds": [v["contact"]], "leadId": v["lead"]}),
                read=lambda value: int(value["item"]["id"]),
                reference="[item][id]",
                creates=True,
            ),
            Step(
                name="line",
                command=lambda v: methods.comment_add(Entity.DEAL, v["deal"], f"1 · {who}"),
                read=int,
                creates=True,
            ),
        ),
    )


def _report(people: int, found: Sequence[Beside], alone: Sequence[Job]) -> Report:
    ours = next(beside for beside in found if beside.job and beside.job.name.startswith("ours"))
    job, p95 = ours.job, quantile(ours.seconds, 0.95)
    assert job is not None
    promises = [
        Promise(
            what=f"a hot lead in the CRM beside our bulk job of {people * STEPS} items",
            promised=f"p95 < {IN_CRM_SECONDS:.0f} s",
            measured=f"p95 {p95:.2f} s of {len(ours.seconds)} (the quiet window's second included)",
            kept=p95 < IN_CRM_SECONDS,
        ),
        Promise(
            what="calls that the portal refused with 503, bulk job and house together",
            promised="0",
            measured=str(job.throttled),
            kept=job.throttled == 0,
        ),
        Promise(
            what="the bulk job is carried out whole",
            promised="yes",
            measured=job.note or "yes",
            kept=not job.note,
        ),
    ]
    rows = [_row(people, beside.job, beside.seconds) for beside in found]
    rows += [_row(people, job, []) for job in alone]
    heads = ("bulk job", "its calls", "throttled", "customers a call", "time", "hot leads", "p50", "p95", "worst", "")
    title = f"{people} customers, a contact, a lead, a deal and a line each; hot leads beside it."
    return Report(
        promises=promises,
        tables=[Table(title=title, heads=heads, rows=rows)],
        how=[
            f"a hot lead every {HOT_SECONDS:.0f} s, from the webhook until the portal confirmed its cards; one worker",
            "the portal's bucket holds 50 calls and loses two a second; the vendors' clients do not know our bucket: "
            "calls and 503 of their rows count the house's too",
        ],
    )


def _row(people: int, job: Job | None, seconds: Sequence[float]) -> tuple[str, ...]:
    times = ["–"] * 3
    if seconds:
        times = [f"{value:.2f} s" for value in (quantile(seconds, 0.5), quantile(seconds, 0.95), max(seconds))]
    if job is None:
        return ("none", "–", "–", "–", "–", str(len(seconds)), *times, "")
    each = f"{people / job.calls:.1f}" if job.calls and job.is_done else "–"
    note = job.note if not job.is_done or job.note.startswith("**") else ""
    return (job.name, str(job.calls), str(job.throttled), each, f"{job.seconds:.1f} s", str(len(seconds)), *times, note)
