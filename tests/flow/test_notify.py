"""How people are told: many notices as one message, through the portal, by messenger while it is away, and only what
still stands.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain.card import Notice, Role, Told
from app.domain.decision import Turn
from app.domain.escalation import name_of
from app.domain.roster import Roster
from app.domain.sla import Target
from app.flow.notify import notify, tell_held, text_of
from app.jobs import Entry
from app.runtime import Runtime, opened
from app.store import codec, keys
from app.store.link import StoreError
from app.store.staff import StaffChat
from sandbox.portal.faults import Faults
from tests.domain.story import MORNING, Story
from tests.flow.ops_house import TELEGRAM, House, opened_house

MANAGER, SUPERVISOR, OWNER = 7, 3, 1


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened_house(tmp_path) as house:
        house.sandbox.world.rules.strangers = True
        yield house


@pytest.fixture
async def runtime(house: House, redis_url: str) -> AsyncIterator[Runtime]:
    async with opened(house.settings(TELEGRAM), redis_url) as runtime:
        await runtime.people.save(Roster(managers=(5, 7), supervisor=SUPERVISOR, owner=OWNER))
        yield runtime


def told(
    user: int | None,
    text: str,
    *,
    conversation: str = "te-1",
    notice: str = "handoff:asked@1",
    role: Role = Role.ASSIGNEE,
) -> Told:
    return Told(conversation=conversation, notice=Notice(id=notice, role=role, user=user, text=text, at=MORNING))


async def tell(runtime: Runtime, news: Sequence[Told] = ()) -> None:
    """What the stream holds, `news` added. Another worker has the first of them in hand."""
    for one in news:
        await runtime.link.command("XADD", keys.NOTICES, "*", "n", codec.dump(one))
    words = ("XREADGROUP", "GROUP", keys.GROUP, "w", "COUNT", 1, "STREAMS", keys.NOTICES, ">")
    [[_, [[entry, fields]]]] = await runtime.link.command(*words)
    await notify(runtime, [Entry(stream=keys.NOTICES, id=entry, subject=fields[1], tries=1)], gather_seconds=0)


def in_portal(house: House) -> list[tuple[int, str]]:
    rows: list[dict[str, Any]] = house.sandbox.portal.snapshot()["notifications"]
    return sorted((row["user"], row["text"]) for row in rows)


def in_telegram(house: House) -> list[tuple[str, str]]:
    return [(phone.id, line.text) for phone in house.sandbox.world.phones for line in phone.lines]


async def test_several_misses_of_one_person_become_one_message(house: House, runtime: Runtime) -> None:
    await tell(runtime, [told(MANAGER, f"Клиент {n}", notice=f"handoff:{n}") for n in range(10)] + [told(5, "Один")])
    [(_, one), (_, many)] = in_portal(house)
    assert "Один" == one
    assert ("Ждут вас, обращений: 10", 11) == (many.splitlines()[0], len(many.splitlines()))
    assert 0 == await runtime.link.command("XLEN", keys.NOTICES)


async def test_what_is_told_again_after_a_crash_stands_there_once(house: House, runtime: Runtime) -> None:
    for _ in range(2):
        await tell(runtime, [told(MANAGER, "Клиент ждёт")])
    assert [(MANAGER, "Клиент ждёт")] == in_portal(house)


async def test_what_came_after_a_crash_joins_what_was_told_before_it(house: House, runtime: Runtime) -> None:
    """The oldest names the message: with another first the portal would show both."""
    door = house.sandbox.portal.door
    before, door.faults = door.desk.tally.http, Faults(latency_ms=80)
    telling = asyncio.create_task(tell(runtime, [told(MANAGER, f"{n}", notice=f"n{n}") for n in (1, 2)]))
    while door.desk.tally.http == before:
        await asyncio.sleep(0.01)
    telling.cancel()
    await asyncio.wait([telling])
    await asyncio.sleep(0.16)
    door.faults = Faults()
    assert 1 == len(in_portal(house))
    await tell(runtime, [told(MANAGER, "3", notice="n3")])
    [(_, text)] = in_portal(house)
    assert ["• 1", "• 2", "• 3"] == text.splitlines()[1:]


async def test_a_notice_that_cannot_be_read_is_a_dead_letter_and_the_others_are_told(
    house: House, runtime: Runtime
) -> None:
    await runtime.link.command("XADD", keys.NOTICES, "*", "n", '{"conversation": "te-9"}')
    await tell(runtime, [told(MANAGER, "Клиент ждёт")])
    assert [(MANAGER, "Клиент ждёт")] == in_portal(house)
    assert ["te-9"] == [letter.conversation_id for letter in await runtime.dead_letters.all()]
    assert 0 == await runtime.link.command("XLEN", keys.NOTICES)


async def test_what_the_store_does_not_take_back_is_held_on(runtime: Runtime) -> None:
    """Between taking it out and putting it on its way somebody may die: one step, or it is lost."""
    await runtime.link.command("RPUSH", keys.HELD_NOTICES, codec.dump(told(MANAGER, "Ваш")))
    await runtime.link.command("SET", keys.NOTICES, "not a stream")
    with pytest.raises(StoreError):
        await tell_held(runtime)
    assert 1 == await runtime.link.command("LLEN", keys.HELD_NOTICES)


async def test_while_the_portal_is_away_who_leads_hears_by_messenger_and_the_others_wait(
    house: House, runtime: Runtime
) -> None:
    house.sandbox.portal.door.faults = Faults(kind="503")
    await tell(runtime, [told(MANAGER, "Ваш"), told(SUPERVISOR, "Старшей"), told(OWNER, "Владельцу")])
    assert [("500000001", "Старшей"), ("500000002", "Владельцу")] == sorted(in_telegram(house))
    house.sandbox.portal.door.faults = Faults()
    assert 1 == await tell_held(runtime)
    await tell(runtime)
    assert [(MANAGER, "Ваш")] == in_portal(house)
    assert 2 == len(in_telegram(house))


async def test_whoever_leads_without_a_user_in_the_portal_hears_by_messenger(house: House, runtime: Runtime) -> None:
    await tell(runtime, [told(None, "Никого нет"), told(None, "Владельцу", role=Role.OWNER)])
    assert [("500000001", "Никого нет"), ("500000002", "Владельцу")] == sorted(in_telegram(house))
    assert [] == in_portal(house)


async def test_a_chat_bound_by_its_code_hears_beside_the_one_that_the_profile_names(
    house: House, runtime: Runtime
) -> None:
    for number in ("500000001", "500000007"):  # the profile's own, and another
        chat = StaffChat(conversation_id=f"te-{number}", channel="telegram", account="7", chat_id=number)
        await runtime.staff.bind(Role.SUPERVISOR, chat)
    await tell(runtime, [told(None, "Никого нет")])
    assert [("500000001", "Никого нет"), ("500000007", "Никого нет")] == sorted(in_telegram(house))


async def test_a_chat_that_no_vendor_carries_is_no_way_to_be_told(house: House, runtime: Runtime) -> None:
    """The site's page, and a messenger whose secrets were taken out: the others are told all the same."""
    for channel in ("site", "whatsapp"):
        chat = StaffChat(conversation_id=f"{channel}-1", channel=channel, account="7", chat_id="1")
        await runtime.staff.bind(Role.SUPERVISOR, chat)
    await tell(runtime, [told(None, "Никого нет")])
    assert [("500000001", "Никого нет")] == in_telegram(house)


