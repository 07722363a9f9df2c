"""A person at work in an open line: writes, changes, deletes, closes; same events as the real screen (11.6 (54))."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from sandbox.portal import lines
from sandbox.portal.bots import download_link, keep_file
from sandbox.portal.errors import RestError, not_found
from sandbox.portal.line_chats import Chat, Message
from sandbox.portal.world import World


class FileBody(BaseModel):
    name: str
    content: str = ""
    type: Literal["file", "image"] = "file"


class Operation(BaseModel):
    """What an operator does in a chat. `whisper`: seen by operators only."""

    user: int
    do: Literal["write", "whisper", "edit", "delete", "finish"] = "write"
    chat: int
    text: str = ""
    message: int = Field(default=0, description="of `edit` and `delete`")
    files: list[FileBody] = Field(default_factory=list)


def operate(world: World, deed: Operation) -> dict[str, Any]:
    if deed.user not in world.users:
        raise RestError("", f"There is no user {deed.user}")
    chat = lines.chat_with(world, deed.chat)
    match deed.do:
        case "write":
            files = [_kept(world, chat, file) for file in deed.files]
            return {"message": lines.answer(world, chat, deed.user, deed.text, files).id}
        case "whisper":  # the connector never hears it (reference 11.8 (65))
            return {"message": lines.post(world, chat, deed.user, deed.text, hidden=True).id}
        case "finish":
            lines.finish(world, chat, deed.user)
            return {"finished": chat.id}
        case "edit":
            row = _message(chat, deed.message)
            row.text = deed.text
            lines.tell(world, chat, "UPDATE", row, by=deed.user)
        case "delete":
            row = _message(chat, deed.message)
            row.deleted = True
            lines.tell(world, chat, "DELETE", row, by=deed.user)
    return {"message": deed.message}


def _kept(world: World, chat: Chat, file: FileBody) -> dict[str, Any]:
    """A file on the portal's disk, with the link that the connector is given (reference 5.4)."""
    row = keep_file(world, chat.id, file.name, file.content.encode())
    return {"id": row["id"], "name": file.name, "type": file.type, "link": download_link(world, row["id"])}


def _message(chat: Chat, number: int) -> Message:
    row = next((row for row in chat.messages if row.id == number), None)
    if row is None:
        raise not_found()
    return row
