"""Journal, Redis and portal compared: every difference is named, and repaired where that is ours to do."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
from redis.asyncio import Redis

from app.flow import setup
from app.flow.resync import Kind, Proof, prove, sweep, told
from app.runtime import opened
from app.store import keys
from bitrix.methods import Entity
from tests.flow.ops_house import opened_house
from tests.flow.test_rebuild import Day, message


@pytest.fixture
async def day(tmp_path: Path, redis_url: str, redis_client: Redis) -> AsyncIterator[Day]:
    """Three customers, all of them in the portal; nobody will look at their clocks but the sweep."""
    async with opened_house(tmp_path) as house, opened(house.settings(), redis_url) as runtime:
        assert runtime.crm is not None
        await setup.apply(runtime.crm, await setup.plan(runtime.crm, runtime.business, runtime.settings, ("telegram",)))
        day = Day(house, runtime, redis_client)
        await day.comes(message(1), message(2), message(3))
        yield day


async def swept(day: Day) -> dict[Kind, bool]:
    """Kind of each difference → whether it was repaired."""
    proof = await sweep(day.runtime)
    assert proof is not None
    return {each.kind: each.repaired for each in proof.found}


async def proven(day: Day) -> Proof:
    assert day.runtime.crm is not None
    return await prove(day.runtime, day.runtime.crm, datetime.now(ZoneInfo(day.runtime.business.zone)).date())


def kinds(proof: Proof) -> dict[str, set[Kind]]:
    found: dict[str, set[Kind]] = {}
    for each in proof.found:
        found.setdefault(each.conversation_id, set()).add(each.kind)
    return found


async def test_what_came_is_in_the_crm_and_nothing_differs(day: Day) -> None:
    proof = await proven(day)
    assert (3, 3, 3, 0, []) == (proof.received, proof.messages, proof.in_crm, proof.waiting, proof.found)
    assert ["Получено обращений: 3 (сообщений: 3), в CRM: 3, в пути: 0, различий: 0"] == told(proof, "ru")


async def test_spam_and_what_is_on_its_way_are_no_differences(day: Day) -> None:
    await day.comes(message(4, text="Продвижение сайтов в топ, пишите в личку, скидка 90%"))
    await day.runtime.mailbox.accept(message(5))
    proof = await proven(day)
    assert (4, 3, 1, []) == (proof.received, proof.in_crm, proof.waiting, proof.found)


async def test_a_conversation_that_redis_forgot_comes_back(day: Day) -> None:
    id_, *_ = await day.conversations()
    await day.redis.delete(*(f"otklik:{kind}:{id_}" for kind in ("c", "r", "l", "o")))
    assert {Kind.LOST: False, Kind.FORGOTTEN: True} == await swept(day)
    assert id_ in await day.conversations()
    assert {} == await swept(day)


async def test_a_card_that_never_reached_the_portal_is_made_and_a_deleted_one_is_not(day: Day) -> None:
    first, second, _ = await day.conversations()
    deals = {id_: orjson.loads(await day.redis.hget(f"otklik:r:{id_}", "written"))["deal"] for id_ in (first, second)}
    for deal in deals.values():
        await day.house.portal("crm.item.delete", entityTypeId=2, id=deal)
    await day.redis.hset(f"otklik:r:{first}", "written", "{}")
    assert {Kind.UNREGISTERED: True, Kind.DELETED: False} == await swept(day)
    await day.works()
    assert 2 == day.count(Entity.DEAL)
    assert {second: {Kind.DELETED}, first: {Kind.LINES}} == kinds(await proven(day))  # the old timeline is gone


async def test_a_field_of_ours_that_somebody_changed_is_written_again_and_theirs_stays(day: Day) -> None:
    id_, *_ = await day.conversations()
    deal = orjson.loads(await day.redis.hget(f"otklik:r:{id_}", "written"))["deal"]
    fields = {"UF_CRM_OTKLIK_VERDICT": "?", "title": "VIP", "opportunity": 9900}
    await day.house.portal("crm.item.update", entityTypeId=2, id=deal, fields=fields, useOriginalUfNames="Y")
    assert {Kind.CHANGED: True} == await swept(day)
    await day.works()
    assert {} == await swept(day)
    item = (await day.house.portal("crm.item.get", entityTypeId=2, id=deal))["item"]
    assert ("VIP", 9900) == (item["title"], item["opportunity"])


async def test_a_card_with_the_channels_word_of_earlier_versions_gets_the_name_that_people_use(day: Day) -> None:
    id_, *_ = await day.conversations()
    written = orjson.loads(await day.redis.hget(f"otklik:r:{id_}", "written"))
    field = "UF_CRM_OTKLIK_CHANNEL"
    written["values"][field] = "telegram"
    await day.redis.hset(f"otklik:r:{id_}", "written", orjson.dumps(written))
    asked = {"entityTypeId": 2, "id": written["deal"], "useOriginalUfNames": "Y"}
    await day.house.portal("crm.item.update", fields={field: "telegram"}, **asked)
    assert {Kind.CHANGED: True} == await swept(day)
    await day.works()
    assert "Telegram" == (await day.house.portal("crm.item.get", **asked))["item"][field]
    assert {} == await swept(day)


async def test_a_clock_that_nobody_watches_is_looked_at_again(day: Day) -> None:
    await day.redis.delete(keys.DUE)
    assert {Kind.WAKELESS: True} == await swept(day)
    assert 3 == await day.redis.zcard(keys.DUE)


async def test_two_deals_of_one_enquiry_and_a_dialogue_with_a_gap_are_named(day: Day) -> None:
    id_, other, _ = await day.conversations()
    fields = {"title": "x", "originatorId": "otklik", "originId": f"{id_}-1"}
    await day.house.portal("crm.item.add", entityTypeId=2, fields=fields)
    deal = orjson.loads(await day.redis.hget(f"otklik:r:{other}", "written"))["deal"]
    world = day.house.sandbox.portal.world
    for number in world.comments_of[Entity.DEAL, deal]:
        world.comments[number].text = "—"
    assert {id_: {Kind.DOUBLED}, other: {Kind.LINES}} == kinds(await proven(day))
