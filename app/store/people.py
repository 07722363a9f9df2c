"""The team as the portal knows it, cached here so that no message costs a call."""

import time
from dataclasses import replace

from app.domain.roster import Roster
from app.store import codec, keys
from app.store.link import Link

FRESH_SECONDS = 5.0  # of this process's own copy


class People:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._copy, self._until = Roster(), 0.0

    async def roster(self) -> Roster:
        """Who can be given work. Empty until the portal was first asked."""
        if time.monotonic() >= self._until:
            text = await self._link.command("GET", keys.ROSTER)
            self._copy = codec.load(Roster, text) if text else Roster()
            self._until = time.monotonic() + FRESH_SECONDS
        return self._copy

    async def save(self, roster: Roster) -> None:
        await self._link.command("SET", keys.ROSTER, codec.dump(roster))
        self._copy = replace(roster)
