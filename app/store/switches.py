"""What a person switched by hand: a mode for one channel or for all. Every reading of a conversation brings them."""

from app.domain.business import Mode
from app.store import keys
from app.store.link import Link

COST_SECONDS = 100 * 24 * 3600


class Switches:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def set(self, channel: str, mode: Mode) -> None:
        """`channel`: one of them or `all`. It holds from the next turn of every worker on."""
        await self._link.command("HSET", keys.SWITCHES, channel, mode)

    async def clear(self, channel: str) -> None:
        """Back to the profile; `all` clears every channel's switch too."""
        words = ("DEL", keys.SWITCHES) if channel == "all" else ("HDEL", keys.SWITCHES, channel)
        await self._link.command(*words)

    async def read(self) -> dict[str, Mode]:
        words = await self._link.command("HGETALL", keys.SWITCHES)
        return {channel: Mode(mode) for channel, mode in zip(words[::2], words[1::2], strict=True)}

    async def spent(self, amount: float) -> float:
        """Add to what the models cost today. Returns the day's sum."""
        return float(await self._link.run("cost", f"{amount:.6f}", COST_SECONDS))
