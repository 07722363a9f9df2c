"""Open Lines: a connector of our own, the commands of its chats, and what its events and answers say.

Every command here needs an application (docs of the vendor: 403 WRONG_AUTH_TYPE through a webhook).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bitrix.errors import BitrixError, Invalid, error_of
from bitrix.wire import Command, section, whole

MESSAGE_EVENTS = ("ONIMCONNECTORMESSAGEADD", "ONIMCONNECTORMESSAGEUPDATE", "ONIMCONNECTORMESSAGEDELETE")
STATE_EVENTS = ("ONIMCONNECTORSTATUSDELETE", "ONIMCONNECTORLINEDELETE", "ONIMCONNECTORDIALOGFINISH")
NAME_CHARACTERS = 25
WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A customer as the line knows them: our own ids, never a phone as an id."""

    id: str
    name: str = ""
    phone: str = ""
    chat_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message into the line. `author`: a portal user on whose behalf it stands there; None: the guest."""

    id: str
    text: str
    at: int  # unix time; the portal shows the moment of arrival
    author: int | None = None
    files: Sequence[Mapping[str, str]] = ()  # url, name


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A chat in which something happened, as an event of the connector names it."""

    chat_id: int
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A message as the chat's history holds it.

    internal       seen by operators only: the system's own, or whispered
    external_ids   what a connector called it or was told of it
    """

    id: int
    author: int  # 0: the system
    text: str
    deleted: bool
    internal: bool = False
    external_ids: tuple[str, ...] = ()
    files: tuple[Mapping[str, Any], ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Messages by ascending id. `guests`: users that a connector made."""

    chat_id: int
    session_id: int
    messages: tuple[Written, ...]
    guests: frozenset[int]


# --- set-up


def register(connector: str, *, name: str, icon: str, handler: str) -> Command:
    """Again with the same id it is an update. HTTP is 200 even when refused: ask `check_registered`."""
    params = {
        "ID": connector,
        "NAME": name,
        "ICON": {"DATA_IMAGE": icon, "COLOR": "#0f766e", "SIZE": "70%", "POSITION": "center"},
        "PLACEMENT_HANDLER": handler,
        "CHAT_GROUP": "N",
        "NEED_SIGNATURE": "N",
        "NEED_SYSTEM_MESSAGES": "N",
        "NEWSLETTER": "N",
        "DEL_EXTERNAL_MESSAGES": "Y",
        "EDIT_INTERNAL_MESSAGES": "Y",
        "DEL_INTERNAL_MESSAGES": "Y",
    }
    return Command(method="imconnector.register", params=params)


def check_registered(value: Any) -> None:
    """Raises the error that a 200 hides in its result."""
    if isinstance(value, Mapping) and not value.get("result", True):
        raise error_of(value.get("error") or "", value.get("error_description") or "", method="imconnector.register")


def activate(connector: str, line: int, *, active: bool = True) -> Command:
    """→ True. Our connector on this line, on or off."""
    return Command(method="imconnector.activate", params={"CONNECTOR": connector, "LINE": line, "ACTIVE": int(active)})


def describe(connector: str, line: int, *, account: str, url: str, name: str) -> Command:
    """The whole description each time: sources disagree whether the rest is kept."""
    data = {"ID": account, "URL": url, "URL_IM": url, "NAME": name}
    params = {"CONNECTOR": connector, "LINE": line, "DATA": data}
    return Command(method="imconnector.connector.data.set", params=params)


def status(connector: str, line: int) -> Command:
    """→ `{"LINE", "CONNECTOR", "ERROR", "CONFIGURED", "STATUS"}`."""
    return Command(method="imconnector.status", params={"CONNECTOR": connector, "LINE": line})


def lines() -> Command:
    """→ rows with `ID`, `LINE_NAME`, `ACTIVE`, `CRM_CREATE`."""
    return Command(method="imopenlines.config.list.get", params={"PARAMS": {"order": {"ID": "ASC"}}})


def line_add(name: str, users: Sequence[int]) -> Command:
    """→ the line's id. It makes no lead (CRM_CREATE none), greets nobody and asks for no vote."""
    params = _line_params() | {"LINE_NAME": name, "QUEUE": [{"ENTITY_TYPE": "user", "ENTITY_ID": u} for u in users]}
    return Command(method="imopenlines.config.add", params={"PARAMS": params})


def line_update(line: int) -> Command:
    """Only what would make a second lead or speak to the customer beside us."""
    return Command(method="imopenlines.config.update", params={"CONFIG_ID": line, "PARAMS": _line_params()})


