"""Laws of register on a real Redis, before the sandbox's portal over real HTTP: nothing doubled, nobody overruled."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app.crm import FIELDS
from app.domain.card import Notice, Role, Stage
from app.domain.conversation import opened as conversation_of
from app.domain.decision import Turn
from app.domain.mail import PortalNews
from app.domain.message import Phone
from app.flow.events import read_echoed
from app.flow.replay import replay
from app.store import keys
from app.store.cards import Overtaken
from bitrix.methods import Entity
from sandbox.portal.faults import Faults
from tests.flow.register_desk import AT, MANAGER, OTHER, Desk, opened_desk, written_by


@pytest.fixture
async def desk(tmp_path: Path, redis_url: str, redis_client: Redis) -> AsyncIterator[Desk]:
    async with opened_desk(tmp_path, redis_url, redis_client) as desk:
        yield desk


async def test_a_lone_customer_without_a_phone_costs_one_call(desk: Desk) -> None:
    await desk.writes(1)
    assert 1 == await desk.registers()
    assert (1, 1, 1) == await desk.counts(1)


async def test_a_lone_customer_with_a_phone_costs_one_look_up_more(desk: Desk) -> None:
    await desk.writes(1, phone=Phone(number="+79995550101", proven=True))
    assert 2 == await desk.registers()
    assert (1, 1, 1) == await desk.counts(1)


async def test_a_contact_whose_phone_the_portal_knows_is_used_and_not_doubled(desk: Desk) -> None:
    known = await desk.house.portal(
        "crm.contact.add", fields={"NAME": "Анна", "PHONE": [{"VALUE": "+79995550101", "VALUE_TYPE": "WORK"}]}
    )
    await desk.writes(1, phone=Phone(number="+79995550101", proven=True))
    await desk.registers()
    assert (0, 1, 1) == await desk.counts(1)
    assert known == (await desk.deal(1))["contactId"]


async def test_fifty_customers_cost_a_call_for_each_step_and_not_for_each_customer(desk: Desk) -> None:
    for customer in range(50):
        await desk.writes(customer)
    assert await desk.registers() <= 5
    assert {(1, 1, 1)} == {await desk.counts(customer) for customer in range(0, 50, 7)}


@pytest.mark.parametrize("customers", [1, 6], ids=["alone", "in_a_group"])
@pytest.mark.parametrize(
    "lost", ["crm.contact.add", "crm.lead.add", "crm.item.add", "crm.timeline.comment.add"], ids=lambda name: name
)
async def test_what_the_portal_did_without_an_answer_is_looked_up_and_never_done_twice(
    desk: Desk, lost: str, customers: int
) -> None:
    for customer in range(customers):
        await desk.writes(customer)
    desk.fault("lost", lost)
    await desk.registers()
    await desk.retries_come(settled=False)
    assert 0 == await desk.registers(), "the portal may still be running it: nothing is asked before 75 s"
    await desk.retries_come()
    await desk.registers_all()
    for customer in range(customers):
        assert (1, 1, 1) == await desk.counts(customer)
        assert [1] == await desk.lines(customer)


@pytest.mark.parametrize("customers", [1, 6], ids=["alone", "in_a_group"])
@pytest.mark.parametrize(
    "lost", ["crm.contact.add", "crm.lead.add", "crm.item.add", "crm.timeline.comment.add"], ids=lambda name: name
)
async def test_who_is_killed_after_the_look_up_leaves_what_it_found_to_the_next(
    desk: Desk, lost: str, customers: int
) -> None:
    """Twice in a row: the second life begins from what the first one found, not from what it had forgotten."""
    for customer in range(customers):
        await desk.writes(customer)
    desk.fault("lost", lost)
    await desk.registers()
    for call in (2, 3):
        await desk.retries_come()
        await desk.dies_in_call(call)
    await desk.retries_come()
    await desk.registers_all()
    for customer in range(customers):
        assert ((1, 1, 1), [1]) == (await desk.counts(customer), await desk.lines(customer))


async def test_two_tasks_of_one_name_are_one_and_hold_up_nobody(desk: Desk) -> None:
    """A follow-up that left in two pieces fails twice, and each failure asks a person for the same."""
    twice = [
        Notice(id="follow_up:1", role=Role.ASSIGNEE, user=MANAGER, text=text, task=True, at=AT)
        for text in ("Позвонить", "Позвонить: окно закрыто")
    ]
    await desk.writes(1, notices=tuple(twice))
    await desk.registers_all()
    found = (await desk.house.portal("tasks.task.list"))["tasks"]
    assert ["Позвонить: окно закрыто"] == [row["title"] for row in found]
    assert [1] == await desk.lines(1)


async def test_a_task_that_is_refused_holds_up_no_line_of_its_customer(desk: Desk) -> None:
    """Its assignee has left the company. The task is a letter of its own; the card and the other tasks go on."""
    gone = Notice(id="step:1", role=Role.ASSIGNEE, user=404, text="Перезвонить", task=True, at=AT)
    await desk.writes(1, notices=(gone, replace(gone, id="step:2", user=MANAGER, text="Помочь")))
    for _ in range(3):
        await desk.registers()
        await desk.retries_come()
    await desk.writes(1, notices=(gone,))
    await desk.registers_all()
    found = (await desk.house.portal("tasks.task.list"))["tasks"]
    assert (["Помочь"], [1, 2]) == ([each["title"] for each in found], await desk.lines(1))
    [letter] = await desk.runtime.dead_letters.all()
    assert ("task", "step:1") == (letter.letter["step"], letter.letter["notice"])
    assert "Не указан ответственный" in letter.letter["reason"]
    desk.house.sandbox.portal.world.users[404] = desk.house.sandbox.portal.world.users[MANAGER]
    assert 1 == await replay(desk.runtime)
    await desk.registers_all()
    found = (await desk.house.portal("tasks.task.list"))["tasks"]
    assert ["Перезвонить", "Помочь"] == sorted(each["title"] for each in found)
    assert [] == await desk.runtime.dead_letters.all()


async def test_a_task_without_the_right_for_tasks_holds_up_nobody(desk: Desk) -> None:
    """The webhook lacks `task`: everybody waited, as for a portal that refuses us."""
    [webhook] = desk.house.sandbox.portal.world.access.webhooks.values()
    webhook.scopes -= {"task"}
    task = Notice(id="step:1", role=Role.ASSIGNEE, user=MANAGER, text="Перезвонить", task=True, at=AT)
    await desk.writes(1, notices=(task,))
    await desk.registers_all()
    await desk.writes(1)
    await desk.writes(2)
    await desk.registers()
    assert ([1, 2], [1]) == (await desk.lines(1), await desk.lines(2))


async def test_a_task_whose_maker_was_killed_is_not_made_twice(desk: Desk) -> None:
    """It is told at most once: nobody can say whether it stands, and a second one would be a second alarm."""
    await desk.writes(1)
    await desk.registers()
    task = Notice(id="step:2", role=Role.SUPERVISOR, user=MANAGER, text="Перезвонить клиенту", task=True, at=AT)
    await desk.writes(1, notices=(task,))
    assert await desk.dies_in_call(1)
    await desk.retries_come()
    await desk.registers_all()
    found = (await desk.house.portal("tasks.task.list"))["tasks"]
    assert (["Перезвонить клиенту"], [1, 2]) == ([each["title"] for each in found], await desk.lines(1))


async def test_a_phone_for_a_contact_that_was_merged_away_makes_no_second_deal(desk: Desk) -> None:
    """A manager joined two contacts: ours is gone, its deal is not, and no line of it waits."""
    await desk.writes(1)
    await desk.registers()
    [contact] = await desk.has(Entity.CONTACT, 1)
    await desk.house.portal("crm.contact.delete", id=contact["id"])
    await desk.writes(1, phone=Phone(number="+79995550101", proven=True))
    await desk.registers_all()
    assert ((1, 1, 1), [1, 2]) == (await desk.counts(1), await desk.lines(1))
    [contact] = await desk.has(Entity.CONTACT, 1)
    assert contact["id"] == (await desk.deal(1))["contactId"]


async def test_a_phone_whose_writer_was_killed_stands_in_the_contact_once(desk: Desk) -> None:
    """A repeat would be a second row: the portal compares nothing."""
    await desk.writes(1)
    await desk.registers()
    await desk.writes(1, phone=Phone(number="+79995550101", proven=True))
    assert await desk.dies_in_call(1)
    await desk.retries_come()
    await desk.registers_all()
    [contact] = await desk.has(Entity.CONTACT, 1)
    held = await desk.house.portal("crm.contact.get", id=contact["id"])
    assert ["+79995550101"] == [row["VALUE"] for row in held["PHONE"]]


@pytest.mark.parametrize("kind", ["away", "503", "500", "html"])
async def test_a_portal_in_trouble_gets_everything_once_when_it_is_back(desk: Desk, kind: str) -> None:
    for customer in range(3):
        await desk.writes(customer)
    desk.fault(kind, "crm.*", count=2)
    await desk.registers_all()
    for customer in range(3):
        assert ((1, 1, 1), [1]) == (await desk.counts(customer), await desk.lines(customer))


async def test_a_refused_field_of_one_of_fifty_touches_nobody_else_and_is_a_dead_letter_at_the_second_time(
    desk: Desk,
) -> None:
    """The portal's own field «Хочет прийти» is a number there: only who named a day is refused."""
    code = FIELDS["wanted_at"][0]
    fields = await desk.house.portal("crm.deal.userfield.list", filter={"FIELD_NAME": code})
    await desk.house.portal("crm.deal.userfield.delete", id=fields[0]["ID"])
    await desk.house.portal(
        "crm.deal.userfield.add", fields={"FIELD_NAME": code, "USER_TYPE_ID": "integer", "LABEL": "x"}
    )
    for customer in range(50):
        await desk.writes(customer, **({"wanted_at": AT} if customer == 7 else {}))
    await desk.registers()
    assert [(1, 1, 1)] * 49 == [await desk.counts(customer) for customer in range(50) if customer != 7]
    assert [] == await desk.runtime.dead_letters.all()
    await desk.retries_come()
    await desk.registers()
    [letter] = await desk.runtime.dead_letters.all()
    assert desk.card(7).conversation_id == letter.conversation_id
    assert (1, 1, 0) == await desk.counts(7)
    await desk.retries_come()
    assert 0 == await desk.registers()


