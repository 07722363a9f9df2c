"""The fence of register: only the newest reading of a person may attempt and write."""

import pytest

from app.store.cards import Cards, Overtaken
from app.store.link import Link


async def test_a_worker_that_was_overtaken_attempts_and_writes_nothing(link: Link) -> None:
    cards = Cards(link)
    await link.command("HSET", "otklik:r:c-1", "revision", "1")
    await link.command("SADD", "otklik:pd:p-1", "c-1")
    slow = await cards.read("p-1")
    quick = await cards.read("p-1")
    with pytest.raises(Overtaken):
        await cards.attempt(slow, "c-1", {"deal": 1})
    [difference] = slow.differences
    fields = {"attempted": {}, "contact": None, "lines": 0, "settled": True}
    assert "stale" == await cards.write(slow, difference, written={"deal": 1}, **fields)
    await cards.attempt(quick, "c-1", {"deal": 2})
    assert "clean" == await cards.write(quick, quick.differences[0], written={"deal": 2}, **fields)
    assert '{"deal":2}' == await link.command("HGET", "otklik:r:c-1", "written")
