"""One person in two messengers is one conversation: one open deal, one clock, one who answers."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.conversation import Owner
from app.domain.figures import kpi
from app.domain.message import Author, Phone
from app.domain.sla import Clock, Outcome, Target
from app.flow import forget, resync
from app.flow.rebuild import until_born
from app.store import keys
from bitrix.methods import Entity
from tests.flow.two_messengers import ANNA, FROM, Two, opened_two

HOUR = timedelta(hours=1)
NAMES = {"telegram": "Telegram", "whatsapp": "WhatsApp"}
FOLDED, KEPT = "закрыта как дубль этой", "оставлена открытой: с ней уже работали"


@pytest.fixture
async def two(tmp_path: Path, redis_url: str) -> AsyncIterator[Two]:
    async with opened_two(tmp_path, redis_url) as two:
        yield two


def running(clocks: tuple[Clock, ...], target: Target = Target.FIRST_RESPONSE) -> list[Clock]:
    return [clock for clock in clocks if clock.target is target and clock.stopped_at is None]


async def asks_in_both(two: Two, first: str, later: timedelta = HOUR) -> None:
    """In both messengers before anybody knows that it is one person: two deals. Then the phone is shared."""
    await (two.telegram() if first == "telegram" else two.whatsapp())
    await two.works()
    await two.forward(later)
    await (two.whatsapp() if first == "telegram" else two.telegram())
    await two.works()
    assert 2 == len(await two.open_deals())
    await two.shares_phone()
    await two.rests()


# --- one deal


@pytest.mark.parametrize("first", ["telegram", "whatsapp"])
async def test_a_phone_proven_before_makes_one_deal_at_once(two: Two, first: str) -> None:
    say = {"telegram": two.telegram, "whatsapp": two.whatsapp}
    await say[first]("Сколько стоит маникюр?", phone=two.phone)
    await two.works()
    began = await two.enquiry(first)
    await two.forward(timedelta(minutes=7))
    [second] = set(say) - {first}
    await say[second]("А педикюр?", phone=two.phone)
    await two.rests()
    [deal] = await two.deals()
    shelves = two.house.sandbox.portal.world.shelves
    assert [1, 1] == [len(shelves[entity]) for entity in (Entity.CONTACT, Entity.LEAD)]
    assert (2, 2) == (len(two.got(first)) + len(two.got(second)), 2 * len(two.got(second)))
    timeline = await two.timeline(deal)
    assert "Клиент: Сколько стоит маникюр?" in timeline
    assert f"Клиент, {NAMES[second]}: А педикюр?" in timeline
    assert running(began.clocks) == running((await two.enquiry()).clocks)
    [joined] = await two.facts("joined")
    assert second == joined["channel"]


@pytest.mark.parametrize("first", ["telegram", "whatsapp"])
async def test_of_two_deals_the_elder_goes_on_and_the_younger_is_closed_as_its_duplicate(two: Two, first: str) -> None:
    await asks_in_both(two, first)
    [elder, younger] = await two.deals()
    assert [elder] == await two.open_deals()
    assert 1 == (await two.timeline(elder)).count(f"Сделка № {younger}") == (await two.timeline(elder)).count(FOLDED)
    assert 1 == (await two.timeline(younger)).count(f"продолжается в сделке № {elder}, эта закрыта")
    contacts = {
        tuple((await two.house.portal("crm.item.get", entityTypeId=2, id=deal))["item"]["contactIds"])
        for deal in (elder, younger)
    }
    assert 1 == len(contacts)
    await two.telegram("Вы тут?")
    await two.whatsapp("Алло?")
    await two.rests()
    assert [elder, younger] == list(await two.deals())
    assert {"Клиент, Telegram: Вы тут?", "Клиент, WhatsApp: Алло?"} <= {
        line.split(" · ")[-1] for line in (await two.timeline(elder)).splitlines()
    }


@pytest.mark.parametrize("touch", ["assign", "edit", "answer", "unheard"])
async def test_a_deal_that_a_manager_has_touched_is_left_and_both_timelines_say_so(two: Two, touch: str) -> None:
    await two.telegram()
    await two.works()
    await two.forward(HOUR)
    await two.whatsapp()
    await two.rests()
    [elder, younger] = await two.deals()
    match touch:
        case "assign":
            await two.does(younger, "assign", to=ANNA)
        case "edit":
            await two.does(younger, "edit", fields={"OPPORTUNITY": 7700})
        case "unheard":  # no event has told of it yet
            two.changes(younger, "move_stage", stage="C7:OTK_IN_WORK")
        case "answer":
            await two.comments(younger, "Это Анна, помогу")
    await two.works()
    await two.shares_phone()
    await two.rests()
    assert [elder, younger] == await two.open_deals()
    assert (1, 0) == ((await two.timeline(elder)).count(KEPT), (await two.timeline(elder)).count(FOLDED))
    assert 1 == (await two.timeline(younger)).count("Эта оставлена: с ней уже работали")
    await two.does(younger, "lost")
    await two.rests()
    assert [elder] == await two.open_deals()
    assert not (await two.enquiry()).has_ended


async def test_what_the_portal_has_not_got_yet_goes_into_the_one_deal(two: Two) -> None:
    """The younger's card waits for the portal still: it is never made, its words stand in the elder's."""
    await two.telegram(phone=two.phone)
    await two.works()
    other = Phone(number="+79995559999", proven=True)
    await two.whatsapp("Работаете в воскресенье?", phone=other)
    await two.answers()
    await two.whatsapp("Это я")
    await two.rests()
    [deal] = await two.deals()
    assert "Клиент, WhatsApp: Работаете в воскресенье?" in await two.timeline(deal)


async def test_a_typed_phone_joins_nobody(two: Two) -> None:
    """Whoever types a stranger's number would read their dialogue."""
    await two.whatsapp()
    await two.telegram()
    await two.telegram("мой номер 8 999 555-00-01", phone=replace(two.phone, proven=False))
    await two.rests()
    assert 2 == len(await two.open_deals())