async def test_a_card_refused_to_a_worker_that_stood_still_is_one_dead_letter(desk: Desk) -> None:
    """Whoever took over is refused too: the letter is written with the card, or not at all."""
    desk.house.sandbox.portal.world.absent = ["crm.item.add"]
    await desk.writes(1)
    await desk.registers()
    await desk.retries_come()
    await desk.reads_scheme()  # else it is the first thing that a refused card asks for
    desk.house.sandbox.portal.door.faults = Faults(latency_ms=300)
    stood_still = asyncio.create_task(desk.registers())
    await asyncio.sleep(0.15)
    await desk.runtime.cards.read(desk.card(1).person_id)
    await stood_still
    desk.house.sandbox.portal.door.faults = Faults()
    await desk.registers_all()
    assert [desk.card(1).conversation_id] == [each.conversation_id for each in await desk.runtime.dead_letters.all()]


async def test_a_deleted_deal_is_not_made_again_until_the_customer_writes(desk: Desk) -> None:
    await desk.writes(1)
    await desk.registers()
    deleted = await desk.deal(1)
    await desk.house.portal("crm.item.delete", entityTypeId=2, id=deleted["id"])
    await desk.writes(1, who="assistant", title="Другой заголовок")
    await desk.registers_all()
    assert [] == await desk.has(Entity.DEAL, 1)
    await desk.writes(1, who="customer", title="Другой заголовок")
    await desk.registers_all()
    assert deleted["id"] != (await desk.deal(1))["id"]
    assert 1 == (await desk.counts(1))[0]


