"""Who proves the code is one of ours; nobody else is."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.card import Role
from app.domain.message import STAFF_LEAVES, STAFF_REFUSED, InboundMessage, Kind, Source
from app.flow.staff import code_of, recognised
from app.runtime import Runtime, opened
from tests.flow.ops_house import opened_house

KEY = {"SECRET_KEY": "k" * 32}
HELLO = InboundMessage(
    channel="telegram", account="7", customer_id="501", message_id="1", sent_at=datetime(2026, 11, 22, 9, tzinfo=UTC)
)


@pytest.fixture
async def runtime(tmp_path: Path, redis_url: str) -> AsyncIterator[Runtime]:
    async with opened_house(tmp_path) as house, opened(house.settings(KEY), redis_url) as runtime:
        yield runtime


def opening(word: str) -> InboundMessage:
    return replace(HELLO, kind=Kind.START, source=Source(kind="start", ref=word))


@pytest.mark.parametrize("role", list(Role))
async def test_a_proven_code_binds_the_chat_to_its_role_and_goes_no_further(runtime: Runtime, role: Role) -> None:
    code = code_of(runtime.settings, role)
    marked = await recognised(runtime, opening(code))
    assert (role, None) == (marked.staff, marked.source)
    [chat] = (await runtime.staff.staff_chats())[role]
    assert ("telegram", "7", "501") == (chat.channel, chat.account, chat.chat_id)
    typed = await recognised(runtime, replace(HELLO, channel="whatsapp", text=f"/start {code}"))
    assert (role, "") == (typed.staff, typed.text)
    assert 2 == len((await runtime.staff.staff_chats())[role])


async def test_a_wrong_code_binds_nothing(runtime: Runtime) -> None:
    for word in ("staff_", "staff_0000000000", code_of(runtime.settings, Role.OWNER)[:-1], "staff_я"):
        assert STAFF_REFUSED == (await recognised(runtime, opening(word))).staff
    assert {} == await runtime.staff.staff_chats()


async def test_without_a_secret_key_no_code_fits(tmp_path: Path, redis_url: str) -> None:
    async with opened_house(tmp_path) as house, opened(house.settings(), redis_url) as runtime:
        assert "" == code_of(runtime.settings, Role.OWNER)
        assert STAFF_REFUSED == (await recognised(runtime, opening("staff_"))).staff


async def test_a_chat_may_leave(runtime: Runtime) -> None:
    await recognised(runtime, opening(code_of(runtime.settings, Role.OWNER)))
    assert STAFF_LEAVES == (await recognised(runtime, opening("staff_off"))).staff
    assert {} == await runtime.staff.staff_chats()


async def test_who_the_profile_names_is_ours_without_a_code_and_a_customer_never_is(runtime: Runtime) -> None:
    team = replace(runtime.business.team, owner=replace(runtime.business.team.owner, telegram="501"))
    named = replace(runtime, business=replace(runtime.business, team=team))
    assert Role.OWNER == (await recognised(named, HELLO)).staff
    assert HELLO == await recognised(runtime, HELLO)
    assert "" == (await recognised(runtime, opening("promo5"))).staff
