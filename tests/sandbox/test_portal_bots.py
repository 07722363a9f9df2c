"""Bots read by offset, their chats and buttons, and a person's calls (reference 5.9, 9.1, 11.8 (69))."""

from __future__ import annotations

from typing import Any

import httpx

from tests.sandbox.portal_case import HOOK, Case
from tests.sandbox.portal_case import served as served_portal

TOKEN = {"botToken": "t0ken"}


class BotCase(Case):
    """A portal with one supervisor in one chat with user 5."""

    async def begin(self, **fields: Any) -> None:
        plain = {"code": "otklik", "properties": {"name": "Отклик"}, "type": "supervisor", "eventMode": "fetch"}
        made = await self.call("imbot.v2.Bot.register", fields=plain | TOKEN | fields)
        self.bot = {"botId": made["bot"]["id"], **TOKEN}
        chat = await self.call("imbot.v2.Chat.add", **self.bot, fields={"title": "Сделка 7", "userIds": [5]})
        self.chat, self.dialog = chat["chat"]["id"], chat["chat"]["dialogId"]
        self.joined = await self.events()
        await self.events(offset=self.joined["nextOffset"])

    async def person(self, text: str = "", **more: Any) -> Any:
        return await self.lever("chat", user=5, chat=self.chat, text=text, **more)

    async def events(self, **offset: int) -> dict[str, Any]:
        found: dict[str, Any] = await self.call("imbot.v2.Event.get", **self.bot, **offset)
        return found


async def test_a_supervisor_hears_every_word_of_its_chats_and_not_its_own() -> None:  # 11.8 (69), 5.9
    async with BotCase() as case:
        await case.begin()
        await case.call("imbot.v2.Chat.Message.send", **case.bot, dialogId=case.dialog, fields={"message": "Клиент"})
        await case.person("Иду")
        [event] = (await case.events())["events"]
        assert event["type"] == "ONIMBOTV2MESSAGEADD"
        assert (event["data"]["message"]["text"], event["data"]["message"]["authorId"]) == ("Иду", 5)
        assert (event["data"]["chat"]["name"], event["data"]["user"]["bot"]) == ("Сделка 7", False)
        assert event["data"]["message"]["params"] == []  # 11.3 (20)


async def test_a_bot_is_told_of_the_chat_that_it_makes_itself() -> None:  # 5.9
    async with BotCase() as case:
        await case.begin()
        [event] = case.joined["events"]
        told, bot = event["data"], case.bot["botId"]
        assert ("ONIMBOTV2JOINCHAT", case.dialog) == (event["type"], told["dialogId"])
        assert (case.chat, "Сделка 7", bot) == (told["chat"]["id"], told["chat"]["name"], told["chat"]["owner"])
        assert (bot, True) == (told["user"]["id"], told["user"]["bot"])


async def test_a_plain_bot_hears_only_what_names_it() -> None:  # 5.9
    async with BotCase() as case:
        await case.begin(type="bot")
        await case.person("Иду")
        await case.person(f"[USER={case.bot['botId']}]Отклик[/USER], ответь")
        assert len((await case.events())["events"]) == 1


async def test_only_an_offset_confirms() -> None:  # 11.8 (69)
    async with BotCase() as case:
        await case.begin()
        for text in ("раз", "два", "три"):
            await case.person(text)
        first = await case.events(limit=2)
        assert [event["data"]["message"]["text"] for event in first["events"]] == ["раз", "два"]
        assert first["hasMore"] is True
        assert (await case.events(limit=2))["events"] == first["events"]  # nothing was confirmed
        last = await case.events(offset=first["nextOffset"])
        assert [event["data"]["message"]["text"] for event in last["events"]] == ["три"]
        done = await case.events(offset=last["nextOffset"])
        assert ([], last["nextOffset"], False) == (done["events"], done["nextOffset"], done["hasMore"])
        assert (await case.events())["events"] == []  # what was confirmed is gone for good


async def test_an_event_is_kept_for_a_day() -> None:  # 11.8 (69)
    async with BotCase() as case:
        await case.begin()
        await case.person("поздно")
        case.clock.forward(hours=24, minutes=1)
        assert (await case.events())["events"] == []


