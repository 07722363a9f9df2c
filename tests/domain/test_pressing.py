"""«Принял», «Вернуть боту», «Ответ не нужен»: what each does to the clocks, the ladder and the owner."""

from datetime import timedelta

import pytest

from app.domain.conversation import Owner
from app.domain.decision import Turn
from app.domain.mail import Button, Pressed
from app.domain.pressing import button_of
from app.domain.sla import Outcome, Target
from tests.domain.story import SALON, Story


def press(story: Story, button: Button, *, later: float = 60, manager: int | None = 8) -> Turn:
    """As accept does it: with «Принял» a person is the owner before the turn."""
    story.now += timedelta(seconds=later)
    story.owner = Owner.PERSON if button is Button.ACCEPT else story.owner
    return story.take([Pressed(button=button, manager=manager, at=story.now)])


def waiting() -> Story:
    story = Story()
    story.hear()
    story.sent()
    return story


def steps(story: Story) -> list[object]:
    return [fact.values["step"] for turn in story.turns for fact in turn.facts if fact.kind == "escalated"]


def test_who_accepted_and_stays_silent_meets_the_ladder_again_after_the_return_timer() -> None:
    story = waiting()
    press(story, Button.ACCEPT, later=40 * 60)
    accepted = story.now
    while not steps(story):
        story.wake()
    assert accepted + SALON.sla.accepted_for == story.now  # the first step would have come 8 minutes after the press
    story.wake_all()
    assert [1, 2, 3] == steps(story)


def test_accepting_keeps_no_promise_only_an_answer_does() -> None:
    story = waiting()
    press(story, Button.ACCEPT)
    assert Outcome.RUNNING is story.clock(Target.FIRST_RESPONSE).outcome
    story.person()
    assert Outcome.MET is story.clock(Target.FIRST_RESPONSE).outcome
    assert None is story.enquiry.accepted_at
    assert None is story.turns[-1].wake_at


def test_the_deal_is_theirs_who_accepted() -> None:
    story = waiting()
    first = story.enquiry.assignee
    taker = 8 if first != 8 else 9
    press(story, Button.ACCEPT, manager=taker)
    assert (taker, (first,)) == (story.enquiry.assignee, story.enquiry.tried)
    assert Owner.PERSON is story.owner


def test_accepted_before_the_assistants_reply_left_its_own_promise_falls_away() -> None:
    story = Story()
    story.hear()
    press(story, Button.ACCEPT)
    assert Outcome.CANCELLED is story.clock(Target.BOT_REPLY).outcome


def test_returned_to_the_bot_it_answers_the_next_message() -> None:
    story = waiting()
    press(story, Button.ACCEPT)
    assert () == story.hear("Есть кто?").outs
    press(story, Button.RETURN)
    assert Owner.BOT is story.owner
    assert 1 == len(story.hear("А сколько стоит?").outs)


def test_no_answer_needed_cancels_what_runs_and_nothing_is_waited_for() -> None:
    story = waiting()
    turn = press(story, Button.DISMISS)
    assert Outcome.CANCELLED is story.clock(Target.FIRST_RESPONSE).outcome
    assert None is turn.wake_at
    assert ["pressed", "clock"] == [fact.kind for fact in turn.facts]


def test_no_answer_needed_does_not_undo_a_miss() -> None:
    story = waiting()
    while story.clock(Target.FIRST_RESPONSE).missed_at is None:
        story.wake()
    turn = press(story, Button.DISMISS)
    assert Outcome.MISSED is story.clock(Target.FIRST_RESPONSE).outcome
    clocks = [fact.values["what"] for fact in turn.facts if fact.kind == "clock"]
    assert ["cancelled"] == clocks  # the miss was journalled when it came


@pytest.mark.parametrize(
    ("text", "button"),
    [
        ("/Принял", Button.ACCEPT),
        (" /бот. ", Button.RETURN),
        ("/не  нужен", Button.DISMISS),
        ("/пришел", Button.CAME),
        ("/Не пришла!", Button.NO_SHOW),
        ("/пришёл с подругой", None),
        ("/принял, сейчас отвечу", None),
        ("/ответ Добрый день", None),
        ("", None),
    ],
)
def test_a_comment_that_is_a_buttons_word_and_nothing_else_presses_it(text: str, button: Button | None) -> None:
    assert button is button_of(text)
