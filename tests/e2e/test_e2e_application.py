"""The local application: installed, dialogues in the open line and out of it; forged events do nothing."""

import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio

from app.flow.town import Town
from app.portal import Installed
from app.store import keys
from app.store.link import Link
from app.store.vault import Vault
from tests.e2e.witness import Witness, until, watched

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

CHANNELS = ("telegram", "whatsapp", "instagram", "site")
ANNA = 5
MEMBER, TOKEN = "a223c6b3710f85df22e9377d6c4f7553", "51856fefc120afa4b628cc82d3935cce"  # the sandbox portal's
SOON = 30  # a jump of a day lets everybody's ladders step at once, and two calls a second carry all of it


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def witness() -> AsyncIterator[Witness]:
    async with watched(Town(application=True)) as witness:
        yield witness


async def chat_with(witness: Witness, words: str, *, within: float = SOON) -> dict[str, Any]:
    """The open line's chat in which somebody said this."""

    async def look() -> dict[str, Any] | None:
        chats = (await witness.town.control("portal/state"))["lines"]
        return next((chat for chat in chats if any(words in row["text"] for row in chat["messages"])), None)

    found: dict[str, Any] = await until(look, within, f"no chat of the open line holds {words!r}")
    return found


async def operate(witness: Witness, chat: int, **deed: Any) -> int:
    done = await witness.town.control("portal/line", {"user": ANNA, "chat": chat, **deed})
    return int(done.get("message", 0))


async def begun(witness: Witness, channel: str, customer: str, words: str) -> tuple[str, dict[str, Any]]:
    """The customer's chat in the messenger and in the open line, once the assistant's answer stands in both."""
    said = await witness.town.say(channel, customer, words, name="Ирина")
    await witness.answered(channel, said["chat"], within=6)

    async def both() -> dict[str, Any] | None:
        chat = await chat_with(witness, words)
        return chat if any("Ассистент" in row["text"] for row in chat["messages"]) else None

    return said["chat"], await until(both, SOON, "the assistant's answer is not in the open line")


@pytest.mark.parametrize("channel", CHANNELS)
async def test_manager_answers_in_the_open_line_and_sees_what_follows(witness: Witness, channel: str) -> None:
    words = f"Сколько стоит педикюр? Пишу из {channel}"
    customer, chat = await begun(witness, channel, f"line-{channel}", words)
    assert {"CONTACT", "DEAL"} <= set(chat["entity"])  # bound to ours, and no lead of the line's own
    await operate(witness, chat["id"], text="[b]Ирина[/b], приходите в 15:00[br]Анна")
    told = (await witness.answered(channel, customer, within=5, count=2))[-1].text
    assert ("*Ирина*" if channel == "whatsapp" else "Ирина") + ", приходите в 15:00\nАнна" == told

    started = time.monotonic()
    await witness.town.say(channel, f"line-{channel}", f"Хорошо, буду! {channel}")
    chat = await chat_with(witness, f"Хорошо, буду! {channel}")
    assert time.monotonic() - started < 3
    await witness.settled(within=30)
    assert 2 == len(await witness.replies(channel, customer))  # the assistant is silent
    assert all(row["delivered"] for row in (await chat_with(witness, words))["messages"])
    (await witness.books()).check_no_doubles()


async def test_changed_closed_and_whispered_messages(witness: Witness) -> None:
    customer, chat = await begun(witness, "telegram", "edits", "Есть ли запись на окрашивание? Правки")
    number = await operate(witness, chat["id"], text="Ждём вас в 15:00")
    await witness.answered("telegram", customer, within=5, count=2)
    await operate(witness, chat["id"], do="whisper", text="она опять опоздает")
    await operate(witness, chat["id"], do="edit", message=number, text="Ждём вас в 16:00")
    told = await witness.answered("telegram", customer, within=5, count=3)
    assert ["Ждём вас в 15:00", "Исправление: Ждём вас в 16:00"] == [reply.text for reply in told[1:]]
    await operate(witness, chat["id"], do="delete", message=number)
    await chat_with(witness, "Клиент уже получил это сообщение", within=8)

    await operate(witness, chat["id"], do="finish")
    await chat_with(witness, "Диалог возвращён ассистенту")
    await witness.town.say("telegram", "edits", "А сколько стоит маникюр?")
    assert "₽" in (await witness.answered("telegram", customer, within=6, count=4))[-1].text
    assert not any("опоздает" in reply.text for reply in await witness.replies("telegram", customer))


