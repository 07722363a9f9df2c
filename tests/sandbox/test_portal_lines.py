"""Open Lines as a portal runs them; the number of each rule stands in section 11 of the project's reference."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox import php
from tests.sandbox.portal_case import Case

APP = "local.test"
HANDLER = "http://gateway.test/bitrix/connector"
MUST = {"ID": "Otklik", "NAME": "Отклик", "ICON": {"DATA_IMAGE": "data:,"}, "PLACEMENT_HANDLER": "https://x"}


class Lines(Case):
    """A portal with an application whose calls carry its token, and one that listens to every event of a connector."""

    token = ""

    async def __aenter__(self) -> Lines:
        given = await self.lever("oauth", client_id=APP, client_secret="s", user_id=1)
        self.token = given["access_token"]
        return self

    async def post(self, method: str, *, hook: str = "", **params: Any) -> Any:
        return await self.http.post(f"{hook or '/rest'}/{method}", json=params | ({} if hook else {"auth": self.token}))

    async def connected(self, line: dict[str, Any] | None = None, **flags: Any) -> int:
        params = {"CRM_CREATE": "none", "QUEUE": [{"ENTITY_TYPE": "user", "ENTITY_ID": 5}], **(line or {})}
        number: int = await self.call("imopenlines.config.add", PARAMS=params)
        await self.call("imconnector.register", **MUST, **flags)
        await self.call("imconnector.activate", CONNECTOR="otklik", LINE=number, ACTIVE=1)
        return number

    async def send(self, line: int, text: str, *, user: str = "u1", name: str = "Анна", **message: Any) -> Any:
        item = {
            "user": {"id": user, "name": name, "phone": message.pop("phone", "")},
            "message": {"id": "m1", "date": 1, "text": text, **message},
            "chat": {"id": user},
        }
        found = await self.call("imconnector.send.messages", CONNECTOR="otklik", LINE=line, MESSAGES=[item])
        return found["DATA"]["RESULT"][0]

    async def bind(self, event: str) -> None:
        await self.call("event.bind", event=event, handler=HANDLER)

    @property
    def told(self) -> list[dict[str, Any]]:
        """What is on its way to the application."""
        return [php.decode(parcel.body) for parcel in self.portal.world.events.pending]

    @property
    def leads(self) -> int:
        return int(self.portal.snapshot()["counters"]["leads"])


@pytest.fixture
async def lines() -> AsyncIterator[Lines]:
    async with Lines() as case:
        yield case


async def test_webhook_may_not_touch_connectors(lines: Lines) -> None:
    """Rule 15."""
    answer = await lines.post("imconnector.list", hook="/rest/1/sandbox")
    assert (403, "WRONG_AUTH_TYPE") == (answer.status_code, answer.json()["error"])


async def test_registration_lowers_the_id_and_refuses_in_a_200(lines: Lines) -> None:
    """Rule 62."""
    assert {"result": True} == await lines.call("imconnector.register", **MUST)
    assert {"otklik": "Отклик"} == await lines.call("imconnector.list")
    refused = await lines.call("imconnector.register", **(MUST | {"NAME": ""}))
    assert (False, "NAME_REQUIRED") == (refused["result"], refused["error"])


async def test_line_takes_nothing_before_it_is_active(lines: Lines) -> None:
    """Rules 62, 63: status without LINE is that of line 0."""
    line = await lines.call("imopenlines.config.add", PARAMS={"LINE_NAME": "x"})
    await lines.call("imconnector.register", **MUST)
    body = {"CONNECTOR": "otklik", "LINE": line, "MESSAGES": [{}]}
    assert (400, "NOT_ACTIVE_LINE") == await lines.refused("imconnector.send.messages", **body)
    await lines.call("imconnector.activate", CONNECTOR="OTKLIK", LINE=line, ACTIVE=1)
    assert (await lines.call("imconnector.status", CONNECTOR="otklik", LINE=line))["STATUS"] is True
    assert (await lines.call("imconnector.status", CONNECTOR="otklik"))["STATUS"] is False
    assert (400, "ERROR_ARGUMENT") == await lines.refused("imconnector.send.messages", CONNECTOR="otklik", LINE=line)
    unknown = {"CONNECTOR": "nobody", "LINE": line, "MESSAGES": [{}]}
    assert (400, "IMCONNECTOR_NO_CORRECT_PROVIDER") == await lines.refused("imconnector.send.messages", **unknown)


async def test_each_message_has_its_own_fate_and_no_id_is_recognised(lines: Lines) -> None:
    """Rule 63."""
    line = await lines.connected()
    first = await lines.send(line, "Здравствуйте")
    assert first["SUCCESS"]
    assert {} == first["message"]["date"]
    again = await lines.send(line, "Здравствуйте")
    assert first["session"] == again["session"]
    [chat] = lines.portal.snapshot()["lines"]
    assert 2 == len(chat["messages"])
    assert not (await lines.send(line, ""))["SUCCESS"]
    assert not (await lines.send(line, "x", user="u2", name="Салон №1 <b>"))["SUCCESS"]
    assert not (await lines.send(line, "x", user="u2", name="А" * 26))["SUCCESS"]


@pytest.mark.parametrize(("create", "leads", "deals"), [("lead", 1, 0), ("deal", 0, 1), ("none", 0, 0)])
async def test_line_makes_a_lead_of_a_stranger_unless_told_otherwise(
    lines: Lines, create: str, leads: int, deals: int
) -> None:
    """Rule 64."""
    line = await lines.connected({"CRM_CREATE": create})
    await lines.send(line, "Здравствуйте")
    counters = lines.portal.snapshot()["counters"]
    assert (leads, deals) == (counters["leads"], counters["deals"])


@pytest.mark.parametrize("by", ["phone", "code"])
async def test_line_finds_whom_the_crm_knows(lines: Lines, by: str) -> None:
    """Rule 64: by phone, or by the user code in the contact's messengers."""
    line = await lines.connected({"CRM_CREATE": "lead"})
    fields = {"PHONE": [{"VALUE": "8 900 123-45-67"}]}
    if by == "code":
        fields = {"IM": [{"VALUE": f"imol|otklik|{line}|u1|u1", "VALUE_TYPE": "IMOL"}]}
    contact = await lines.call("crm.contact.add", fields=fields)
    sent = await lines.send(line, "Здравствуйте", phone="+79001234567" if by == "phone" else "")
    assert 0 == lines.leads
    dialog = await lines.call("imopenlines.dialog.get", CHAT_ID=sent["session"]["CHAT_ID"])
    assert f"CONTACT|{contact}" in dialog["entity_data_2"]
    assert sent["session"]["ID"] == dialog["entity_data_1"].split("|")[5]


