"""Who wins, by field: what a manager or a robot changes in a card races what we write of the conversation."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from app.domain.card import Stage, Verdict
from app.domain.message import Phone
from bitrix import methods
from bitrix.methods import Entity
from tests.flow.register_desk import AT, OTHER, Desk, opened_desk

ROBOT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field of the deal: its portal name or our word, what they set it to, and what our next turn wants."""

    field: str
    theirs: Any
    want: Mapping[str, Any] = field(default_factory=dict)
    wins: str


LATER = AT + timedelta(hours=2)
TABLE = (
    Row(field="stageId", theirs=Stage.BOOKED, want={"stage": Stage.WAITING}, wins="theirs"),
    Row(field="assignedById", theirs=OTHER, want={"assignee": ROBOT}, wins="theirs"),
    Row(field="title", theirs="Анна, постоянная", want={"title": "Telegram: Анна — педикюр"}, wins="theirs"),
    Row(field="opportunity", theirs=9900, want={"amount": 2500}, wins="theirs"),
    Row(field="comments", theirs="любит тишину", wins="theirs"),
    Row(field="sla_class", theirs="своё", want={"sla_class": "hot"}, wins="ours"),
    Row(field="answer_by", theirs=LATER.isoformat(), want={"answer_by": AT}, wins="ours"),
    Row(field="answer_why", theirs="так решили", want={"answer_why": "час рабочего времени"}, wins="ours"),
    Row(field="verdict", theirs="выполнен", want={"verdict": Verdict.MISSED}, wins="ours"),
    Row(field="step", theirs=9, want={"step": 2}, wins="ours"),
    Row(field="bot_replied_at", theirs=LATER.isoformat(), want={"bot_replied_at": AT}, wins="ours"),
    Row(field="human_replied_at", theirs=LATER.isoformat(), want={"human_replied_at": AT}, wins="ours"),
    Row(field="reminded", theirs="нет", want={"reminded": "да"}, wins="ours"),
    Row(field="booked_for", theirs=LATER.isoformat(), want={"booked_for": AT}, wins="ours"),
    Row(field="came", theirs=0, want={"came": True}, wins="ours"),
)


@pytest.fixture
async def desk(tmp_path: Path, redis_url: str, redis_client: Redis) -> AsyncIterator[Desk]:
    async with opened_desk(tmp_path, redis_url, redis_client) as desk:
        yield desk


async def test_who_wins_by_field(desk: Desk) -> None:
    """Each row is a customer of its own: written by us, changed by them, wanted otherwise by our next turn, twice.

    The second time nothing is written against them again, and nothing that stands already.
    """
    assert desk.runtime.crm is not None
    crm, scheme = desk.runtime.crm, await desk.runtime.crm.scheme()
    rows = dict(enumerate(TABLE, start=1))
    names = {n: scheme.fields.get(row.field, row.field) for n, row in rows.items()}
    for customer in rows:
        await desk.writes(customer, amount=1800)
    await desk.registers()
    theirs = {n: scheme.stages[row.theirs] if row.field == "stageId" else row.theirs for n, row in rows.items()}
    for customer in rows:
        await _change(desk, customer, {names[customer]: theirs[customer]})
    for customer, row in rows.items():
        await desk.writes(customer, **{"amount": 1800, **row.want})
    await desk.registers()
    expected = {}
    for n, row in rows.items():
        ours = crm.deal_values(desk.card(n, **{"amount": 1800, **row.want}), scheme)
        expected[row.field] = _plain(theirs[n] if row.wins == "theirs" else ours[names[n]])
    assert expected == {row.field: await _held(desk, n, names[n]) for n, row in rows.items()}
    before = {n: (await _deal(desk, n))["updatedTime"] for n in rows}
    for customer, row in rows.items():
        await desk.writes(customer, **{"amount": 1800, **row.want})
    await desk.registers()
    assert before == {n: (await _deal(desk, n))["updatedTime"] for n in rows}


async def test_a_robot_that_always_changes_it_back_is_not_answered(desk: Desk) -> None:
    """A field that we lost stays theirs, whatever our next turns want: no ping-pong."""
    await desk.writes(1)
    await desk.registers()
    for wanted in (ROBOT, 4, 5):
        await _change(desk, 1, {"assignedById": OTHER})
        await desk.writes(1, assignee=wanted)
        await desk.registers()
        assert _plain(OTHER) == await _held(desk, 1, "assignedById")


async def test_a_contacts_name_and_phone_stay_as_a_manager_wrote_them(desk: Desk) -> None:
    """A phone that we learn is added beside theirs."""
    await desk.writes(1, name="Аня")
    await desk.registers()
    [contact] = await desk.has(Entity.CONTACT, 1)
    fields = {"NAME": "Анна Петровна", "PHONE": [{"VALUE": "+79990000001", "VALUE_TYPE": "WORK"}]}
    await desk.house.portal("crm.contact.update", id=contact["id"], fields=fields)
    await desk.writes(1, name="Анечка", phone=Phone(number="+79995550101", proven=True))
    await desk.registers()
    held = await desk.house.call(methods.contact_get(contact["id"]))
    assert "Анна Петровна" == held["NAME"]
    assert {"+79990000001", "+79995550101"} == {row["VALUE"] for row in held["PHONE"]}


async def _change(desk: Desk, customer: int, fields: Mapping[str, Any]) -> None:
    deal = (await desk.deal(customer))["id"]
    await desk.house.portal("crm.item.update", entityTypeId=2, id=deal, fields=dict(fields), useOriginalUfNames="Y")


async def _deal(desk: Desk, customer: int) -> dict[str, Any]:
    deal = (await desk.deal(customer))["id"]
    found = await desk.house.portal("crm.item.get", entityTypeId=2, id=deal, useOriginalUfNames="Y")
    item: dict[str, Any] = found["item"]
    return item


async def _held(desk: Desk, customer: int, name: str) -> str:
    return _plain((await _deal(desk, customer))[name])


def _plain(value: Any) -> str:
    """As it compares: the portal gives numbers, booleans and moments in shapes and zones of its own."""
    text = str({True: 1, False: 0, "Y": 1, "N": 0}.get(value, value))
    try:
        return str(datetime.fromisoformat(text).timestamp())
    except ValueError:
        return text.removesuffix(".0")