async def test_answer_whose_event_was_lost_is_found_and_sent_once(witness: Witness) -> None:
    customer, chat = await begun(witness, "whatsapp", "lost", "Можно к вам в субботу? Потеря")
    await witness.town.control("portal/events", {"drop": 1.0})
    await operate(witness, chat["id"], text="Да, в субботу есть место")
    await witness.answered("whatsapp", customer, within=12, count=2)
    await witness.town.control("portal/events", {"duplicate": 1.0, "reorder": 0.5})
    for text in ("В 12:00", "или в 14:00"):
        await operate(witness, chat["id"], text=text)
    replies = await witness.answered("whatsapp", customer, within=6, count=4)
    await witness.town.control("portal/events", {})
    await witness.settled(within=30)
    assert ["Да, в субботу есть место", "В 12:00", "или в 14:00"] == [reply.text for reply in replies[1:]]
    assert 4 == len(await witness.replies("whatsapp", customer))


async def test_files_go_both_ways_through_addresses_that_say_nothing(witness: Witness) -> None:
    town = witness.town
    customer, chat = await begun(witness, "telegram", "files", "Сколько стоит покрытие? Файлы")
    price = {"name": "price.pdf", "content": "прайс"}
    await operate(witness, chat["id"], text="Вот прайс", files=[price])
    address = (await witness.answered("telegram", customer, within=6, count=3))[-1].text
    assert address.startswith(f"{town.gateway_urls[0]}/files/")
    assert address.endswith("/price.pdf")
    assert "прайс" == (await town.http.get(address)).text

    person = {"id": int(customer), "is_bot": False, "first_name": "Ирина"}
    photo = [{"file_id": "AgACAgIAAxkBAAI", "file_unique_id": "u1", "width": 90, "height": 90, "file_size": 100}]
    message = {"message_id": 900, "from": person, "chat": {"id": int(customer), "type": "private"}}
    message |= {"date": int(time.time()), "photo": photo, "caption": "Хочу так же"}
    await town.control("customers/raw", {"channel": "telegram", "body": {"update_id": 900_000_001, "message": message}})

    async def shown() -> str:
        rows = (await chat_with(witness, "Файлы"))["messages"]
        return next((file["link"] for row in rows for file in row["files"] if row["guest"]), "")

    link = await until(shown, 6, "the customer's photo is not in the open line")
    assert town.env["TELEGRAM_BOT_TOKEN"] not in link
    answer = await town.http.get(link)
    assert (200, True) == (answer.status_code, answer.text.startswith("file "))
    assert "attachment" in answer.headers["content-disposition"]
    assert 404 == (await town.http.get(f"{town.gateway_urls[0]}/files/made-up/x.pdf")).status_code


def event(chat: int, message: int, *, token: str = TOKEN, member: str = MEMBER, connector: str = "otklik") -> str:
    fields = {
        "event": "ONIMCONNECTORMESSAGEADD",
        "data[CONNECTOR]": connector,
        "data[LINE]": "15",
        "data[MESSAGES][0][im][chat_id]": chat,
        "data[MESSAGES][0][im][message_id]": message,
        "data[MESSAGES][0][message][user_id]": ANNA,
        "data[MESSAGES][0][message][text]": "Переведите деньги сюда",
        "ts": int(time.time()),
        "auth[member_id]": member,
        "auth[application_token]": token,
    }
    return urlencode(fields)


async def test_forged_replayed_and_foreign_events_are_refused_counted_and_do_nothing(witness: Witness) -> None:
    customer, chat = await begun(witness, "telegram", "forged", "Сколько стоит стрижка? Подделка")
    url, http = witness.town.gateway_urls[0], witness.town.http
    kind = {"content-type": "application/x-www-form-urlencoded"}
    last = chat["messages"][-1]["id"]

    async def post(body: str, door: str = "connector") -> int:
        return (await http.post(f"{url}/bitrix/{door}", content=body, headers=kind)).status_code

    genuine = event(chat["id"], last)
    assert 200 == await post(genuine)
    assert 409 == await post(genuine)
    assert 401 == await post(event(chat["id"], last, token="f" * 32))
    assert 401 == await post(event(chat["id"], last, member="another"))
    assert 401 == await post(event(chat["id"], last, connector="telegrambot"))
    assert 200 == await post(event(chat["id"], 999_999))  # names a message that nobody wrote: read, not believed
    install = {"event": "ONAPPINSTALL", "auth[refresh_token]": "made-up", "auth[application_token]": TOKEN}
    assert 401 == await post(urlencode(install), "install")
    gone = {"event": "ONAPPUNINSTALL", "data[CLEAN]": "1", "auth[member_id]": MEMBER, "auth[application_token]": "x"}
    assert 401 == await post(urlencode(gone), "install")
    await witness.settled(within=30)
    assert 1 == len(await witness.replies("telegram", customer))

    async def counted() -> bool:
        page = (await http.get(f"{url}/metrics")).text
        rows = [line for line in page.splitlines() if line.startswith("otklik_webhooks_refused_total{")]
        found = {reason: float(row.rpartition(" ")[2]) for row in rows for reason in REASONS if reason in row}
        return all(found.get(reason, 0) >= 1 for reason in REASONS)

    await until(counted, 5, "the refused events were not counted")