async def test_a_webhook_shows_the_bots_token_each_time() -> None:  # 5.9, 11.8 (69)
    async with BotCase() as case:
        await case.begin()
        bot = case.bot["botId"]
        assert await case.refused("imbot.v2.Event.get", botId=bot) == (400, "BOT_TOKEN_NOT_SPECIFIED")
        assert await case.refused("imbot.v2.Event.get", botId=bot, botToken="other") == (403, "BOT_OWNERSHIP_ERROR")
        assert await case.refused("imbot.v2.Event.get", botId=1, **TOKEN) == (400, "BOT_NOT_FOUND")
        assert await case.refused("imbot.v2.Event.get", **TOKEN) == (400, "BOT_ID_REQUIRED")


async def test_a_code_is_registered_once() -> None:  # 5.9
    async with BotCase() as case:
        await case.begin()
        fields = {"code": "otklik", "properties": {"name": "Другое имя"}, "eventMode": "fetch", **TOKEN}
        again = await case.call("imbot.v2.Bot.register", fields=fields)
        assert (again["bot"]["id"], again["users"][0]["name"]) == (case.bot["botId"], "Отклик")
        taken = await case.refused("imbot.v2.Bot.register", fields=fields | {"botToken": "other"})
        assert taken == (400, "BOT_CODE_ALREADY_TAKEN")
        assert [case.bot["botId"]] == [row["id"] for row in (await case.call("imbot.v2.Bot.list", **TOKEN))["bots"]]
        assert [] == (await case.call("imbot.v2.Bot.list", botToken="other"))["bots"]


async def test_a_button_tells_who_pressed_it_under_which_message() -> None:  # 5.9
    async with BotCase() as case:
        await case.begin()
        await case.call("imbot.v2.Command.register", **case.bot, fields={"command": "take", "hidden": True})
        keyboard = [{"TEXT": "Принял", "COMMAND": "take"}]
        fields = {"message": "Клиент ждёт", "keyboard": keyboard}
        sent = await case.call("imbot.v2.Chat.Message.send", **case.bot, dialogId=case.dialog, fields=fields)
        await case.person(do="press", command="take")
        [event] = (await case.events())["events"]
        assert (event["type"], event["data"]["message"]["id"]) == ("ONIMBOTV2COMMANDADD", sent["id"])
        assert (event["data"]["command"]["command"], event["data"]["command"]["context"]) == ("/take", "keyboard")
        assert event["data"]["user"]["id"] == 5


async def test_strangers_to_a_chat_neither_read_nor_write() -> None:  # 5.9
    async with BotCase() as case:
        await case.begin()
        fields = {"message": "x"}
        refused = await case.refused("imbot.v2.Chat.Message.send", **case.bot, dialogId="chat9", fields=fields)
        assert refused == (403, "ACCESS_DENIED")
        answer = await case.http.post("/_sandbox/portal/chat", json={"user": 7, "chat": case.chat, "text": "x"})
        assert answer.status_code == 403
        await case.call("imbot.v2.Chat.User.add", **case.bot, dialogId=case.dialog, userIds=[7])
        await case.lever("chat", user=7, chat=case.chat, text="x")


async def test_a_supervisor_reads_a_chat_back_from_its_last_message() -> None:  # 5.9
    async with BotCase() as case:
        await case.begin()
        for number in range(60):
            await case.person(f"слово {number}")
        chat = (await case.call("imbot.v2.Chat.get", **case.bot, dialogId=case.dialog))["chat"]
        assert "owner" == chat["role"]
        page = await case.call("imbot.v2.Chat.Message.getContext", **case.bot, messageId=chat["lastMessageId"])
        assert [f"слово {number}" for number in range(9, 60)] == [row["text"] for row in page["messages"]]
        assert (True, False) == (page["hasPrevPage"], page["hasNextPage"])
        first = page["messages"][0]["id"]
        page = await case.call("imbot.v2.Chat.Message.getContext", **case.bot, messageId=first, range=3)
        assert [f"слово {number}" for number in range(6, 13)] == [row["text"] for row in page["messages"]]
        refused = await case.refused("imbot.v2.Chat.Message.getContext", **case.bot, messageId=1)
        assert (400, "MESSAGE_NOT_FOUND") == refused


async def test_a_plain_bot_may_not_read_along() -> None:  # 5.9
    async with BotCase() as case:
        await case.begin(type="bot")
        said = await case.person("Иду")
        refused = await case.refused("imbot.v2.Chat.Message.getContext", **case.bot, messageId=said["message"])
        assert (403, "BOT_TYPE_NOT_ALLOWED") == refused


