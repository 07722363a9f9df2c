"""What one turn decides: the reply, the clocks, the ladder, the card."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.business import Act, Binds
from app.domain.card import Stage, Verdict
from app.domain.conversation import Owner
from app.domain.mail import Answered, Fate, OutKind, SendOutcome
from app.domain.message import Author, Kind
from app.domain.qualification import Heat, Intent, Reading, When
from app.domain.roster import Person, Roster
from app.domain.sla import Outcome, Target
from tests.domain.story import MORNING, SALON, THANKS, WANTS, Story, understood

HOT = replace(WANTS, heat=Heat.HOT)
GREETING = Reading(intent=Intent.SMALLTALK)
SPAM = Reading(intent=Intent.SPAM)


def facts(story: Story, kind: str) -> list[dict[str, object]]:
    return [fact.values for turn in story.turns for fact in turn.facts if fact.kind == kind]


# --- the reply


def test_a_burst_gets_one_reply() -> None:
    turn = Story().hear("Здравствуйте", "хочу", "стрижку")
    assert [OutKind.REPLY] == [out.kind for out in turn.outs]


def test_a_conversation_that_a_person_owns_gets_no_reply() -> None:
    story = Story()
    story.hear()
    story.sent()
    story.person()
    assert () == story.hear("А завтра?").outs


def test_what_is_said_while_a_person_answers_goes_before_others_into_the_portal() -> None:
    story = Story()
    cards = [story.hear().card]
    story.sent()
    story.person()
    cards.append(story.hear("А завтра?").card)
    assert [False, True] == [card.hot for card in cards if card]


def test_the_bot_returns_after_the_silence_that_the_profile_names() -> None:
    story = Story()
    story.hear()
    story.sent()
    story.person()
    turn = story.hear("Вы тут?", later=SALON.bot_returns_after.total_seconds())
    assert [OutKind.REPLY] == [out.kind for out in turn.outs]
    assert Owner.BOT is turn.owner
    assert [{"rule": "silence"}] == facts(story, "returned")


def test_nobody_is_answered_in_a_chat_that_a_form_does_not_have() -> None:
    turn = Story().hear("Перезвоните", kind=Kind.FORM)
    assert () == turn.outs


def test_who_blocked_us_is_not_written_to() -> None:
    story = Story()
    story.hear()
    story.take([story.received(kind=Kind.BLOCKED)])
    assert () == story.sent(Fate.FAILED).outs


def test_a_reply_that_nobody_could_make_still_greets() -> None:
    turn = Story().hear("👋", reading=GREETING, reply="")
    assert SALON.name in turn.outs[0].message.text


def test_the_privacy_line_is_written_before_the_card_and_journalled_as_said_once() -> None:
    story = Story()
    first = story.hear()
    assert first.card is not None
    assert ["written"] == [values["fate"] for values in facts(story, "consent")]
    assert not any("виртуальный помощник" in out.message.text for out in story.hear().outs)
    story.sent()
    assert ["written", "said"] == [values["fate"] for values in facts(story, "consent")]


def test_a_privacy_line_that_a_takeover_struck_was_not_said_and_is_said_with_the_next_reply() -> None:
    story = Story()
    story.hear()
    story.person()
    assert ["written", "struck"] == [values["fate"] for values in facts(story, "consent")]
    back = story.hear("Вы тут?", later=SALON.bot_returns_after.total_seconds())
    assert "виртуальный помощник" in back.outs[0].message.text


def test_a_customer_who_asked_for_a_person_is_told_so_and_then_passed_on() -> None:
    story = Story()
    story.now += timedelta(minutes=1)
    turn = story.take([story.received("позовите человека")], understood(reply="Зову администратора", handoff="asked"))
    assert 1 == len(turn.outs)
    assert Stage.WAITING is story.enquiry.stage
    story.sent()
    assert Owner.PERSON is story.owner
    assert () == story.hear("алло?").outs


def test_no_reply_is_drafted_over_a_person_who_just_answered_after_a_long_silence() -> None:
    story = Story()
    story.hear()
    story.sent()
    story.person()
    story.now += SALON.bot_returns_after
    mails = [story.received("Вы тут?"), Answered(text="Да", manager=7, at=story.now + timedelta(seconds=1))]
    story.now += timedelta(seconds=2)
    assert () == story.take(mails, understood()).outs


def test_words_that_come_with_the_news_that_a_person_was_called_are_left_to_the_person() -> None:
    story = Story()
    story.take([story.received("позовите человека")], understood(reply="Зову администратора", handoff="asked"))
    told = SendOutcome(outbox_id="1", kind=OutKind.REPLY, fate=Fate.SENT, at=story.now)
    story.now += timedelta(seconds=2)
    assert () == story.take([told, story.received("алло?")], understood()).outs


# --- clocks


def test_a_first_bare_greeting_opens_the_cold_clock() -> None:
    story = Story()
    story.hear("Здравствуйте", reading=GREETING)
    clock = story.clock(Target.FIRST_RESPONSE)
    assert (Heat.COLD, story.now) == (clock.sla_class, clock.started_at)


def test_thanks_after_an_answer_starts_no_clock() -> None:
    story = Story()
    story.hear()
    story.sent()
    story.person()
    before = story.enquiry.clocks
    story.hear("Спасибо!", reading=THANKS, reply="")
    assert before == story.enquiry.clocks


def test_spam_gets_no_card_no_reply_and_no_clock() -> None:
    story = Story()
    turn = story.hear("Продвижение сайтов недорого", reading=SPAM, reply="")
    assert (None, (), (), None) == (turn.card, turn.outs, turn.lines, turn.wake_at)
    assert () == story.enquiry.clocks
    assert [{"reason": "spam"}] == facts(story, "closed")


def test_who_was_taken_for_spam_gets_everything_once_they_ask() -> None:
    story = Story()
    story.hear("Продвижение", reading=SPAM, reply="")
    turn = story.hear()
    assert turn.card is not None
    assert 1 == len(turn.outs)
    assert turn.wake_at is not None


def test_a_clock_starts_at_the_customers_time_also_when_the_message_came_late() -> None:
    story = Story(now=MORNING + timedelta(hours=2))
    story.take([story.received(at=MORNING)], understood())
    assert {MORNING} == {clock.started_at for clock in story.enquiry.clocks}
    assert Outcome.MISSED is story.clock(Target.FIRST_RESPONSE).outcome


def test_a_burst_is_promised_from_its_first_message() -> None:
    story = Story()
    story.take([story.received(at=MORNING + timedelta(seconds=n)) for n in (2, 0, 1)], understood())
    assert MORNING == story.clock(Target.FIRST_RESPONSE).started_at


def test_a_hotter_message_brings_the_deadline_forward_and_a_colder_one_never_back() -> None:
    story = Story()
    story.hear()
    warm = story.clock(Target.FIRST_RESPONSE).due_at
    story.hear(reading=HOT)
    hot = story.clock(Target.FIRST_RESPONSE).due_at
    story.hear(reading=replace(WANTS, heat=Heat.COLD))
    assert hot < warm
    assert (hot, Heat.HOT) == (story.clock(Target.FIRST_RESPONSE).due_at, story.enquiry.heat)


def test_a_deadline_later_than_the_wanted_visit_is_brought_before_it_also_when_the_visit_is_named_later() -> None:
    story = Story()
    story.hear()
    visit = story.now + timedelta(minutes=20)
    story.hear(reading=replace(WANTS, when=When(earliest=visit, latest=visit, exact=True)), later=60)
    assert story.clock(Target.FIRST_RESPONSE).due_at <= visit


def test_a_visit_that_is_over_moves_no_deadline() -> None:
    story = Story()
    story.hear()
    due = story.clock(Target.FIRST_RESPONSE).due_at
    past = story.now + timedelta(seconds=30)
    story.hear(reading=replace(WANTS, when=When(earliest=past, latest=past)), later=60)
    assert due == story.clock(Target.FIRST_RESPONSE).due_at


def test_a_persons_answer_stops_the_first_response_and_the_next_message_starts_the_next() -> None:
    story = Story()
    story.hear()
    story.sent()
    story.person()
    answered = story.now
    first = story.clock(Target.FIRST_RESPONSE)
    assert (Outcome.MET, answered) == (first.outcome, first.stopped_at)
    story.hear("А завтра?")
    following = story.clock(Target.NEXT_RESPONSE)
    assert (story.now, Outcome.RUNNING) == (following.started_at, following.outcome)


def test_a_bots_reply_alone_leaves_the_human_promise_running() -> None:
    story = Story()
    story.hear()
    story.sent()
    assert Outcome.MET is story.clock(Target.BOT_REPLY).outcome
    assert Outcome.RUNNING is story.clock(Target.FIRST_RESPONSE).outcome


def test_where_any_answer_binds_the_bots_reply_stops_the_first_response() -> None:
    story = Story(business=replace(SALON, sla=replace(SALON.sla, binds=Binds.ANY)))
    story.hear()
    story.sent()
    assert Outcome.MET is story.clock(Target.FIRST_RESPONSE).outcome


def test_an_answer_in_the_same_batch_as_the_question_stops_what_the_question_started() -> None:
    """A manager answers in the messenger's app while the quiet window still runs."""
    story = Story(owner=Owner.PERSON)
    asked = story.received("Сколько стоит?", at=MORNING + timedelta(seconds=1))
    echo = story.received("2200", at=MORNING + timedelta(seconds=3), author=Author.PERSON)
    story.now = MORNING + timedelta(seconds=4)
    turn = story.take([asked, echo], understood())
    clock = story.clock(Target.FIRST_RESPONSE)
    assert (Outcome.MET, MORNING + timedelta(seconds=3)) == (clock.outcome, clock.stopped_at)
    assert () == story.enquiry.running()
    assert None is turn.wake_at