async def test_operators_words_go_to_the_owner_of_the_connector_only(lines: Lines) -> None:
    """Rule 65: signed unless asked otherwise; what stands there for an operator comes back; a whisper does not."""
    await lines.bind("ONIMCONNECTORMESSAGEADD")
    other = await lines.lever("oauth", client_id="local.other", client_secret="s")
    bind = {"event": "ONIMCONNECTORMESSAGEADD", "handler": "http://other.test", "auth": other["access_token"]}
    await lines.http.post("/rest/event.bind", json=bind)
    line = await lines.connected()
    chat = int((await lines.send(line, "Здравствуйте"))["session"]["CHAT_ID"])
    assert [] == lines.told
    await lines.lever("line", user=5, chat=chat, text="Добрый день")
    await lines.lever("line", user=5, chat=chat, do="whisper", text="между нами")
    [event] = lines.told
    message = event["data"]["MESSAGES"][0]["message"]
    assert ("5", "[b]Анна Первая:[/b] [br]Добрый день") == (message["user_id"], message["text"])
    await lines.call("imconnector.register", **MUST, NEED_SIGNATURE="N")
    await lines.send(line, "от имени", user_id=7)
    assert "от имени" == lines.told[-1]["data"]["MESSAGES"][0]["message"]["text"]


async def test_message_is_undelivered_until_told_and_changes_name_it_then(lines: Lines) -> None:
    """Rule 66: the id is a list; a change of what the connector does not know is not told."""
    for event in ("ONIMCONNECTORMESSAGEUPDATE", "ONIMCONNECTORMESSAGEDELETE"):
        await lines.bind(event)
    line = await lines.connected(EDIT_INTERNAL_MESSAGES="Y", DEL_INTERNAL_MESSAGES="Y")
    chat = int((await lines.send(line, "Здравствуйте"))["session"]["CHAT_ID"])
    number = (await lines.lever("line", user=5, chat=chat, text="Добрый день"))["message"]
    await lines.lever("line", user=5, chat=chat, do="edit", message=number, text="Добрый вечер")
    assert [] == lines.told
    item = {"im": {"chat_id": chat, "message_id": number}, "message": {"id": "ext-1"}, "chat": {"id": "u1"}}
    body = {"CONNECTOR": "otklik", "LINE": line, "MESSAGES": [item]}
    assert (400, "ERROR_ARGUMENT") == await lines.refused("imconnector.send.status.delivery", **body)
    assert not lines.portal.snapshot()["lines"][0]["messages"][-1]["delivered"]
    item["message"] = {"id": ["ext-1"]}
    await lines.call("imconnector.send.status.delivery", **body)
    assert lines.portal.snapshot()["lines"][0]["messages"][-1]["delivered"]
    await lines.lever("line", user=5, chat=chat, do="edit", message=number, text="Доброй ночи")
    await lines.lever("line", user=5, chat=chat, do="delete", message=number)
    update, delete = lines.told
    assert (["ext-1"], "Доброй ночи") == tuple(update["data"]["MESSAGES"][0]["message"].values())
    assert "ext-1" == delete["data"]["MESSAGES"][0]["message"]["id"]


