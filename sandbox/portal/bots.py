"""Chat bots 2.0, read by offset (reference 5.9, 11.8 (69)); parameters bind by exact names, as controllers' do."""

from __future__ import annotations

import base64
from typing import Any

from sandbox.portal.calls import Call, listing, mapping, method, whole
from sandbox.portal.chats import Bot, Chat, fetch, joined, person, post, show_message
from sandbox.portal.errors import RestError
from sandbox.portal.world import World

TYPES = ("bot", "network", "openline", "supervisor", "personal")
MODES = ("fetch", "webhook")
TOKEN_CHARACTERS = 40
MOST_EVENTS = 1000
MOST_AROUND = 50  # messages on either side of the one that is asked about


@method("imbot.v2.Bot.register", scope="imbot")
def register(call: Call) -> dict[str, Any]:
    """The same code from the same owner gives the standing bot unchanged."""
    fields = mapping(call.exact("fields"))
    token, code, world = _owner(call, fields.get("botToken")), str(fields.get("code") or ""), call.world
    properties = mapping(fields.get("properties"))
    if not code:
        raise RestError("BOT_CODE_REQUIRED", "Bot code is required")
    if not properties.get("name"):
        raise RestError("BOT_PROPERTIES_REQUIRED", "Bot properties are required")
    kind, mode = str(fields.get("type") or "bot"), str(fields.get("eventMode") or "webhook")
    if kind not in TYPES:
        raise RestError("BOT_INVALID_TYPE", "Invalid bot type")
    if mode not in MODES:
        raise RestError("BOT_INVALID_EVENT_MODE", "Invalid event mode")
    if mode == "webhook" and not fields.get("webhookUrl"):
        raise RestError("BOT_WEBHOOK_URL_REQUIRED", "Webhook URL is required")
    bot = next((bot for bot in world.bots.values() if bot.code == code), None)
    if bot is not None and bot.token != token:
        raise RestError("BOT_CODE_ALREADY_TAKEN", "Bot code is already taken by another application")
    if bot is None:
        name = str(properties["name"])
        bot = Bot(id=world.next_id("bot"), code=code, token=token, name=name, type=kind, mode=mode)
        world.bots[bot.id] = bot
    return {"bot": _show(bot), "users": [person(world, bot.id)]}


@method("imbot.v2.Bot.list", scope="imbot")
def bots(call: Call) -> dict[str, Any]:
    """The caller's own."""
    token = _owner(call, call.exact("botToken"))
    mine = [bot for bot in call.world.bots.values() if bot.token == token]
    users = [person(call.world, bot.id) for bot in mine]
    return {"bots": [_show(bot) for bot in mine], "users": users, "hasNextPage": False}


@method("imbot.v2.Bot.unregister", scope="imbot")
def unregister(call: Call) -> dict[str, Any]:
    del call.world.bots[_bot(call).id]
    return {"result": True}


@method("imbot.v2.Command.register", scope="imbot")
def command_register(call: Call) -> dict[str, Any]:
    """A repeated one gives the standing command; a visible one needs a title."""
    bot, fields = _bot(call), mapping(call.exact("fields"))
    name = str(fields.get("command") or "").lstrip("/")
    if not name:
        raise RestError("COMMAND_REQUIRED", "Command is required")
    if not fields.get("hidden") and not mapping(fields.get("title")):
        raise RestError("COMMAND_TITLE_REQUIRED", "Command title is required")
    if name not in bot.commands:
        bot.commands[name] = {"id": call.world.next_id("bot_command"), "botId": bot.id, "command": f"/{name}"}
        bot.commands[name] |= {"common": bool(fields.get("common")), "hidden": bool(fields.get("hidden"))}
    return {"command": bot.commands[name]}


@method("imbot.v2.Command.list", scope="imbot")
def command_list(call: Call) -> dict[str, Any]:
    return {"commands": list(_bot(call).commands.values())}


@method("imbot.v2.Event.get", scope="imbot")
def event_get(call: Call) -> dict[str, Any]:
    bot = _bot(call)
    if bot.mode != "fetch":
        raise RestError("BOT_INVALID_EVENT_MODE", "Invalid event mode")
    limit = min(max(whole(call.exact("limit"), 100), 1), MOST_EVENTS)
    return fetch(call.world, bot, whole(call.exact("offset")), limit)