def test_a_question_after_an_answer_of_the_same_batch_starts_the_next_response() -> None:
    story = Story(owner=Owner.PERSON)
    asked = story.received("Сколько стоит?", at=MORNING + timedelta(seconds=1))
    answer = Answered(text="2200", manager=7, at=MORNING + timedelta(seconds=2))
    again = story.received("А окрашивание?", at=MORNING + timedelta(seconds=3))
    story.now = MORNING + timedelta(seconds=4)
    story.take([asked, answer, again], understood())
    assert MORNING + timedelta(seconds=2) == story.clock(Target.FIRST_RESPONSE).stopped_at
    following = story.clock(Target.NEXT_RESPONSE)
    assert (MORNING + timedelta(seconds=3), None) == (following.started_at, following.stopped_at)


def test_a_miss_stays_a_miss_however_soon_the_cure() -> None:
    story = Story()
    story.hear()
    story.sent()
    due = story.clock(Target.FIRST_RESPONSE).due_at
    while story.clock(Target.FIRST_RESPONSE).missed_at is None:
        story.wake()
    story.person(later=1)
    clock = story.clock(Target.FIRST_RESPONSE)
    assert (Outcome.MISSED, due) == (clock.outcome, clock.missed_at)
    assert story.turns[-1].card is not None
    assert Verdict.MISSED is story.turns[-1].card.verdict


