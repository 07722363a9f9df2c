"""New customers reach the CRM many to a call, and a lone one at once."""

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import trustme

from app.flow.town import Town
from app.store import keys
from app.store.link import Link
from bench import customers, house
from bench.load import paced
from bench.options import Options
from bench.report import ROOT, Promise, Report, Table, quantile

LONE = 30
FAILED = "failed"  # so begins the note of a job that came to no end
LONE_PAUSE_SECONDS = 0.5
CUSTOMERS = 1000
PER_SECOND = 100
BURST_CALLS = 50  # a full bucket; from then on two calls a second
PACE = f"{keys.PREFIX}pace:portal:"
WHAT = ("contacts", "leads", "deals", "comments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The same customers put into a portal by somebody: what it cost."""

    name: str
    calls: int
    throttled: int
    seconds: float
    note: str = ""

    @property
    def is_done(self) -> bool:
        return not self.note.startswith(FAILED)


async def run(options: Options) -> Report:
    count, lone_count = options.of(CUSTOMERS, least=100), options.of(LONE, least=5)
    async with house.town(workers=1, portal=True) as town:
        lone, calls_each = await _lone(town, lone_count)
        jobs = [await _load(town, count, first=1 + lone_count)]
        if house.PEER.exists():
            jobs.append(await peer(town.sandbox_url, "fast_bitrix24", count, town.portal_url, dict(os.environ)))
    if house.PEER.exists():
        jobs.append(await over_tls(count))
    return _report(count, lone, calls_each, jobs)


async def _lone(town: Town, count: int) -> tuple[list[float], float]:
    """Seconds from the webhook until contact, lead, deal and line are there; HTTP calls of the portal each."""
    seconds, calls = [], (await town.control("portal/calls"))["http"]
    for number in range(1, 1 + count):
        wanted = {name: value + 1 for name, value in (await _counters(town)).items()}
        [webhook] = await customers.new_customers(town, 1, first=number)
        [answer] = await paced(town.gateway_urls[0], [webhook], per_second=1)
        while any(value < wanted[name] for name, value in (await _counters(town)).items()):
            await asyncio.sleep(0.01)
            assert time.time() - answer.due_at < 60, "not in the CRM"
        seconds.append(time.time() - answer.due_at)
        await asyncio.sleep(LONE_PAUSE_SECONDS)
    return seconds, ((await town.control("portal/calls"))["http"] - calls) / count


async def _load(town: Town, count: int, *, first: int) -> Job:
    link, base = Link(town.redis_url), (await _counters(town))["deals"]
    await _fill_bucket(link)
    webhooks = await customers.new_customers(town, count, first=first)
    began, before = time.monotonic(), await town.control("portal/calls")
    sending = asyncio.create_task(paced(town.gateway_urls[0], webhooks, per_second=PER_SECOND))
    while (await _counters(town))["deals"] - base < count or await customers.waiting(link):
        await asyncio.sleep(0.25)
        assert time.monotonic() - began < 300, "the house did not come to rest"
    seconds, after = time.monotonic() - began, await town.control("portal/calls")
    await sending
    await link.close()
    return Job(
        name="ours",
        calls=after["http"] - before["http"],
        throttled=after["throttled"] - before["throttled"],
        seconds=seconds,
        note="from webhooks at 100/s, the bucket full: each is answered first; dialogue and SLA fields included",
    )


async def _fill_bucket(link: Link) -> None:
    """The house's bucket is full, so that every call waits half a second: load that lasts."""
    for key in await link.command("KEYS", f"{PACE}*"):
        await link.run("bucket_full", key.removeprefix(PACE), BURST_CALLS)


async def peer(sandbox: str, name: str, count: int, target: str, env: dict[str, str]) -> Job:
    """A vendor's client does the bare creates."""
    async with httpx.AsyncClient(verify=False, trust_env=False, timeout=30) as http:  # noqa: S501  our own sandbox
        url = f"{sandbox}/_sandbox/portal/calls"
        await asyncio.sleep(BURST_CALLS / 2 + 1)
        before, began = (await http.get(url)).json(), time.monotonic()
        process = await asyncio.create_subprocess_exec(
            str(house.PEER),
            *("-m", f"bench.contenders.{name}_crm", target, str(count)),
            env=env | {"PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await process.communicate()
        seconds, after = time.monotonic() - began, (await http.get(url)).json()
    return Job(
        name=name,
        calls=after["http"] - before["http"],
        throttled=after["throttled"] - before["throttled"],
        seconds=seconds,
        note="bare creates in four phases, the bucket empty at first"
        if process.returncode == 0
        else f"{FAILED}: {' '.join(told.decode().splitlines()[-1:])[-200:]}",  # a traceback's lines name this machine
    )


async def over_tls(count: int) -> Job:
    """b24pysdk refuses http: the same sandbox, served with a certificate."""
    with tempfile.TemporaryDirectory(prefix="otklik-bench-") as folder:
        directory, authority = Path(folder), trustme.CA()
        issued = authority.issue_cert("localhost", "127.0.0.1")
        authority.cert_pem.write_to_path(directory / "authority.pem")
        issued.private_key_pem.write_to_path(directory / "key.pem")
        with (directory / "cert.pem").open("wb") as file:
            file.writelines(blob.bytes() for blob in issued.cert_chain_pems)
        words = f"-m sandbox --port {{port}} --tls-cert {directory}/cert.pem --tls-key {directory}/key.pem"
        async with house.served([sys.executable, *words.split()], os.environ, directory / "log") as (_, url):
            address = url.replace("http://", "https://")
            trust = {"REQUESTS_CA_BUNDLE": f"{directory}/authority.pem", "SSL_CERT_FILE": f"{directory}/authority.pem"}
            return await peer(address, "b24pysdk", count, address.removeprefix("https://"), {**os.environ, **trust})


async def _counters(town: Town) -> dict[str, int]:
    counters = (await town.control("portal/state"))["counters"]
    return {name: counters[name] for name in WHAT}


def _report(count: int, lone: list[float], calls_each: float, jobs: list[Job]) -> Report:
    ours, p95 = jobs[0], quantile(lone, 0.95)
    promises = [
        Promise(
            what="a lone customer in the CRM: contact, lead, deal, dialogue",
            promised="p95 ≤ 3 s",
            measured=f"p95 {p95:.2f} s, p50 {quantile(lone, 0.5):.2f} s (the quiet window's second included)",
            kept=p95 <= 3,
        ),
        Promise(
            what="HTTP calls for a lone customer without phone, all of the house's calls counted",
            promised="1",
            measured=f"{calls_each:.2f}",
            kept=calls_each < 2,
        ),
        Promise(
            what=f"{count} new customers under two calls a second, all of the house's calls counted",
            promised="≥ 10 a call",
            measured=f"{count / ours.calls:.1f} a call, {count / ours.seconds:.1f} a second",
            kept=count / ours.calls >= 10,
        ),
    ]
    rows = [
        (
            job.name,
            str(job.calls),
            str(job.throttled),
            f"{count / job.calls:.1f}" if job.is_done else "–",
            f"{job.seconds:.1f} s",
            f"{count / job.seconds:.1f}" if job.is_done else "–",
            job.note,
        )
        for job in jobs
    ]
    heads = ("", "HTTP calls", "of them throttled", "customers a call", "time", "customers a second", "")
    return Report(
        promises=promises,
        tables=[Table(title=f"{count} customers, a contact, a lead, a deal and a line each.", heads=heads, rows=rows)],
        how=[
            f"{len(lone)} lone customers one after another, then {count} at {PER_SECOND}/s; one worker",
            "the portal's bucket holds 50 calls and loses two a second: under load two calls a second are all there is",
        ],
    )
