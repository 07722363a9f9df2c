"""Times that we keep in the diary ourselves, beside what the portal says: held for minutes, or booked by us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.booking import Busy, Part, Slot
from app.store import codec, keys
from app.store.link import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A visit that the diary has confirmed; what is done in it the conversation knows."""

    owner: str
    slot: Slot


class Holds:
    """`resources`: of the whole business; the empty name is a business that is one resource itself."""

    def __init__(self, link: Link, resources: Sequence[str], buffer: timedelta) -> None:
        self._link, self._resources = link, tuple(resources)
        self._buffer_ms = round(buffer / timedelta(milliseconds=1))

    async def hold(self, owner: str, slot: Slot, until: datetime, *, instead_of: str = "") -> bool:
        """Keep a slot while nobody else does. False: somebody does. Again by the same owner: True, and until then.

        instead_of   the visit that moves there: its own time does not hinder it
        """
        return await self._run("hold", owner, slot, until, instead_of) == "ok"

    async def keep(self, owner: str, slot: Slot, *, instead_of: str = "") -> None:
        """The diary has confirmed it: ours until the visit is over, whatever else was held by either."""
        await self._run("keep", owner, slot, slot.ends, instead_of)

    async def free(self, owner: str) -> None:
        await self._link.run("hold", "free", owner, "", 0, 0, len(self._resources), 0, *self._resources)

    async def all(self, now: datetime) -> list[Busy]:
        """What is kept at this moment."""
        return [busy for busy, _, _ in await self._records(now)]

    async def held(self, now: datetime) -> list[tuple[Busy, datetime]]:
        """What is kept for minutes, and until when: offered, or not confirmed yet."""
        return [(busy, until) for busy, until, is_kept in await self._records(now) if not is_kept]

    async def kept(self, now: datetime) -> list[Kept]:
        """Our own bookings whose visit is not over."""
        parts: dict[str, list[Part]] = {}
        for one, _, is_kept in await self._records(now):
            if is_kept:
                part = Part(resource=one.resource, services=(), starts=one.starts, ends=one.ends)
                parts.setdefault(one.owner, []).append(part)
        ordered = {owner: tuple(sorted(mine, key=lambda part: part.starts)) for owner, mine in parts.items()}
        return [Kept(owner=owner, slot=Slot(parts=mine)) for owner, mine in ordered.items()]

    async def _records(self, now: datetime) -> list[tuple[Busy, datetime, bool]]:
        """Each with its end, and whether the diary has confirmed it."""
        held = [await self._link.command("HGETALL", keys.HOLD + resource) for resource in self._resources]
        return [
            found
            for resource, words in zip(self._resources, held, strict=True)
            for field, record in zip(words[::2], words[1::2], strict=True)
            if (found := _record(resource, field, record, now))
        ]

    async def _run(self, mode: str, owner: str, slot: Slot, until: datetime, other: str) -> str:
        parts = [
            word
            for part in slot.parts
            for word in (part.resource, codec.milliseconds(part.starts), codec.milliseconds(part.ends))
        ]
        words = (mode, owner, other, codec.milliseconds(until), self._buffer_ms, len(self._resources), len(slot.parts))
        reply: str = await self._link.run("hold", *words, *self._resources, *parts)
        return reply


def _record(resource: str, field: str, record: str, now: datetime) -> tuple[Busy, datetime, bool] | None:
    *stamps, mode = record.split(" ")
    starts, ends, until = map(codec.moment, stamps)
    if until <= now:
        return None
    return Busy(resource=resource, starts=starts, ends=ends, owner=field.partition(" ")[0]), until, mode == "keep"