async def test_a_connector_changes_and_deletes_its_guests_words_and_a_caller_its_own(lines: Lines) -> None:
    """5.2: names that come along are taken; what is deleted is marked, its text stays unless it was changed before."""
    line = await lines.connected()
    chat = int((await lines.send(line, "Мой телефон 8 916 123-45-67", name="Аглая"))["session"]["CHAT_ID"])
    await lines.send(line, "Аглая, ждём", id="m2", user_id=1)
    theirs = (await lines.lever("line", user=5, chat=chat, text="Иду"))["message"]
    item = {"user": {"id": "u1", "name": "Некто"}, "message": {"id": "m1", "text": "—"}, "chat": {"name": "Чат"}}
    body = {"CONNECTOR": "otklik", "LINE": line, "MESSAGES": [item]}
    await lines.call("imconnector.update.messages", **body)
    await lines.call("imconnector.delete.messages", **body)
    [shown] = lines.portal.snapshot()["lines"]
    guest, own, _ = shown["messages"]
    assert ("Чат", "Некто", "—", True) == (shown["name"], guest["author"], guest["text"], guest["deleted"])
    await lines.call("im.message.update", MESSAGE_ID=own["id"], MESSAGE="—")
    await lines.call("im.message.delete", MESSAGE_ID=own["id"])
    assert (403, "CANT_EDIT_MESSAGE") == await lines.refused("im.message.delete", MESSAGE_ID=theirs)
    _, own, operator = lines.portal.snapshot()["lines"][0]["messages"]
    assert ("—", True, "Иду", False) == (own["text"], own["deleted"], operator["text"], operator["deleted"])


async def test_closed_dialogue_opens_another_session_in_the_same_chat(lines: Lines) -> None:
    """Rule 67."""
    await lines.bind("ONIMCONNECTORDIALOGFINISH")
    line = await lines.connected()
    first = (await lines.send(line, "Здравствуйте"))["session"]
    await lines.lever("line", user=5, chat=int(first["CHAT_ID"]), do="finish")
    assert "Y" == lines.told[0]["data"]["DATA"][0]["session"]["closed"]
    second = (await lines.send(line, "Ещё вопрос"))["session"]
    assert first["CHAT_ID"] == second["CHAT_ID"]
    assert first["ID"] != second["ID"]
    history = await lines.call("imopenlines.session.history.get", SESSION_ID=second["ID"])
    assert ["Ещё вопрос"] == [row["text"] for row in history["message"].values()]


async def test_history_is_for_members_by_chat_and_for_all_by_session(lines: Lines) -> None:
    """Rule 68: messages are a map by id, empty params a list."""
    line = await lines.connected()
    session = (await lines.send(line, "Здравствуйте"))["session"]
    get = "imopenlines.session.history.get"
    assert (403, "ACCESS_DENIED") == await lines.refused(get, CHAT_ID=session["CHAT_ID"])
    history = await lines.call(get, SESSION_ID=session["ID"])
    [row] = history["message"].values()
    assert ("Здравствуйте", ["m1"]) == (row["text"], row["params"]["connectorMid"])
    assert history["users"][row["senderid"]]["connector"] is True
    assert [] == history["files"]
    await lines.call("imopenlines.session.join", CHAT_ID=session["CHAT_ID"])
    assert (await lines.call(get, CHAT_ID=session["CHAT_ID"]))["chatId"] == int(session["CHAT_ID"])
    assert (400, "CHAT_ID") == await lines.refused(get, SESSION_ID=1)


async def test_transfer_names_what_it_lacks(lines: Lines) -> None:
    """Rule 68."""
    line = await lines.connected()
    chat = (await lines.send(line, "Здравствуйте"))["session"]["CHAT_ID"]
    transfer = "imopenlines.operator.transfer"
    assert (400, "CHAT_ID_EMPTY") == await lines.refused(transfer, USER_ID=7)
    assert (400, "TRANSFER_ID_EMPTY") == await lines.refused(transfer, CHAT_ID=chat)
    assert (400, "OPERATOR_WRONG") == await lines.refused(transfer, CHAT_ID=chat, USER_ID=99)
    assert await lines.call(transfer, CHAT_ID=chat, USER_ID=7) is True
