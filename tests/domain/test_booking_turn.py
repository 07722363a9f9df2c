"""Bookings told turn by turn: offered, chosen, confirmed only after the diary said so, moved and cancelled."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.domain.booking import Busy, Slot, Wish, choose, free_slots
from app.domain.card import Stage
from app.domain.conversation import Owner
from app.domain.decision import Turn
from app.domain.escalation import HUMAN_TARGETS
from app.domain.mail import OutKind
from app.domain.qualification import Intent, Reading, Understanding
from app.domain.sla import Outcome, Target
from app.domain.turn import take_turn
from app.domain.visits import openings
from app.domain.visits.visit import BookingFate, Do, Openings
from tests.domain.diary_story import TOMORROW, WANTS, Diary, day, exactly
from tests.domain.story import MORNING, SALON


@pytest.fixture
def story() -> Diary:
    return Diary()


def said(turn: Turn) -> str:
    return "\n".join(out.message.text for out in turn.outs)


def kinds(turn: Turn) -> list[str]:
    return [fact.kind for fact in turn.facts if fact.kind in ("offered", "held", "booked", "moved", "cancelled")]


def test_a_wish_is_offered_three_numbered_slots_with_buttons_and_nothing_is_booked(story: Diary) -> None:
    turn = story.ask("Хочу маникюр завтра", replace(WANTS, when=day(TOMORROW)))
    lines = [line for line in said(turn).splitlines() if line[:2] in ("1)", "2)", "3)")]
    assert ["1) завтра, 24 ноября, в 10:00", "2) завтра, 24 ноября, в 14:30"] == lines[:2]
    assert ((), ["offered"]) == (turn.commands, kinds(turn))
    offer = turn.conversation.offer
    assert offer is not None
    assert [f"slot:{offer.id}:{n}" for n in (1, 2, 3)] == [b.payload for b in turn.outs[0].message.buttons]


def test_a_chosen_number_is_a_command_and_is_confirmed_only_when_the_diary_says_so(story: Diary) -> None:
    story.ask("Хочу маникюр завтра", replace(WANTS, when=day(TOMORROW)))
    story.sent()
    assert story.conversation is not None
    assert story.conversation.offer is not None
    second = story.conversation.offer.slots[1]
    turn = story.ask("второе", Reading(intent=Intent.CONFIRM, when=exactly(second.starts)))
    [command] = turn.commands
    assert ((), Do.BOOK, second, "Ольга") == (turn.outs, command.does, command.slot, command.name)
    clock = story.clock(Target.BOOKING_CONFIRMATION)
    assert (timedelta(minutes=5), True) == (clock.budget, clock.stopped_at is None)
    turn = story.diary(BookingFate.BOOKED, command)
    assert "во вторник, 24 ноября, в 14:30" in said(turn)
    assert "Адрес: Невский пр., 100. Стоимость: 2" in said(turn)
    assert "Ольга, запись подтверждена: маникюр с покрытием (" in said(turn)
    assert ([OutKind.CONFIRMATION, OutKind.INVITATION], ["booked"]) == ([out.kind for out in turn.outs], kinds(turn))
    assert (Stage.BOOKED, second.starts) == (turn.card and turn.card.stage, turn.card and turn.card.booked_for)
    assert Outcome.MET is story.clock(Target.BOOKING_CONFIRMATION).outcome
    assert Outcome.CANCELLED is story.clock(Target.FIRST_RESPONSE).outcome
    story.sent()
    assert Outcome.MET is story.clock(Target.BOT_REPLY).outcome


def test_a_button_of_a_replaced_offer_chooses_nothing(story: Diary) -> None:
    turn = story.ask("Хочу маникюр завтра", replace(WANTS, when=day(TOMORROW)))
    old = turn.outs[0].message.buttons[0].payload
    story.ask("А послезавтра?", replace(WANTS, when=day(TOMORROW + timedelta(days=1))))
    assert () == story.ask("1) вт", Reading(intent=Intent.INFO), payload=old).commands
    new = story.turns[1].outs[0].message.buttons[0].payload
    [command] = story.ask("1) ср", Reading(intent=Intent.INFO), payload=new).commands
    assert "25 ноября" in story.turns[1].outs[0].message.text
    assert command.slot
    assert 25 == command.slot.starts.day


def test_an_exact_free_time_is_booked_at_once_and_a_question_about_it_is_asked_back(story: Diary) -> None:
    assert story.copy().ask("Маникюр завтра в 12:00", replace(WANTS, when=exactly(TOMORROW))).commands
    asked = Diary().ask("А завтра в 12:00 есть место?", replace(WANTS, when=exactly(TOMORROW)))
    assert () == asked.commands
    assert "Свободно: завтра, 24 ноября, в 12:00. Записать?" in said(asked)


def test_without_a_name_the_time_is_held_while_it_is_asked(story: Diary) -> None:
    story.conversation = None
    turn = story.ask("Маникюр завтра в 12:00", replace(WANTS, when=exactly(TOMORROW)))
    nameless = replace(turn.conversation, name="", pending=None, commands=0, visit=None)
    story.conversation = nameless
    slot = turn.commands[0].slot
    story.received()
    found = Openings(slots=(), at_once=slot, wish=Wish(services=("manicure",)))
    mail = story.received("Маникюр завтра в 12:00")
    held = take_turn(
        nameless, [mail], Understanding(reading=WANTS), SALON, roster=story.roster, owner=Owner.BOT, now=story.now,
        openings=found,
    )  # fmt: skip
    assert ([Do.HOLD], True) == ([one.does for one in held.commands], "На какое имя записать?" in said(held))
    story.conversation = held.conversation
    [booking] = story.ask("Ирина", Reading(intent=Intent.BOOKING, name="Ирина")).commands
    assert (Do.BOOK, "Ирина", held.commands[0].id) == (booking.does, booking.name, booking.id)


def test_a_loser_gets_true_alternatives_in_the_same_reply(story: Diary) -> None:
    [command] = story.ask("Маникюр завтра в 12", replace(WANTS, when=exactly(TOMORROW))).commands
    assert command.slot
    busy = [Busy(resource=who, starts=TOMORROW, ends=TOMORROW + timedelta(hours=1)) for who in ("anna", "maria")]
    others = openings.alternatives(Wish(services=("manicure",)), command.slot, busy, SALON, story.now)
    turn = story.diary(BookingFate.TAKEN, command, alternatives=others)
    assert ([OutKind.OFFER], 3) == ([out.kind for out in turn.outs], len(turn.outs[0].message.buttons))
    assert "Это время только что заняли" in said(turn)
    assert ["10:30", "13:00", "13:30"] == [f"{one.starts.astimezone(SALON.calendar._zone):%H:%M}" for one in others]
    assert turn.conversation.visit is None
    story.sent()
    [next_one] = story.ask("1", Reading(intent=Intent.CONFIRM, when=exactly(others[0].starts))).commands
    assert others[0] == next_one.slot


def test_while_the_diary_is_away_the_customer_hears_an_honest_promise_once(story: Diary) -> None:
    [command] = story.ask("Маникюр завтра в 12", replace(WANTS, when=exactly(TOMORROW))).commands
    turn = story.diary(BookingFate.UNKNOWN, command)
    assert "Время за вами: завтра, 24 ноября, в 12:00. Подтвержу запись в течение 5 минут." in said(turn)
    assert () == story.diary(BookingFate.UNKNOWN, command).outs
    assert "одну минуту" in said(story.ask("Ну что?", Reading(intent=Intent.CONFIRM)))
    assert "запись подтверждена" in said(story.diary(BookingFate.BOOKED, command))


def test_a_visit_moves_to_the_same_time_of_the_named_day_and_its_own_time_is_no_obstacle(story: Diary) -> None:
    made = story.booked()
    assert story.conversation
    story.busy = [  # type: ignore[misc]
        Busy(resource=part.resource, starts=part.starts, ends=part.ends, owner=made.id) for part in made.slot.parts
    ]
    wednesday = TOMORROW + timedelta(days=1)
    [command] = story.ask("Перенесите на послезавтра", Reading(intent=Intent.RESCHEDULE, when=day(wednesday))).commands
    assert (Do.MOVE, wednesday) == (command.does, command.slot and command.slot.starts)
    turn = story.diary(BookingFate.MOVED, command)
    assert "Запись перенесена: маникюр с покрытием (" in said(turn)
    assert (["moved"], wednesday) == (kinds(turn), turn.card and turn.card.booked_for)
    assert (made.id, wednesday) == (turn.conversation.visit.id, turn.conversation.visit.starts)  # type: ignore[union-attr]
    earlier = exactly(wednesday - timedelta(minutes=30))
    [again] = story.ask("Давайте на полчаса раньше", Reading(intent=Intent.RESCHEDULE, when=earlier)).commands
    assert earlier.earliest == again.slot.starts  # type: ignore[union-attr]


def test_cancelling_is_free_until_the_profiles_hours_and_a_persons_later(story: Diary) -> None:
    story.booked()
    late = story.copy()
    late.now = TOMORROW - timedelta(hours=2)
    turn = late.ask("Отмените запись", Reading(intent=Intent.CANCEL))
    assert ((), "late_change") == (turn.commands, late.enquiry.handed_over)
    assert "только администратор" in said(turn)
    [command] = story.ask("Отмените запись", Reading(intent=Intent.CANCEL)).commands
    turn = story.diary(BookingFate.CANCELLED, command)
    assert (["cancelled"], None) == (kinds(turn), turn.conversation.visit)
    assert (Stage.LOST, None) == (turn.card and turn.card.stage, turn.card and turn.card.booked_for)
    assert [] == [clock.target for clock in story.enquiry.running() if clock.target in HUMAN_TARGETS]
    story.sent()
    turn = story.ask("Хочу маникюр в среду", replace(WANTS, when=day(TOMORROW + timedelta(days=1))))
    assert (2, Stage.NEW) == (story.enquiry.number, story.enquiry.stage)


@pytest.mark.parametrize("intent", [Intent.CANCEL, Intent.RESCHEDULE])
def test_without_a_visit_of_their_own_nothing_is_cancelled_or_moved(story: Diary, intent: Intent) -> None:
    story.ask("Здравствуйте", Reading(intent=Intent.SMALLTALK))
    turn = story.ask("Отмените запись Ирины на завтра", Reading(intent=intent, when=day(TOMORROW)))
    assert () == turn.commands


def test_a_managers_own_changes_move_the_visit_and_say_nothing_to_the_customer(story: Diary) -> None:
    made = story.booked()
    moved = free_at(TOMORROW + timedelta(hours=3))
    turn = story.diary(BookingFate.MOVED, made, slot=moved, by="person")
    assert ((), ["moved"], moved.starts) == (turn.outs, kinds(turn), turn.card and turn.card.booked_for)
    assert "Менеджер перенёс запись" in turn.lines[0].text
    turn = story.diary(BookingFate.CANCELLED, made, by="person")
    assert ((), None, "person") == (turn.outs, turn.conversation.visit, turn.facts[0].values["by"])
    portal = replace(made, id="portal-77")
    turn = story.diary(BookingFate.BOOKED, portal, slot=moved, by="person")
    assert ("portal-77", "person") == (turn.conversation.visit.id, turn.conversation.visit.by)  # type: ignore[union-attr]


def test_a_visit_keeps_its_card_over_a_day_of_silence(story: Diary) -> None:
    story.booked(TOMORROW + timedelta(days=2))
    card = story.enquiry.card_id
    story.now += timedelta(hours=30)
    story.ask("Перенесите на час позже", Reading(intent=Intent.RESCHEDULE))
    assert (2, card) == (story.enquiry.number, story.enquiry.card_id)


def test_a_person_who_owns_the_conversation_is_not_disturbed_by_offers(story: Diary) -> None:
    story.ask("Здравствуйте", Reading(intent=Intent.SMALLTALK))
    story.person()
    turn = story.ask("Хочу маникюр завтра в 12", replace(WANTS, when=exactly(TOMORROW)))
    assert ((), ()) == (turn.outs, turn.commands)


def free_at(at: datetime) -> Slot:
    slots = free_slots(SALON, Wish(services=("manicure",)), (), now=MORNING)
    return choose(slots, exactly(at), 1, SALON.zone).slots[0]
