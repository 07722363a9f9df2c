"""The portal's names for our words, read by one process for all, so that no customer pays for them."""

from datetime import timedelta

from app.domain.scheme import Scheme
from app.store import codec, keys
from app.store.link import Link

FRESH = timedelta(minutes=10)  # a manager may rename a stage; a refusal and `otklik setup` end it sooner


class Schemes:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def load(self) -> Scheme | None:
        """None: it has to be read from the portal again."""
        text = await self._link.command("GET", keys.SCHEME)
        return codec.load(Scheme, text) if text else None

    async def save(self, scheme: Scheme) -> None:
        await self._link.command("SET", keys.SCHEME, codec.dump(scheme), "EX", round(FRESH.total_seconds()))

    async def forget(self) -> None:
        await self._link.command("DEL", keys.SCHEME)