async def test_a_stage_that_a_manager_moved_is_left_where_they_put_it(desk: Desk) -> None:
    await desk.writes(1, stage=Stage.NEW)
    await desk.registers()
    assert desk.runtime.crm is not None
    scheme, deal = await desk.runtime.crm.scheme(), (await desk.deal(1))["id"]
    await desk.house.portal("crm.item.update", entityTypeId=2, id=deal, fields={"stageId": scheme.stages[Stage.BOOKED]})
    for stage in (Stage.ANSWERED, Stage.WAITING, Stage.IN_WORK):
        await desk.writes(1, stage=stage)
        await desk.registers()
        assert scheme.stages[Stage.BOOKED] == (await desk.deal(1))["stageId"]


async def test_an_assignee_that_a_manager_chose_stays_while_the_rest_is_written(desk: Desk) -> None:
    await desk.writes(1)
    await desk.registers()
    deal = (await desk.deal(1))["id"]
    await desk.house.portal("crm.item.update", entityTypeId=2, id=deal, fields={"assignedById": OTHER})
    await desk.writes(1, assignee=3, title="Другой заголовок", stage=Stage.WAITING)
    await desk.registers()
    held = await desk.deal(1)
    assert (OTHER, "Другой заголовок") == (held["assignedById"], held["title"])


