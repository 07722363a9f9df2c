"""imconnector.*: an application's own channel in Open Lines (reference 5.2–5.5, 11.8 (62, 63, 66))."""

from __future__ import annotations

import re
from typing import Any

from sandbox.portal import lines
from sandbox.portal.calls import Call, listing, mapping, method, whole
from sandbox.portal.errors import RestError
from sandbox.portal.line_chats import Connector, Message

SCOPE = "imopenlines"
ID = re.compile(r"[a-z0-9_]+")
_MUST = (("ID", "CONNECTOR_ID_REQUIRED"), ("NAME", "NAME_REQUIRED"), ("ICON", "ICON_REQUIRED"))
_MUST_HAVE = (*_MUST, ("PLACEMENT_HANDLER", "NO_PLACEMENT_HANDLER"))


@method("imconnector.register", scope=SCOPE)
def register(call: Call) -> dict[str, Any]:
    """Refusals come in a 200 (11.8 (62)); the id is lower-cased; a second time is an update."""
    for name, code in _MUST_HAVE:
        if not call.loose(name):
            return {"result": False, "error": code, "error_description": code}
    connector_id = str(call.loose("ID")).lower()
    if not ID.fullmatch(connector_id):
        return {"result": False, "error": "GENERAL_CONNECTOR_REGISTRATION_ERROR"}
    known = call.world.lines.connectors.get(connector_id)
    if known is not None and known.owner != call.caller.application:
        return {"result": False, "error": "APPLICATION_REGISTRATION_ERROR"}
    call.world.lines.connectors[connector_id] = Connector(
        id=connector_id,
        name=str(call.loose("NAME")),
        owner=str(call.caller.application),
        handler=str(call.loose("PLACEMENT_HANDLER")),
        signature=_flag(call.loose("NEED_SIGNATURE"), True),
        groups=_flag(call.loose("CHAT_GROUP"), False),
        edits=_flag(call.loose("EDIT_INTERNAL_MESSAGES"), False),
        deletes=_flag(call.loose("DEL_INTERNAL_MESSAGES"), False),
    )
    return {"result": True}


@method("imconnector.unregister", scope=SCOPE)
def unregister(call: Call) -> dict[str, Any]:
    name = str(call.loose("ID") or "").lower()
    if name not in call.world.lines.connectors:
        return {"result": False, "error": "CONNECTOR_ID_REQUIRED"}
    lines.unregister(call.world, name)
    return {"result": True}


@method("imconnector.list", scope=SCOPE)
def connectors(call: Call) -> dict[str, str]:
    return {row.id: row.name for row in call.world.lines.connectors.values()}


@method("imconnector.activate", scope=SCOPE)
def activate(call: Call) -> bool:
    connector, line = _link(call)
    lines.link(call.world, connector.id, line).active = _flag(call.loose("ACTIVE"), False)
    return True


@method("imconnector.status", scope=SCOPE)
def status(call: Call) -> dict[str, Any]:
    """Without LINE it asks for line 0, which nobody configured (reference 5.2)."""
    name, line = str(call.loose("CONNECTOR") or "").lower(), whole(call.loose("LINE"))
    link = call.world.lines.links.get((name, line))
    active = link is not None and link.active
    return {"LINE": line, "CONNECTOR": name, "ERROR": False, "CONFIGURED": active, "STATUS": active}


@method("imconnector.connector.data.set", scope=SCOPE)
def data_set(call: Call) -> bool:
    connector, line = _link(call)
    lines.link(call.world, connector.id, line).data = mapping(call.loose("DATA"))
    return True


@method("imconnector.send.messages", scope=SCOPE)
def send_messages(call: Call) -> dict[str, Any]:
    """A list of messages, each with its own fate; HTTP is 200 whatever becomes of them (11.8 (63))."""
    connector, line, items = _active(call)
    return {"SUCCESS": True, "DATA": {"RESULT": [lines.receive(call.world, connector, line, item) for item in items]}}


