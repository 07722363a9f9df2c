"""A customer writes: answered with true prices, registered whole, and left to the person who takes over."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.flow.town import Town
from tests.e2e.witness import Witness, until, watched

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

CHANNELS = ("telegram", "whatsapp", "instagram", "site")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def witness() -> AsyncIterator[Witness]:
    async with watched(Town()) as witness:
        yield witness


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_customer_of_any_channel_is_answered_and_registered(witness: Witness, channel: str) -> None:
    words = f"Здравствуйте! Сколько стоит педикюр? Пишу из {channel}"
    said = await witness.town.say(channel, f"asks-{channel}", words, name="Ирина")
    [reply] = await witness.answered(channel, said["chat"], within=5)
    assert "3 000 ₽" in reply.text
    await witness.settled(within=30)
    books = await witness.books()
    deal = books.deal_with(words)
    assert [("Клиент", words), ("Ассистент", reply.text)] == [
        (line.who, line.text) for line in books.dialogues[deal["id"]]
    ]
    assert (3000, "RUB") == (deal["opportunity"], deal["currencyId"])
    assert 1 == sum(lead["id"] == deal["leadId"] for lead in books.leads)
    assert 1 == sum(contact["id"] == deal["contactId"] for contact in books.contacts)
    books.check_no_doubles()
    books.check_lines_ascend()


async def test_a_marked_comment_reaches_the_customer_and_silences_the_bot(witness: Witness) -> None:
    town = witness.town
    said = await town.say("telegram", "olga", "Добрый день, хочу маникюр завтра в 15:00", name="Ольга")
    await witness.answered("telegram", said["chat"], within=5)
    deal = await witness.deal_when("хочу маникюр завтра", lambda _: True)
    deed = {"user": deal["assignedById"], "do": "comment", "id": deal["id"]}
    await town.control("portal/human", deed | {"text": "Позвонить ей вечером"})
    await town.control("portal/human", deed | {"text": "/ответ Ольга, жду вас завтра в 15:00. Анна"})
    replies = await witness.answered("telegram", said["chat"], within=5, count=2)
    assert "Ольга, жду вас завтра в 15:00. Анна" == replies[-1].text
    await town.say("telegram", "olga", "А сколько стоит педикюр?")
    await witness.settled(within=30)
    assert 2 == len(await witness.replies("telegram", said["chat"]))
    books = await witness.books()
    dialogue = books.dialogues[deal["id"]]
    assert ["Клиент", "Ассистент", "Менеджер", "Клиент"] == [line.who for line in dialogue]
    assert "Ольга, жду вас завтра в 15:00. Анна" == dialogue[2].text


@pytest.mark.parametrize("channel", ["whatsapp", "instagram"])
async def test_an_answer_from_the_messengers_app_silences_the_bot(witness: Witness, channel: str) -> None:
    town, customer = witness.town, f"app-{channel}"
    said = await town.say(channel, customer, f"Есть ли место на стрижку в субботу? {channel}")
    await witness.answered(channel, said["chat"], within=5)
    await town.control(
        "customers/echo", {"channel": channel, "customer": customer, "text": "Это Анна, сейчас посмотрю"}
    )
    await town.say(channel, customer, "А сколько стоит окрашивание?")
    await witness.settled(within=30)
    assert 1 == len(await witness.replies(channel, said["chat"]))
    books = await witness.books()
    dialogue = books.dialogues[books.deal_with(f"субботу? {channel}")["id"]]
    assert ["Клиент", "Ассистент", "Менеджер", "Клиент"] == [line.who for line in dialogue]


async def test_instagrams_echo_of_our_own_reply_does_not_silence_the_bot(witness: Witness) -> None:
    town = witness.town
    said = await town.say("instagram", "echoed", "Сколько стоит маникюр?")
    await witness.answered("instagram", said["chat"], within=5)
    await witness.settled(within=30)  # the echo of that reply has come by now
    accepted = (await town.control("customers"))["deliveries"]["instagram"]["accepted"]
    await town.say("instagram", "echoed", "А сколько стоит педикюр?")
    replies = await witness.answered("instagram", said["chat"], within=5, count=2)
    assert "3 000 ₽" in replies[-1].text

    async def echoed_again() -> bool:
        return bool((await town.control("customers"))["deliveries"]["instagram"]["accepted"] >= accepted + 2)

    await until(echoed_again, 5, "Instagram sent no echo: the sandbox does not prove anything here")