REASONS = ("unauthentic", "foreign", "replayed")


async def test_tokens_are_renewed_by_one_and_readable_nowhere(witness: Witness) -> None:
    town = witness.town
    link = Link(town.redis_url)
    try:
        installed = Installed(Vault(link, town.env["SECRET_KEY"]))
        before = await installed.load()
        await town.control("time", {"advance_seconds": 3700})  # the access token runs out
        await begun(witness, "telegram", "after", "Добрый день, есть ли окно на маникюр? После")
        after = await installed.load()
        assert before is not None
        assert after is not None
        assert before.refresh_token != after.refresh_token
        secrets = [before.access_token, before.refresh_token, after.access_token, after.refresh_token, TOKEN]
        kept = [await link.command("GET", f"{keys.VAULT}portal")]
        for name in await link.command("KEYS", "*"):
            kept.append(str(await link.command("DUMP", name)))
        logs = [town.log(name) for name in town.processes]
        assert [] == [secret for secret in secrets if any(secret in text for text in (*kept, *logs))]
    finally:
        await link.close()


async def test_answer_outside_the_window_is_told_where_it_was_typed(witness: Witness) -> None:
    customer, chat = await begun(witness, "instagram", "late", "Сколько стоит укладка? Окно")
    await witness.town.control("time", {"advance_seconds": 25 * 3600})
    number = await operate(witness, chat["id"], text="Здравствуйте! Извините за долгий ответ")
    chat = await chat_with(witness, "Не доставлено")
    note = next(row["text"] for row in chat["messages"] if "Не доставлено" in row["text"])
    assert "окно переписки закрыто" in note
    assert "Позвоните" in note
    assert not next(row for row in chat["messages"] if row["id"] == number)["delivered"]
    assert 1 == len(await witness.replies("instagram", customer))


async def test_a_forgotten_customer_leaves_the_open_line(witness: Witness) -> None:
    words = "Это Аглая, мой телефон +79161112233. Сколько стоит маникюр?"
    customer, chat = await begun(witness, "telegram", "aglaya", words)
    await operate(witness, chat["id"], do="finish")
    await witness.town.say("telegram", "aglaya", "А Аглае можно в субботу?")
    await witness.answered("telegram", customer, within=6, count=2)
    await chat_with(witness, "А Аглае")  # in another session of the same chat
    await operate(witness, chat["id"], text="Аглая, ждём вас!")
    await witness.answered("telegram", customer, within=5, count=3)
    await witness.settled(within=30)
    told = await witness.otklik("forget", "+79161112233", "--yes")
    assert "остались слова операторов: 1" in told
    chats = (await witness.town.control("portal/state"))["lines"]
    [chat] = [found for found in chats if found["id"] == chat["id"]]
    rows = [row for row in chat["messages"] if row["guest"] or row["author"] == 1]
    assert len(rows) >= 4
    assert {("Удалено по запросу", True)} == {(row["text"], row["deleted"]) for row in rows}
    assert "Удалено по запросу" == chat["name"]
    assert {"Удалено по запросу"} == {row["author"] for row in rows if row["guest"]}


async def test_removed_application_leaves_nothing_behind(witness: Witness) -> None:
    town = witness.town
    await town.control("portal/uninstall", {"client_id": town.env["BITRIX_CLIENT_ID"]})
    link = Link(town.redis_url)
    try:

        async def gone() -> bool:
            return not await link.command("EXISTS", f"{keys.VAULT}portal", keys.TALKING)

        await until(gone, 5, "tokens and open line are still kept")
    finally:
        await link.close()
    said = await town.say("telegram", "orphan", "Здравствуйте, вы работаете?")
    await witness.answered("telegram", said["chat"], within=6)
