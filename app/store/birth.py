"""A store is born once. Without its birth mark every script refuses: a wiped Redis shuts the door."""

from datetime import timedelta

from app.store import keys
from app.store.link import Link, StoreError


class Unfit(Exception):
    """This Redis cannot hold our promises; the text names what was found, what is expected and the cure."""


LOOK_FIRST = timedelta(days=7)  # as long as messengers redeliver
REBUILD = timedelta(seconds=30)  # a rebuilding worker says so again long before this is over


async def open_store(link: Link) -> bool:
    """Check that this Redis is fit and mark its birth, whatever was in it before. True: it was not born yet."""
    await prepare(link)
    return await mark(link)


async def mark(link: Link, *, blind: bool = False) -> bool:
    """The door opens. `blind`: nobody could ask the portal what had been there."""
    if blind:
        await link.command("SET", keys.BLIND, "1")
        await link.command("SET", keys.LOOK_FIRST, "1", "EX", round(LOOK_FIRST.total_seconds()))
    return await link.command("SET", keys.BIRTH, keys.LAYOUT, "NX") is not None


async def is_born(link: Link) -> bool:
    return await link.command("GET", keys.BIRTH) is not None


async def may_rebuild(link: Link, worker: str) -> bool:
    """Whether this worker is the one; to be asked again while it works."""
    words = (keys.REBUILDING, worker, "PX", round(REBUILD.total_seconds() * 1000))
    if await link.command("SET", *words, "NX") is not None:
        return True
    if await link.command("GET", keys.REBUILDING) != worker:
        return False
    await link.command("SET", *words)
    return True


async def end_rebuild(link: Link, worker: str) -> None:
    if await link.command("GET", keys.REBUILDING) == worker:
        await link.command("DEL", keys.REBUILDING)


async def prepare(link: Link) -> None:
    """Streams and their groups, on a Redis that is fit."""
    await check_fit(link)
    for stream in keys.STREAMS:
        try:
            await link.command("XGROUP", "CREATE", stream, keys.GROUP, "0", "MKSTREAM")
        except StoreError as error:
            if error.code != "BUSYGROUP":
                raise


async def check_fit(link: Link) -> None:
    """Raises Unfit."""
    info = _fields(await link.command("INFO"))
    if info.get("cluster_enabled") == "1" or info.get("redis_mode") == "cluster":
        raise Unfit(
            "REDIS_URL is a Redis Cluster; expected a single server or Sentinel: use one primary with a replica"
        )
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        raise Unfit(f"maxmemory-policy is {policy}, expected noeviction: CONFIG SET maxmemory-policy noeviction")
    version = info.get("valkey_version") or info.get("redis_version", "0")
    if tuple(int(part) for part in version.split(".")[:2]) < (6, 2):
        raise Unfit(f"Redis {version} is too old, expected 6.2 or newer (or Valkey 8)")


async def durability(link: Link) -> str:
    """One word for `otklik check`: `always`, `everysec`, `no`, or `none` where the append-only file is off."""
    info = _fields(await link.command("INFO", "persistence"))
    if info.get("aof_enabled") != "1":
        return "none"
    try:
        answer = await link.command("CONFIG", "GET", "appendfsync")
    except StoreError:
        return "unknown"
    return str(answer[1]) if answer else "unknown"


def _fields(text: str) -> dict[str, str]:
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
