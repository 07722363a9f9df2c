"""The business's own diary as it was last imported, with what we booked since: a SlotSource that needs no portal.

What we book stands here alone: people enter it into their diary by hand, from the card. Its judge is this list.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.booking import Part, Slot
from app.domain.visits.slot_source import Entry, Links, SlotSource, Taken, is_taken
from app.domain.visits.visit import Visit
from app.store import codec, keys
from app.store.link import Link

BELIEVED = timedelta(days=7)  # an older file says nothing of today: then no slot is named
NUMBER = "next"  # the field beside our bookings that counts them


class Imported:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def source(self) -> SlotSource | None:
        return self if await self._link.command("EXISTS", keys.IMPORTED_AT) else None

    async def replace(self, entries: Sequence[Entry], at: datetime) -> list[Entry]:
        """This file instead of the one before. Returns what that one held."""
        before = await self._theirs()
        over = [entry.id for entry in await self._ours() if entry.ends <= at]
        if over:
            await self._link.command("HDEL", keys.IMPORTED_OURS, *over)
        await self._link.command("SET", keys.IMPORTED, codec.to_json([codec.plain(entry) for entry in entries]))
        await self._link.command("SET", keys.IMPORTED_AT, codec.milliseconds(at), "EX", int(BELIEVED.total_seconds()))
        return before

    async def entries(self, starts: datetime, ends: datetime) -> list[Entry]:
        found = [*await self._theirs(), *await self._ours()]
        return [entry for entry in found if entry.starts < ends and starts < entry.ends]

    async def book(self, owner: str, slot: Slot, name: str, links: Links) -> tuple[int, ...]:
        await self._judge(slot, but="")
        return tuple([await self._add(owner, part) for part in slot.parts])

    async def move(self, visit: Visit, slot: Slot, name: str, links: Links) -> tuple[int, ...]:
        await self._judge(slot, but=visit.id)
        made = tuple([await self._add(visit.id, part) for part in slot.parts])
        await self.cancel(visit)
        return made

    async def cancel(self, visit: Visit) -> None:
        if visit.bookings:
            await self._link.command("HDEL", keys.IMPORTED_OURS, *visit.bookings)

    async def link(self, visit: Visit, links: Links) -> None:
        """There are no cards in a file."""

    async def deals(self, bookings: Sequence[int]) -> dict[int, int]:
        return {}

    async def _judge(self, slot: Slot, *, but: str) -> None:
        if is_taken(slot, await self.entries(slot.starts, slot.ends), but=but):
            raise Taken

    async def _add(self, owner: str, part: Part) -> int:
        number = int(await self._link.command("HINCRBY", keys.IMPORTED_OURS, NUMBER, 1))
        entry = Entry(id=number, resources=(part.resource,), starts=part.starts, ends=part.ends, owner=owner)
        await self._link.command("HSET", keys.IMPORTED_OURS, number, codec.dump(entry))
        return number

    async def _theirs(self) -> list[Entry]:
        text = await self._link.command("GET", keys.IMPORTED)
        return list(codec.load(tuple[Entry, ...], text)) if text else []

    async def _ours(self) -> list[Entry]:
        words = await self._link.command("HGETALL", keys.IMPORTED_OURS)
        rows = zip(words[::2], words[1::2], strict=True)
        return [codec.load(Entry, text) for field, text in rows if field != NUMBER]
