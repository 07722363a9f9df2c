"""Open Lines at work: a guest or an operator writes, and who hears of it (reference 5, 11.8)."""

from __future__ import annotations

import re
from typing import Any

from sandbox.portal.calls import listing, mapping, whole
from sandbox.portal.errors import RestError
from sandbox.portal.fields import show_moment
from sandbox.portal.line_chats import Chat, Connector, Link, Message
from sandbox.portal.lines_crm import bound
from sandbox.portal.world import World

NAME = re.compile(r"[^\W\d_]+(?:[ '\-]*[^\W\d_]+)*\.?")
NAME_CHARACTERS = 25
DEFAULTS = {"LINE_NAME": "Открытая линия", "ACTIVE": "Y", "CRM": "Y", "CRM_CREATE": "lead", "QUEUE_TYPE": "evenly"}


def receive(world: World, connector: Connector, line: int, item: dict[str, Any]) -> dict[str, Any]:
    """One message from outside; a bad one fails alone. Nothing recognises an id that came before (11.8 (63))."""
    user, message, chat = (mapping(item.get(part)) for part in ("user", "message", "chat"))
    problem = _problem(user, message, chat)
    shown = {"user": str(user.get("id", "")), "message": message | {"date": {}}, "chat": chat}
    if problem:
        return shown | {"SUCCESS": False, "ERRORS": [problem]}
    room = _room(world, connector, line, user, chat)
    author = whole(message.get("user_id")) or room.guest
    row = post(world, room, author, str(message.get("text") or ""), _files(message), external=[str(message["id"])])
    if author != room.guest:
        tell(world, room, "ADD", row, by=author)  # what stands there on behalf of an operator comes back too (65)
    session = {"ID": str(room.session), "CHAT_ID": str(room.id)}
    return shown | {"user": str(room.guest), "SUCCESS": True, "session": session}


def post(
    world: World,
    chat: Chat,
    author: int,
    text: str,
    files: list[dict[str, Any]] | None = None,
    *,
    external: list[str] | None = None,
    hidden: bool = False,
) -> Message:
    number = world.next_id("message")
    row = Message(id=number, author=author, text=text, created=world.now(), files=files or [], external=external or [])
    row.hidden = hidden
    row.delivered = author in (0, chat.guest)
    chat.messages.append(row)
    return row


def answer(world: World, chat: Chat, user: int, text: str, files: list[dict[str, Any]] | None = None) -> Message:
    """An operator writes: the owner of the connector is told, and nobody else (11.8 (65))."""
    chat.members.add(user)
    chat.operator = chat.operator or user
    row = post(world, chat, user, text, files)
    tell(world, chat, "ADD", row, by=user)
    return row


def tell(world: World, chat: Chat, what: str, row: Message, *, by: int) -> None:
    """MESSAGEADD, and UPDATE and DELETE where the connector wants them and knows the message (11.8 (66))."""
    connector = world.lines.connectors.get(chat.connector)
    if connector is None or (what == "UPDATE" and not connector.edits) or (what == "DELETE" and not connector.deletes):
        return
    message: dict[str, Any] = {"user_id": by, "text": _signed(world, connector, row)}
    if what == "ADD" and row.files:
        message["files"] = row.files
    if what != "ADD":
        if not row.external:
            return
        message = {"id": row.external if what == "UPDATE" else row.external[0], "text": row.text}
    rows = [{"im": {"chat_id": chat.id, "message_id": row.id}, "message": message, "chat": {"id": chat.external_chat}}]
    data = {"CONNECTOR": connector.id, "LINE": chat.line, "MESSAGES": rows}
    world.events.emit(world, f"ONIMCONNECTORMESSAGE{what}", data, by, only=connector.owner)


def finish(world: World, chat: Chat, by: int) -> None:
    """The session ends; the next message opens another one in the same chat (11.8 (67))."""
    chat.closed = True
    post(world, chat, 0, "Диалог завершён")
    _dialog(world, chat, "FINISH", by)


def removed(world: World, client_id: str) -> None:
    """An application that leaves takes its connectors along (reference 1.3)."""
    gone = [name for name, connector in world.lines.connectors.items() if connector.owner == client_id]
    for name in gone:
        unregister(world, name)


def unregister(world: World, name: str) -> None:
    lines = world.lines
    del lines.connectors[name]
    for key in [key for key in lines.links if key[0] == name]:
        del lines.links[key]


def link(world: World, connector: str, line: int) -> Link:
    return world.lines.links.setdefault((connector, line), Link())