@pytest.mark.parametrize("end", ["won", "lost"])
@pytest.mark.parametrize("second", ["telegram", "whatsapp"])
async def test_after_the_deal_was_closed_the_next_words_open_one_new_deal(two: Two, end: str, second: str) -> None:
    """And its manager is the one whom the customer knows."""
    await two.telegram(phone=two.phone)
    await two.works()
    await two.whatsapp()
    await two.rests()
    [first] = await two.open_deals()
    known = (await two.enquiry()).assignee
    await two.does(first, end)
    await two.works()
    assert (await two.enquiry()).has_ended
    await (two.telegram("Ещё вопрос") if second == "telegram" else two.whatsapp("Ещё вопрос"))
    await two.rests()
    [another] = await two.open_deals()
    assert [first, another] == list(await two.deals())
    assert known == (await two.enquiry()).assignee


# --- one clock


@pytest.mark.parametrize("first", ["telegram", "whatsapp"])
async def test_the_earliest_start_is_the_one_clock_and_no_deadline_moves_later(two: Two, first: str) -> None:
    await (two.telegram() if first == "telegram" else two.whatsapp())
    await two.works()
    [before] = running((await two.enquiry(first)).clocks)
    await two.forward(HOUR)
    await (two.whatsapp() if first == "telegram" else two.telegram())
    await two.works()
    await two.shares_phone()
    await two.rests()
    [after] = running((await two.enquiry()).clocks)
    assert before.started_at == after.started_at
    assert before.due_at >= after.due_at
    assert [two.in_telegram if first == "telegram" else two.in_whatsapp] == await two.runtime.link.command(
        "ZRANGE", keys.DUE, 0, -1
    )


@pytest.mark.parametrize("where", ["telegram", "whatsapp"])
async def test_an_answer_in_either_messenger_stops_the_one_clock(two: Two, where: str) -> None:
    await two.telegram(phone=two.phone)
    await two.works()
    await two.whatsapp("А педикюр?")
    await two.works()
    accepted = two.telegram if where == "telegram" else two.whatsapp
    await accepted("Это Анна, запишу", author=Author.BUSINESS)
    await two.rests()
    assert [] == running((await two.enquiry()).clocks)
    assert [] == running((await two.enquiry()).clocks, Target.NEXT_RESPONSE)
    met = [fact for fact in await two.facts("clock") if fact["what"] == "met"]
    assert 1 == sum(fact["target"] in ("first_response", "next_response") for fact in met)


async def test_a_miss_before_the_join_stays_recorded_once_and_the_enquiry_counts_once(two: Two) -> None:
    await two.telegram("Хочу записаться сегодня, срочно!")
    await two.works()
    await two.forward(timedelta(days=2))
    [missed] = [
        clock for clock in (await two.enquiry()).clocks if clock.missed_at and clock.target is Target.FIRST_RESPONSE
    ]
    await two.whatsapp()
    await two.works()
    await two.shares_phone()
    await two.rests()
    clocks = (await two.enquiry()).clocks
    assert [missed] == [clock for clock in clocks if clock.outcome is Outcome.MISSED and clock.target is missed.target]
    misses = [fact for fact in await two.facts("clock") if fact["what"] == "missed"]
    assert 1 == sum(fact["target"] == "first_response" for fact in misses)
    now = await two.runtime.now()
    events = [event async for event in two.runtime.journal.between(FROM.date(), now.date())]
    score = kpi.score(events)
    assert (1, 1, 0) == (score.enquiries, score.missed, score.kept)