def _line_params() -> dict[str, Any]:
    return {
        "ACTIVE": "Y",
        "CRM": "Y",
        "CRM_CREATE": "none",
        "CRM_SOURCE": "create",
        "QUEUE_TYPE": "all",
        "WELCOME_MESSAGE": "N",
        "VOTE_MESSAGE": "N",
        "WORKTIME_ENABLE": "N",
        "NO_ANSWER_RULE": "none",
        "CLOSE_RULE": "none",
        "AUTO_CLOSE_RULE": "none",
    }


def bound_events() -> Command:
    """→ `[{"event", "handler"}]`."""
    return Command(method="event.get", params={})


def bind(event: str, handler: str) -> Command:
    """A second binding of the same is an error whose code differs: ask `bound_events` first."""
    return Command(method="event.bind", params={"event": event, "handler": handler})


# --- the chat


def send(connector: str, line: int, guest: Guest, said: Sequence[Said]) -> Command:
    """Read with `read_sent`. The portal does not know a message id again: never repeat what may have run."""
    messages = [{"user": _user(guest), "message": _message(one), "chat": _chat(guest)} for one in said]
    params = {"CONNECTOR": connector, "LINE": line, "MESSAGES": messages}
    return Command(method="imconnector.send.messages", params=params)


def update(connector: str, line: int, guest: Guest, ids: Sequence[str], text: str) -> Command:
    """Another text for messages of the guest, whose name and chat's name become those of `guest`."""
    messages = [{"user": _user(guest), "message": {"id": one, "text": text}, "chat": _chat(guest)} for one in ids]
    params = {"CONNECTOR": connector, "LINE": line, "MESSAGES": messages}
    return Command(method="imconnector.update.messages", params=params)


def delete(connector: str, line: int, guest: Guest, ids: Sequence[str]) -> Command:
    """Messages of the guest, by the ids that they came with."""
    messages = [{"user": {"id": guest.id}, "message": {"id": one}, "chat": {"id": guest.id}} for one in ids]
    params = {"CONNECTOR": connector, "LINE": line, "MESSAGES": messages}
    return Command(method="imconnector.delete.messages", params=params)


def own_update(message_id: int, text: str) -> Command:
    """Of the caller's own messages."""
    return Command(method="im.message.update", params={"MESSAGE_ID": message_id, "MESSAGE": text})


def own_delete(message_id: int) -> Command:
    """Of the caller's own messages; those of others the portal refuses."""
    return Command(method="im.message.delete", params={"MESSAGE_ID": message_id})


def deletes(command: Command) -> int:
    """How many messages a command deletes."""
    if command.method == "imconnector.delete.messages":
        return len(command.params["MESSAGES"])
    return int(command.method == "im.message.delete")


def delivered(connector: str, line: int, guest: str, hint: Hint, external_id: str, at: int) -> Command:
    """Tells the operator that the customer has it. The id is a list even for one."""
    message = {
        "im": {"chat_id": hint.chat_id, "message_id": hint.message_id},
        "message": {"id": [external_id], "date": at},
        "chat": {"id": guest},
    }
    params = {"CONNECTOR": connector, "LINE": line, "MESSAGES": [message]}
    return Command(method="imconnector.send.status.delivery", params=params)


def system_message(chat_id: int, text: str) -> Command:
    """Seen by operators only: the line does not send it on. Its author must be in the chat."""
    params = {"DIALOG_ID": f"chat{chat_id}", "MESSAGE": text, "SYSTEM": "Y"}
    return Command(method="im.message.add", params=params)


def join(chat_id: int) -> Command:
    """The caller enters the chat: only its members write in it."""
    return Command(method="imopenlines.session.join", params={"CHAT_ID": chat_id})


def dialog(chat_id: int) -> Command:
    """→ `entity_id` (the user code), `entity_data_1` whose sixth part is the session: `read_guest`, `read_session`."""
    return Command(method="imopenlines.dialog.get", params={"CHAT_ID": chat_id})


def chats_of(contact: int) -> Command:
    """→ `[{"CHAT_ID", "CONNECTOR_ID"}]`, those that are over too. Read with `read_chats`."""
    params = {"CRM_ENTITY_TYPE": "CONTACT", "CRM_ENTITY": contact, "ACTIVE_ONLY": "N"}
    return Command(method="imopenlines.crm.chat.get", params=params)


def history(session_id: int) -> Command:
    """By session: by chat only its members may ask. Read with `read_history`."""
    return Command(method="imopenlines.session.history.get", params={"SESSION_ID": session_id})


# --- answers and events


def read_sent(value: Any) -> list[tuple[int, int] | BitrixError]:
    """Chat and session of each message, or why it was not taken (HTTP is 200 all the same)."""
    rows = section(section(value).get("DATA")).get("RESULT")
    return [_taken(row) for row in (rows if isinstance(rows, list) else [])]


