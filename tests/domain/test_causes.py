"""Each miss has one cause, from what nobody could help to what somebody left undone."""

from dataclasses import replace
from datetime import timedelta

from app.domain.mail import Button, Pressed
from app.domain.qualification import Heat, When
from app.domain.roster import Person, Roster
from tests.domain.story import ROSTER, SALON, WANTS, Story


def cause(story: Story, target: str = "first_response") -> str:
    facts = (fact.values for turn in story.turns for fact in turn.facts if fact.kind == "clock")
    return next(str(v["cause"]) for v in facts if v["target"] == target and v["what"] == "missed")


def left_alone(story: Story, **reading: object) -> Story:
    story.hear(reading=replace(WANTS, heat=Heat.WARM, **reading))  # type: ignore[arg-type]
    story.sent()
    story.now += timedelta(days=2)
    story.take([])
    return story


def test_people_were_there_and_nobody_took_it() -> None:
    assert "not_accepted" == cause(left_alone(Story()))


def test_somebody_took_it_and_was_silent() -> None:
    story = Story()
    story.hear()
    story.sent()
    story.take([Pressed(button=Button.ACCEPT, manager=7, at=story.now)])
    story.now += timedelta(hours=2)
    story.take([])
    assert "accepted_silent" == cause(story)


def test_nobody_was_on_shift() -> None:
    absent = tuple(Person(user=user, at_work=False) for user in ROSTER.managers)
    assert "nobody_on_shift" == cause(left_alone(Story(roster=replace(ROSTER, people=absent))))


def test_the_portal_was_away() -> None:
    assert "crm_down" == cause(left_alone(Story(roster=replace(ROSTER, portal_away=True))))


def test_the_visit_was_wanted_too_soon() -> None:
    story = Story(business=replace(SALON, ladder=()))
    soon = story.now + timedelta(minutes=20)
    left_alone(story, when=When(earliest=soon, latest=soon, exact=True))
    assert "late_by_calendar" == cause(story)


def test_an_answer_that_was_written_and_never_left_is_the_channels() -> None:
    story = Story(roster=Roster())
    story.hear()
    story.now += timedelta(hours=1)
    story.take([])
    assert "channel_down" == cause(story, "bot_reply")
