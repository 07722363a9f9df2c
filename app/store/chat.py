"""The site's chat: messages to a session lie in a stream that every gateway process can read and replay."""

from collections.abc import AsyncIterator

import orjson
import redis.asyncio as redis

from app.store import codec, keys
from app.store.link import Link

KEPT_SECONDS = 7 * 24 * 3600


class Chat:
    def __init__(self, link: Link, blocking: "redis.Redis") -> None:
        self._link = link
        self._blocking = blocking

    async def append(self, session: str, outbox_id: str, message: object) -> str:
        """Once for each outbox id, however often it is called. Returns the message's id in the chat."""
        entry: str = await self._link.run("chat", session, outbox_id, codec.to_json(message), KEPT_SECONDS)
        return entry

    async def messages(self, session: str, after: str, wait_ms: int) -> AsyncIterator[tuple[str, object]]:
        """(id, message) after an id, waiting up to `wait_ms` for the first one."""
        key = f"{keys.PREFIX}chat:{session}"
        for _, entries in await self._blocking.xread({key: after or "0"}, count=100, block=wait_ms) or []:
            for entry, fields in entries:
                yield entry, orjson.loads(fields["m"])
