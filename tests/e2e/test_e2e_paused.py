"""A worker that stands still for longer than its lease and then goes on: nothing lost, nothing doubled in silence."""

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.flow.town import Town
from tests.e2e.witness import Witness, watched

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240), pytest.mark.slow]

LEASE_SECONDS = 15
SETTLES_SECONDS = 75
CHANNELS = {"sending": "telegram", "register": "instagram", "answer": "whatsapp"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def witness() -> AsyncIterator[Witness]:
    async with watched(Town(workers=2)) as witness:
        await witness.otklik("setup", "--yes")
        yield witness


async def test_a_worker_paused_in_a_send_an_answer_and_a_card_changes_nothing_when_it_goes_on(witness: Witness) -> None:
    """One customer's reply is on its way, one's card is being made, one is in the quiet window."""
    town = witness.town
    town.kill("worker1")
    await asyncio.to_thread(town.processes["worker1"].wait)
    await town.control("telegram/faults", {"kind": "ok", "latency_ms": 3000})
    await town.control("portal/faults", {"kind": "ok", "latency_ms": 3000})
    said = {
        name: await town.say(CHANNELS[name], name, f"Сколько стоит маникюр? {name}") for name in ("sending", "register")
    }
    await asyncio.sleep(2.0)
    said["answer"] = await town.say("whatsapp", "answer", "Сколько стоит маникюр? answer")
    await asyncio.sleep(0.4)
    town.kill("worker0", signal.SIGSTOP)
    await town.control("telegram/faults", {"kind": "ok"})
    await town.control("portal/faults", {"kind": "ok"})
    town.start("worker1")
    for name, chat in said.items():
        await witness.answered(CHANNELS[name], chat["chat"], within=LEASE_SECONDS + 20)
    town.kill("worker0", signal.SIGCONT)
    await witness.settled(within=LEASE_SECONDS + SETTLES_SECONDS + 30)
    doubled = [event for event in await witness.journal("replied") if event.facts.get("maybe_doubled")]
    replies = {name: len(await witness.replies(CHANNELS[name], chat["chat"])) for name, chat in said.items()}
    assert (1, 1) == (replies["register"], replies["answer"])
    assert replies["sending"] in (1, 2)
    assert 1 == len(doubled)
    assert 0 == await witness.dead_letters()
    books = await witness.books()
    assert 3 == len(books.deals) == len(books.said()) == len(books.said("Ассистент"))
    books.check_no_doubles()
    books.check_lines_ascend()