@method("imbot.v2.Chat.add", scope="imbot")
def chat_add(call: Call) -> dict[str, Any]:
    """The bot is in it from the start and owns it unless somebody else is named."""
    bot, fields, world = _bot(call), mapping(call.exact("fields")), call.world
    number = world.next_id("chat")
    people = [user for user in map(whole, listing(fields.get("userIds"))) if user in world.users]
    title = str(fields.get("title") or f"Чат {number}")
    chat = Chat(id=number, title=title, owner=whole(fields.get("ownerId")) or bot.id, members=[bot.id, *people])
    world.chats[number] = chat
    joined(world, chat, bot.id)
    if fields.get("message"):
        post(world, chat, bot.id, str(fields["message"]))
    return {"chat": _show_chat(chat), "users": [person(world, user) for user in chat.members]}


@method("imbot.v2.Chat.User.add", scope="imbot")
def chat_user_add(call: Call) -> dict[str, Any]:
    chat = _chat(call, _bot(call))
    added = [user for user in map(whole, listing(call.exact("userIds"))) if user in call.world.users]
    chat.members += [user for user in added if user not in chat.members]
    return {"result": True}


@method("imbot.v2.Chat.Message.send", scope="imbot")
def message_send(call: Call) -> dict[str, Any]:
    bot, fields = _bot(call), mapping(call.exact("fields"))
    chat, text = _chat(call, bot), str(fields.get("message") or "")
    if not text.strip() and not fields.get("attach"):
        raise RestError("EMPTY_MESSAGE", "Message is empty")
    keyboard = fields.get("keyboard")
    buttons = listing(mapping(keyboard).get("BUTTONS")) if isinstance(keyboard, dict) else listing(keyboard)
    row = post(call.world, chat, bot.id, text, keyboard=buttons, system=bool(fields.get("system")))
    return {"id": row["id"], "uuidMap": []}


@method("imbot.v2.Chat.get", scope="imbot")
def chat_get(call: Call) -> dict[str, Any]:
    bot = _bot(call)
    chat = _chat(call, bot)
    last = chat.messages[-1]["id"] if chat.messages else 0
    role = "owner" if chat.owner == bot.id else "member"
    return {"chat": _show_chat(chat) | {"role": role, "lastMessageId": last}}


@method("imbot.v2.Chat.update", scope="imbot")
def chat_update(call: Call) -> dict[str, Any]:
    chat, fields = _chat(call, _bot(call)), mapping(call.exact("fields"))
    chat.title = str(fields.get("title") or chat.title)
    return {"result": True}


@method("imbot.v2.Chat.Message.getContext", scope="imbot")
def message_context(call: Call) -> dict[str, Any]:
    """A window around one message, oldest first; of a bot that may read along."""
    bot = _bot(call)
    if bot.type not in ("supervisor", "personal"):
        raise RestError("BOT_TYPE_NOT_ALLOWED", "Bot type not allowed", 403)
    number, most = whole(call.exact("messageId")), min(max(whole(call.exact("range"), MOST_AROUND), 1), MOST_AROUND)
    chat = _with_message(call, number)
    if chat is None:
        raise RestError("MESSAGE_NOT_FOUND", "Message not found")
    if bot.id not in chat.members:
        raise RestError("MESSAGE_ACCESS_DENIED", "Message access denied", 403)
    place = next(place for place, row in enumerate(chat.messages) if row["id"] == number)
    first, after = max(0, place - most), place + most + 1
    rows = [show_message(chat, row) for row in chat.messages[first:after]]
    return {"messages": rows, "users": [], "hasPrevPage": first > 0, "hasNextPage": after < len(chat.messages)}


@method("imbot.v2.Chat.Message.delete", scope="imbot")
def message_delete(call: Call) -> dict[str, Any]:
    """Its own; anybody's where the bot owns the chat. Not `complete`: the row stays, without its text."""
    bot, number = _bot(call), whole(call.exact("messageId"))
    chat = _with_message(call, number)
    row = next((row for row in chat.messages if row["id"] == number), None) if chat else None
    if chat is None or row is None or bot.id not in (row["author"], chat.owner):
        raise RestError("ACCESS_DENIED", "Access denied", 403)
    if call.exact("complete") in (True, "true", 1, "1", "Y"):
        chat.messages.remove(row)
    else:
        row["text"] = ""
    return {"result": True}


