"""Chats of the messenger, the bots that sit in them, and what people do there (reference 5.9, 11.8 (69))."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

from sandbox.portal.errors import RestError
from sandbox.portal.fields import show_moment

if TYPE_CHECKING:
    from sandbox.portal.world import World

KEPT = timedelta(hours=24)  # an event that nobody fetched for so long is gone (reference 11.8 (69))
MOST_CHARACTERS = 20_000


@dataclass(slots=True, kw_only=True)
class Bot:
    id: int  # bots are users: their ids come from one row
    code: str
    token: str  # whoever knows it owns the bot; an application's own name where it came with OAuth
    name: str
    type: str
    mode: str
    commands: dict[str, dict[str, Any]] = field(default_factory=dict)
    queue: list[dict[str, Any]] = field(default_factory=list)  # events not yet confirmed, oldest first


@dataclass(slots=True, kw_only=True)
class Chat:
    id: int
    title: str
    owner: int
    members: list[int]
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def dialog(self) -> str:
        return f"chat{self.id}"


class ChatDeed(BaseModel):
    """What a person does in a chat. `press`: a button of the bot, by its command."""

    user: int
    chat: int
    do: Literal["say", "press", "edit", "delete"] = "say"
    text: str = ""
    message: int = 0
    command: str = ""
    files: list[int] = []


def act(world: World, deed: ChatDeed) -> dict[str, Any]:
    chat = world.chats.get(deed.chat)
    if chat is None or deed.user not in chat.members:
        raise RestError("ACCESS_DENIED", "You are not in this chat", 403)
    match deed.do:
        case "say":
            return {"message": post(world, chat, deed.user, deed.text, files=deed.files)["id"]}
        case "press":
            return {"pressed": _press(world, chat, deed)}
        case _:
            return {"message": _change(world, chat, deed)}


def post(
    world: World,
    chat: Chat,
    author: int,
    text: str,
    *,
    keyboard: Sequence[Any] = (),
    files: Sequence[int] = (),
    system: bool = False,
) -> dict[str, Any]:
    """A message into a chat; every bot that hears it gets an event, its author does not."""
    if len(text) > MOST_CHARACTERS:
        text = text[:MOST_CHARACTERS] + " (...)"
    row = {"id": world.next_id("chat_message"), "author": author, "text": text, "system": system}
    row |= {"keyboard": list(keyboard), "files": list(files), "created": show_moment(world.now(), world.zone)}
    chat.messages.append(row)
    for bot in _hearing(world, chat, text):
        if bot.id != author:
            commands = [] if author in world.bots else _commands_in(bot, text)
            for command in commands:
                notify(world, bot, "COMMANDADD", chat, row, command=_called(bot, command, text, "textarea"))
            if not commands:
                notify(world, bot, "MESSAGEADD", chat, row)
    return row


def notify(world: World, bot: Bot, what: str, chat: Chat, row: dict[str, Any], **more: Any) -> None:
    """Into the bot's queue. Ids grow over all bots, so that one's have gaps."""
    data = {"message": show_message(chat, row), "chat": _chat(chat), "user": person(world, row["author"])}
    _queue(world, bot, what, data | more)


def joined(world: World, chat: Chat, by: int) -> None:
    """Every bot in a new chat is told of it, the one that made it too (reference 5.9)."""
    for bot in world.bots.values():
        if bot.id in chat.members:
            _queue(world, bot, "JOINCHAT", {"dialogId": chat.dialog, "chat": _chat(chat), "user": person(world, by)})


def _queue(world: World, bot: Bot, what: str, data: dict[str, Any]) -> None:
    data |= {"bot": {"id": bot.id, "code": bot.code, "type": bot.type, "eventMode": bot.mode}, "language": "ru"}
    event = {"eventId": world.next_id("bot_event"), "type": f"ONIMBOTV2{what}", "data": data}
    if bot.mode == "fetch":
        bot.queue.append(event | {"date": show_moment(world.now(), world.zone)})


def fetch(world: World, bot: Bot, offset: int, limit: int) -> dict[str, Any]:
    """Confirm what lies below the offset, give what follows (reference 11.8 (69))."""
    young = world.now() - KEPT
    bot.queue = [
        event for event in bot.queue if event["eventId"] >= offset and datetime.fromisoformat(event["date"]) >= young
    ]
    events = bot.queue[:limit]
    following = events[-1]["eventId"] + 1 if events else offset
    return {"events": events, "nextOffset": following, "hasMore": len(bot.queue) > limit}


def person(world: World, number: int) -> dict[str, Any]:
    bot, user = world.bots.get(number), world.users.get(number)
    name = bot.name if bot else f"{user.name} {user.last_name}" if user else ""
    return {"id": number, "active": True, "name": name, "bot": bot is not None, "type": "bot" if bot else "employee"}


def _hearing(world: World, chat: Chat, text: str) -> list[Bot]:
    """A supervisor hears all of its chats, a plain bot only what names it."""
    inside = [bot for bot in world.bots.values() if bot.id in chat.members and bot.mode == "fetch"]
    return [bot for bot in inside if bot.type in ("supervisor", "personal") or f"[USER={bot.id}]" in text]


def _commands_in(bot: Bot, text: str) -> list[str]:
    """A command of the bot's, typed as the first word."""
    word = text.split()[0] if text.split() else ""
    return [word[1:]] if word.startswith("/") and word[1:] in bot.commands else []


def _called(bot: Bot, command: str, text: str, context: str) -> dict[str, Any]:
    known = bot.commands[command]
    return {"id": known["id"], "command": f"/{command}", "params": text.partition(" ")[2], "context": context}


def _press(world: World, chat: Chat, deed: ChatDeed) -> str:
    """The newest message that has this button; the event shows that message, pressed by this user."""
    for row in reversed(chat.messages):
        if any(isinstance(button, dict) and button.get("COMMAND") == deed.command for button in row["keyboard"]):
            bot = world.bots[row["author"]]
            if deed.command in bot.commands:
                called = _called(bot, deed.command, "", "keyboard")
                notify(world, bot, "COMMANDADD", chat, row, command=called, user=person(world, deed.user))
            return deed.command
    raise RestError("", f"No message here has the button {deed.command!r}")


def _change(world: World, chat: Chat, deed: ChatDeed) -> int:
    row = next((row for row in chat.messages if row["id"] == deed.message and row["author"] == deed.user), None)
    if row is None:
        raise RestError("MESSAGE_NOT_FOUND", "Message not found")
    if deed.do == "edit":
        row["text"] = deed.text
    else:
        chat.messages.remove(row)
    for bot in _hearing(world, chat, row["text"]):
        notify(world, bot, "MESSAGEUPDATE" if deed.do == "edit" else "MESSAGEDELETE", chat, row)
    return int(row["id"])


def show_message(chat: Chat, row: dict[str, Any]) -> dict[str, Any]:
    """`params` is an empty list where it holds nothing (reference 11.3 (20))."""
    params = {"FILE_ID": row["files"]} if row["files"] else []
    shown = {"id": row["id"], "chatId": chat.id, "authorId": row["author"], "date": row["created"]}
    shown |= {"text": row["text"], "isSystem": row["system"], "uuid": "", "forward": None}
    return shown | {"params": params, "viewedByOthers": False}


def _chat(chat: Chat) -> dict[str, Any]:
    shown = {"id": chat.id, "dialogId": chat.dialog, "type": "chat", "name": chat.title}
    return shown | {"entityType": "", "owner": chat.owner}
