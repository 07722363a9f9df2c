"""The ladder: which step is due, and what is remembered of those taken."""

from dataclasses import replace
from datetime import timedelta

from app.domain import escalation, sla
from app.domain.conversation import Enquiry
from app.domain.qualification import Heat
from app.domain.sla import Clock, Target
from tests.domain.story import MORNING, SALON


def clock(target: Target = Target.FIRST_RESPONSE, after: float = 0) -> Clock:
    at = MORNING + timedelta(seconds=after)
    return sla.start_clock(target, at=at, heat=Heat.WARM, policy=SALON.sla, calendar=SALON.calendar)


def enquiry(*clocks: Clock) -> Enquiry:
    return Enquiry(number=1, card_id="c-1", started_at=MORNING, clocks=clocks)


def test_steps_come_at_their_shares_of_the_target() -> None:
    running, moments = enquiry(clock()), []
    for due in escalation.steps_due(running, SALON, MORNING + timedelta(days=2)):
        at = sla.share_spent_at(due.clock, due.step.after, SALON.calendar)
        moments.append((due.number, at - MORNING))
    assert [(1, timedelta(minutes=48)), (2, timedelta(hours=1)), (3, timedelta(hours=2))] == moments


def test_a_step_is_due_at_its_very_moment_and_not_before() -> None:
    at = MORNING + timedelta(minutes=48)
    assert () == escalation.steps_due(enquiry(clock()), SALON, at - timedelta(microseconds=1))
    assert [1] == [due.number for due in escalation.steps_due(enquiry(clock()), SALON, at)]


def test_a_clock_that_is_paused_escalates_nothing() -> None:
    paused = sla.pause(clock(), MORNING + timedelta(minutes=1))
    assert () == escalation.steps_due(enquiry(paused), SALON, MORNING + timedelta(days=2))


def test_a_clock_that_was_answered_escalates_nothing() -> None:
    stopped = sla.stop(clock(), MORNING + timedelta(days=1))
    assert () == escalation.steps_due(enquiry(stopped), SALON, MORNING + timedelta(days=2))
    assert None is escalation.next_wake(enquiry(stopped), SALON, MORNING)


def test_the_assistants_own_promise_is_told_to_the_supervisor_alone() -> None:
    [due] = escalation.steps_due(enquiry(clock(Target.BOT_REPLY)), SALON, MORNING + timedelta(days=1))
    assert (1.0, escalation.BOT_FAILED[0].acts) == (due.step.after, due.step.acts)


def test_the_steps_of_a_running_clock_are_never_forgotten() -> None:
    running = enquiry(clock())
    first = escalation.steps_due(running, SALON, MORNING + timedelta(days=1))[0]
    told = replace(running, steps_done=escalation.done(running, first.key))
    for number in range(100):
        told = replace(told, steps_done=escalation.done(told, f"bot_reply@{number}:1"))
    assert first.key in told.steps_done
    assert escalation.STEPS == len(told.steps_done)