@method("imbot.v2.File.upload", scope="imbot")
def file_upload(call: Call) -> dict[str, Any]:
    bot, fields, world = _bot(call), mapping(call.exact("fields")), call.world
    chat = _chat(call, bot)
    try:
        content = base64.b64decode(str(fields.get("content") or ""), validate=True)
    except ValueError as error:
        raise RestError("FILE_INVALID_CONTENT", "Invalid base64 content") from error
    file = keep_file(world, chat.id, str(fields.get("name") or "file"), content)
    row = post(world, chat, bot.id, str(fields.get("message") or ""), files=[file["id"]])
    return {"file": file, "messageId": row["id"], "chatId": chat.id, "dialogId": chat.dialog}


@method("imbot.v2.File.download", scope="imbot")
def file_download(call: Call) -> dict[str, Any]:
    """A link for one use, with a token of its own."""
    bot, world = _bot(call), call.world
    file = world.files.get(whole(call.exact("fileId")))
    if file is None:
        raise RestError("FILE_NOT_FOUND", "File not found")
    if bot.id not in world.chats[file["chatId"]].members:
        raise RestError("ACCESS_DENIED", "Access denied", 403)
    return {"downloadUrl": download_link(world, file["id"])}


@method("disk.file.get", scope="disk")
def disk_file(call: Call) -> dict[str, Any]:
    """A file of any chat that the caller may see, with a link of its own."""
    file = call.world.files.get(whole(call.loose("id")))
    if file is None:
        raise RestError("ERROR_NOT_FOUND", "Could not find entity with id")
    shown = {"ID": str(file["id"]), "NAME": file["name"], "SIZE": str(file["size"])}
    return shown | {"DOWNLOAD_URL": download_link(call.world, file["id"])}


def download_link(world: World, file: int) -> str:
    """Works once."""
    token = f"im|{world.next_id('download')}"
    world.downloads[token] = file
    return f"{world.scheme}://{world.domain}/rest/download.json?token={token.replace('|', '%7C')}"


def keep_file(world: World, chat: int, name: str, content: bytes) -> dict[str, Any]:
    number = world.next_id("file")
    shown = {"id": number, "chatId": chat, "name": name, "extension": name.rpartition(".")[2], "size": len(content)}
    world.files[number] = shown | {"content": content}
    return shown


def _bot(call: Call) -> Bot:
    """By id and token; a webhook must show the token (reference 5.9)."""
    number, token = whole(call.exact("botId")), _owner(call, call.exact("botToken"))
    if not number:
        raise RestError("BOT_ID_REQUIRED", "Bot ID is required")
    bot = call.world.bots.get(number)
    if bot is None:
        raise RestError("BOT_NOT_FOUND", "Bot not found")
    if bot.token != token:
        raise RestError("BOT_OWNERSHIP_ERROR", "Bot is registered by another application", 403)
    return bot


def _owner(call: Call, token: Any) -> str:
    """An application owns its bots by its own name, a webhook by the token that it chose."""
    if call.caller.application is not None:
        return call.caller.application
    text = str(token or "")
    if not text or len(text) > TOKEN_CHARACTERS:
        raise RestError("BOT_TOKEN_NOT_SPECIFIED", "Bot token is not specified")
    return text


def _chat(call: Call, bot: Bot) -> Chat:
    chat = call.world.chats.get(whole(str(call.exact("dialogId") or "").removeprefix("chat")))
    if chat is None or bot.id not in chat.members:
        raise RestError("ACCESS_DENIED", "Access denied", 403)
    return chat


def _with_message(call: Call, number: int) -> Chat | None:
    """The chat in which this message lies."""
    chats = call.world.chats.values()
    return next((chat for chat in chats if any(row["id"] == number for row in chat.messages)), None)


def _show(bot: Bot) -> dict[str, Any]:
    shown = {"id": bot.id, "code": bot.code, "type": bot.type, "isHidden": False, "language": "ru"}
    return shown | {"moduleId": "rest", "eventMode": bot.mode, "countCommand": len(bot.commands)}


def _show_chat(chat: Chat) -> dict[str, Any]:
    return {"id": chat.id, "dialogId": chat.dialog, "type": "chat", "name": chat.title, "owner": chat.owner}