@method("imconnector.update.messages", scope=SCOPE)
def update_messages(call: Call) -> dict[str, Any]:
    """A customer changed what they wrote; user and chat get the names that come along."""
    connector, line, items = _active(call)
    for item in items:
        user, room = mapping(item.get("user")), mapping(item.get("chat"))
        for chat in call.world.lines.chats.values():
            if (chat.connector, chat.line, chat.external_user) == (connector.id, line, str(user.get("id"))):
                chat.name = str(room.get("name") or chat.name)
                call.world.lines.names[chat.guest] = str(user.get("name") or call.world.lines.names[chat.guest])
    return _change(call, lambda row, message: setattr(row, "text", str(message.get("text") or "")))


@method("imconnector.delete.messages", scope=SCOPE)
def delete_messages(call: Call) -> dict[str, Any]:
    return _change(call, lambda row, _: setattr(row, "deleted", True))


@method("imconnector.send.status.delivery", scope=SCOPE)
def status_delivery(call: Call) -> dict[str, Any]:
    """`message.id` is a list; it is the name that later events call the message by (11.8 (66))."""
    _, _, items = _active(call)
    for item in items:
        im, message = mapping(item.get("im")), mapping(item.get("message"))
        if not isinstance(message.get("id"), list):
            raise RestError("ERROR_ARGUMENT", "Argument 'message.id' must be of type array", argument="message.id")
        row = _message(call, whole(im.get("chat_id")), whole(im.get("message_id")))
        if row is not None:
            row.delivered, row.external = True, [str(one) for one in message["id"]]
    return {"SUCCESS": True, "DATA": []}


@method("imconnector.send.status.reading", scope=SCOPE)
def status_reading(call: Call) -> dict[str, Any]:
    _active(call)
    return {"SUCCESS": True, "DATA": []}


def _change(call: Call, change: Any) -> dict[str, Any]:
    connector, line, items = _active(call)
    done = []
    for item in items:
        message = mapping(item.get("message"))
        found = [
            row
            for chat in call.world.lines.chats.values()
            if (chat.connector, chat.line) == (connector.id, line)
            for row in chat.messages
            if str(message.get("id")) in row.external and row.author == chat.guest
        ]
        for row in found:
            change(row, message)
        done.append({"message": message, "SUCCESS": bool(found)})
    return {"SUCCESS": True, "DATA": {"RESULT": done}}


def _message(call: Call, chat_id: int, message_id: int) -> Message | None:
    chat = call.world.lines.chats.get(chat_id)
    return next((row for row in chat.messages if row.id == message_id), None) if chat else None


def _link(call: Call) -> tuple[Connector, int]:
    """The caller's own connector and a line that exists."""
    for name in ("CONNECTOR", "LINE"):
        if not call.loose(name):
            raise RestError("ERROR_ARGUMENT", f"Argument '{name}' is null or empty", argument=name)
    connector = call.world.lines.connectors.get(str(call.loose("CONNECTOR")).lower())
    if connector is None or connector.owner != call.caller.application:
        raise RestError("IMCONNECTOR_NO_CORRECT_PROVIDER", "Could not find a suitable provider for the connector")
    line = whole(call.loose("LINE"))
    if line not in call.world.lines.lines:
        raise RestError("NOT_ACTIVE_LINE", "Line with this ID is inactive or does not exist")
    return connector, line


def _active(call: Call) -> tuple[Connector, int, list[dict[str, Any]]]:
    connector, line = _link(call)
    link = call.world.lines.links.get((connector.id, line))
    if link is None or not link.active or call.world.lines.lines[line]["ACTIVE"] != "Y":
        raise RestError("NOT_ACTIVE_LINE", "Line with this ID is inactive or does not exist")
    messages = call.loose("MESSAGES")
    if not messages:
        raise RestError("ERROR_ARGUMENT", "Argument 'MESSAGES' is null or empty", argument="MESSAGES")
    return connector, line, [_lower(mapping(item)) for item in listing(messages)]


def _lower(value: Any) -> Any:
    """Keys in any case (reference 5.3)."""
    if isinstance(value, dict):
        return {str(key).lower(): _lower(child) for key, child in value.items()}
    return [_lower(child) for child in value] if isinstance(value, list) else value


def _flag(value: Any, default: bool) -> bool:
    return default if value is None else value in (True, 1, "1", "Y", "y", "true")
