"""Commands of a chat bot (`imbot.v2`): how a webhook alone hears what managers write, without loss."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from bitrix.wire import Command, Reference

MAX_EVENTS = 1000
AROUND = 50


def bot_register(
    code: str, token: str, *, name: str, kind: Literal["bot", "supervisor"] = "supervisor", work_position: str = ""
) -> Command:
    """→ `{"bot": {"id"}}`. A code that exists comes back unchanged. A supervisor hears all of the chats it is in."""
    properties = {"name": name, "workPosition": work_position}
    fields = {"code": code, "botToken": token, "properties": properties, "type": kind, "eventMode": "fetch"}
    return Command(method="imbot.v2.Bot.register", params={"fields": fields})


def bot_list(token: str) -> Command:
    """→ `{"bots": [{"id", "code", "type", "eventMode"}]}`: those that this token owns."""
    return Command(method="imbot.v2.Bot.list", params={"botToken": token})


def command_register(bot_id: int, token: str, command: str, title: Mapping[str, str]) -> Command:
    """→ `{"command": {"id"}}`. A name that exists comes back unchanged. `title`: language → text."""
    return _bot("imbot.v2.Command.register", bot_id, token, fields={"command": command, "title": dict(title)})


def command_list(bot_id: int, token: str) -> Command:
    """→ `{"commands": [{"id", "command": "/take"}]}`."""
    return _bot("imbot.v2.Command.list", bot_id, token)


def bot_events(bot_id: int, token: str, *, offset: int, limit: int = 100) -> Command:
    """→ `{"events": […], "nextOffset", "hasMore"}`. The offset confirms all before it: save them first, then ask."""
    if not 1 <= limit <= MAX_EVENTS:
        raise ValueError(f"1 to {MAX_EVENTS} events, not {limit}")
    return _bot("imbot.v2.Event.get", bot_id, token, offset=offset, limit=limit)


def bot_chat_add(bot_id: int, token: str, *, title: str, user_ids: Sequence[int], message: str = "") -> Command:
    """→ `{"chat": {"id": 5, "dialogId": "chat5"}}`. The bot hears of it by `ONIMBOTV2JOINCHAT`, with its title."""
    fields = {"title": title, "userIds": list(user_ids)} | ({"message": message} if message else {})
    return _bot("imbot.v2.Chat.add", bot_id, token, fields=fields)


def bot_chat_invite(bot_id: int, token: str, *, dialog_id: str, user_ids: Sequence[int]) -> Command:
    """Users enter the chat; who is in it already stays in it."""
    return _bot("imbot.v2.Chat.User.add", bot_id, token, dialogId=dialog_id, userIds=list(user_ids))


def bot_chat_get(bot_id: int, token: str, *, dialog_id: str) -> Command:
    """→ `{"chat": {"id", "owner", "role", "lastMessageId"}}`."""
    return _bot("imbot.v2.Chat.get", bot_id, token, dialogId=dialog_id)


def bot_chat_rename(bot_id: int, token: str, *, dialog_id: str, title: str) -> Command:
    """Another title for the chat."""
    return _bot("imbot.v2.Chat.update", bot_id, token, dialogId=dialog_id, fields={"title": title})


def bot_messages_around(bot_id: int, token: str, message_id: int) -> Command:
    """→ `{"messages", "hasPrevPage", "hasNextPage"}`: that one and `AROUND` on either side; of a supervisor's chats."""
    return _bot("imbot.v2.Chat.Message.getContext", bot_id, token, messageId=message_id, range=AROUND)


def bot_message_delete(bot_id: int, token: str, message_id: int) -> Command:
    """From the database too. A bot deletes its own, and anybody's in a chat that it owns."""
    return _bot("imbot.v2.Chat.Message.delete", bot_id, token, messageId=message_id, complete=True)


def file_link(bot_id: int, token: str, file_id: int) -> Command:
    """→ `{"downloadUrl"}`: for one download; the name of the file is not told."""
    return _bot("imbot.v2.File.download", bot_id, token, fileId=file_id)


def bot_say(
    bot_id: int, token: str, *, dialog_id: str | Reference, message: str, keyboard: Sequence[Mapping[str, Any]] = ()
) -> Command:
    """→ `{"id": 789}`. A button: `{"TEXT": "Принял", "COMMAND": "take"}`."""
    fields = {"message": message} | ({"keyboard": list(keyboard)} if keyboard else {})
    return _bot("imbot.v2.Chat.Message.send", bot_id, token, dialogId=dialog_id, fields=fields)


def _bot(method: str, bot_id: int, token: str, **params: Any) -> Command:
    return Command(method=method, params={"botId": bot_id, "botToken": token, **params})
