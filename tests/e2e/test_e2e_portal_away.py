"""Whatever the portal does, replies keep coming; when it is well again it gets everything, in order, once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from app.flow.town import Town
from tests.e2e.witness import Books, Witness, watched

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]

PROMISE_SECONDS = 5.0
AWAY_SECONDS = 10.0
# «lost» is executed and never answered, «late» after we gave up, «timeout» hangs: whoever meets them must look before
# anything is repeated.
ONCE = ("lost", "late", "timeout", "500", "html", "503", "away")
SETTLED_WITHIN = 150  # the client gives up after 20 s, what it left unsettled is looked up 75 s later


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """The books after all of it, and for each customer what they said, in order."""

    books: Books
    said: dict[str, list[str]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def aftermath() -> AsyncIterator[Aftermath]:
    """One town meets every trouble; each customer is answered while it lasts."""
    async with watched(Town()) as witness:
        said: dict[str, list[str]] = {}
        for kind in ONCE:
            await witness.town.control("portal/faults", {"kind": kind, "count": 1, "methods": ["crm.item.add"]})
            await talk(witness, said, kind)
            await struck(witness)
        await witness.town.control("portal/faults", {"kind": "away"})
        for number in range(round(AWAY_SECONDS / 2)):
            await talk(witness, said, f"absent-{number % 2}")
        await witness.town.control("portal/faults", {"kind": "503"})
        await talk(witness, said, "throttled")
        await talk(witness, said, "throttled")
        await witness.town.control("portal/faults", {"kind": "ok"})
        await witness.settled(within=SETTLED_WITHIN)
        yield Aftermath(books=await witness.books(), said=said)


async def talk(witness: Witness, said: dict[str, list[str]], customer: str) -> None:
    """One message and its reply, within the promise."""
    lines = said.setdefault(customer, [])
    words = f"Сколько стоит маникюр? {customer}, вопрос {len(lines) + 1}"
    lines.append(words)
    found = await witness.town.say("telegram", customer, words)
    await witness.answered("telegram", found["chat"], within=PROMISE_SECONDS, count=len(lines))


async def struck(witness: Witness) -> None:
    """Wait until the fault has met its call."""
    for _ in range(600):  # a portal that did not answer is left alone for a while
        faults = (await witness.town.control("view"))["faults"]["portal"]
        if faults["count"] == 0:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the fault met no call: {faults}")


async def test_every_customer_has_one_lead_one_deal_one_contact(aftermath: Aftermath) -> None:
    books = aftermath.books
    assert len(aftermath.said) == len(books.deals) == len(books.leads) == len(books.contacts)
    books.check_no_doubles()


async def test_every_line_arrived_once_and_in_order(aftermath: Aftermath) -> None:
    books = aftermath.books
    books.check_lines_ascend()
    for customer, words in aftermath.said.items():
        dialogue = books.dialogues[books.deal_with(f"{customer}, вопрос 1")["id"]]
        assert words == [line.text for line in dialogue if line.who == "Клиент"]
        assert len(words) == sum(line.who == "Ассистент" for line in dialogue)
