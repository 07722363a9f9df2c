"""Takes a person out of the store: what is theirs by key, what names them elsewhere, and the append-only file."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.domain.conversation import Conversation
from app.domain.ways import known
from app.store import codec, keys
from app.store.lines import Lines
from app.store.link import Link, StoreError
from app.store.talks import DealChat, Talks

PAGE = 500  # keys of one SCAN
REWRITE_SECONDS = 300.0
ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
GAP = re.compile(r"(?<=\d)[\s().–-]{1,3}(?=\d)")
LONG_ENOUGH = 6  # characters of a name or an id that is looked for inside other people's payloads
NOT_OURS = (keys.PREFIX + "arq", keys.FIGURES)  # the queue's own keys and sums, which name nobody
LIVE = (*keys.STREAMS, keys.DUE, keys.LATER, keys.WAITING, keys.STAFF)  # a conversation stands still without its place


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One conversation as it lies there, with what the portal got of it.

    cards      origin ids of its leads and deals
    notices    (portal user, tag) of what people there were told
    chats      of its deals, in the portal's messenger
    sessions   (messenger's conversation, session) of its dialogue in the open line
    """

    conversation: Conversation
    cards: tuple[str, ...]
    contact: int | None
    notices: tuple[tuple[int, str], ...]
    chats: tuple[int, ...]
    sessions: tuple[tuple[str, int], ...]


@dataclass(slots=True, kw_only=True)
class Removed:
    """How much is gone, for the certificate. `left`: keys that still name the person; `file`: what became of it."""

    keys: int = 0
    elsewhere: int = 0
    letters: int = 0
    journal: int = 0
    left: list[str] = field(default_factory=list)
    file: str = ""


