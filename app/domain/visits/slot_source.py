"""The seam behind which a business keeps its diary: what is taken, and how a visit is booked there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.booking import Busy, Slot
from app.domain.visits.visit import Visit


class Taken(Exception):
    """The diary's own judge says that somebody has this time. Nothing of ours stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A booking as the diary shows it, without resources that we do not know. `owner`: our command's id, or empty."""

    id: int
    resources: tuple[str, ...]
    starts: datetime
    ends: datetime
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where a booking belongs in the CRM, as far as it is registered yet."""

    deal: int | None = None
    contact: int | None = None


class SlotSource(Protocol):
    """A diary. Of the portal, all methods raise BitrixError when it does not answer or refuses."""

    async def entries(self, starts: datetime, ends: datetime) -> list[Entry]:
        """What touches the period."""

    async def book(self, owner: str, slot: Slot, name: str, links: Links) -> tuple[int, ...]:
        """Ids, one for each part of the slot. Raises Taken."""

    async def move(self, visit: Visit, slot: Slot, name: str, links: Links) -> tuple[int, ...]:
        """Raises Taken, and Missing where the booking stands no more."""

    async def cancel(self, visit: Visit) -> None:
        """A booking that is gone already is as good."""

    async def link(self, visit: Visit, links: Links) -> None: ...

    async def deals(self, bookings: Sequence[int]) -> dict[int, int]:
        """Booking → the deal that it is linked to; without one it is left out."""


class Diary(Protocol):
    """Finds the diary of a business, or that there is none: then no slot is ever named."""

    async def source(self) -> SlotSource | None: ...


def busy_of(entries: Sequence[Entry]) -> tuple[Busy, ...]:
    return tuple(
        Busy(resource=resource, starts=entry.starts, ends=entry.ends, owner=entry.owner)
        for entry in entries
        for resource in entry.resources
    )


def is_taken(slot: Slot, entries: Sequence[Entry], *, but: str) -> bool:
    """Whether an entry touches a part of the slot on its resource. Those whose owner is `but` stand in nobody's way."""
    others = [entry for entry in entries if not but or entry.owner != but]
    return any(
        part.resource in entry.resources and part.starts < entry.ends and entry.starts < part.ends
        for entry in others
        for part in slot.parts
    )