async def test_our_own_stage_and_assignee_follow_the_conversation(desk: Desk) -> None:
    await desk.writes(1)
    await desk.registers()
    await desk.writes(1, assignee=OTHER, stage=Stage.WAITING)
    await desk.registers()
    assert desk.runtime.crm is not None
    scheme, held = await desk.runtime.crm.scheme(), await desk.deal(1)
    assert (OTHER, scheme.stages[Stage.WAITING]) == (held["assignedById"], held["stageId"])


async def test_who_stood_still_writes_nothing_once_another_has_the_person(desk: Desk) -> None:
    """An update too: older values would lie over newer ones, and nobody would know."""
    await desk.writes(1)
    await desk.registers()
    before = await desk.deal(1)
    await desk.writes(1, stage=Stage.WAITING)
    desk.house.sandbox.portal.door.faults = Faults(latency_ms=400)
    stood_still = asyncio.create_task(desk.registers())
    await asyncio.sleep(0.2)  # it looks at the deal, and comes back to find that its lease is over
    await desk.runtime.cards.read(desk.card(1).person_id)
    with pytest.raises(Overtaken):
        await stood_still
    desk.house.sandbox.portal.door.faults = Faults()
    assert before == await desk.deal(1)


async def test_whoever_is_overtaken_leaves_the_others_of_the_group_their_turn(desk: Desk) -> None:
    """One messenger joined to another in the middle of a call: nobody else's card is to wait for 75 s."""
    for customer in range(6):
        await desk.writes(customer)
    desk.house.sandbox.portal.door.faults = Faults(latency_ms=200)
    writing = asyncio.create_task(desk.registers())
    await asyncio.sleep(0.1)
    await desk.runtime.cards.read(desk.card(3).person_id)
    with pytest.raises(Overtaken):
        await writing
    desk.house.sandbox.portal.door.faults = Faults()
    others = [customer for customer in range(6) if customer != 3]
    assert [((1, 1, 1), [1])] * 5 == [(await desk.counts(each), await desk.lines(each)) for each in others]
    assert 1 == await desk.redis.xlen(keys.REGISTER)
    assert (1, 0, 0) == await desk.counts(3)


async def test_the_echo_of_our_own_change_is_not_read_and_a_persons_is(desk: Desk) -> None:
    """Else each call that writes fifty deals is followed by one that reads them, before everybody's cards."""
    await desk.writes(1)
    await desk.registers()
    subject = f"deal:{(await desk.deal(1))['id']}"
    assert await desk.runtime.hints.mark(subject)  # nothing of ours is under way
    await desk.runtime.hints.begin([subject])
    await desk.writes(1, stage=Stage.WAITING)
    await desk.registers()
    assert [False, True] == [await desk.runtime.hints.mark(subject) for _ in range(2)]


