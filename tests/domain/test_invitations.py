"""The yes to advertising: asked once, after a booking, by an assistant that leads; never taken for another yes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.card import Stage
from app.domain.conversation import Owner
from app.domain.decision import Turn
from app.domain.invitations import awaited
from app.domain.mail import Fate, OutKind, PortalNews
from app.domain.message import Kind
from app.domain.qualification import Intent, Invited, Reading
from app.domain.visits import after_visit
from app.domain.visits.visit import BookingFate
from tests.domain.diary_story import TOMORROW, WANTS, Diary, exactly
from tests.domain.story import SALON, THANKS

YES, NO, STOP = (replace(THANKS, invited=choice) for choice in Invited)


@pytest.fixture
def story() -> Diary:
    return Diary()


def books(story: Diary) -> Turn:
    command = story.ask("Маникюр завтра в 12", replace(WANTS, when=exactly(TOMORROW))).commands[0]
    return story.diary(BookingFate.BOOKED, command)


def questions(turn: Turn) -> list[str]:
    return [out.message.text for out in turn.outs if out.kind is OutKind.INVITATION]


def fates(story: Diary) -> list[object]:
    facts = [fact for turn in story.turns for fact in turn.facts if fact.values.get("what") == "advertising"]
    return [fact.values.get("fate", fact.kind) for fact in facts]


def says(story: Diary, reading: Reading, payload: str = "") -> Turn:
    return story.ask("…", reading, payload=payload, reply="")


def test_it_is_asked_after_a_booking_with_two_buttons_and_never_again(story: Diary) -> None:
    turn = books(story)
    [question] = [out for out in turn.outs if out.kind is OutKind.INVITATION]
    assert "словом «стоп»" in question.message.text
    assert ["Да, пишите", "Нет, не нужно"] == [button.title for button in question.message.buttons]
    story.sent()
    assert ["written", "said"] == fates(story)
    [command] = says(story, Reading(intent=Intent.CANCEL)).commands
    story.diary(BookingFate.CANCELLED, command)
    assert [] == questions(books(story))


@pytest.mark.parametrize("payload", ["", "invite:yes"])
def test_a_yes_is_kept_told_in_the_card_and_needs_nobody(story: Diary, payload: str) -> None:
    books(story)
    story.sent()
    turn = says(story, Reading(intent=Intent.CONFIRM) if payload else YES, payload)
    assert ("Спасибо, договорились!", ()) == (turn.outs[0].message.text[:22], turn.notices)
    assert "Клиент согласился получать приглашения" in [line.text for line in turn.lines]
    assert turn.conversation.advertising
    assert {} == {clock.target: clock for clock in story.enquiry.running() if clock.started_at == story.now}
    assert ["written", "said", "yes"] == fates(story)


def test_a_no_ends_nothing_else_and_a_stop_ends_all_that_was_not_asked_for(story: Diary) -> None:
    books(story)
    story.sent()
    stopped = story.copy()
    refused = says(story, NO).conversation
    assert (False, False, ["written", "said", "no"]) == (refused.advertising, refused.opted_out, fates(story))
    turn = says(stopped, STOP)
    assert "Ваша запись остаётся, о ней мы напомним" in turn.outs[0].message.text
    assert (True, TOMORROW) == (turn.conversation.opted_out, turn.conversation.visit and turn.conversation.visit.starts)
    later = says(stopped, YES).conversation
    assert (True, False) == (later.advertising, later.opted_out)


def test_beside_another_wish_it_is_noted_and_the_wish_is_answered(story: Diary) -> None:
    books(story)
    story.sent()
    [command] = says(story, Reading(intent=Intent.CANCEL, invited=Invited.STOP)).commands
    assert ("cancel", True) == (command.does, story.conversation and story.conversation.opted_out)


def test_it_is_not_asked_where_the_profile_says_so_a_person_leads_or_it_is_known(story: Diary) -> None:
    silent = Diary(business=replace(SALON, asks_to_invite=False))
    assert [] == questions(books(silent))
    [command] = story.ask("Маникюр завтра в 12", replace(WANTS, when=exactly(TOMORROW))).commands
    taken = story.copy()
    taken.person()
    assert Owner.PERSON is taken.owner
    assert [] == questions(taken.diary(BookingFate.BOOKED, command))
    story.take([story.received("", kind=Kind.OPT_IN)])
    assert [] == questions(story.diary(BookingFate.BOOKED, command))


def test_the_profiles_own_words_are_asked_and_journalled_by_their_digest(story: Diary) -> None:
    story.business = replace(SALON, consent_text="Присылать акции?")
    turn = books(story)
    [version] = [fact.values["version"] for fact in turn.facts if fact.values.get("what") == "advertising"]
    assert (["Присылать акции?"], 12) == (questions(turn), len(str(version)))
    assert awaited(story.conversation, story.business, story.now)


def test_what_did_not_reach_them_was_not_asked_and_calls_nobody(story: Diary) -> None:
    books(story)
    story.outbox = [out for out in story.outbox if out.kind is OutKind.INVITATION]
    turn = story.sent(Fate.FAILED)
    assert ((), None) == (turn.notices, turn.conversation.invites_asked_at)
    assert ["written", "struck"] == fates(story)


def test_a_bare_yes_is_its_answer_only_right_after_it(story: Diary) -> None:
    assert not awaited(story.conversation, SALON, story.now)
    books(story)
    assert awaited(story.conversation, SALON, story.now)
    assert not awaited(story.conversation, SALON, story.now - timedelta(seconds=2))
    story.sent()
    story.ask("А где вы?", Reading(intent=Intent.INFO), reply="Невский пр., 100")
    assert not awaited(story.conversation, SALON, story.now)


def test_who_said_yes_is_invited_anew_and_who_did_not_is_not(story: Diary) -> None:
    again = timedelta(days=21)
    services = tuple(replace(service, repeat_after=again) for service in SALON.services)
    story.business = replace(SALON, services=services, ladder=())
    books(story)
    story.sent()
    silent = story.copy()
    says(story, YES)
    for told, steps in ((story, ["thanks", "repeat"]), (silent, ["thanks"])):
        told.now = TOMORROW + timedelta(hours=2)
        told.take([PortalNews(deal=1, stage=Stage.WON, at=told.now)])
        assert told.conversation
        assert steps == [step for _, step in after_visit.steps(told.conversation, told.owner, told.business)]


def test_a_forms_own_box_is_a_yes(story: Diary) -> None:
    turn = story.hear("Заявка", kind=Kind.FORM, invites=True)
    assert (True, ["yes"]) == (turn.conversation.advertising, fates(story))
    [fact] = [fact for fact in turn.facts if fact.values.get("what") == "advertising"]
    assert "form" == fact.values["door"]