# --- one who answers


async def test_taking_over_in_one_silences_the_bot_in_both(two: Two) -> None:
    """A draft for one messenger waits in its outbox while a person writes in the other."""
    await two.telegram(phone=two.phone)
    await two.works()
    await two.whatsapp("А педикюр?")
    await two.works()
    sent = len(two.got("whatsapp"))
    await two.whatsapp("И брови?")
    await two.answers()
    assert 1 == await two.runtime.link.command("LLEN", f"otklik:o:{two.in_whatsapp}")
    assert Owner.PERSON is (await two.writes_in_telegram("Это Анна")).owner
    assert 0 == await two.runtime.link.command("LLEN", f"otklik:o:{two.in_whatsapp}")
    await two.whatsapp("Вы тут?")
    await two.rests()
    assert sent == len(two.got("whatsapp"))
    assert Owner.PERSON is (await two.runtime.mailbox.read(two.in_whatsapp)).owner


@pytest.mark.parametrize("last", ["telegram", "whatsapp"])
async def test_the_managers_answer_from_the_deal_goes_where_the_customer_wrote_last(two: Two, last: str) -> None:
    await two.telegram(phone=two.phone)
    await two.works()
    await two.whatsapp("А педикюр?")
    await two.works()
    await (two.telegram("И брови?") if last == "telegram" else two.whatsapp("И брови?"))
    await two.rests()
    [deal] = await two.deals()
    await two.comments(deal, "Запишу вас на пять")
    await two.rests()
    [other] = {"telegram", "whatsapp"} - {last}
    assert ("Запишу вас на пять", False) == (two.got(last)[-1], "Запишу вас на пять" in two.got(other))
    assert f"Менеджер, {NAMES[last]}: Запишу вас на пять" in await two.timeline(deal)


async def test_an_answer_aimed_at_a_messenger_goes_there_whatever_was_written_last(two: Two) -> None:
    """An open line's chat belongs to its messenger."""
    await two.telegram(phone=two.phone)
    await two.works()
    await two.whatsapp("А педикюр?")
    await two.works()
    now = await two.runtime.now()
    await two.runtime.mailbox.answer(two.in_telegram, "telegram", "line:1:1", "Это Анна", ANNA, now, aimed=True)
    await two.rests()
    assert ("Это Анна", False) == (two.got("telegram")[-1], "Это Анна" in two.got("whatsapp"))


# --- what was lost, and what is proven


async def test_a_wiped_store_brings_one_conversation_back(two: Two) -> None:
    await asks_in_both(two, "telegram")
    before = await two.conversation()
    deals = await two.deals()
    await two.runtime.link.command("FLUSHALL")
    await until_born(two.runtime)
    after = await two.conversation(two.in_whatsapp)
    assert (before.id, {way.id for way in before.ways}) == (after.id, {way.id for way in after.ways})
    assert before.enquiry is not None
    assert after.enquiry is not None
    assert before.enquiry.clocks == after.enquiry.clocks
    await two.whatsapp("Алло?")
    await two.rests()
    assert deals == await two.deals()


async def test_the_proof_finds_nothing_lost_doubled_or_changed(two: Two) -> None:
    await asks_in_both(two, "telegram")
    assert two.runtime.crm is not None
    now = await two.runtime.now()
    proof = await resync.compare(two.runtime, two.runtime.crm, FROM - HOUR, now + HOUR, lines=True)
    assert (1, 3, 1, []) == (proof.received, proof.messages, proof.in_crm, proof.differences)


async def test_a_reminder_sent_in_one_messenger_and_answered_in_the_other_finds_the_visit(two: Two) -> None:
    await two.telegram(phone=two.phone)
    await two.works()
    await two.whatsapp("А педикюр?")
    await two.rests()
    await two.has_visit(in_=timedelta(hours=3))
    assert "Напоминаем" in two.got("whatsapp")[-1]
    await two.telegram("да")
    await two.rests()
    plan = (await two.conversation()).attendance
    assert plan is not None
    assert plan.confirmed_at is not None


async def test_who_is_forgotten_is_forgotten_in_every_messenger(two: Two) -> None:
    await asks_in_both(two, "whatsapp")
    plan = await forget.plan(two.runtime, two.in_telegram)
    certificate = await forget.carry_out(two.runtime, plan)
    assert [] == certificate.removed.left
    assert 2 == len(certificate.blanked.deals)
    for id_ in (two.in_telegram, two.in_whatsapp):
        assert 0 == await two.runtime.link.command("EXISTS", f"otklik:c:{id_}", f"otklik:r:{id_}")
