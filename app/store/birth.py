"""A store is born once. Without its birth mark every script refuses: a wiped Redis shuts the door."""

from app.store import keys
from app.store.link import Link, StoreError


class Unfit(Exception):
    """This Redis cannot hold our promises; the text names what was found, what is expected and the cure."""


async def open_store(link: Link) -> bool:
    """Check that this Redis is fit and mark its birth. True: it was empty before."""
    await check_fit(link)
    born = await link.command("SET", keys.BIRTH, keys.LAYOUT, "NX")
    for stream in keys.STREAMS:
        try:
            await link.command("XGROUP", "CREATE", stream, keys.GROUP, "0", "MKSTREAM")
        except StoreError as error:
            if error.code != "BUSYGROUP":
                raise
    return born is not None


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
