"""The portal's bucket, shared by all processes through Redis: bulk calls leave room for urgent ones."""

import asyncio
from enum import IntEnum

from app.store.link import Link

RESERVES = (0, 2, 5, 15)  # by priority: what it never takes, so that the more urgent go first when all have to wait


class PortalPace:
    """`bitrix.pace.Pace` over Redis.

    block   below the portal's 50: its clock and ours differ by the time a call travels
    """

    def __init__(self, link: Link, portal: str, *, drain: float = 2.0, block: int = 47) -> None:
        self._link, self._portal, self._drain, self._block = link, portal, drain, block

    async def acquire(self, priority: IntEnum) -> None:
        await self._wait(priority, take=True)

    async def room(self, priority: IntEnum) -> None:
        await self._wait(priority, take=False)

    async def overflowed(self) -> None:
        """The portal says its bucket is full: somebody else drinks from it too. Ours counts as full as well."""
        await self._link.run("bucket_full", self._portal, self._block)

    async def _wait(self, priority: IntEnum, *, take: bool) -> None:
        reserve = min(RESERVES[int(priority)], self._block - 1)
        words = (self._portal, self._drain, self._block, reserve, int(take))
        while True:
            wait = int(await self._link.run("bucket", *words))
            if not wait:
                return
            await asyncio.sleep(wait / 1000)
