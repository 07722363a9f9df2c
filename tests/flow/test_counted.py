"""What the demo and the rehearsal count in the portal is what stands there: forms apart, answers at their own time."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.crm import ORIGINATOR, SOURCES
from app.domain.conversation import Conversation, Enquiry, Owner
from app.domain.qualification import Heat
from app.domain.sla import Target, start_clock
from app.flow import setup
from app.flow.counted import count
from app.profiles import load
from app.store import codec
from tests.flow.ops_house import PROFILE, House, opened_house

NOON = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened_house(tmp_path) as house:
        crm = house.crm()
        await setup.apply(crm, await setup.plan(crm, load(PROFILE), house.settings(), SOURCES))
        yield house


async def test_a_form_is_counted_apart_and_an_answer_by_its_own_time(house: House) -> None:
    answered = {"UF_CRM_OTKLIK_BOT_REPLIED_AT": (NOON + timedelta(seconds=7)).isoformat()}
    for number, target in ((1, Target.FIRST_RESPONSE), (2, Target.FIRST_CALL)):
        fields = {
            "title": "Анна",
            "originatorId": ORIGINATOR,
            "originId": f"te-{number}-1",
            "UF_CRM_OTKLIK_STATE": state(target),
            "UF_CRM_OTKLIK_VERDICT": "Выполнен",
            **answered,
        }
        deal = (await house.portal("crm.item.add", entityTypeId=2, fields=fields, useOriginalUfNames="Y"))["item"]["id"]
        text = "1 · 01.12 12:00 · Клиент: Сколько стоит?\n2 · 01.12 12:00 · Ассистент: 2 500\n[otklik 1-2]"
        comment = {"ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": text}
        await house.portal("crm.timeline.comment.add", fields=comment)
    counted = await count(f"{house.url}/rest/1/sandbox/")
    assert (2, 1, 1, 2) == (counted.deals, counted.without_chat, counted.answered, counted.lines["customer"])
    assert [7.0] == counted.bot_seconds
    assert {"te-1", "te-2"} == counted.conversations


def state(target: Target) -> str:
    business = load(PROFILE)
    clock = start_clock(target, at=NOON, heat=Heat.WARM, policy=business.sla, calendar=business.calendar)
    enquiry = replace(Enquiry(number=1, card_id="te-1-1", started_at=NOON), clocks=(clock,))
    bare = Conversation(id="te-1", channel="telegram", account="7", customer_id="1", enquiry=enquiry)
    return codec.dump_state(bare, Owner.BOT)
