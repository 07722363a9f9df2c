"""Final failures, waiting for a person: `otklik replay` shows them and puts them on their way again."""

from dataclasses import dataclass
from typing import Any

import orjson

from app.store import codec, keys
from app.store.link import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """`letter` holds `step`, `reason` and what is needed to replay it."""

    id: str
    conversation_id: str
    letter: dict[str, Any]


class DeadLetters:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def add(self, conversation: str, letter: dict[str, Any]) -> str:
        entry: str = await self._link.command(
            "XADD", keys.DEAD, "*", "conversation", conversation, "letter", codec.to_json(letter)
        )
        return entry

    async def all(self) -> list[DeadLetter]:
        return [
            DeadLetter(id=entry, conversation_id=words[1], letter=orjson.loads(words[3]))
            for entry, words in await self._link.command("XRANGE", keys.DEAD, "-", "+")
        ]

    async def remove(self, letter_id: str) -> bool:
        return bool(await self._link.command("XDEL", keys.DEAD, letter_id))
