"""`otklik setup` against the sandbox's portal and Telegram: it makes what is missing and changes nothing else."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.crm import FIELDS, PIPELINE, SOURCES, STAGES
from app.domain.business import Business, CrmMap
from app.domain.card import Stage
from app.flow import telegram_webhook
from app.flow.setup import Plan, State, apply, lines, plan
from bitrix.errors import Unanswered
from sandbox.faults import Fault
from sandbox.portal.faults import Faults
from tests.flow.ops_house import SALON, TELEGRAM, WHATSAPP, House, opened_house, served

CHANNELS = ("telegram", "whatsapp", "instagram", "site")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened_house(tmp_path) as house:
        yield house


def mapped(**crm: Any) -> Business:
    return replace(SALON, crm=CrmMap(**crm))


async def planned(house: House, business: Business | None = None) -> Plan:
    business = business or SALON
    return await plan(house.crm(business), business, house.settings(), CHANNELS)


async def run(house: House, business: Business | None = None) -> Plan:
    found = await planned(house, business)
    return await apply(house.crm(found.business), found)


async def stages(house: House, category: int) -> list[dict[str, Any]]:
    entity = f"DEAL_STAGE_{category}" if category else "DEAL_STAGE"
    rows: list[dict[str, Any]] = await house.portal(
        "crm.status.list", filter={"ENTITY_ID": entity}, order={"SORT": "ASC"}
    )
    return rows


def wrong(found: Plan) -> dict[str, str]:
    return {item.word or item.code: item.text for item in found.of(State.WRONG)}


async def test_an_empty_portal_is_planned_and_not_touched(house: House) -> None:
    found = await planned(house)
    made = [item.part for item in found.of(State.MISSING)]
    assert made == ["field"] * len(FIELDS) + ["pipeline"] + ["stage"] * len(STAGES) + ["source"] * len(SOURCES) + [
        "resource"
    ] * 3 + ["bot"]
    assert [] == await house.portal("crm.deal.userfield.list")
    assert 1 == len((await house.portal("crm.category.list", entityTypeId=2))["categories"])


async def test_an_empty_portal_is_set_up_in_full(house: House) -> None:
    ended = await run(house)
    assert () == ended.of(State.MISSING, State.WRONG)
    scheme = await house.crm().scheme()
    assert scheme.category_id != 0
    assert set(scheme.stages) == set(STAGES)
    assert set(scheme.sources) == set(SOURCES)
    rows = await house.portal("crm.deal.userfield.list", filter={"LANG": "ru"})
    assert {(code, kind, russian) for code, kind, russian, _ in FIELDS.values()} == {
        (row["FIELD_NAME"], row["USER_TYPE_ID"], row["EDIT_FORM_LABEL"]) for row in rows
    }


async def test_the_business_s_people_become_resources_with_their_week(house: House) -> None:
    await run(house)
    rows = (await house.portal("booking.v1.resource.list"))["resource"]
    assert ["Анна", "Мария", "Ольга"] == [row["name"] for row in rows]
    slots = (await house.portal("booking.v1.resource.slots.list", resourceId=rows[1]["id"]))["slots"]
    assert [("Tue", 660, 1200), ("Sat", 660, 1200)] == [
        (slot["weekDays"][0], slot["from"], slot["to"]) for slot in (slots[0], slots[-1])
    ]
    assert 5 == len(slots)
    assert not (await planned(house)).has_work


async def test_without_online_booking_setup_says_what_follows(house: House) -> None:
    house.sandbox.portal.world.absent = ["booking."]
    assert "setup_diary_absent" in [item.text for item in (await planned(house)).of(State.NOTE)]


async def test_a_pipeline_of_ours_holds_our_stages_alone_in_order_and_meaning(house: House) -> None:
    await run(house)
    category = (await house.crm().scheme()).category_id
    rows = await stages(house, category)
    assert [(f"C{category}:{code}", name) for code, name in STAGES.values()] == [
        (row["STATUS_ID"], row["NAME"]) for row in rows
    ]
    assert [None] * 5 + ["S", "F"] == [row["SEMANTICS"] for row in rows]


async def test_a_second_run_has_nothing_to_do(house: House) -> None:
    await run(house)
    before = house.sandbox.portal.snapshot() | {"now": ""}
    found = await planned(house)
    assert found.is_complete
    assert "Делать нечего: всё на месте." == lines(found)[-1]
    await apply(house.crm(), found)
    assert before == house.sandbox.portal.snapshot() | {"now": ""}


async def test_a_half_set_up_portal_gets_the_rest(house: House) -> None:
    await house.portal("crm.category.add", entityTypeId=2, fields={"name": PIPELINE})
    code, kind, *_ = FIELDS["channel"]
    await house.portal("crm.deal.userfield.add", fields={"FIELD_NAME": code, "USER_TYPE_ID": kind, "LABEL": "мой"})
    found = await planned(house)
    assert ["channel"] == [item.word for item in found.of(State.STANDS) if item.part == "field"]
    missing = {Stage.ANSWERED, Stage.WAITING, Stage.IN_WORK, Stage.BOOKED}
    assert missing == {item.word for item in found.of(State.MISSING) if item.part == "stage"}
    await apply(house.crm(), found)
    assert (await planned(house)).is_complete
    kept = await house.portal("crm.deal.userfield.list", filter={"FIELD_NAME": code, "LANG": "ru"})
    assert ["мой"] == [row["EDIT_FORM_LABEL"] for row in kept]


async def test_a_run_that_broke_off_is_finished_by_the_next(house: House) -> None:
    house.sandbox.portal.door.faults = Faults(kind="lost", count=1, methods=["crm.status.add"])
    with pytest.raises(Unanswered):
        await run(house)
    await run(house)
    assert (await planned(house)).is_complete


async def test_stages_that_a_manager_renamed_keep_their_names(house: House) -> None:
    await run(house)
    category = (await house.crm().scheme()).category_id
    row = (await stages(house, category))[1]
    await house.portal("crm.status.update", id=row["ID"], fields={"NAME": "Робот ответил"})
    assert (await run(house)).is_complete
    assert "Робот ответил" == (await stages(house, category))[1]["NAME"]


async def test_a_field_of_another_type_is_named_and_never_changed(house: House) -> None:
    code = FIELDS["answer_by"][0]
    await house.portal("crm.deal.userfield.add", fields={"FIELD_NAME": code, "USER_TYPE_ID": "string", "LABEL": "x"})
    ended = await run(house)
    assert {"answer_by": "setup_other_type"} == wrong(ended)
    assert (False, False) == (ended.has_work, ended.is_complete)
    assert any("«string», нужен «datetime»" in line for line in lines(ended))
    rows = await house.portal("crm.deal.userfield.list", filter={"FIELD_NAME": code})
    assert ["string"] == [row["USER_TYPE_ID"] for row in rows]


async def test_what_the_profile_maps_is_used_and_not_created(house: House) -> None:
    made = await house.portal("crm.category.add", entityTypeId=2, fields={"name": "Записи"})
    category = made["category"]["id"]
    await house.portal(
        "crm.deal.userfield.add", fields={"FIELD_NAME": "KANAL", "USER_TYPE_ID": "string", "LABEL": "Канал"}
    )
    business = mapped(
        pipeline="Записи",
        stages={Stage.WAITING: f"C{category}:PREPARATION"},
        fields={"channel": "UF_CRM_KANAL"},
        sources={"site": "WEB"},
    )
    ended = await run(house, business)
    assert (await planned(house, business)).is_complete
    assert {"field": len(FIELDS) - 1, "stage": 3, "source": 3} == {
        part: sum(item.part == part for item in ended.of(State.MADE)) for part in ("field", "stage", "source")
    }
    codes = [row["STATUS_ID"] for row in await stages(house, category)]
    assert f"C{category}:OTK_WAITING" not in codes
    assert f"C{category}:PREPAYMENT_INVOICE" in codes  # a pipeline of others keeps its stages
    won = codes.index(f"C{category}:WON")
    assert all(codes.index(code) < won for code in codes if "OTK_" in code)
    scheme = await house.crm(business).scheme()
    assert (category, f"C{category}:PREPARATION") == (scheme.category_id, scheme.stages[Stage.WAITING])


async def test_a_mapped_thing_that_the_portal_lacks_is_named_with_its_cure(house: House) -> None:
    business = mapped(stages={Stage.WAITING: "NOWHERE"}, fields={"channel": "UF_CRM_NO"}, sources={"site": "NO"})
    ended = await run(house, business)
    assert {"channel": "setup_lacks", "site": "setup_lacks", "waiting": "setup_lacks"} == wrong(ended)
    told = "\n".join(lines(ended))
    assert "crm.stages.waiting" in told
    assert "OTK_ANSWERED" in told  # what there is instead
    lost = await planned(house, mapped(pipeline="Нет такой"))
    assert {"Нет такой": "setup_lacks"} == wrong(lost)
    assert "Общая, Отклик" in "\n".join(lines(lost))


async def test_a_word_that_we_do_not_know_is_named(house: House) -> None:
    found = await planned(house, mapped(stages={"wating": "C1:NEW"}))
    assert {"C1:NEW": "setup_unknown_word"} == wrong(found)
    assert any("waiting" in line for line in lines(found))


async def test_a_mapped_stage_of_another_meaning_is_named(house: House) -> None:
    await run(house)
    category = (await house.crm().scheme()).category_id
    found = await planned(house, mapped(stages={Stage.WON: f"C{category}:OTK_BOOKED"}))
    assert {"won": "setup_other_meaning"} == wrong(found)
    assert any("«в работе», нужен «успех»" in line for line in lines(found))


class LimitedPlan:
    """A portal whose plan gives no more pipelines. The code is not in the vendor's pages: any refusal counts."""

    def __init__(self, portal: ASGIApp) -> None:
        self.portal = portal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].endswith("crm.category.add"):
            return await self.portal(scope, receive, send)
        await Request(scope, receive).body()
        error = {"error": "ACCESS_DENIED", "error_description": "Превышено максимальное количество воронок"}
        return await JSONResponse(error, 400)(scope, receive, send)


