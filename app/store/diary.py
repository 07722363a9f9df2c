"""What the portal last said is taken, kept here so that an offer costs no call."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

import orjson

from app.domain.booking import Busy
from app.store import codec, keys
from app.store.link import Link

KEPT = timedelta(minutes=10)  # past that nobody believes it any more
REMEMBERED = timedelta(days=30)  # whom an absence hit
ASKING = timedelta(seconds=5)  # one process asks the portal at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """age     since the portal was asked, machine time
    stale   somebody changed the diary since: good only while the portal does not answer
    """

    busy: tuple[Busy, ...]
    age: timedelta
    stale: bool = False


class DiaryCopy:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def get(self) -> Copy | None:
        text, changed = await self._link.command("MGET", keys.DIARY, keys.DIARY_STALE)
        if not text:
            return None
        kept = orjson.loads(text)
        return Copy(
            busy=codec.load(tuple[Busy, ...], orjson.dumps(kept["busy"])),
            age=timedelta(milliseconds=await self.clock() - kept["read_ms"]),
            stale=int(changed or 0) >= kept["read_ms"],
        )

    async def put(self, busy: Sequence[Busy], asked_ms: int) -> None:
        """`asked_ms`: by `clock`, before the portal was asked; what changed after that makes it stale."""
        kept = {"read_ms": asked_ms, "busy": [codec.plain(one) for one in busy]}
        await self._link.command("SET", keys.DIARY, codec.to_json(kept), "PX", _ms(KEPT))

    async def clock(self) -> int:
        """Machine time of the store, ms."""
        seconds, micro = await self._link.command("TIME")
        return int(seconds) * 1000 + int(micro) // 1000

    async def outdated(self) -> None:
        """Somebody changed the diary: the next question asks the portal."""
        await self._link.command("SET", keys.DIARY_STALE, await self.clock(), "PX", _ms(KEPT))

    async def mark(self, booking: int) -> None:
        """The portal told of a change of this booking."""
        await self._link.command("SADD", keys.DIARY_CHANGED, booking)
        await self.outdated()

    async def is_marked(self) -> bool:
        return bool(await self._link.command("EXISTS", keys.DIARY_CHANGED))

    async def marks(self) -> set[int]:
        return {int(word) for word in await self._link.command("SMEMBERS", keys.DIARY_CHANGED)}

    async def unmark(self, marks: Collection[int]) -> None:
        """Those that were read before the portal was; what came meanwhile stays."""
        if marks:
            await self._link.command("SREM", keys.DIARY_CHANGED, *marks)

    async def unseen(self, bookings: Sequence[int], marks: Collection[int]) -> set[int]:
        """Of other people's bookings those that were never looked at, or changed since."""
        seen = {int(word) for word in await self._link.command("SMEMBERS", keys.DIARY_SEEN)}
        await self._link.command("DEL", keys.DIARY_SEEN)
        if bookings:
            await self._link.command("SADD", keys.DIARY_SEEN, *bookings)
        return set(bookings) - (seen - set(marks))

    async def belongs(self, visit: str, conversation: str) -> None:
        """A person's own booking is this conversation's visit."""
        await self._link.command("HSET", keys.DIARY_VISITS, visit, conversation)

    async def whose(self, visit: str) -> str:
        return str(await self._link.command("HGET", keys.DIARY_VISITS, visit) or "")

    async def told_of(self, absence: str, conversation: str) -> None:
        """This conversation had a visit with who is away."""
        key = keys.ABSENT + absence
        await self._link.command("SADD", key, conversation)
        await self._link.command("EXPIRE", key, int(REMEMBERED.total_seconds()))

    async def hit_by(self, absence: str) -> list[str]:
        return sorted(await self._link.command("SMEMBERS", keys.ABSENT + absence))

    async def may_ask(self) -> bool:
        """Nobody else is asking the portal just now."""
        return await self._link.command("SET", keys.DIARY_LOCK, "1", "NX", "PX", _ms(ASKING)) is not None

    async def asked(self) -> None:
        await self._link.command("DEL", keys.DIARY_LOCK)


def _ms(span: timedelta) -> int:
    return round(span / timedelta(milliseconds=1))
