"""What of a turn starts, pauses, stops and moves a clock, and that the journal is told each time."""

from dataclasses import replace
from datetime import timedelta

from app.domain.business import Binds
from app.domain.mail import Fate
from app.domain.message import Kind, Phone
from app.domain.qualification import Heat, Intent, Reading
from app.domain.sla import Outcome, Target
from tests.domain.story import MORNING, SALON, WANTS, Story

HOUR = timedelta(hours=1)
SETTLES = replace(SALON, sla=replace(SALON.sla, resolution=4 * HOUR))
HOT = Reading(intent=Intent.BOOKING, heat=Heat.HOT, services=("haircut_w",))


def told(story: Story, target: Target) -> list[str]:
    facts = (fact.values for turn in story.turns for fact in turn.facts if fact.kind == "clock")
    return [str(values["what"]) for values in facts if values["target"] == target]


def test_resolution_waits_for_the_customer_to_the_second() -> None:
    story = Story(business=SETTLES)
    story.hear()
    story.sent(later=7)
    story.hear(later=3600)
    assert story.clock(Target.RESOLUTION).due_at == story.clock(Target.RESOLUTION).started_at + 5 * HOUR
    assert ["started", "paused", "resumed"] == told(story, Target.RESOLUTION)


def test_a_customer_who_never_comes_back_breaks_no_resolution() -> None:
    story = Story(business=SETTLES)
    story.hear()
    story.sent()
    story.person()
    story.now += timedelta(days=3)
    story.hear()
    assert ["started", "paused", "cancelled", "started"] == told(story, Target.RESOLUTION)


def test_whoever_gives_a_number_in_the_chat_is_promised_a_call_and_one_who_is_written_to_need_not_be_called() -> None:
    story = Story()
    story.hear(reading=replace(WANTS, phone="+79995550100"))
    assert story.clock(Target.FIRST_CALL).due_at == story.clock(Target.FIRST_CALL).started_at + HOUR
    story.person()
    assert Outcome.CANCELLED is story.clock(Target.FIRST_CALL).outcome


def test_a_number_that_the_messenger_knows_promises_no_call() -> None:
    story = Story()
    story.hear(phone=Phone(number="+79995550100", proven=True))
    assert story.enquiry.clock(Target.FIRST_CALL) is None


def test_a_form_is_called_back_in_time_by_a_persons_answer() -> None:
    story = Story()
    story.hear(kind=Kind.FORM)
    story.person(later=600)
    assert Outcome.MET is story.clock(Target.FIRST_CALL).outcome


def test_edited_hours_move_the_deadline_and_leave_the_budget() -> None:
    story = Story()
    story.hear(later=0)
    before = story.clock(Target.FIRST_RESPONSE)
    closed_today = replace(SALON.calendar, exceptions={**SALON.calendar.exceptions, MORNING.date(): ()})
    story.business = replace(SALON, calendar=closed_today)
    story.take([])
    after = story.clock(Target.FIRST_RESPONSE)
    assert before.budget == after.budget
    assert before.due_at + timedelta(hours=12) < after.due_at
    assert ["started", "redated"] == told(story, Target.FIRST_RESPONSE)


def test_a_miss_is_told_at_its_own_moment_and_a_late_answer_after_it() -> None:
    story = Story(business=replace(SALON, ladder=()))
    story.hear(reading=HOT)
    due = story.clock(Target.FIRST_RESPONSE).due_at
    story.now = due + timedelta(minutes=20)
    story.take([])
    story.person(later=1)
    facts = [fact.values for turn in story.turns for fact in turn.facts if fact.kind == "clock"]
    moments = [(v["what"], v["on"]) for v in facts if v["target"] == "first_response"]
    assert ("missed", round(due.timestamp() * 1000)) == moments[1]
    assert ("late", round(story.now.timestamp() * 1000)) == moments[2]


def test_where_any_answer_binds_a_reply_that_failed_stops_nothing() -> None:
    story = Story(business=replace(SALON, sla=replace(SALON.sla, binds=Binds.ANY)))
    story.hear()
    story.sent(Fate.FAILED)
    assert Outcome.RUNNING is story.clock(Target.FIRST_RESPONSE).outcome
