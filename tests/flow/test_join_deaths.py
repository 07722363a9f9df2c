"""Whoever joins two conversations dies before or after any command to the store: the next one ends with the same."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from app.runtime import Runtime
from app.store.cards import Cards
from app.store.link import Link, Word
from app.store.mailbox import Mailbox
from app.store.outbox import Outbox
from app.store.talks import Hints, Talks
from tests.flow.two_messengers import Two, opened_two

DONE = ("закрыта как дубль этой", "Тот же клиент пишет и в", "Клиент, Telegram: [\u2060контакт]")


class Died(Exception):
    """kill -9."""


@dataclass
class Mortal:
    """A link whose process dies at its command number `dies_at`, before the store hears of it or just after."""

    link: Link
    dies_at: int
    after: bool
    done: int = 0

    async def run(self, name: str, *words: Word) -> Any:
        return await self._die(self.link.run(name, *words), name)

    async def command(self, *words: Word) -> Any:
        return await self._die(self.link.command(*words), str(words[0]))

    async def _die(self, answer: Any, name: str) -> Any:
        self.done += 1
        if self.done > self.dies_at or (self.done == self.dies_at and not self.after):
            answer.close()
            raise Died(name)
        found = await answer
        if self.done >= self.dies_at:
            raise Died(name)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.link, name)


def mortal(runtime: Runtime, dies_at: int, *, after: bool) -> tuple[Runtime, Mortal]:
    link: Any = Mortal(runtime.link, dies_at, after)
    parts = {"mailbox": Mailbox(link), "cards": Cards(link), "outbox": Outbox(link), "talks": Talks(link)}
    return replace(runtime, link=link, hints=Hints(link), **parts), link


@pytest.fixture
async def two(tmp_path: Path, redis_url: str) -> AsyncIterator[Two]:
    async with opened_two(tmp_path, redis_url) as two:
        yield two


async def joins(two: Two, dies_at: int, *, after: bool) -> bool:
    """Two deals, then the phone. False: it was over before that command."""
    await two.telegram()
    await two.works()
    await two.whatsapp()
    await two.rests()
    [elder, younger] = await two.open_deals()
    await two.shares_phone()
    runtime, link = mortal(two.runtime, dies_at, after=after)
    died = False
    try:
        await two.works(runtime)
    except Died:
        died = True
    await two.rests()
    assert [elder, younger] == list(await two.deals()), dies_at
    assert [elder] == await two.open_deals(), dies_at
    timeline = await two.timeline(elder)
    assert [1, 1, 1] == [timeline.count(words) for words in DONE], (dies_at, timeline)
    assert 1 == (await two.timeline(younger)).count("эта закрыта"), dies_at
    assert 1 == len(await two.facts("joined")), dies_at
    assert 1 <= len(two.got("telegram")), dies_at
    return died and link.done >= dies_at


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", [1, 3, 6, 9])
async def test_a_death_in_a_join_changes_nothing_of_its_end(two: Two, step: int, after: bool) -> None:
    assert await joins(two, step, after=after)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_death_at_any_command_of_a_join(two: Two, after: bool) -> None:
    step = 1
    while await joins(replace(two, who=step), step, after=after):
        step += 1
    assert step > 20