async def test_a_plan_without_more_pipelines_falls_back_to_the_first_and_says_so(house: House) -> None:
    async with served(LimitedPlan(house.sandbox.app)) as port:
        house.url = f"http://127.0.0.1:{port}"
        ended = await run(house)
        assert any("Превышено максимальное количество воронок" in line for line in lines(ended))
        scheme = await house.crm().scheme()
        assert (0, set(STAGES)) == (scheme.category_id, set(scheme.stages))
        again = await planned(house)
        assert again.is_complete
        assert any("первой воронке" in line for line in lines(again))
        codes = [row["STATUS_ID"] for row in await stages(house, 0)]
        assert codes.index("OTK_BOOKED") < codes.index("WON")


async def test_who_may_not_set_up_is_told_to_be_an_administrator(house: House) -> None:
    house.sandbox.portal.world.users[1].admin = False
    ended = await run(house)
    assert {"setup_denied"} == {item.text for item in ended.of(State.WRONG)}
    assert any("администратору CRM" in line for line in lines(ended))


async def test_simple_mode_is_told(house: House) -> None:
    house.sandbox.portal.world.crm_mode = 2
    assert any("лиды не создаём" in line for line in lines(await planned(house)))


async def test_more_than_a_page_of_user_fields_is_read_to_the_end(house: House) -> None:
    for n in range(60):
        fields = {"FIELD_NAME": f"OTHER_{n}", "USER_TYPE_ID": "string", "SORT": 1, "LABEL": "x"}
        await house.portal("crm.deal.userfield.add", fields=fields)
    await run(house)
    assert (await planned(house)).is_complete


