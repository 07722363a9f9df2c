"""The one connection: every command gets its own answer."""

import asyncio

import pytest

from app.store.link import Link


async def test_command_that_cannot_be_packed_takes_nobody_elses_answer(link: Link) -> None:
    with pytest.raises(UnicodeEncodeError):
        await link.command("SET", "otklik:test", "\ud800")
    answers = await asyncio.gather(*(link.command("ECHO", str(number)) for number in range(20)))
    assert [str(number) for number in range(20)] == answers
