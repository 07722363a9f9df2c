"""The bot's commands as the vendor's pages spell them."""

import pytest

from bitrix import bots
from bitrix.wire import is_read


def test_a_supervisor_is_registered_to_be_read_by_offset() -> None:
    command = bots.bot_register("otklik", "token", name="Отклик")
    assert command.method == "imbot.v2.Bot.register"
    assert command.params["fields"] == {
        "code": "otklik",
        "botToken": "token",
        "properties": {"name": "Отклик", "workPosition": ""},
        "type": "supervisor",
        "eventMode": "fetch",
    }


def test_events_are_a_read_since_the_offset_is_ours_to_repeat() -> None:
    command = bots.bot_events(456, "token", offset=1001)
    assert command.params == {"botId": 456, "botToken": "token", "offset": 1001, "limit": 100}
    assert is_read(command.method)
    with pytest.raises(ValueError, match="1000"):
        bots.bot_events(456, "token", offset=0, limit=1001)


def test_a_button_goes_into_the_fields_of_the_message() -> None:
    take = {"TEXT": "Принял", "COMMAND": "take"}
    command = bots.bot_say(456, "token", dialog_id="chat5", message="Клиент ждёт", keyboard=[take])
    assert command.params["dialogId"] == "chat5"
    assert command.params["fields"] == {"message": "Клиент ждёт", "keyboard": [take]}
    assert not is_read(command.method)


def test_a_chat_is_made_with_its_people() -> None:
    command = bots.bot_chat_add(456, "token", title="Сделка 7", user_ids=(1, 2))
    assert command.params["fields"] == {"title": "Сделка 7", "userIds": [1, 2]}


def test_a_chat_is_read_back_and_its_messages_go_from_the_database() -> None:
    around = bots.bot_messages_around(456, "token", 789)
    assert around.params == {"botId": 456, "botToken": "token", "messageId": 789, "range": 50}
    assert is_read(around.method)
    assert is_read(bots.bot_chat_get(456, "token", dialog_id="chat5").method)
    gone = bots.bot_message_delete(456, "token", 789)
    assert gone.params == {"botId": 456, "botToken": "token", "messageId": 789, "complete": True}
    assert not is_read(gone.method)
    renamed = bots.bot_chat_rename(456, "token", dialog_id="chat5", title="Удалено")
    assert renamed.params["fields"] == {"title": "Удалено"}