class Forgetting:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def persons(self) -> AsyncIterator[tuple[str, str, Conversation]]:
        """(conversation id, person id, conversation) of everybody; one that cannot be read is left out."""
        async for found in self._scan(keys.PREFIX + "c:*"):
            rows = await asyncio.gather(*(self._link.command("HMGET", key, "person", "state") for key in found))
            for key, (person, state) in zip(found, rows, strict=True):
                with suppress(ValueError):
                    if state:
                        yield key.removeprefix(keys.PREFIX + "c:"), person or "", codec.load_conversation(state)

    async def person_of_phone(self, number: str) -> str:
        return str(await self._link.command("GET", f"{keys.PREFIX}phone:{number}") or "")

    async def kept(self, person: str, conversation: Conversation) -> Kept:
        contact = await self._link.command("HGET", f"{keys.PREFIX}p:{person}", "contact")
        enquiry = conversation.enquiry
        made = {conversation.id: enquiry.number if enquiry else 0}
        made |= {way.id: way.cards for way in conversation.ways if way.id != conversation.id}
        cards = [f"{one}-{number}" for one, count in made.items() for number in range(1, count + 1)]
        notices = [
            (notice.user, f"OTKLIK|{conversation.id}|{notice.id}")
            for notice in (enquiry.notices if enquiry else ())
            if enquiry and notice.user and not notice.task
        ]
        number = orjson.loads(contact or "{}").get("id")
        chats: list[int] = []
        sessions: list[tuple[str, int]] = []
        for way in known(conversation):
            chats += await self._chats(way.id)
            sessions += [(way.id, session) for session in (await Lines(self._link).talk(way.id)).sessions]
        return Kept(
            conversation=conversation,
            cards=tuple(cards),
            contact=number if number else None,
            notices=tuple(notices),
            chats=tuple(chats),
            sessions=tuple(sessions),
        )

    async def _chats(self, conversation: str) -> tuple[int, ...]:
        """Of its deals; the one as well whose making nobody saw the end of."""
        text = await self._link.command("HGET", f"{keys.PREFIX}dc:{conversation}", "chat")
        chat = codec.load(DealChat, text) if text else DealChat()
        told = await Talks(self._link).told_of(chat.attempted[0]) if chat.attempted else []
        return tuple(dict.fromkeys((*chat.all, *told)))

    async def kept_now(self, person: str, conversation: Conversation) -> Kept:
        """The same as it lies there now: a worker may have gone on with it."""
        state = await self._link.command("HGET", f"{keys.PREFIX}c:{conversation.id}", "state")
        return await self.kept(person, codec.load_conversation(state) if state else conversation)

    async def forget(self, persons: Mapping[str, Sequence[str]], words: Sequence[str], names: Sequence[str]) -> Removed:
        """
        persons   person id → ids of their conversations
        words     phones, e-mails: nobody else's, so whatever names one goes
        names     names and messengers' ids: looked for in kept payloads and letters only

        What names them elsewhere goes first: who breaks off before the end finds them still, and begins again. What a
        worker has written meanwhile goes after them.
        """
        removed = Removed()
        ids = [*persons, *(one for several in persons.values() for one in several)]
        instead = {one: f"gone-{number}-{time.time_ns():x}" for number, one in enumerate(ids)}
        sure, wide = _pattern([*ids, *words]), _pattern([*ids, *words, *names])
        await self._sweep(sure, wide, instead, removed, own=False)
        for person, conversations in persons.items():
            removed.keys += int(await self._link.run("forget", person, keys.GROUP, *conversations))
        await self._sweep(sure, wide, instead, removed)
        removed.file = await self._rewrite()
        return removed

    async def remains(self, words: Sequence[str]) -> list[str]:
        """Keys that name one of these still, in their name or anywhere in their value."""
        pattern, left = _pattern(words), []
        async for found in self._scan(keys.PREFIX + "*"):
            for key in (key for key in found if not key.startswith(NOT_OURS)):
                if pattern.search(key) or pattern.search(_plain(await self._value(key))):
                    left.append(key)
        return left

    async def _sweep(
        self,
        pattern: re.Pattern[str],
        wide: re.Pattern[str],
        instead: Mapping[str, str],
        removed: Removed,
        *,
        own: bool = True,
    ) -> None:
        """`own`: what the person lives by too."""
        async for found in self._scan(keys.PREFIX + "*"):
            for key in (key for key in found if not key.startswith(NOT_OURS)):
                if key.startswith(keys.PREFIX + "journal:"):
                    removed.journal += await self._rename(key, pattern, instead)
                elif key in (keys.UNPARSED, keys.DEAD):
                    removed.letters += await self._drop(key, wide)
                elif not own and (key in LIVE or pattern.search(key)):
                    continue
                elif pattern.search(key):
                    removed.keys += int(await self._link.command("DEL", key))
                elif pattern.search(_plain(await self._value(key))):
                    removed.elsewhere += await self._take_out(key, pattern)

    async def _rename(self, key: str, pattern: re.Pattern[str], instead: Mapping[str, str]) -> int:
        """The journal counts on; only whose facts they were is gone."""
        if not pattern.search(_plain(await self._value(key))):
            return 0
        pairs = [word for pair in instead.items() for word in pair]
        return int((await self._link.run("forget_stream", key, 0, *pairs))[1])

    async def _drop(self, key: str, pattern: re.Pattern[str]) -> int:
        rows = await self._link.command("XRANGE", key, "-", "+")
        gone = [str(entry) for entry, words in rows if pattern.search(_plain(words))]
        return int((await self._link.run("forget_stream", key, len(gone), *gone))[0]) if gone else 0

    async def _take_out(self, key: str, pattern: re.Pattern[str]) -> int:
        """The members that name the person, whatever the key holds."""
        kind, value = await self._link.command("TYPE", key), await self._value(key)
        match kind:
            case "string":
                return int(await self._link.command("DEL", key))
            case "hash":
                pairs = zip(value[::2], value[1::2], strict=True)
                gone = [name for name, held in pairs if pattern.search(_plain([name, held]))]
                return int(await self._link.command("HDEL", key, *gone))
            case "list":
                gone = [item for item in value if pattern.search(_plain(item))]
                return sum([int(await self._link.command("LREM", key, 0, item)) for item in gone])
            case "set" | "zset":
                gone = [item for item in value if pattern.search(_plain(item))]
                return int(await self._link.command("SREM" if kind == "set" else "ZREM", key, *gone))
            case "stream":
                gone = [entry for entry, words in value if pattern.search(_plain(words))]
                return int(await self._link.command("XDEL", key, *gone)) if gone else 0
        return 0

    async def _value(self, key: str) -> list[Any]:
        commands = {
            "string": ("GET", key),
            "hash": ("HGETALL", key),
            "list": ("LRANGE", key, 0, -1),
            "set": ("SMEMBERS", key),
            "zset": ("ZRANGE", key, 0, -1),
            "stream": ("XRANGE", key, "-", "+"),
        }
        command = commands.get(await self._link.command("TYPE", key))
        answer = await self._link.command(*command) if command else []
        return answer if isinstance(answer, list) else [answer]

    async def _scan(self, match: str) -> AsyncIterator[list[str]]:
        cursor = "0"
        while True:
            cursor, found = await self._link.command("SCAN", cursor, "MATCH", match, "COUNT", PAGE)
            yield found
            if str(cursor) == "0":
                return

    async def _rewrite(self) -> str:
        """`rewritten`, `none` (there is no such file) or Redis's refusal; the slow log shows values and is emptied."""
        try:
            await self._link.command("SLOWLOG", "RESET")
            if (await self._persistence()).get("aof_enabled") != "1":
                return "none"
            await self._link.command("BGREWRITEAOF")
            return await self._rewritten()
        except StoreError as error:
            return str(error)

    async def _rewritten(self) -> str:
        until = time.monotonic() + REWRITE_SECONDS
        while time.monotonic() < until:
            info = await self._persistence()
            if info.get("aof_rewrite_in_progress") == "0" and info.get("aof_rewrite_scheduled") == "0":
                return "rewritten" if info.get("aof_last_bgrewrite_status") == "ok" else "failed"
            await asyncio.sleep(0.05)
        return "unfinished"

    async def _persistence(self) -> dict[str, str]:
        text = str(await self._link.command("INFO", "persistence"))
        return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Any of these as a word of its own: an id never matches inside a longer number."""
    inside = "|".join(sorted({re.escape(word) for word in words if len(word) >= LONG_ENOUGH}, key=len, reverse=True))
    return re.compile(rf"(?<![0-9A-Za-zА-Яа-я])(?:{inside or '(?!)'})(?![0-9A-Za-zА-Яа-я])")


def _plain(value: object) -> str:
    """A value as people wrote it, and once more with its numbers drawn together: «+7 (916) 123-45-67» is one phone.

    JSON may spell Cyrillic as \\u0410.
    """
    text = ESCAPE.sub(lambda found: chr(int(found[1], 16)), str(value))
    return f"{text} {GAP.sub('', text)}"
