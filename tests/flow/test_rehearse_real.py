"""The real portal's part of a rehearsal: marked cards are compared and removed; nothing else there is touched."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.crm import SOURCES
from app.flow import setup
from app.flow.counted import Shown
from app.flow.rehearse.real import MARK, compare
from app.profiles import load
from tests.flow.ops_house import PROFILE, House, opened_house

CARD = Shown(
    deal={
        "title": "Telegram: Анна — Педикюр",
        "stageId": "C7:OTK_BOOKED",
        "opportunity": 3000,
        "UF_CRM_OTKLIK_CHANNEL": "telegram",
        "UF_CRM_OTKLIK_VERDICT": "Выполнен",
        "UF_CRM_OTKLIK_BOOKED_FOR": "2026-12-04T14:00:00+03:00",
        "UF_CRM_OTKLIK_STEP": 2,
        "UF_CRM_OTKLIK_STATE": "{}",
    },
    comments=(),
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A portal that `otklik setup` was run on, with a stranger's deal."""
    async with opened_house(tmp_path) as house:
        business = load(PROFILE)
        crm = house.crm()
        await setup.apply(crm, await setup.plan(crm, business, house.settings(), SOURCES))
        await house.portal("crm.item.add", entityTypeId=2, fields={"title": "Чужая сделка"})
        yield house


async def standing(house: House) -> tuple[Any, Any, Any, Any]:
    """Pipelines, stages, deals and fields of the portal."""
    return (
        await house.portal("crm.category.list", entityTypeId=2),
        await house.portal("crm.status.list"),
        await house.portal("crm.item.list", entityTypeId=2, select=["*"]),
        await house.portal("crm.deal.userfield.list"),
    )


async def test_cards_are_compared_and_the_portal_stands_as_before(house: House) -> None:
    before = await standing(house)
    found = await compare(house.crm().client, [CARD, CARD], "Нева")
    assert (f"{MARK} Нева", 2, 2, True, (), ()) == (
        found.pipeline,
        found.written,
        found.removed,
        found.is_gone,
        found.lacks,
        found.differences,
    )
    assert () == found.reasons("ru")
    assert before == await standing(house)


async def test_what_an_earlier_run_left_goes_and_a_strangers_deal_in_it_stays(house: House) -> None:
    old = (await house.portal("crm.category.add", entityTypeId=2, fields={"name": f"{MARK} старая"}))["category"]["id"]
    for title in (f"{MARK} забытая", "Положил менеджер"):
        await house.portal("crm.item.add", entityTypeId=2, fields={"title": title, "categoryId": old})
    await compare(house.crm().client, [CARD], "Нева")
    rows = (await house.portal("crm.item.list", entityTypeId=2, select=["title", "categoryId"]))["items"]
    assert {("Чужая сделка", 0), ("Положил менеджер", old)} == {(row["title"], row["categoryId"]) for row in rows}


async def test_a_card_that_the_portal_refuses_or_shows_otherwise_is_told_and_the_rest_removed(house: House) -> None:
    refused = Shown(deal={**CARD.deal, "UF_CRM_OTKLIK_STEP": "две"}, comments=())
    cut = Shown(deal={**CARD.deal, "UF_CRM_OTKLIK_BOOKED_FOR": "2026-12-04T14:00:00.500+03:00"}, comments=())
    found = await compare(house.crm().client, [refused, cut, CARD], "Нева")
    assert (2, 2, True) == (found.written, found.removed, found.is_gone)
    assert ["–", "Время записи"] == [each.field for each in found.differences]
    assert ("настоящий портал показывает иначе: 2",) == found.reasons("ru")
    section = found.section("ru")
    assert ("прочитано обратно без расхождений", "1") in section.rows
    assert any("UF_CRM_OTKLIK_STEP" in note for note in section.notes)


async def test_fields_that_the_portal_lacks_are_told_and_not_made(tmp_path: Path) -> None:
    async with opened_house(tmp_path) as house:
        found = await compare(house.crm().client, [CARD], "Нева")
        assert "Канал" in found.lacks
        assert (1, 1, True, ()) == (found.written, found.removed, found.is_gone, found.differences)
        assert [] == await house.portal("crm.deal.userfield.list")
