"""One person in two messengers: a proven phone joins them, also when it is proven late."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app.domain.message import Kind, Phone
from app.flow import setup
from app.runtime import opened
from bitrix.methods import Entity
from tests.flow.ops_house import opened_house
from tests.flow.test_rebuild import Day, clocks_of, message

PHONE = Phone(number="+79995550101", proven=True)
TYPED = Phone(number="+79995550101", proven=False)


@pytest.fixture
async def day(tmp_path: Path, redis_url: str, redis_client: Redis) -> AsyncIterator[Day]:
    async with opened_house(tmp_path) as house, opened(house.settings(), redis_url) as runtime:
        crm = runtime.crm
        assert crm is not None
        await setup.apply(crm, await setup.plan(crm, runtime.business, runtime.settings, ("telegram",)))
        yield Day(house, runtime, redis_client)


async def deals_contacts(day: Day) -> set[tuple[int, ...]]:
    deals = day.house.sandbox.portal.world.shelves[Entity.DEAL].ids
    items = [(await day.house.portal("crm.item.get", entityTypeId=2, id=deal))["item"] for deal in deals]
    return {tuple(item["contactIds"]) for item in items}


async def test_a_phone_proven_late_brings_the_deal_to_the_contact_of_who_proved_it_before(day: Day) -> None:
    """Both have cards already: the deal moves to the elder's contact, and no deadline is set anew."""
    await day.comes(message(1))
    await day.comes(message(2, channel="whatsapp", phone=PHONE))
    before = {each.channel: each for _, each in (await day.conversations()).values()}
    assert before["telegram"].person_id != before["whatsapp"].person_id
    await day.comes(message(1, 2, "", kind=Kind.CONTACT, phone=PHONE))
    after = {each.channel: each for _, each in (await day.conversations()).values()}
    assert before["whatsapp"].person_id == after["telegram"].person_id == after["whatsapp"].person_id
    elder = await day.runtime.cards.contact_of(after["whatsapp"].person_id)
    assert {(elder,)} == await deals_contacts(day)
    due = {clock.target: clock.due_at for clock in clocks_of(after["telegram"])}
    assert all(due[clock.target] <= clock.due_at for clock in clocks_of(before["telegram"]))


async def test_a_phone_proven_before_the_other_messenger_makes_one_contact(day: Day) -> None:
    await day.comes(message(1, phone=PHONE, kind=Kind.CONTACT), message(1, 2))
    await day.comes(message(2, channel="whatsapp", phone=PHONE))
    assert 1 == day.count(Entity.CONTACT) == len(await deals_contacts(day))


async def test_a_typed_phone_joins_nobody(day: Day) -> None:
    """Whoever types a stranger's number would read their dialogue."""
    await day.comes(message(2, channel="whatsapp", phone=PHONE))
    await day.comes(message(1))
    await day.comes(message(1, 2, "мой номер 8 999 555-01-01", phone=TYPED))
    assert 2 == len({each.person_id for _, each in (await day.conversations()).values()})


async def test_a_card_on_its_way_changes_hands_with_its_person(day: Day) -> None:
    """Nothing of it is registered yet: the elder's turn takes it over, and the younger's finds nothing to do."""
    await day.comes(message(2, channel="whatsapp", phone=PHONE))
    await day.runtime.mailbox.accept(message(1))
    await day.answers()
    younger = next(each for _, each in (await day.conversations()).values() if each.channel == "telegram").person_id
    assert await day.redis.exists(f"otklik:pd:{younger}")
    await day.comes(message(1, 2, "", kind=Kind.CONTACT, phone=PHONE))
    assert not await day.redis.exists(f"otklik:pd:{younger}")
    assert [1, 2, 2] == [day.count(entity) for entity in (Entity.CONTACT, Entity.LEAD, Entity.DEAL)]
    assert 1 == len(await deals_contacts(day))
