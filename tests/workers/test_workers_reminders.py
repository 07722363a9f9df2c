"""kill -9 of real workers while reminders are due: each goes once, none of a visit that was cancelled."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest

from app.domain.booking import Part, Slot
from app.domain.conversation import Enquiry, opened
from app.domain.decision import Turn
from app.domain.mail import BookingOutcome
from app.domain.message import InboundMessage
from app.domain.visits.reminders import planned
from app.domain.visits.visit import BookingFate, Visit
from app.profiles import load
from app.runtime import Runtime
from app.runtime import opened as opened_runtime
from app.settings import Settings
from app.store import keys
from tests.workers.crew import PROFILE, Crew, eventually, site_message

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

CUSTOMERS, CANCELLED = 60, 20
DUE_OVER = timedelta(seconds=14)
KILLS, BETWEEN_SECONDS = 6, 2.0
SETTLED_WITHIN = 70.0  # the lease, the claim, and what a busy machine takes


def visit_of(message: InboundMessage, now: datetime) -> tuple[Enquiry, Visit]:
    starts = (now + timedelta(hours=5)).replace(minute=0, second=0, microsecond=0)
    conversation = opened(message)
    enquiry = Enquiry(number=1, card_id=f"{conversation.id}-1", started_at=now, assignee=7)
    slot = Slot(parts=(Part(resource="anna", starts=starts, ends=starts + timedelta(hours=1), services=("manicure",)),))
    return enquiry, Visit(id=f"{enquiry.card_id}-b1", slot=slot, bookings=(41,), made_at=now)


async def seat(runtime: Runtime, number: int, now: datetime) -> tuple[str, Visit, datetime]:
    """A visit that stands, as a turn would have left it, with one reminder due within moments."""
    message = site_message(f"c{number}", message_id=f"c{number}", sent_at=now)
    await runtime.mailbox.accept(message)
    [[_, [[entry, _]]]] = await runtime.link.command(
        "XREADGROUP", "GROUP", keys.GROUP, "seat", "STREAMS", keys.ANSWER, ">"
    )
    (enquiry, visit), start = visit_of(message, now), opened(message)
    plan = planned(visit, now - timedelta(days=9), load(PROFILE))
    due = now + timedelta(seconds=12) + DUE_OVER * number / CUSTOMERS
    plan = replace(plan, reminders=(replace(plan.reminders[0], at=due),))
    conversation = replace(
        start, name="Ольга", person_id=f"p{number}", enquiry=enquiry, visit=visit, attendance=plan, last_customer_at=now
    )
    reading = await runtime.mailbox.read(start.id)
    turn = Turn(conversation=conversation, wake_at=due)
    assert "done" == await runtime.mailbox.commit(reading, entry, turn, person_id=f"p{number}")
    return start.id, visit, due


async def test_each_reminder_goes_once_whoever_dies_and_none_of_a_cancelled_visit(crew: Crew, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"PROFILE={PROFILE}\nSITE_WEBHOOK_SECRET=workers-site-secret\n")
    async with opened_runtime(Settings.load(file), crew.redis_server.url) as runtime:
        now = await runtime.now()
        seated = [await seat(runtime, number, now) for number in range(CUSTOMERS)]
        for id_, visit, _ in seated[-CANCELLED:]:
            gone = BookingOutcome(command=visit.id, fate=BookingFate.CANCELLED, at=now, by="person")
            assert await runtime.commands.tell(id_, gone)
        for name in ("one", "two"):
            crew.start(name)
        await asyncio.sleep(10)
        for kill in range(KILLS):
            name = ("one", "two")[kill % 2]
            crew.kill(name)
            crew.start(name)
            await asyncio.sleep(BETWEEN_SECONDS)

        async def sent() -> Counter[str]:
            said: Counter[str] = Counter()
            for number in range(CUSTOMERS):
                for line in await runtime.chat.since(f"c{number}", "0-0"):
                    said[f"c{number}"] += "напоминаем о записи" in orjson.dumps(line.message).decode()
            return said

        async def told() -> bool:
            waits = [await runtime.link.command("XLEN", stream) for stream in (keys.SEND, keys.ANSWER)]
            return sum((await sent()).values()) >= CUSTOMERS - CANCELLED and not any(waits)

        await eventually(told, SETTLED_WITHIN)
        await asyncio.sleep(2)
        expected = {f"c{number}": int(number < CUSTOMERS - CANCELLED) for number in range(CUSTOMERS)}
        assert expected == {name: (await sent())[name] for name in expected}
        day = keys.PREFIX + f"journal:{now:%Y-%m-%d}"
        facts = [
            dict(zip(words[::2], words[1::2], strict=True))
            for _, words in await runtime.link.command("XRANGE", day, "-", "+")
        ]
        fates = Counter(fact["conversation"] for fact in facts if fact["kind"] == "reminded")
        assert {id_: 1 for id_, _, _ in seated[:-CANCELLED]} == dict(fates)
