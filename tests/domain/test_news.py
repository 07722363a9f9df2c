"""What people do in the portal moves the conversation: ends, calls, stages, assignees; and what they are told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.brief import brief_of, missing
from app.domain.card import Stage
from app.domain.conversation import Owner
from app.domain.decision import Fact
from app.domain.mail import Answered, Fate, OutKind, PortalNews, SendOutcome
from app.domain.message import Kind, Phone
from app.domain.qualification import Intent, Reading
from app.domain.sla import Outcome, Target
from tests.domain.story import MORNING, SALON, THANKS, Story, understood


def begun(**fields: object) -> Story:
    story = Story()
    story.hear(**fields)  # type: ignore[arg-type]
    story.sent()
    return story


def news(story: Story, **fields: object) -> PortalNews:
    return PortalNews(**({"deal": 7001, "at": story.now} | fields))  # type: ignore[arg-type]


def facts(story: Story, kind: str) -> list[Fact]:
    return [fact for turn in story.turns for fact in turn.facts if fact.kind == kind]


@pytest.mark.parametrize(
    ("fields", "stage", "reason"),
    [
        ({"stage": Stage.WON}, Stage.WON, "won"),
        ({"stage": Stage.LOST}, Stage.LOST, "lost"),
        ({"gone": True}, Stage.LOST, "deleted"),
    ],
)
def test_a_closed_deal_ends_the_enquiry_and_gives_the_word_back(
    fields: dict[str, object], stage: Stage, reason: str
) -> None:
    story = begun()
    story.person()
    story.hear("А завтра?")
    assert Owner.PERSON is story.owner
    story.take([news(story, **fields)])
    enquiry = story.enquiry
    assert (Owner.BOT, stage, ()) == (story.owner, enquiry.stage, enquiry.running())
    assert [reason] == [fact.values["reason"] for fact in facts(story, "closed")]
    story.take([news(story, **fields)])  # told twice
    assert 1 == len(facts(story, "closed"))
    story.hear("Здравствуйте, это снова я")
    assert (2, True) == (story.enquiry.number, story.enquiry.card_id != enquiry.card_id)


def test_a_deal_that_is_open_again_begins_another_enquiry_on_the_same_card() -> None:
    story = begun()
    story.take([news(story, stage=Stage.LOST)])
    card = story.enquiry.card_id
    story.take([news(story, stage=Stage.WAITING)])
    assert (2, card, Stage.WAITING) == (story.enquiry.number, story.enquiry.card_id, story.enquiry.stage)
    story.hear("Я передумала, запишите")
    assert (2, card) == (story.enquiry.number, story.enquiry.card_id)


def test_a_stage_that_a_person_moved_back_is_theirs() -> None:
    story = begun()
    assert Stage.ANSWERED is story.enquiry.stage
    story.take([news(story, stage=Stage.NEW)])
    assert (Stage.NEW, Owner.BOT) == (story.enquiry.stage, story.owner)


def test_a_deal_put_into_work_is_a_persons_but_answers_nobody() -> None:
    story = begun()
    story.take([news(story, stage=Stage.IN_WORK)])
    assert Owner.PERSON is story.owner
    assert Outcome.RUNNING is story.enquiry.clock(Target.FIRST_RESPONSE).outcome  # type: ignore[union-attr]
    assert ["stage"] == [fact.values["door"] for fact in facts(story, "taken")]


def test_another_assignee_keeps_every_deadline() -> None:
    story = begun()
    before, clocks = story.enquiry.assignee, story.enquiry.clocks
    story.take([news(story, assignee=99)])
    assert (99, clocks) == (story.enquiry.assignee, story.enquiry.clocks)
    assert before in story.enquiry.tried


def test_a_call_answers_the_customer_at_its_own_time() -> None:
    story = Story()
    story.hear("Заявка с сайта", kind=Kind.FORM)
    assert Outcome.RUNNING is story.enquiry.clock(Target.FIRST_CALL).outcome  # type: ignore[union-attr]
    called = story.now + timedelta(minutes=10)
    story.now = MORNING + timedelta(hours=3)  # the news of it came late
    story.take([news(story, called_at=called, manager=7)])
    clock = story.enquiry.clock(Target.FIRST_CALL)
    assert clock is not None
    assert (Outcome.MET, called, Owner.PERSON) == (clock.outcome, clock.stopped_at, story.owner)
    assert ["human"] == [fact.values["by"] for fact in facts(story, "replied")]


def test_a_call_before_the_enquiry_answers_nothing() -> None:
    story = begun()
    clocks = story.enquiry.clocks
    story.take([news(story, called_at=MORNING - timedelta(hours=1))])
    assert clocks == story.enquiry.clocks


def test_lines_go_to_the_chat_once_a_person_is_asked_and_never_twice() -> None:
    story = begun()
    assert not [line for turn in story.turns for line in turn.lines if line.chat]
    story.take([story.received("Позовите человека")], understood(handoff="asked"))
    [brief] = [line for line in story.turns[-1].lines if line.who == "brief"]
    assert (True, 5) == (brief.chat, len(brief.text.splitlines()))
    story.sent()
    assert [True] == [line.chat for line in story.turns[-1].lines]
    typed = SendOutcome(outbox_id="te-1:chat:5", kind=OutKind.PERSON, fate=Fate.SENT, at=story.now, text="Иду")
    story.take([Answered(text="Иду", manager=7, at=story.now), typed])
    commented = replace(typed, outbox_id="te-1:comment:6")
    story.take([commented])
    assert [False, True] == [line.chat for turn in story.turns[-2:] for line in turn.lines]


def test_a_failed_delivery_tells_the_reason_and_what_to_do() -> None:
    story = begun()
    story.person()
    assert story.conversation is not None
    story.conversation = replace(story.conversation, phone=Phone(number="+79995550100"))
    failed = SendOutcome(
        outbox_id="o", kind=OutKind.PERSON, fate=Fate.FAILED, at=story.now, text="Жду", reason="window_closed"
    )
    [line] = story.take([failed]).lines
    assert line.chat
    assert "окно переписки закрыто" in line.text
    assert "Позвоните +79995550100 или напишите по шаблону" in line.text


def test_the_brief_says_who_what_when_promised_and_missing() -> None:
    story = begun(reading=Reading(intent=Intent.BOOKING, services=("manicure",)))
    assert story.conversation is not None
    known = replace(story.conversation, name="Анна", phone=Phone(number="+79995550100"))
    lines = brief_of(known, SALON).splitlines()
    assert lines[0] == "Кто: Анна, Telegram, +79995550100"
    assert lines[1].startswith("Что: Маникюр")
    assert lines[2] == "Когда: время не названо"
    assert lines[3].startswith("Обещано: ответ человека до ")
    assert lines[4] == "Не хватает: время"
    assert ["time"] == missing(known)
    assert brief_of(known, replace(SALON, locale="en")).startswith("Who: Анна, Telegram, +79995550100\nWhat: ")
    thanks = Story()
    thanks.hear(reading=THANKS)
    assert thanks.conversation is not None
    assert "Что: услуга не названа" in brief_of(thanks.conversation, SALON)


def test_news_of_a_conversation_at_rest_change_nothing() -> None:
    story = Story()
    story.take([story.received(kind=Kind.UNBLOCKED)])
    before = story.conversation
    story.take([news(story, assignee=5, stage=Stage.LOST)])
    assert before == story.conversation
