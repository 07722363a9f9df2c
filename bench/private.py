"""No phone, e-mail, card or known name reaches an outside model or a log; a forgotten person is found nowhere."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.crm import open_crm
from app.flow import forget
from app.flow.forget import Plan
from app.flow.forget.portal import Blanked
from app.flow.town import Town
from app.observe.metrics import Meter
from app.portal import access_of
from app.runtime import Runtime, opened
from app.settings import Settings
from app.store.link import Link
from bench import customers, house, material
from bench.load import paced
from bench.material import Signed
from bench.options import Options
from bench.planted import Person, leaks, people
from bench.report import Promise, Report
from bitrix import LocalPace
from bitrix.pace import Bucket

PEOPLE = 500  # about 2 000 planted values
GROUP = 50  # customers between two looks at what the model was asked: the sandbox shows a hundred
PER_SECOND = 10
NAMES_MOST = 0.01
WIDE = {"bucket": {"drain": 1000, "block": 5000}}  # forgetting is not measured for speed


async def run(options: Options) -> Report:
    planted = people(options.of(PEOPLE, least=20))
    extra = {"LOG_LEVEL": "debug"}
    async with house.town(workers=1, portal=True, model=True, extra=extra) as town:
        await town.control("portal/limits", WIDE)
        asked = [request async for request in _told(town, planted)]
        logs = "".join(town.log(name) for name in town.processes if name != "sandbox")
        before = await _places(town)
        remains = await _forget(town)
        after = await _places(town)
        logs += "".join(town.log(name) for name in town.processes if name != "sandbox")
    return _report(planted, asked, logs, before, after, remains)


async def _told(town: Town, planted: Sequence[Person]) -> AsyncIterator[dict[str, Any]]:
    """Everybody writes; each request that the model got meanwhile."""
    link, seen = Link(town.redis_url), 0
    for start in range(0, len(planted), GROUP):
        group = planted[start : start + GROUP]
        webhooks = [_webhook(town, start + place + 1, person) for place, person in enumerate(group)]
        await customers.meet(town, (customers.chat_of(start + place + 1) for place in range(len(group))))
        await paced(town.gateway_urls[0], webhooks, per_second=PER_SECOND)
        if not await customers.at_rest(link, most_seconds=120):
            raise AssertionError("the house does not come to rest: what is forgotten now may be written again")
        page = (await town.control(f"model/requests?since={seen}"))["requests"]
        if page and page[0]["number"] != seen + 1:
            raise AssertionError(f"the model was asked more than the sandbox shows: {seen} to {page[0]['number']}")
        seen = max((row["number"] for row in page), default=seen)
        for row in page:
            yield row["request"]
    await link.close()


def _webhook(town: Town, number: int, person: Person) -> Signed:
    body = material.telegram_update(number, customers.chat_of(number), person.text)
    first, last = person.card_name.split()
    for who in (body["message"]["from"], body["message"]["chat"]):
        who |= {"first_name": first, "last_name": last}
    return Signed("telegram", town.env["TELEGRAM_WEBHOOK_SECRET"], material.encoded(body))


async def _places(town: Town) -> dict[str, str]:
    """Everything that Redis, its files and the portal hold, as text."""
    link = Link(town.redis_url)
    await link.command("CONFIG", "SET", "rdbcompression", "no")  # so that its file can be read
    found, cursor = [], "0"
    while True:
        cursor, names = await link.command("SCAN", cursor, "COUNT", 1000)
        found += [f"{name} {await link.command('DUMP', name)}" for name in names]
        if str(cursor) == "0":
            break
    await link.close()
    files = sorted((town.directory / "redis").glob("appendonlydir/*"))
    portal = await town.control(f"portal/state?newest={10 * PEOPLE}")
    return {
        "Redis": "\n".join(found),
        "its files": "".join(file.read_bytes().decode("utf-8", "replace") for file in files),
        "portal": _text(portal),
    }


def _text(value: Any) -> str:
    """As JSON, but with lines that end: no letter of an escape stands before a word."""
    return json.dumps(value, ensure_ascii=False, default=str).replace("\\n", "\n")


@asynccontextmanager
async def _runtime(town: Town) -> AsyncIterator[Runtime]:
    """Of this process, with a pace of its own: the product keeps to two calls a second."""
    file = town.directory / "bench.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in town.env.items() if name.isupper()))
    async with opened(Settings.load(file), town.redis_url) as runtime:
        pace, access = LocalPace(Bucket(drain_per_second=300)), access_of(runtime.settings, None)
        crm = open_crm(runtime.settings, runtime.business, access, pace, Meter())
        try:
            yield replace(runtime, crm=crm)
        finally:
            if crm:
                await crm.aclose()


async def _forget(town: Town) -> list[str]:
    """Everybody, planned one by one and carried out together. Keys that still name somebody."""
    async with _runtime(town) as runtime:
        ids = [conversation async for conversation, _, _ in runtime.forgetting.persons()]
        plans = [await forget.plan(runtime, conversation) for conversation in ids]
        certificate = await forget.carry_out(runtime, _together(plans))
    return certificate.removed.left


def _together(plans: Sequence[Plan]) -> Plan:
    blanked: dict[str, Any] = {
        name: tuple(one for plan in plans for one in getattr(plan.blanked, name))
        for name in ("contacts", "leads", "deals", "comments", "tasks", "chats")
    }
    return Plan(
        persons={person: several for plan in plans for person, several in plan.persons.items()},
        kept=tuple(kept for plan in plans for kept in plan.kept),
        blanked=Blanked(asked=True, notices=sum(plan.blanked.notices for plan in plans), **blanked),
    )


def _report(
    planted: Sequence[Person],
    asked: Sequence[dict[str, Any]],
    logs: str,
    before: dict[str, str],
    after: dict[str, str],
    remains: Sequence[str],
) -> Report:
    sure = sum(len(person.sure) for person in planted)
    told = [person for person in planted if person.told_name in person.text]
    whole = json.dumps(asked, ensure_ascii=False)
    turns = json.dumps(
        [each["messages"][1:] for each in asked], ensure_ascii=False
    )  # before them the profile, its staff
    in_model = [leak for person in planted for leak in leaks(person.sure, whole)]
    names = [person.told_name for person in told if leaks([person.told_name], turns)]
    in_logs = [leak for person in planted for leak in leaks((*person.sure, person.told_name, person.text), logs)]
    rate = len(names) / len(told)
    promises = [
        Promise(
            what="phones, e-mails, cards, names of the messenger in the model's requests",
            promised="0",
            measured=f"{len(in_model)} of {sure}",
            kept=not in_model and bool(asked),
        ),
        Promise(
            what="names in free text in the model's requests",
            promised="≤ 1 %",
            measured=f"{len(names)} of {len(told)} ({rate:.2%})",
            kept=rate <= NAMES_MOST,
        ),
        Promise(
            what="any of them, or a whole text, in all logs at level debug",
            promised="0",
            measured=f"{len(in_logs)} in {len(logs) // 1024} KB",
            kept=not in_logs and bool(logs),
        ),
    ]
    for place, text in after.items():
        stood = sum(bool(leaks(person.sure, before[place])) for person in planted)
        left = [leak for person in planted for leak in leaks((*person.sure, person.text), text)]
        promises.append(
            Promise(
                what=f"after `forget`, in {place}",
                promised="0",
                measured=f"{len(left)} values; {stood} of {len(planted)} people stood there before",
                kept=not left and stood > 0 and not remains,
            )
        )
    how = [
        f"{len(planted)} customers with {sure + len(told)} planted values at {PER_SECOND}/s through webhook, worker, "
        "sandbox model and portal",
        "what is planted is decided by bench/planted.py, which imports nothing of the product",
        "the same looks before forgetting find them: a look that finds nothing proves nothing",
        f"written {datetime.now(UTC):%Y-%m-%d}; the sandbox's phones, which stand for the messenger, are not scanned",
    ]
    return Report(promises=promises, how=how)
