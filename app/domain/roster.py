"""Who of the team can be given work now, as the portal knows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Portal user ids. `managers`: those active, in a stable order."""

    managers: tuple[int, ...] = ()
    supervisor: int | None = None
    owner: int | None = None

    def first_for(self, card_id: str) -> int | None:
        """Spreads new enquiries evenly, the same one always alike."""
        return self.managers[crc32(card_id.encode()) % len(self.managers)] if self.managers else None

    def next_after(self, user: int | None, tried: Sequence[int]) -> int | None:
        """The next manager who has not had it yet."""
        order = self.managers
        if user in order:
            start = order.index(user) + 1
            order = (*order[start:], *order[:start])
        return next((manager for manager in order if manager != user and manager not in tried), None)
