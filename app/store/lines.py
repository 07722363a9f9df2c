"""The open line's side of conversations: which chat is whose, what it has got, what its operators have written."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson

from app.domain.card import Line
from app.store import codec, keys
from app.store.link import Link
from app.store.mailbox import text_hash

LINES = 50  # of one conversation in one go
KEPT_SECONDS = 90 * 24 * 3600  # since anything last came into the chat


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLine:
    """The line that is connected. `author`: the portal user in whose name our own texts stand in the chats."""

    connector: str
    line: int
    author: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One conversation's chat. `read`: the highest message id taken over; 0 chat: there is none yet.

    former   sessions of the chat that are over
    """

    chat: int = 0
    session: int = 0
    read: int = 0
    bound: bool = False  # the contact carries the chat's user code
    former: Sequence[int] = ()

    @property
    def sessions(self) -> tuple[int, ...]:
        return tuple(session for session in (*self.former, self.session) if session)

    def entered(self, chat: int, session: int) -> "Talk":
        """A message came into this chat, in this session."""
        former = self.former if session == self.session else self.sessions
        return replace(self, chat=chat, session=session, former=former)


class Lines:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def line(self) -> OpenLine | None:
        text = await self._link.command("GET", keys.TALKING)
        return OpenLine(**orjson.loads(text)) if text else None

    async def connect(self, line: OpenLine) -> None:
        """From now on every committed dialogue line is mirrored."""
        await self._link.command("SET", keys.TALKING, codec.to_json(asdict(line)))

    async def disconnect(self) -> None:
        await self._link.command("DEL", keys.TALKING)

    # --- into the line

    async def waiting(self, conversation: str) -> list[Line]:
        rows = await self._link.command("LRANGE", f"{keys.PREFIX}t:{conversation}", 0, LINES - 1)
        return [codec.load(Line, row) for row in rows]

    async def add(self, conversation: str, line: Line) -> None:
        """For the operators only; the card does not get it."""
        await self._link.run("talk_add", conversation, codec.dump(line))

    async def done(self, conversation: str, entry: str, count: int) -> str:
        """That many lines stand in the chat: `done`, `more` or `stale`."""
        outcome: str = await self._link.run("talk_done", conversation, keys.GROUP, entry, count)
        return outcome

    # --- chats

    async def talk(self, conversation: str) -> Talk:
        found = await self._link.command("GET", _talk_key(conversation))
        return Talk(**orjson.loads(found)) if found else Talk()

    async def save(self, conversation: str, talk: Talk, now_ms: int) -> None:
        """The chat is findable first: who dies in between leaves it unknown, and it is looked for."""
        if talk.chat:
            await self._link.command("HSET", keys.LINE_CHATS, talk.chat, conversation)
            await self._link.command("ZADD", keys.LINE_SWEEP, "NX", now_ms, talk.chat)
        await self._link.command("SET", _talk_key(conversation), codec.to_json(asdict(talk)), "EX", KEPT_SECONDS)
        # Not before the chat itself: what was taken over would be taken over again.
        await self._link.command("EXPIRE", f"{keys.PREFIX}line:took:{conversation}", KEPT_SECONDS)

    async def unsweep(self, chats: Sequence[int]) -> None:
        """Their dialogues are over: read again when something comes into them, or an event tells of them."""
        if chats:
            await self._link.command("ZREM", keys.LINE_SWEEP, *chats)

    async def forget(self, chats: Sequence[int]) -> None:
        """Nobody has said anything there for `KEPT_SECONDS`."""
        if chats:
            await self.unsweep(chats)
            await self._link.command("HDEL", keys.LINE_CHATS, *chats)

    async def of_chats(self, chats: Sequence[int]) -> dict[int, str]:
        """The conversations of those chats that are ours."""
        if not chats:
            return {}
        found = await self._link.command("HMGET", keys.LINE_CHATS, *chats)
        return {chat: conversation for chat, conversation in zip(chats, found, strict=True) if conversation}

    async def hint(self, chats: Mapping[str, Any]) -> None:
        """An event told of a chat."""
        await self._link.command("XADD", keys.LINE_HINTS, "*", "h", codec.to_json(dict(chats)))

    async def longest_unread(self, count: int, now_ms: int) -> list[int]:
        """Chats to read without an event, those first that were read longest ago; they count as read now."""
        chats = [int(chat) for chat in await self._link.command("ZRANGE", keys.LINE_SWEEP, 0, count - 1)]
        if chats:
            words = [word for chat in chats for word in (now_ms, chat)]
            await self._link.command("ZADD", keys.LINE_SWEEP, "XX", *words)
        return chats

    # --- what is ours, what was taken over

    async def note_ours(self, conversation: str, texts: Sequence[str]) -> None:
        """Before they are sent into the chat: what stands there in an operator's name comes back as theirs."""
        key = f"{keys.PREFIX}line:own:{conversation}"
        for text in texts:
            await self._link.command("HINCRBY", key, text_hash(text), 1)
        if texts:
            await self._link.command("EXPIRE", key, KEPT_SECONDS)

    async def is_ours(self, conversation: str, text: str) -> bool:
        """Once for each time that it was noted."""
        key = f"{keys.PREFIX}line:own:{conversation}"
        left = await self._link.command("HINCRBY", key, text_hash(text), -1)
        if int(left) < 0:
            await self._link.command("HDEL", key, text_hash(text))
        return int(left) >= 0

    async def taken(self, conversation: str) -> dict[int, str]:
        """Operators' messages that were taken over, with the hash of their text; "" for deleted ones."""
        flat = await self._link.command("HGETALL", f"{keys.PREFIX}line:took:{conversation}")
        return {int(number): digest for number, digest in zip(flat[::2], flat[1::2], strict=True)}

    async def take(self, conversation: str, message: int, digest: str) -> None:
        key = f"{keys.PREFIX}line:took:{conversation}"
        await self._link.command("HSET", key, message, digest)
        await self._link.command("EXPIRE", key, KEPT_SECONDS)


def _talk_key(conversation: str) -> str:
    return f"{keys.PREFIX}line:talk:{conversation}"