async def test_who_was_answered_meanwhile_is_nobodys_alarm(house: House, runtime: Runtime) -> None:
    story = Story()
    turn = story.hear()
    clock = story.clock(Target.FIRST_RESPONSE)
    news = told(MANAGER, "Клиент ждёт", conversation=turn.conversation.id, notice=f"{name_of(clock)}:1:remind_assignee")
    await keep(runtime, turn)
    await tell(runtime, [news])
    assert [(MANAGER, "Клиент ждёт")] == in_portal(house)
    house.sandbox.portal.reset()
    await keep(runtime, story.person())
    await tell(runtime, [news])
    assert [] == in_portal(house)


@pytest.mark.parametrize("notice", ["came:te-1-b2@1", "late@1", "absent:anna:2026-12-01", "undelivered@1"])
async def test_what_no_clock_asks_for_is_told(house: House, runtime: Runtime, notice: str) -> None:
    """Who comes late, whether they came: nothing runs then, and nothing of it may be dropped as answered."""
    turn = Story().hear()
    await keep(runtime, turn)
    await tell(runtime, [told(MANAGER, "Клиент пришёл?", conversation=turn.conversation.id, notice=notice)])
    assert [(MANAGER, "Клиент пришёл?")] == in_portal(house)


async def keep(runtime: Runtime, turn: Turn) -> None:
    """Commit a turn that a story told, over a message of the same customer."""
    await runtime.mailbox.accept(
        replace(Story().received().message, message_id=f"after-{len(turn.conversation.history)}")
    )
    [[_, [[entry, _]]]] = await runtime.link.command(
        "XREADGROUP", "GROUP", keys.GROUP, "w", "COUNT", 1, "STREAMS", keys.ANSWER, ">"
    )
    reading = await runtime.mailbox.read(turn.conversation.id)
    assert "done" == await runtime.mailbox.commit(reading, entry, turn, person_id="p-1")


async def test_a_turns_notices_are_on_the_stream_with_the_commit_that_decided_them(runtime: Runtime) -> None:
    turn, notice = Story().hear(), told(MANAGER, "Клиент ждёт").notice
    await keep(runtime, replace(turn, notices=(notice, replace(notice, task=True))))
    [[_, [_, text]]] = await runtime.link.command("XRANGE", keys.NOTICES, "-", "+")
    assert Told(conversation=turn.conversation.id, notice=notice) == codec.load(Told, text)


async def test_one_worker_tells_at_a_time_and_the_others_entries_are_told_by_it(house: House, runtime: Runtime) -> None:
    for number in range(4):
        await runtime.link.command("XADD", keys.NOTICES, "*", "n", codec.dump(told(MANAGER, f"Клиент {number}")))
    entries = []
    for worker in ("w1", "w2"):
        words = ("XREADGROUP", "GROUP", keys.GROUP, worker, "COUNT", 1, "STREAMS", keys.NOTICES, ">")
        [[_, [[entry, fields]]]] = await runtime.link.command(*words)
        entries.append(Entry(stream=keys.NOTICES, id=entry, subject=fields[1], tries=1))
    await asyncio.gather(*(notify(runtime, [entry], gather_seconds=0.1) for entry in entries))
    [(_, text)] = in_portal(house)
    assert 5 == len(text.splitlines())
    assert 0 == await runtime.link.command("XLEN", keys.NOTICES)


def test_a_long_list_is_cut_and_says_so() -> None:
    lines = text_of([told(MANAGER, f"Клиент {n}") for n in range(40)], "ru").splitlines()
    assert (14, "и ещё 28") == (len(lines), lines[-1])
