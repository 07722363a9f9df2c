"""Whatever the model does, the customer is answered within five seconds, and it is known who answered."""

import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.flow.town import Town
from tests.e2e.witness import Witness, until, watched

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

PROMISE_SECONDS = 5.0
REPLY = "Здравствуйте! Маникюр с покрытием стоит 2 500 ₽. На какой день вас записать?"
FAULTS = ["timeout", "drip", "garbage", "wrong_schema", "500", "lost"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def witness() -> AsyncIterator[Witness]:
    async with watched(Town(model=True)) as witness:
        yield witness


async def test_a_good_models_words_reach_the_customer(witness: Witness) -> None:
    await good_answer(witness, "good")


@pytest.mark.parametrize("kind", FAULTS)
async def test_a_customer_is_answered_in_time_with_true_prices_whatever_the_model_does(
    witness: Witness, kind: str
) -> None:
    town = witness.town
    await town.control("model/script", [])
    await town.control("model/faults", {"kind": kind})
    asked = (await town.control("model/requests"))["count"]
    began = time.monotonic()
    said = await town.say("telegram", f"model-{kind}", "Здравствуйте! Сколько стоит педикюр?")
    [reply] = await witness.answered("telegram", said["chat"], within=PROMISE_SECONDS)
    assert time.monotonic() - began < PROMISE_SECONDS
    assert "3 000 ₽" in reply.text
    assert "rules" == (await last_draft(witness))["source"]
    assert asked < (await town.control("model/requests"))["count"]
    await town.control("model/faults", {"kind": "ok"})
    await good_answer(witness, f"after-{kind}")


async def test_a_models_invented_price_never_reaches_the_customer_and_a_person_is_asked(witness: Witness) -> None:
    town = witness.town
    await town.control("model/script", [])
    await town.control("model/faults", {"kind": "lie"})
    said = await town.say("telegram", "lied-to", "Здравствуйте! Сколько стоит педикюр у вас?")
    [reply] = await witness.answered("telegram", said["chat"], within=PROMISE_SECONDS)
    assert "777" not in reply.text
    assert "записала" not in reply.text
    assert (await last_draft(witness))["guards"]
    await town.control("model/faults", {"kind": "ok"})
    await town.control("time", {"advance_seconds": 24 * 3600})  # by night a person is asked when the salon opens
    await witness.settled(within=30)
    assert [row for row in await witness.notifications() if "lied-to" in row["text"] and "нужен человек" in row["text"]]


async def test_the_sources_of_the_replies_are_counted(witness: Witness) -> None:
    drafted = Counter(str(event.facts["source"]) for event in await witness.journal("drafted"))

    async def counted() -> bool:
        metrics = (await witness.town.http.get(f"{witness.town.gateway_urls[0]}/metrics")).text
        return all(f'otklik_replies_total{{source="{by}"}} {count}' in metrics for by, count in drafted.items())

    assert {"model", "rules"} == set(drafted)
    await until(counted, 5, f"the metrics do not say {drafted}")


async def good_answer(witness: Witness, customer: str) -> None:
    """A model that is well again is asked again, and its words go out."""
    await witness.town.control("model/script", [{"when": "", "answer": {"reply": REPLY, "handoff": ""}}])
    said = await witness.town.say("telegram", customer, "Здравствуйте! Сколько стоит маникюр?")
    [got] = await witness.answered("telegram", said["chat"], within=PROMISE_SECONDS)
    assert got.text.startswith(REPLY)
    assert {"source": "model", "guards": []} == await last_draft(witness)


async def last_draft(witness: Witness) -> dict[str, object]:
    """Who drafted the newest reply of this town, and which guards fired."""
    return (await witness.journal("drafted"))[-1].facts
