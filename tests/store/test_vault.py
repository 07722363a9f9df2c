"""What is kept encrypted: readable by nobody else, changed by one at a time."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.store import birth, keys, vault
from app.store.link import Link
from app.store.vault import Sealed, Vault

KEY = "k" * 32


@pytest.fixture
async def link(redis_url: str) -> AsyncIterator[Link]:
    link = Link(redis_url)
    await birth.open_store(link)
    yield link
    await link.close()


async def test_record_comes_back_whole_and_is_not_readable(link: Link) -> None:
    await Vault(link, KEY).save("portal", {"token": "secret-word"})
    assert {"token": "secret-word"} == await Vault(link, KEY).load("portal")
    assert "secret-word" not in await link.command("GET", f"{keys.VAULT}portal")


async def test_another_key_opens_nothing_and_says_so(link: Link) -> None:
    await Vault(link, KEY).save("portal", {"token": "x"})
    with pytest.raises(Sealed):
        await Vault(link, "another-key" * 4).load("portal")
    with pytest.raises(Sealed):
        Vault(link, "another-key" * 4).unseal(Vault(link, KEY).seal({"a": 1}), seconds=60)
    assert None is await Vault(link, KEY).load("nothing")


async def test_lock_is_held_by_one_of_all_processes(redis_url: str, link: Link) -> None:
    other, inside = Link(redis_url), 0

    async def work(owner: Link) -> None:
        nonlocal inside
        async with Vault(owner, KEY).lock("portal"):
            inside += 1
            assert 1 == inside
            await asyncio.sleep(0.01)
            inside -= 1

    try:
        await asyncio.gather(*(work(owner) for owner in (link, other) * 5))
    finally:
        await other.close()


async def test_lock_of_the_dead_opens_by_itself_and_is_not_opened_by_the_late(
    link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "LOCK_SECONDS", 0.2)
    async with Vault(link, KEY).lock("portal"):
        await asyncio.sleep(0.3)
        async with Vault(link, KEY).lock("portal"):  # the first one's ran out
            pass
        await link.command("SET", f"{keys.LOCK}portal", "somebody else's")
    assert "somebody else's" == await link.command("GET", f"{keys.LOCK}portal")