def test_a_long_talk_with_the_bot_loses_no_promise_of_a_persons_answer() -> None:
    story = Story()
    for _ in range(30):
        story.hear(later=5)
        story.sent()
    clock = story.clock(Target.FIRST_RESPONSE)
    assert MORNING + timedelta(seconds=5) == clock.started_at
    assert 1 == sum(values["target"] == "first_response" for values in facts(story, "clock"))


def test_a_long_talk_with_a_person_forgets_no_miss() -> None:
    story = Story()
    story.hear()
    while story.clock(Target.FIRST_RESPONSE).missed_at is None:
        story.wake()
    for _ in range(30):
        story.person(later=5)
        story.hear(later=5)
    assert story.turns[-1].card is not None
    assert Verdict.MISSED is story.turns[-1].card.verdict


# --- the ladder


def test_a_form_that_nobody_calls_back_is_escalated_and_not_written_to() -> None:
    story = Story()
    story.hear("Перезвоните", kind=Kind.FORM)
    story.wake_all()
    assert facts(story, "escalated")
    assert not [out for turn in story.turns for out in turn.outs if out.kind is OutKind.APOLOGY]


def test_every_step_of_the_ladder_is_taken_once_in_order_and_to_nobody_twice() -> None:
    story = Story()
    story.hear()
    story.sent()
    story.wake_all()
    assert [1, 2, 3] == [values["step"] for values in facts(story, "escalated")]
    assert 1 == sum(out.kind is OutKind.APOLOGY for turn in story.turns for out in turn.outs)
    assert story.enquiry.assignee not in story.enquiry.tried
    assert {1} == set(Counter(notice.id for notice in story.enquiry.notices).values())


def test_a_deal_is_never_given_to_the_same_person_twice() -> None:
    ladder = tuple(replace(step, acts=(Act.REASSIGN_NEXT,)) for step in SALON.ladder)
    story = Story(business=replace(SALON, ladder=ladder), roster=Roster(managers=(7, 8)))
    story.hear()
    story.wake_all()
    had = [*story.enquiry.tried, story.enquiry.assignee]
    assert sorted(had) == [7, 8]


