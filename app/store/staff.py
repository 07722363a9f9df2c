"""Which chats are our own people's: where notices go while the portal is away."""

from collections import defaultdict
from dataclasses import dataclass

import orjson

from app.domain.card import Role
from app.store import codec, keys
from app.store.link import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffChat:
    """Where one of ours hears: enough for `channel.render` and for the outbox of `conversation_id`."""

    conversation_id: str
    channel: str
    account: str
    chat_id: str


class Staff:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def bind(self, role: Role, chat: StaffChat) -> None:
        """A chat has one role; binding it again changes the role."""
        value = codec.to_json({"role": role, **codec.plain(chat)})
        await self._link.command("HSET", keys.STAFF, chat.conversation_id, value)

    async def unbind(self, conversation_id: str) -> bool:
        return bool(await self._link.command("HDEL", keys.STAFF, conversation_id))

    async def staff_chats(self) -> dict[Role, tuple[StaffChat, ...]]:
        """Role → its chats, in a stable order. A role that nobody bound is left out."""
        words = await self._link.command("HGETALL", keys.STAFF)
        chats: dict[Role, list[StaffChat]] = defaultdict(list)
        for value in sorted(words[1::2]):
            fields = orjson.loads(value)
            chats[Role(fields.pop("role"))].append(StaffChat(**fields))
        return {role: tuple(found) for role, found in chats.items()}