async def test_telegram_gets_address_secret_and_every_kind_of_update_we_read(house: House) -> None:
    settings = house.settings(TELEGRAM)
    found = await plan(None, SALON, settings, CHANNELS)
    assert ["webhook"] == [item.part for item in found.of(State.MISSING)]
    await apply(None, found)
    assert {
        "url": "https://gate.example.com/webhooks/telegram",
        "secret_token": "demo-telegram-secret",
        "max_connections": 40,
        "allowed_updates": list(telegram_webhook.ALLOWED_UPDATES),
    } == house.sandbox.telegram.webhook
    assert (await plan(None, SALON, settings, CHANNELS)).is_complete


async def test_telegram_is_left_alone_without_a_public_address(house: House) -> None:
    found = await plan(None, SALON, house.settings(TELEGRAM | {"PUBLIC_URL": ""}), CHANNELS)
    assert () == found.of(State.MISSING)
    assert any("не https" in line for line in lines(found))


async def test_a_silent_telegram_does_not_stop_the_portal(house: House) -> None:
    house.sandbox.telegram.faults.set(Fault(kind="away"))
    found = await plan(house.crm(), SALON, house.settings(TELEGRAM), CHANNELS)
    assert {"telegram": "setup_telegram_away"} == wrong(found)
    assert found.of(State.MISSING)


async def test_what_only_a_person_can_click_is_said(house: House) -> None:
    found = await plan(house.crm(), SALON, house.settings(WHATSAPP), CHANNELS)
    told = "\n".join(lines(found))
    assert "https://gate.example.com/webhooks/whatsapp" in told
    assert "https://gate.example.com/bitrix/events" in told
    assert "BITRIX_APPLICATION_TOKEN" in told


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_no_line_holds_a_secret(house: House, locale: str) -> None:
    settings = house.settings(TELEGRAM | WHATSAPP)
    told = "\n".join(lines(await plan(house.crm(), SALON, settings, CHANNELS), locale))
    assert not [
        value for name, value in (TELEGRAM | WHATSAPP).items() if name.endswith(("TOKEN", "SECRET")) and value in told
    ]
    assert "/rest/1/sandbox" not in told


async def test_the_bot_is_made_once_with_the_commands_of_its_buttons(house: House) -> None:
    await run(house)
    [bot] = house.sandbox.portal.world.bots.values()
    assert ("otklik", "supervisor", "fetch") == (bot.code, bot.type, bot.mode)
    assert {"accept", "bot", "dismiss", "came", "noshow"} == set(bot.commands)
    del bot.commands["bot"]  # half set up
    again = await run(house)
    assert ["bot"] == [item.code for item in again.of(State.MADE)]
    assert (await planned(house)).is_complete


async def test_a_webhook_without_the_right_for_bots_is_told_and_comments_remain(house: House) -> None:
    hook = house.sandbox.portal.world.access.webhooks[1, "sandbox"]
    hook.scopes = hook.scopes - {"imbot"}
    ended = await run(house)
    assert ["setup_no_bot"] == [item.text for item in ended.of(State.NOTE) if item.part == "bot"]
    assert not ended.is_wrong