async def test_what_looked_like_an_echo_is_read_soon_after_all(desk: Desk) -> None:
    """A person may have acted in the same moment: theirs is news, found by one call for all."""
    await desk.writes(1)
    await desk.registers()
    deal = (await desk.deal(1))["id"]
    await desk.writes(1, stage=Stage.WAITING)
    await desk.registers()
    await desk.house.portal("crm.item.update", entityTypeId=2, id=deal, fields={"assignedById": OTHER})
    assert not await desk.runtime.hints.mark(f"deal:{deal}")
    await read_echoed(desk.runtime)
    reading = await desk.runtime.mailbox.read(desk.card(1).conversation_id)
    assert [OTHER] == [mail.assignee for mail in reading.mails if isinstance(mail, PortalNews)]


async def test_what_comes_while_a_group_is_written_joins_the_next_group(desk: Desk) -> None:
    """Going on with the few at once would cost the calls of fifty."""
    await desk.writes(1)
    await desk.writes(2)
    desk.house.sandbox.portal.door.faults = Faults(latency_ms=200)
    writing = asyncio.create_task(desk.registers())
    await asyncio.sleep(0.1)
    await desk.writes(1)
    await writing
    desk.house.sandbox.portal.door.faults = Faults()
    assert 1 == await desk.redis.xlen(keys.REGISTER)
    assert [1] == await desk.lines(1)
    await desk.registers()
    assert [1, 2] == await desk.lines(1)


async def test_simple_mode_makes_no_leads(desk: Desk) -> None:
    desk.house.sandbox.portal.world.crm_mode = 2
    await desk.reads_scheme()
    await desk.writes(1)
    await desk.registers()
    assert (1, 0, 1) == await desk.counts(1)


async def test_lines_go_on_where_the_card_stands(desk: Desk) -> None:
    for _ in range(3):
        await desk.writes(1)
    await desk.registers()
    await desk.writes(1)
    desk.fault("lost", "crm.timeline.comment.add")
    await desk.registers()
    await desk.writes(1)
    await desk.retries_come()
    await desk.registers_all()
    assert [1, 2, 3, 4, 5] == await desk.lines(1)


async def test_a_stage_that_was_renamed_is_asked_for_again_after_the_first_refusal(desk: Desk) -> None:
    """The names are shared by all processes and kept for minutes: a refusal ends them sooner."""
    stale = await desk.runtime.schemes.load()
    assert stale is not None
    await desk.runtime.schemes.save(replace(stale, stages=dict(stale.stages) | {Stage.NEW: "C99:GONE"}))
    await desk.writes(1)
    await desk.registers()
    assert (1, 1, 0) == await desk.counts(1)
    await desk.registers_all()
    assert [] == await desk.runtime.dead_letters.all()
    assert stale.stages[Stage.NEW] == (await desk.deal(1))["stageId"]


async def test_a_person_with_two_conversations_gets_one_contact(desk: Desk) -> None:
    """A proven phone joins them before the portal is asked; both cards are new in the same round."""
    first = desk.card(1)
    await desk.writes(1)
    message = written_by(2)
    await desk.runtime.mailbox.accept(message)
    card = replace(desk.card(2), person_id=first.person_id)
    reading = await desk.runtime.mailbox.read(card.conversation_id)
    turn = Turn(conversation=conversation_of(message), card=card)
    [entry] = [entry for entry, _ in await desk.taken(keys.ANSWER)]
    await desk.runtime.mailbox.commit(reading, entry, turn, person_id=first.person_id)
    await desk.registers_all()
    assert 1 == len(await desk.has(Entity.CONTACT, 1))
    assert [1, 1] == [len(await desk.has(Entity.DEAL, customer)) for customer in (1, 2)]