async def test_a_chats_owner_deletes_anybodys_message_another_only_its_own() -> None:  # 5.9
    async with BotCase() as case:
        await case.begin()
        said = await case.person("Иду")
        own = await case.call("imbot.v2.Chat.Message.send", **case.bot, dialogId=case.dialog, fields={"message": "да"})
        await case.call("imbot.v2.Chat.Message.delete", **case.bot, messageId=own["id"])
        await case.call("imbot.v2.Chat.Message.delete", **case.bot, messageId=said["message"], complete=True)
        [row] = case.portal.world.chats[case.chat].messages
        assert (own["id"], "") == (row["id"], row["text"])
        case.portal.world.chats[case.chat].owner = 5
        said = await case.person("Иду")
        refused = await case.refused("imbot.v2.Chat.Message.delete", **case.bot, messageId=said["message"])
        assert (403, "ACCESS_DENIED") == refused


async def test_a_chat_gets_another_name() -> None:  # 5.9
    async with BotCase() as case:
        await case.begin()
        await case.call("imbot.v2.Chat.update", **case.bot, dialogId=case.dialog, fields={"title": "Сделка 8"})
        shown = (await case.call("imbot.v2.Chat.get", **case.bot, dialogId=case.dialog))["chat"]
        assert ("Сделка 8", 0) == (shown["name"], shown["lastMessageId"])


async def test_the_sandbox_shows_where_words_stand() -> None:
    async with BotCase() as case:
        await case.begin()
        deals = [
            (await case.call("crm.item.add", entityTypeId=2, fields={"title": "Сделка", "originId": f"te-{n}"}))["item"]
            for n in range(2)
        ]
        for deal in deals:
            await case.lever("human", user=5, do="comment", id=deal["id"], text="Жду вас")
        await case.person("Жду вас")
        found = (await case.http.get("/_sandbox/portal/where", params={"words": "Жду"})).json()
        assert [{"id": deal["id"], "origin": deal["originId"]} for deal in reversed(deals)] == found["deals"]
        assert ([case.chat], []) == ([chat["id"] for chat in found["chats"]], found["lines"])
        found = (await case.http.get("/_sandbox/portal/where", params={"words": "Не жду"})).json()
        assert {"deals": [], "chats": [], "lines": []} == found


async def test_a_link_to_a_file_works_once() -> None:  # 5.9
    case = BotCase()
    with served_portal(case.portal) as url:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as case.http:
            await case.begin()
            upload = {"name": "цены.txt", "content": "0L/RgNCw0LnRgQ==", "message": "Прайс"}
            kept = await case.call("imbot.v2.File.upload", **case.bot, dialogId=case.dialog, fields=upload)
            link = await case.call("imbot.v2.File.download", **case.bot, fileId=kept["file"]["id"])
            assert "прайс" == (await case.http.get(link["downloadUrl"])).text
            assert 404 == (await case.http.get(link["downloadUrl"])).status_code
            refused = await case.post("imbot.v2.File.upload", hook=HOOK, **case.bot, dialogId=case.dialog, fields={
                "name": "x", "content": "не base64"})  # fmt: skip
            assert "FILE_INVALID_CONTENT" == refused.json()["error"]


async def test_a_call_leaves_an_activity_and_says_how_it_ended() -> None:  # 9.1, 11.10 (80)
    async with BotCase() as case:
        deal = (await case.call("crm.item.add", entityTypeId=2, fields={"title": "Сделка"}))["item"]["id"]
        case.portal.world.events.subscribe("http://127.0.0.1:9/", "t", ["ONVOXIMPLANTCALLEND"])
        ends = [("call", 60, "200", "Y"), ("call", 0, "603", "Y"), ("miss_call", 0, "304", "N")]
        for do, seconds, code, completed in ends:
            made = await case.lever("human", user=5, do=do, id=deal, seconds=seconds)
            row = (await case.call("crm.activity.list", filter={"ID": made["activity"]}))[0]
            assert (completed, "VOXIMPLANT_CALL") == (row["COMPLETED"], row["PROVIDER_ID"])
            assert f"data%5BCALL_FAILED_CODE%5D={code}" in case.portal.world.events.pending[-1].body
