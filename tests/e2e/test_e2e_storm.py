"""A seeded storm: repeats, reordering and a kill every few seconds; then every figure is counted in the portal."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from app.flow.town import Town
from tests.e2e.witness import Witness, watched

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400), pytest.mark.slow]

SEED = 20261122
MESSAGES, SECONDS, KILL_EVERY = 300, 30.0, 3.0
REPEATED, REORDERED = 0.10, 0.05
PORTAL_LATENCY_MS = 300  # so that kills meet calls under way
SETTLED_WITHIN = 200
CHANNELS = ("telegram", "whatsapp", "instagram", "site")
VICTIMS = ("worker0", "worker1", "gateway0")


@dataclass(slots=True)
class Storm:
    """What was sent: (channel, customer) → words; `chats` as the vendors name them; `kills` by process."""

    said: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    chats: dict[tuple[str, str], str] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def storm() -> AsyncIterator[tuple[Witness, Storm]]:
    async with watched(Town(workers=2)) as witness:
        await witness.town.control("portal/faults", {"latency_ms": PORTAL_LATENCY_MS})
        storm, lots = Storm(), random.Random(SEED)
        writing = [asyncio.create_task(_write(witness, storm, lots, number)) for number in range(MESSAGES)]
        ends = asyncio.get_running_loop().time() + SECONDS
        while asyncio.get_running_loop().time() < ends:
            await asyncio.sleep(KILL_EVERY * lots.uniform(0.7, 1.3))
            victim = lots.choice(VICTIMS)
            witness.town.kill(victim)
            storm.kills[victim] += 1
            await asyncio.sleep(0.2)
            witness.town.start(victim)
        await asyncio.gather(*writing)
        await witness.town.control("portal/faults", {"kind": "ok"})
        await witness.settled(within=SETTLED_WITHIN)
        yield witness, storm


async def _write(witness: Witness, storm: Storm, lots: random.Random, number: int) -> None:
    """One message at its moment; some come several times, some late with the stamp of their time."""
    channel = lots.choice(CHANNELS)
    customer = f"{channel}-{lots.randrange(MESSAGES // 5)}"
    moment, repeat = lots.random() * SECONDS, 1 + 2 * (lots.random() < REPEATED)
    late = lots.uniform(1, 4) if lots.random() < REORDERED else 0.0
    words = f"Вопрос про маникюр, письмо {number}."
    storm.said[channel, customer].append(words)
    await asyncio.sleep(moment + late)
    at = datetime.now(UTC) - timedelta(seconds=late)
    said = await witness.town.say(channel, customer, words, at=at.isoformat(), repeat=repeat)
    storm.chats[channel, customer] = said["chat"]


async def test_the_storm_was_one(storm: tuple[Witness, Storm]) -> None:
    assert sum(storm[1].kills.values()) >= 7
    assert set(VICTIMS) == set(storm[1].kills)


async def test_every_message_is_one_line_of_its_customers_dialogue(storm: tuple[Witness, Storm]) -> None:
    witness, said = storm[0], storm[1].said
    books = await witness.books()
    assert sorted(words for lines in said.values() for words in lines) == sorted(books.said())
    for lines in said.values():
        dialogue = books.dialogues[books.deal_with(lines[0])["id"]]
        assert sorted(lines) == sorted(line.text for line in dialogue if line.who == "Клиент")
    books.check_lines_ascend()


async def test_every_conversation_is_one_deal_one_lead_one_contact(storm: tuple[Witness, Storm]) -> None:
    books = await storm[0].books()
    assert len(storm[1].said) == len(books.deals) == len(books.leads) == len(books.contacts)
    books.check_no_doubles()


async def test_everybody_was_answered_and_a_doubled_reply_is_journalled(storm: tuple[Witness, Storm]) -> None:
    witness, chats = storm[0], storm[1].chats
    doubled = 0
    for (channel, _), chat in chats.items():
        replies = Counter(reply.text for reply in await witness.replies(channel, chat))
        assert replies
        doubled += sum("виртуальный помощник" in text and count > 1 for text, count in replies.items())
    journalled = [event for event in await witness.journal("replied") if event.facts.get("maybe_doubled")]
    assert doubled <= len(journalled)
    lines = (await witness.books()).said("Ассистент")
    assert len(lines) == len(await witness.journal("replied"))
