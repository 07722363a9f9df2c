"""Counters and histograms of all processes in one hash, so that a scrape is right however many of them run."""

from collections.abc import Mapping

from app.store import keys
from app.store.link import Link
from app.store.times import business_ms


class Figures:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def add(self, amounts: Mapping[str, float]) -> None:
        """`name{labels}` → by how much it grew."""
        for field, amount in amounts.items():
            await self._link.command("HINCRBYFLOAT", keys.FIGURES, field, amount)

    async def read(self) -> dict[str, float]:
        words = await self._link.command("HGETALL", keys.FIGURES)
        return {field: float(value) for field, value in zip(words[::2], words[1::2], strict=True)}

    async def sizes(self) -> dict[str, float]:
        """Gauges of what waits, read from the structures themselves."""
        machine = int((await self._link.command("TIME"))[0])
        business = business_ms(machine * 1000, await self._link.command("GET", keys.OFFSET))
        found: dict[str, float] = {}
        for stream in keys.STREAMS:
            name = stream.removeprefix(keys.PREFIX)
            found[f'otklik_jobs_waiting{{stream="{name}"}}'] = int(await self._link.command("XLEN", stream))
            oldest = await self._link.command("XRANGE", stream, "-", "+", "COUNT", 1)
            age = machine - int(oldest[0][0].split("-")[0]) / 1000 if oldest else 0.0
            found[f'otklik_oldest_job_age_seconds{{stream="{name}"}}'] = max(0.0, round(age, 3))
        found["otklik_wakes_planned"] = int(await self._link.command("ZCARD", keys.DUE))
        found["otklik_wakes_late"] = int(await self._link.command("ZCOUNT", keys.DUE, "-inf", business - 1000))
        found["otklik_retries_planned"] = int(await self._link.command("ZCARD", keys.LATER))
        found["otklik_dead_letters"] = int(await self._link.command("XLEN", keys.DEAD))
        found["otklik_business_time_offset_seconds"] = business / 1000 - machine
        memory = str(await self._link.command("INFO", "memory"))
        found["otklik_redis_memory_bytes"] = int(memory.split("used_memory:", 1)[1].split("\r\n", 1)[0])
        return found
