"""Whether this Redis can keep our promises, and what it may lose."""

from app.flow.check.findings import Notes
from app.store import birth, keys
from app.store.link import Link, StoreAway, StoreError
from app.store.times import business_ms

HOUR_MS = 3_600_000


async def check_store(redis_url: str, notes: Notes, *, sandbox: bool) -> None:
    """Reads only: a birth mark written here would hide that the store was wiped."""
    link = Link(redis_url)
    try:
        await birth.check_fit(link)
        notes.ok("redis_ok")
        durable = await birth.durability(link)
        (notes.ok if durable == "always" else notes.warn)(f"durable_{durable}")
        born = await link.command("GET", keys.BIRTH)
        machine_ms = int((await link.command("TIME"))[0]) * 1000
        moved_ms = business_ms(machine_ms, await link.command("GET", keys.OFFSET)) - machine_ms
    except birth.Unfit as error:
        notes.fail("redis_unfit", reason=error)
    except (StoreAway, StoreError) as error:
        notes.fail("redis_away", reason=error)
    else:
        _birth(born, notes)
        _time(moved_ms, notes, sandbox=sandbox)
    finally:
        await link.close()


def _birth(born: str | None, notes: Notes) -> None:
    if born is None:
        notes.warn("redis_empty")
    elif born != keys.LAYOUT:
        notes.fail("redis_layout", found=born, expected=keys.LAYOUT)


def _time(moved_ms: float, notes: Notes, *, sandbox: bool) -> None:
    hours = f"{moved_ms / HOUR_MS:+.1f}"
    if moved_ms and sandbox:
        notes.ok("time_rehearsed", hours=hours)
    elif moved_ms:
        notes.fail("time_moved", hours=hours, place=keys.OFFSET)
