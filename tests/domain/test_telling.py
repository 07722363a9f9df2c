"""Nobody off shift hears anything, the ladder goes up where nobody is there, and the night is kept."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.business import Act, ClockMode, QuietHours, Step
from app.domain.nights import awake_at
from app.domain.qualification import Heat
from app.domain.roster import Person, Roster
from tests.domain.story import MORNING, SALON, WANTS, Story, understood

MOSCOW = ZoneInfo("Europe/Moscow")
HOT = replace(WANTS, heat=Heat.HOT)
NIGHT = QuietHours(starts=time(22), ends=time(9))


def roster(*off: int) -> Roster:
    people = tuple(Person(user=user, at_work=user not in off) for user in (5, 7, 8, 9))
    return Roster(managers=(7, 8, 9), supervisor=5, owner=1, people=people)


def told(story: Story) -> list[int | None]:
    return [notice.user for notice in story.enquiry.notices]


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW)


def test_a_reminder_to_who_went_home_goes_to_the_next_on_shift_with_the_deal() -> None:
    story = Story(roster=roster())
    story.hear()
    story.sent()
    first = story.enquiry.assignee
    assert first is not None
    story.roster = roster(first)
    story.wake()
    assert (first,) == story.enquiry.tried
    assert [story.enquiry.assignee] == told(story)
    assert first not in told(story)


def test_with_nobody_on_shift_the_ladder_goes_straight_up() -> None:
    story = Story(roster=roster(7, 8, 9))
    story.hear()
    story.sent()
    story.wake_all()
    assert [5, 5, 1, 5] == told(story)  # supervisor at 0.8 and at 1.0; owner, and a task for who is there, at 2.0


def test_with_the_supervisor_away_too_the_owner_hears_at_once() -> None:
    story = Story(roster=roster(5, 7, 8, 9))
    story.hear()
    story.sent()
    story.wake()
    assert [1] == told(story)


def test_where_the_portal_knows_nobody_the_notice_is_there_for_the_messenger() -> None:
    story = Story(roster=Roster())
    story.hear()
    story.sent()
    story.wake()
    assert [None] == told(story)


def test_steps_that_fall_together_tell_each_person_once() -> None:
    story = Story(roster=replace(roster(), owner=5))  # the owner supervises
    story.hear()
    story.sent()
    story.now += timedelta(days=3)
    story.take([])
    heard = [notice.user for notice in story.enquiry.notices if not notice.task]
    assert sorted(set(map(int, filter(None, heard)))) == sorted(map(int, filter(None, heard)))
    assert story.enquiry.tried[0] not in heard  # who lost the deal is not reminded of it


def test_by_night_a_warm_enquiry_wakes_nobody_and_a_hot_one_does() -> None:
    always = replace(SALON, sla=replace(SALON.sla, clock=ClockMode.ALWAYS))
    warm = Story(business=always, now=at(23), roster=Roster(managers=(7, 8), supervisor=5, owner=1))
    hot = warm.copy()
    warm.hear()
    hot.hear(reading=HOT)
    for story in (warm, hot):
        story.sent()
        while not story.enquiry.notices:
            story.wake()
    assert at(9, day=24) == warm.now
    assert at(23, 1) + timedelta(minutes=4) == hot.now


def test_a_person_asked_for_by_night_is_called_when_people_are_at_work() -> None:
    story = Story(now=at(23), roster=Roster(managers=(7, 8), supervisor=5, owner=1))
    story.take([story.received("позовите человека")], understood(handoff="asked"))
    story.sent()
    assert [] == told(story)
    while not story.enquiry.notices:
        story.wake()
    assert at(10, 5, day=24) == story.now
    assert [story.enquiry.assignee] == told(story)


def test_an_emergency_waits_for_no_morning() -> None:
    story = Story(now=at(23), roster=Roster(managers=(7, 8), supervisor=5, owner=1))
    story.take([story.received("сильное кровотечение")], understood(handoff="emergency"))
    assert [5] == told(story)  # the salon is closed, so nobody is on shift


def test_what_was_answered_before_the_morning_is_not_asked_for_any_more() -> None:
    story = Story(now=at(23), roster=Roster(managers=(7, 8), supervisor=5, owner=1))
    story.take([story.received("а собак принимаете?")], understood(handoff="unclear"))
    story.sent()
    story.person()
    story.wake_all()
    assert [] == told(story)


def test_where_all_on_shift_had_the_deal_its_holder_is_reminded() -> None:
    ladder = (Step(after=1.0, acts=(Act.REASSIGN_NEXT,)), Step(after=2.0, acts=(Act.REASSIGN_NEXT,)))
    story = Story(business=replace(SALON, ladder=ladder), roster=Roster(managers=(7, 8), supervisor=5, owner=1))
    story.hear()
    story.sent()
    story.wake_all()
    assert [story.enquiry.assignee] * 2 == told(story)


@pytest.mark.parametrize(
    ("moment", "awake"),
    [
        (at(21, 59), at(21, 59)),
        (at(22), at(9, day=24)),
        (at(3), at(9)),
        (at(8, 59), at(9)),
        (at(9), at(9)),
    ],
)
def test_a_night_ends_at_its_end_whichever_side_of_midnight_it_is_met(moment: datetime, awake: datetime) -> None:
    assert awake == awake_at(moment, NIGHT, "Europe/Moscow")
    assert moment == awake_at(moment, None, "Europe/Moscow")


def test_a_span_within_one_day_is_a_night_too() -> None:
    nap = QuietHours(starts=time(13), ends=time(15))
    assert (at(15), at(12)) == (awake_at(at(14), nap, "Europe/Moscow"), awake_at(at(12), nap, "Europe/Moscow"))


def test_the_story_begins_by_day() -> None:
    assert MORNING == awake_at(MORNING, NIGHT, "Europe/Moscow")