def hints(data: Mapping[str, Any], connector: str, line: int) -> list[Hint]:
    """The chats that a message event names, of our connector and line only."""
    if str(data.get("CONNECTOR", "")).lower() != connector or str(data.get("LINE", "")) != str(line):
        return []
    messages = data.get("MESSAGES")
    ims = [section(section(row).get("im")) for row in (messages if isinstance(messages, list) else [])]
    found = [(_int(im.get("chat_id")), _int(im.get("message_id"))) for im in ims]
    return [Hint(chat_id=chat, message_id=message) for chat, message in found if chat and message]


def finished(data: Mapping[str, Any], connector: str, line: int) -> list[int]:
    """The chats whose dialogue ONIMCONNECTORDIALOGFINISH calls closed."""
    if str(data.get("CONNECTOR", "")).lower() != connector or str(data.get("LINE", "")) != str(line):
        return []
    rows = [section(row) for row in _list(data.get("DATA"))]
    return [chat for row in rows if (chat := _int(section(row.get("chat")).get("id")))]


def read_session(value: Any) -> int:
    """The session of a `dialog`; 0 when it names none."""
    parts = str(section(value).get("entity_data_1", "")).split("|")
    return _int(parts[5]) if len(parts) > 5 else 0


def read_guest(value: Any) -> str:
    """The guest's chat by our name for it, out of a `dialog`: the third part of its user code."""
    parts = str(section(value).get("entity_id", "")).split("|")
    return parts[2] if len(parts) > 2 else ""


def read_chats(value: Any, connector: str) -> list[int]:
    """Of a connector, from the answer of `chats_of`."""
    rows = [section(row) for row in value] if isinstance(value, list) else []
    return [_int(row.get("CHAT_ID")) for row in rows if row.get("CONNECTOR_ID") == connector]


def read_history(value: Any) -> History:
    """From the answer of `history`."""
    whole = section(value)
    files, users = section(whole.get("files")), section(whole.get("users"))
    rows = sorted((section(row) for row in section(whole.get("message")).values()), key=lambda row: _int(row.get("id")))
    return History(
        chat_id=_int(whole.get("chatId")),
        session_id=_int(whole.get("sessionId")),
        messages=tuple(_written(row, files) for row in rows if _int(row.get("id"))),
        guests=frozenset(_int(number) for number, user in users.items() if section(user).get("connector")),
    )


def _written(row: Mapping[str, Any], files: Mapping[str, Any]) -> Written:
    params = {str(key).replace("_", "").lower(): value for key, value in section(row.get("params")).items()}
    numbers = [str(number) for number in _list(params.get("fileid"))]
    return Written(
        id=_int(row.get("id")),
        author=_int(row.get("senderid")),
        text=str(row.get("text") or ""),
        deleted=params.get("isdeleted") == "Y",
        internal=bool(params.get("class")) or not _int(row.get("senderid")),
        external_ids=tuple(str(one) for one in _list(params.get("connectormid"))),
        files=tuple(section(files.get(number)) for number in numbers if section(files.get(number))),
    )


def _taken(row: Any) -> tuple[int, int] | BitrixError:
    row = section(row)
    session = section(row.get("session"))
    chat = _int(session.get("CHAT_ID"))
    if row.get("SUCCESS") and chat:
        return chat, _int(session.get("ID"))
    errors = "; ".join(str(error) for error in _list(row.get("ERRORS")))
    return Invalid("not_taken", errors or "the line gives no reason", method="imconnector.send.messages")


def _user(guest: Guest) -> dict[str, str]:
    phone = {"phone": guest.phone, "skip_phone_validate": "Y"} if guest.phone else {}
    return {"id": guest.id, "name": person_name(guest.name), **phone}


def person_name(name: str) -> str:
    """As the portal takes it, at most 25 signs: words of letters, hyphens and apostrophes only between letters.

    Else the portal refuses the message with it. Empty where the name has no letters: the portal finds its own word.
    """
    words = " ".join(WORD.findall(unicodedata.normalize("NFC", name)))
    return words[:NAME_CHARACTERS].rstrip(" -'")


def _message(said: Said) -> dict[str, Any]:
    author = {"user_id": said.author} if said.author is not None else {}
    files = {"files": [dict(file) for file in said.files]} if said.files else {}
    return {"id": said.id, "date": said.at, "text": said.text, "disable_crm": "Y", **author, **files}


def _chat(guest: Guest) -> dict[str, str]:
    return {"id": guest.id} | ({"name": guest.chat_name} if guest.chat_name else {})


def _list(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def _int(value: Any) -> int:
    return whole(value) or 0
