"""imopenlines.*: lines and their dialogues (reference 5.2, 5.6, 5.7, 11.8 (67, 68))."""

from __future__ import annotations

from typing import Any

from sandbox.portal import lines
from sandbox.portal.calls import Call, mapping, method, whole
from sandbox.portal.errors import RestError
from sandbox.portal.fields import show_moment
from sandbox.portal.line_chats import Chat, Message
from sandbox.portal.lines import DEFAULTS
from sandbox.portal.world import World

SCOPE = "imopenlines"


@method("imopenlines.config.add", scope=SCOPE)
def config_add(call: Call) -> int:
    number = call.world.next_id("line")
    call.world.lines.lines[number] = {"ID": str(number)} | DEFAULTS | mapping(call.loose("PARAMS"))
    return number


@method("imopenlines.config.get", scope=SCOPE)
def config_get(call: Call) -> Any:
    return call.world.lines.lines.get(whole(call.loose("CONFIG_ID"))) or False


@method("imopenlines.config.list.get", scope=SCOPE)
def config_list(call: Call) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "QUEUE"} for row in call.world.lines.lines.values()]


@method("imopenlines.config.update", scope=SCOPE)
def config_update(call: Call) -> bool:
    row = call.world.lines.lines.get(whole(call.loose("CONFIG_ID")))
    if row is None:
        return False
    row.update(mapping(call.loose("PARAMS")))
    return True


@method("imopenlines.config.delete", scope=SCOPE)
def config_delete(call: Call) -> bool:
    number = whole(call.loose("CONFIG_ID"))
    if call.world.lines.lines.pop(number, None) is None:
        return False
    for name, line in [key for key in call.world.lines.links if key[1] == number]:
        del call.world.lines.links[name, line]
    owners = {connector.owner for connector in call.world.lines.connectors.values()}
    for owner in owners:
        call.world.events.emit(call.world, "ONIMCONNECTORLINEDELETE", number, call.caller.user_id, only=owner)
    return True


@method("imopenlines.dialog.get", scope=SCOPE)
def dialog_get(call: Call) -> dict[str, Any]:
    chat = _chat(call)
    entity = chat.entity
    kinds = "|".join(f"{kind}|{entity.get(kind, 0)}" for kind in ("LEAD", "COMPANY", "CONTACT", "DEAL"))
    kind, number = next(iter(entity.items()), ("NONE", 0))
    return {
        "id": chat.id,
        "dialog_id": f"chat{chat.id}",
        "name": chat.name,
        "owner": chat.operator,
        "entity_type": "LINES",
        "entity_id": chat.code,
        "entity_data_1": f"{'Y' if entity else 'N'}|{kind}|{number}|N|N|{chat.session}|0|0|0|0",
        "entity_data_2": kinds,
        "last_message_id": chat.messages[-1].id if chat.messages else 0,
    }


@method("imopenlines.session.history.get", scope=SCOPE)
def history(call: Call) -> dict[str, Any]:
    """By session for everybody, by chat for its members; messages are a map by id (11.8 (68))."""
    world, session = call.world, whole(call.loose("SESSION_ID"))
    if session:
        chat = world.lines.chat_of(session)
        if chat is None:
            raise RestError("CHAT_ID", "An incorrect chat identifier was provided")
    else:
        chat = _chat(call)
        _member(call, chat)
        session = chat.session
    rows = _of_session(chat, session)
    files = {str(file["id"]): file for row in rows for file in _files(row)}
    names = world.lines.names
    return {
        "chatId": chat.id,
        "sessionId": session,
        "userId": f"chat{chat.id}",
        "message": {str(row.id): _message(world, chat, row) for row in rows},
        "usersMessage": {f"chat{chat.id}": [str(row.id) for row in reversed(rows)]},
        "users": {str(chat.guest): {"id": str(chat.guest), "name": names[chat.guest], "connector": True}}
        | {
            str(row.author): {"id": str(row.author), "name": world.users[row.author].name, "connector": False}
            for row in rows
            if row.author in world.users
        },
        "files": files or [],
    }


@method("imopenlines.session.open", scope=SCOPE)
def session_open(call: Call) -> dict[str, str]:
    code = str(call.loose("USER_CODE") or "")
    chat = next((chat for chat in call.world.lines.chats.values() if chat.code == code), None)
    if chat is None:
        raise RestError("CHAT_ID", "An incorrect chat identifier was provided")
    return {"chatId": str(chat.id)}


@method("imopenlines.session.join", scope=SCOPE)
def session_join(call: Call) -> bool:
    _chat(call).members.add(call.caller.user_id)
    return True


