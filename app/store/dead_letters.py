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


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """An entry of a stream that raised whenever it ran. `reason` holds no word of a customer's."""

    role: str
    stream: str
    subject: str
    reason: str

    @property
    def conversation(self) -> str:
        """As far as the entry tells: a person's does not, an unreadable one neither."""
        if not self.subject.startswith("{"):
            return "" if self.stream in (keys.REGISTER, keys.REGISTER_HOT, keys.HINTS) else self.subject
        try:
            return str(orjson.loads(self.subject).get("conversation", ""))
        except orjson.JSONDecodeError:
            return ""


class DeadLetters:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def add(self, conversation: str, letter: dict[str, Any]) -> str:
        entry: str = await self._link.command(
            "XADD", keys.DEAD, "*", "conversation", conversation, "letter", codec.to_json(letter)
        )
        return entry

    async def park(self, parked: Parked, consumer: str, entry: str) -> bool:
        """The entry leaves its stream for a letter. False: it is not this consumer's any more."""
        letter = {"step": parked.role, "stream": parked.stream, "subject": parked.subject, "reason": parked.reason}
        words = (parked.stream, keys.GROUP, consumer, entry, parked.subject, parked.conversation)
        return bool(await self._link.run("park", *words, codec.to_json(letter)))

    async def unpark(self, letter: DeadLetter) -> bool:
        """What was parked is on its stream again. False: there is no such letter any more."""
        words = (letter.id, letter.letter["stream"], letter.letter["subject"])
        return bool(await self._link.run("unpark", *words))

    async def all(self) -> list[DeadLetter]:
        return [
            DeadLetter(id=entry, conversation_id=words[1], letter=orjson.loads(words[3]))
            for entry, words in await self._link.command("XRANGE", keys.DEAD, "-", "+")
        ]

    async def remove(self, letter_id: str) -> bool:
        return bool(await self._link.command("XDEL", keys.DEAD, letter_id))