def _room(world: World, connector: Connector, line: int, user: dict[str, Any], chat: dict[str, Any]) -> Chat:
    """The chat of this guest, with a session that is open."""
    lines, external_user, external_chat = world.lines, str(user["id"]), str(chat["id"])
    guest = lines.guests.setdefault((connector.id, external_user), 0) or world.next_id("guest")
    lines.guests[connector.id, external_user] = guest
    lines.names[guest] = str(user.get("name") or "Гость")
    for room in lines.chats.values():
        same = room.external_chat == external_chat if connector.groups else room.external_user == external_user
        if (room.connector, room.line) == (connector.id, line) and same:
            if room.closed:
                room.session, room.closed, room.operator = world.next_id("session"), False, 0
                room.sessions[room.session] = len(room.messages)
                _dialog(world, room, "START", guest)
            return room
    room = _new_room(world, connector, line, external_user, external_chat, guest)
    room.name = f"{chat.get('name') or lines.names[guest]} - {lines.lines[line]['LINE_NAME']}"
    bind(world, room, user)
    _dialog(world, room, "START", guest)
    return room


def _new_room(
    world: World, connector: Connector, line: int, external_user: str, external_chat: str, guest: int
) -> Chat:
    number, session = world.next_id("chat"), world.next_id("session")
    room = Chat(
        id=number,
        connector=connector.id,
        line=line,
        external_chat=external_chat,
        external_user=external_user,
        guest=guest,
        name="",
        session=session,
        sessions={session: 0},
    )
    room.members = {whole(mapping(row).get("ENTITY_ID")) for row in listing(world.lines.lines[line].get("QUEUE"))}
    world.lines.chats[number] = room
    return room


def bind(world: World, chat: Chat, user: dict[str, Any]) -> None:
    """CRM=Y searches by the user code, phone and e-mail; CRM_CREATE says what is made of a stranger (11.8 (64))."""
    params = world.lines.lines[chat.line]
    if params["CRM"] == "Y":
        chat.entity = bound(world, chat, user, str(params["CRM_CREATE"]))


def _dialog(world: World, chat: Chat, what: str, by: int) -> None:
    connector = world.lines.connectors.get(chat.connector)
    if connector is None:
        return
    ids = {"connector_id": chat.connector, "line_id": chat.line, "chat_id": chat.external_chat}
    row = {
        "connector": ids | {"user_id": chat.external_user},
        "session": {"id": chat.session, "closed": "Y" if chat.closed else "N", "parent_id": "", "close_term": ""},
        "chat": {"id": chat.id},
        "user": {"id": chat.operator},
    }
    data = {"CONNECTOR": chat.connector, "LINE": chat.line, "DATA": [row]}
    world.events.emit(world, f"ONIMCONNECTORDIALOG{what}", data, by, only=connector.owner)


def _problem(user: dict[str, Any], message: dict[str, Any], chat: dict[str, Any]) -> str:
    if not user.get("id") or not chat.get("id") or not message.get("id"):
        return "Not all the required data"
    if not message.get("text") and not listing(message.get("files")):
        return "Not all the required data"
    for name in (str(user.get(part) or "") for part in ("name", "last_name")):
        if name and (len(name) > NAME_CHARACTERS or not NAME.fullmatch(name)):
            return "Invalid user name"
    return ""


def _files(message: dict[str, Any]) -> list[dict[str, Any]]:
    rows = [mapping(row) for row in listing(message.get("files"))]
    return [{"name": str(row.get("name") or "file"), "link": str(row.get("url", "")), "type": "file"} for row in rows]


def _signed(world: World, connector: Connector, row: Message) -> str:
    user = world.users.get(row.author)
    if not connector.signature or user is None:
        return row.text
    return f"[b]{user.name} {user.last_name}:[/b] [br]{row.text}"


def shown(world: World) -> list[dict[str, Any]]:
    """Chats for a page, the newest first."""
    return [
        {
            "id": chat.id,
            "name": chat.name,
            "closed": chat.closed,
            "operator": chat.operator,
            "entity": chat.entity,
            "session": chat.session,
            "messages": [
                {
                    "id": row.id,
                    "author": world.lines.names.get(row.author) if row.author == chat.guest else row.author,
                    "guest": row.author == chat.guest,
                    "text": row.text,
                    "files": row.files,
                    "delivered": row.delivered,
                    "deleted": row.deleted,
                    "created": show_moment(row.created, world.zone),
                }
                for row in chat.messages
            ],
        }
        for chat in reversed(world.lines.chats.values())
    ]


def chat_with(world: World, number: int) -> Chat:
    chat = world.lines.chats.get(number)
    if chat is None:
        raise RestError("CHAT_ID", "An incorrect chat identifier was provided")
    return chat