def test_steps_that_came_due_while_everything_stood_are_all_taken_at_once() -> None:
    story = Story()
    story.hear()
    story.sent()
    story.now += timedelta(days=3)
    story.take([])
    assert [1, 2, 3] == [values["step"] for values in facts(story, "escalated")]


def test_an_answer_ends_the_ladder() -> None:
    story = Story()
    story.hear()
    story.sent()
    story.wake()
    story.person(later=1)
    assert None is story.turns[-1].wake_at


def test_a_silent_assistant_is_told_to_the_supervisor() -> None:
    story = Story()
    story.hear()
    while not facts(story, "escalated"):
        story.wake()
    assert {"target": "bot_reply", "step": 1} == facts(story, "escalated")[0]
    assert [5] == [notice.user for notice in story.enquiry.notices]


def test_a_text_that_did_not_arrive_is_told_in_the_card_and_to_the_assignee() -> None:
    story = Story()
    story.hear()
    turn = story.sent(Fate.UNKNOWN)
    assert ["note"] == [line.who for line in turn.lines]
    assert story.enquiry.assignee in [notice.user for notice in story.enquiry.notices]


# --- enquiries


def test_a_message_after_a_day_of_silence_starts_an_enquiry_on_the_same_open_card() -> None:
    story = Story()
    story.hear()
    story.sent()
    story.person()
    card, lines = story.enquiry.card_id, story.enquiry.lines
    turn = story.hear(later=25 * 3600)
    assert (2, card) == (story.enquiry.number, story.enquiry.card_id)
    assert lines + 1 == turn.lines[0].number


def test_a_message_after_a_closed_deal_starts_another_card() -> None:
    story = Story()
    story.hear()
    story.sent()
    story.person()
    assert story.conversation is not None
    story.conversation = replace(story.conversation, enquiry=replace(story.enquiry, stage=Stage.WON))
    card = story.enquiry.card_id
    turn = story.hear(later=25 * 3600)
    assert card != story.enquiry.card_id
    assert 1 == turn.lines[0].number


@pytest.mark.parametrize("known", [7, 8, 9])
def test_who_returns_after_a_closed_deal_reaches_the_manager_they_know_unless_that_one_is_away(known: int) -> None:
    for leave in (False, True):
        story = Story()
        story.hear()
        assert story.conversation is not None
        closed = replace(story.enquiry, stage=Stage.WON, assignee=known)
        story.conversation = replace(story.conversation, enquiry=closed)
        away = Person(user=known, away_until=story.now + timedelta(days=9))
        story.roster = replace(story.roster, people=(away,) if leave else ())
        story.hear(later=25 * 3600)
        assert (known == story.enquiry.assignee) is not leave


@pytest.mark.parametrize("kind", [Kind.OPT_OUT, Kind.BLOCKED, Kind.REACTION, Kind.IDENTITY])
def test_what_is_not_a_word_starts_no_enquiry(kind: Kind) -> None:
    story = Story()
    story.take([story.received(kind=kind)])
    assert story.conversation is not None
    assert None is story.conversation.enquiry


# --- who cannot be answered, and what was never said


@pytest.mark.parametrize("by_outcome", [True, False])
def test_a_customer_who_blocked_us_is_promised_nothing_any_more(by_outcome: bool) -> None:
    story = Story()
    story.hear()
    if by_outcome:
        story.take([SendOutcome(outbox_id="1", kind=OutKind.REPLY, fate=Fate.FAILED, at=story.now, reason="blocked")])
    else:
        story.take([story.received(kind=Kind.BLOCKED)])
    assert {Outcome.CANCELLED} == {clock.outcome for clock in story.enquiry.clocks}
    assert None is story.turns[-1].wake_at
    story.take([story.received(kind=Kind.UNBLOCKED)])
    story.hear("Я снова тут")
    assert Outcome.RUNNING is story.clock(Target.NEXT_RESPONSE).outcome


def test_a_privacy_line_that_a_takeover_struck_is_said_when_the_bot_returns() -> None:
    struck, said = Story(), Story()
    for story in (struck, said):
        story.hear()
        if story is said:
            story.sent()
        story.person()
        story.hear("Вы тут?", later=SALON.bot_returns_after.total_seconds())
    assert [True, False] == ["виртуальный помощник" in story.turns[-1].outs[0].message.text for story in (struck, said)]