@method("imopenlines.crm.chat.get", scope=SCOPE)
def crm_chats(call: Call) -> list[dict[str, str]]:
    kind, number = str(call.loose("CRM_ENTITY_TYPE") or "").upper(), whole(call.loose("CRM_ENTITY"))
    names = call.world.lines.connectors
    return [
        {
            "CHAT_ID": str(chat.id),
            "CONNECTOR_ID": chat.connector,
            "CONNECTOR_TITLE": names[chat.connector].name if chat.connector in names else chat.connector,
        }
        for chat in call.world.lines.chats.values()
        if chat.entity.get(kind) == number and not (call.loose("ACTIVE_ONLY") == "Y" and chat.closed)
    ]


@method("imopenlines.crm.message.add", scope=SCOPE)
def crm_message(call: Call) -> int:
    chat, user = _chat(call), whole(call.loose("USER_ID"))
    if user not in chat.members:
        raise RestError("ACCESS_DENIED", "The user is not in the chat", 403)
    return lines.answer(call.world, chat, user, str(call.loose("MESSAGE") or "")).id


@method("imopenlines.operator.answer", scope=SCOPE)
def operator_answer(call: Call) -> bool:
    chat = _chat(call)
    chat.operator = call.caller.user_id
    chat.members.add(call.caller.user_id)
    return True


@method("imopenlines.operator.finish", scope=SCOPE)
def operator_finish(call: Call) -> bool:
    lines.finish(call.world, _chat(call), call.caller.user_id)
    return True


@method("imopenlines.operator.transfer", scope=SCOPE)
def operator_transfer(call: Call) -> bool:
    """reference 5.6: CHAT_ID_EMPTY, TRANSFER_ID_EMPTY, OPERATOR_WRONG."""
    if not whole(call.loose("CHAT_ID")):
        raise RestError("CHAT_ID_EMPTY", "Chat ID can't be empty")
    target = call.loose("USER_ID") or call.loose("QUEUE_ID") or call.loose("TRANSFER_ID")
    if not target:
        raise RestError("TRANSFER_ID_EMPTY", "Queue ID or User ID can't be empty")
    if not str(target).startswith("queue") and whole(target) not in call.world.users:
        raise RestError("OPERATOR_WRONG", "The operator is wrong")
    chat = _chat(call)
    chat.operator = 0 if str(target).startswith("queue") else whole(target)
    chat.members |= {chat.operator} if chat.operator else set()
    return True


def add_to_chat(call: Call, number: int, text: str) -> int:
    """im.message.add into an open line: a system message stays inside, a person's goes out (11.8 (65))."""
    chat = lines.chat_with(call.world, number)
    _member(call, chat)
    if call.loose("SYSTEM") in ("Y", True, "1", 1):
        return lines.post(call.world, chat, 0, text).id
    return lines.answer(call.world, chat, call.caller.user_id, text).id


def change_own(call: Call, number: int, **values: Any) -> None:
    """A message that the caller wrote into an open line."""
    rows = (row for chat in call.world.lines.chats.values() for row in chat.messages if row.id == number)
    row = next(rows, None)
    if row is None or row.author != call.caller.user_id:
        raise RestError("CANT_EDIT_MESSAGE", "Time has expired for modification or you don't have access", 403)
    for name, value in values.items():
        setattr(row, name, value)


def _chat(call: Call) -> Chat:
    number = whole(call.loose("CHAT_ID")) or whole(str(call.loose("DIALOG_ID") or "").removeprefix("chat"))
    if number:
        return lines.chat_with(call.world, number)
    session, code = whole(call.loose("SESSION_ID")), call.loose("USER_CODE")
    chats = call.world.lines.chats.values()
    chat = call.world.lines.chat_of(session) or next((chat for chat in chats if code and chat.code == code), None)
    return chat or lines.chat_with(call.world, 0)


def _member(call: Call, chat: Chat) -> None:
    if call.caller.user_id not in chat.members:
        text = "You cannot open this conversation because you do not have sufficient rights."
        raise RestError("ACCESS_DENIED", text, 403)


def _of_session(chat: Chat, session: int) -> list[Message]:
    start = chat.sessions[session]
    later = [first for first in chat.sessions.values() if first > start]
    return chat.messages[start : min(later, default=None)]


def _files(row: Message) -> list[dict[str, Any]]:
    return [{"id": row.id * 10 + place, **file} for place, file in enumerate(row.files)]  # a kept one has its own id


def _message(world: World, chat: Chat, row: Message) -> dict[str, Any]:
    params: dict[str, Any] = {}
    if row.external:
        params["connectorMid"] = row.external
    if row.files:
        params["fileId"] = [str(file["id"]) for file in _files(row)]
    if row.deleted:
        params["isDeleted"] = "Y"
    if row.hidden:
        params["class"] = "bx-messenger-content-item-system"  # a whisper looks so; no page names its flag
    return {
        "id": str(row.id),
        "chatid": str(chat.id),
        "senderid": str(row.author),
        "recipientid": f"chat{chat.id}",
        "date": show_moment(row.created, world.zone),
        "text": "Сообщение удалено" if row.deleted else row.text,
        "textlegacy": row.text,
        "params": params or [],  # reference 2.4
    }
