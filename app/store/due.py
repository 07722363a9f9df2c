"""One next wake per conversation: data, not an expiring key, so that the sandbox can move the clock."""

from app.store.link import Link

MOST = 200  # conversations a call; the poll goes on until nothing is due


class Due:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def move(self) -> tuple[int, int]:
        """(ticks, retries) put on their way. What is not due costs nothing."""
        ticks = retries = 0
        while True:
            more_ticks, more_retries = await self._link.run("due", MOST)
            ticks, retries = ticks + more_ticks, retries + more_retries
            if max(more_ticks, more_retries) < MOST:
                return ticks, retries
