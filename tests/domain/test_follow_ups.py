"""The follow-up series: when it touches, what stops it, how it ends."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.business import Binds, FollowUps
from app.domain.card import Stage
from app.domain.conversation import Owner
from app.domain.mail import Button, Fate, OutKind, Pressed, SendOutcome
from app.domain.message import Kind
from app.domain.qualification import Heat, Intent, Reading
from tests.domain.story import SALON, WANTS, Story

MOSCOW = ZoneInfo("Europe/Moscow")
QUIET = replace(SALON, ladder=())  # the series alone


def silent(reading: Reading = WANTS, **fields: object) -> Story:
    """We answered last; Monday 11:01 in Moscow."""
    story = Story(business=replace(QUIET, **fields))  # type: ignore[arg-type]
    story.hear(reading=reading)
    story.sent()
    return story


def run(story: Story, most: int = 30) -> list[datetime]:
    """Every touch's moment, each delivered."""
    touched = []
    for _ in range(most):
        if story.turns[-1].wake_at is None:
            break
        turn = story.wake()
        if any(out.kind is OutKind.FOLLOW_UP for out in turn.outs):
            touched.append(story.now)
            story.sent(later=0)
    return touched


def closed(story: Story) -> list[object]:
    return [fact.values["reason"] for turn in story.turns for fact in turn.facts if fact.kind == "closed"]


def test_touches_come_at_their_offsets_from_our_last_answer_and_by_day() -> None:
    story = silent()
    answered = story.now
    hours = [(at - answered) / timedelta(hours=1) for at in run(story)]
    assert [2, 24, 72] == hours
    assert ["silence"] == closed(story)


def test_a_touch_of_the_night_waits_for_its_end() -> None:
    story = Story(business=QUIET, now=datetime(2026, 11, 23, 21, 30, tzinfo=MOSCOW))
    story.hear()
    story.sent()
    assert datetime(2026, 11, 24, 9, 0, tzinfo=MOSCOW) == run(story)[0]


def test_each_touch_has_words_of_its_own_and_the_last_says_good_bye() -> None:
    story = silent(reading=replace(WANTS, services=("manicure",)))
    run(story)
    texts = [out.message.text for turn in story.turns for out in turn.outs if out.kind is OutKind.FOLLOW_UP]
    assert (3, 3) == (len(texts), len(set(texts)))
    assert all("Маникюр" in text for text in texts)
    assert "не будем беспокоить" in texts[-1]


def test_an_intent_may_have_offsets_of_its_own_and_the_touches_are_capped() -> None:
    rules = FollowUps(
        offsets=(timedelta(hours=2),),
        by_intent={Intent.PRICE: tuple(timedelta(hours=h) for h in (1, 3, 5))},
        stop_after=2,
    )
    story = silent(reading=Reading(intent=Intent.PRICE, heat=Heat.WARM), follow_ups=rules)
    answered = story.now
    assert [1, 3] == [(at - answered) / timedelta(hours=1) for at in run(story)]


@pytest.mark.parametrize("intent", [Intent.COMPLAINT, Intent.CANCEL, Intent.SMALLTALK, Intent.HUMAN])
def test_who_wants_no_booking_is_not_written_to_again(intent: Intent) -> None:
    assert [] == run(silent(reading=Reading(intent=intent)))


def test_an_answer_stops_the_series_and_a_new_silence_goes_on_with_what_is_left() -> None:
    story = silent()
    story.wake()
    while not story.outbox:
        story.wake()
    story.sent()
    story.hear("Подумаю")
    story.sent()
    answered = story.now
    assert [24, 72] == [(at - answered) / timedelta(hours=1) for at in run(story)]


@pytest.mark.parametrize("kind", [Kind.OPT_OUT, Kind.BLOCKED])
def test_who_opted_out_or_blocked_us_is_left_alone(kind: Kind) -> None:
    story = silent()
    story.take([story.received(kind=kind)])
    assert [] == run(story)


def test_a_booking_or_a_person_ends_it() -> None:
    booked, taken, accepted, dismissed = silent(), silent(), silent(), silent()
    assert booked.conversation is not None
    booked.conversation = replace(booked.conversation, enquiry=replace(booked.enquiry, stage=Stage.BOOKED))
    booked.take([])
    taken.person()
    accepted.owner = Owner.PERSON
    accepted.take([Pressed(button=Button.ACCEPT, manager=7, at=accepted.now)])
    dismissed.take([Pressed(button=Button.DISMISS, manager=7, at=dismissed.now)])
    assert [[], [], [], []] == [run(story) for story in (booked, taken, accepted, dismissed)]


def test_a_touch_that_cannot_be_delivered_becomes_a_persons_task_and_ends_the_series() -> None:
    story = silent()
    while not story.outbox:
        story.wake()
    story.outbox = []
    kind, fate = OutKind.FOLLOW_UP, Fate.FAILED
    turn = story.take([SendOutcome(outbox_id="1", kind=kind, fate=fate, at=story.now, reason="window_closed")])
    assert [(True, story.enquiry.assignee)] == [(notice.task, notice.user) for notice in turn.notices]
    assert ["window_closed"] == closed(story)
    assert [] == run(story)


def test_a_deal_is_lost_only_where_nobody_of_ours_owes_an_answer() -> None:
    owes, quits = silent(), silent(sla=replace(SALON.sla, binds=Binds.ANY))
    for story in (owes, quits):
        run(story)
    assert (Stage.ANSWERED, Stage.LOST) == (owes.enquiry.stage, quits.enquiry.stage)


def test_what_an_outage_held_back_goes_out_one_touch_at_a_time() -> None:
    story = silent()
    story.now += timedelta(days=10)
    assert 1 == len(story.take([]).outs)
