"""Clocks: what they promise, what pauses, stops and hurries them, and that each can explain itself."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import sla
from app.domain.business import ClockMode, Peak, SlaPolicy
from app.domain.calendar import ALWAYS, Calendar, working_time
from app.domain.qualification import Heat
from app.domain.sla import Clock, Outcome, Target

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LUNCH = ((600, 780), (840, 1260))  # 10:00-13:00, 14:00-21:00
SALON = Calendar(
    zone="Europe/Moscow",
    weekly=(*[LUNCH] * 6, ()),
    holidays={date(2026, 6, 12): ()},
    exceptions={date(2026, 6, 14): LUNCH},
)
POLICY = SlaPolicy(
    bot_reply=180 * SECOND,
    first_response={Heat.HOT: 5 * MINUTE, Heat.WARM: HOUR, Heat.COLD: 24 * HOUR},
    hot_window=48 * HOUR,
    first_call=HOUR,
    booking_confirmation=10 * MINUTE,
)
NOON = datetime(2026, 6, 11, 9, 0, tzinfo=UTC)  # Thursday 12:00 in Moscow, the 12th is a holiday
CLOSING = datetime(2026, 6, 11, 18, 0, tzinfo=UTC)
NIGHT = datetime(2026, 6, 10, 20, 40, tzinfo=UTC)
OPENING = datetime(2026, 6, 11, 7, 0, tzinfo=UTC)


def started(
    target: Target = Target.FIRST_RESPONSE,
    *,
    at: datetime = NOON,
    heat: Heat | None = Heat.WARM,
    policy: SlaPolicy = POLICY,
    wanted_visit: datetime | None = None,
) -> Clock:
    return sla.start_clock(target, at=at, heat=heat, policy=policy, calendar=SALON, wanted_visit=wanted_visit)


@pytest.mark.parametrize(
    ("target", "heat", "budget"),
    [
        (Target.BOT_REPLY, Heat.COLD, 180 * SECOND),
        (Target.FIRST_RESPONSE, Heat.HOT, 5 * MINUTE),
        (Target.FIRST_RESPONSE, None, 24 * HOUR),  # a bare greeting
        (Target.NEXT_RESPONSE, Heat.WARM, HOUR),
        (Target.FIRST_CALL, Heat.HOT, HOUR),
        (Target.BOOKING_CONFIRMATION, Heat.WARM, 10 * MINUTE),
        (Target.BOOKING_CONFIRMATION, Heat.HOT, 5 * MINUTE),
    ],
)
def test_budget_follows_target_and_heat(target: Target, heat: Heat | None, budget: timedelta) -> None:
    assert budget == started(target, heat=heat).budget


def test_a_promise_that_the_profile_does_not_make_cannot_start() -> None:
    with pytest.raises(ValueError, match="promises no resolution"):
        started(Target.RESOLUTION)


def test_bot_reply_runs_at_night_and_a_person_s_answer_waits_for_opening() -> None:
    assert started(Target.BOT_REPLY, at=NIGHT).due_at == NIGHT + 180 * SECOND
    assert started(at=NIGHT, heat=Heat.HOT).due_at == OPENING + 5 * MINUTE


def test_the_policy_may_run_every_clock_round_the_clock() -> None:
    policy = replace(POLICY, clock=ClockMode.ALWAYS)
    assert started(at=NIGHT, policy=policy).due_at == NIGHT + HOUR


def test_peak_hours_have_promises_of_their_own() -> None:
    evening = Calendar(zone="Europe/Moscow", weekly=(((1020, 1260),),) * 7, within=SALON)
    peak = Peak(calendar=evening, first_response={Heat.WARM: 10 * MINUTE})
    policy = replace(POLICY, peaks=(peak,))
    assert started(at=CLOSING - HOUR, policy=policy).budget == 10 * MINUTE
    assert started(at=NOON, policy=policy).budget == HOUR
    assert started(at=CLOSING - HOUR, heat=Heat.HOT, policy=policy).budget == 5 * MINUTE


HALF_PAST = NOON + 30 * MINUTE  # a warm clock of then is due after lunch, at NOON + 150 minutes


@pytest.mark.parametrize(
    ("visit", "minutes"),
    [(None, 150), (NOON, 150), (NOON + 5 * HOUR, 150), (NOON + 45 * MINUTE, 45), (NOON + 90 * MINUTE, 60)],
    ids=["no visit", "already over", "later than the deadline", "before it", "in the lunch break"],
)
def test_a_deadline_is_never_after_the_wanted_visit(visit: datetime | None, minutes: int) -> None:
    clock = started(at=HALF_PAST, wanted_visit=visit)
    assert clock.due_at == NOON + minutes * MINUTE
    assert clock.budget == working_time(HALF_PAST, clock.due_at, SALON)


def test_a_visit_wanted_before_opening_leaves_no_time_at_all() -> None:
    visit = OPENING - HOUR
    clock = started(at=NIGHT, heat=Heat.HOT, wanted_visit=visit)
    assert visit == clock.due_at
    assert timedelta(0) == clock.budget


def test_stop_at_exactly_the_deadline_is_met_and_a_moment_later_is_missed() -> None:
    clock = started()
    assert Outcome.MET is sla.stop(clock, clock.due_at).outcome
    late = sla.stop(clock, clock.due_at + timedelta(microseconds=1))
    assert Outcome.MISSED is late.outcome
    assert clock.due_at == late.missed_at


def test_a_miss_cured_a_second_later_is_still_a_miss() -> None:
    clock = started()
    cured = sla.stop(sla.miss(clock, clock.due_at), clock.due_at + SECOND)
    assert Outcome.MISSED is cured.outcome
    assert clock.due_at == cured.missed_at
    assert clock.due_at + SECOND == cured.stopped_at


def test_an_answer_in_time_that_we_learn_of_late_is_met() -> None:
    clock = started()
    met = sla.stop(sla.miss(clock, clock.due_at + SECOND), clock.due_at - SECOND)
    assert Outcome.MET is met.outcome
    assert met.missed_at is None


def test_the_first_stop_stands() -> None:
    clock = sla.stop(started(), NOON + MINUTE)
    assert clock == sla.stop(clock, NOON + 5 * HOUR)
    assert clock == sla.cancel(clock, NOON + 5 * HOUR)
    assert clock == sla.pause(clock, NOON + 5 * HOUR)


def test_is_late_from_the_deadline_on_and_only_once() -> None:
    clock = started()
    assert not sla.is_late(clock, clock.due_at - SECOND)
    assert sla.is_late(clock, clock.due_at)
    assert not sla.is_late(sla.miss(clock, clock.due_at), clock.due_at + HOUR)


def test_a_tick_before_the_deadline_misses_nothing() -> None:
    clock = started()
    assert clock == sla.miss(clock, clock.due_at - SECOND)


def test_a_cancelled_promise_is_not_missed_unless_it_was_before() -> None:
    clock = started()
    assert Outcome.CANCELLED is sla.cancel(clock, clock.due_at).outcome
    assert Outcome.MISSED is sla.cancel(clock, clock.due_at + SECOND).outcome
    assert Outcome.MISSED is sla.cancel(sla.miss(clock, clock.due_at), clock.due_at).outcome


def test_a_pause_moves_the_deadline_by_its_open_time_to_the_second() -> None:
    clock = sla.resume(sla.pause(started(), NOON + 10 * MINUTE), NOON + 17 * MINUTE + 3 * SECOND, SALON)
    assert clock.due_at == NOON + 2 * HOUR + 7 * MINUTE + 3 * SECOND  # over the lunch hour


def test_a_paused_clock_is_never_late_and_an_answer_then_is_in_time() -> None:
    paused = sla.pause(started(), NOON + MINUTE)
    assert not sla.is_late(paused, NOON + 300 * HOUR)
    assert Outcome.MET is sla.stop(paused, NOON + 300 * HOUR).outcome


def test_a_pause_after_the_deadline_comes_too_late() -> None:
    clock = started()
    paused = sla.pause(clock, clock.due_at + SECOND)
    assert Outcome.MISSED is paused.outcome
    assert clock.due_at == sla.resume(paused, clock.due_at + HOUR, SALON).due_at


def test_a_pause_within_a_pause_and_a_resume_without_one_change_nothing() -> None:
    clock = started()
    paused = sla.pause(clock, NOON + MINUTE)
    assert paused == sla.pause(paused, NOON + 2 * MINUTE)
    assert clock == sla.resume(clock, NOON + MINUTE, SALON)


def test_a_warmer_class_brings_the_deadline_nearer_and_a_colder_one_changes_nothing() -> None:
    clock = started()
    hot = sla.retarget(clock, Heat.HOT, POLICY, SALON, at=NOON + 20 * MINUTE)
    assert hot.due_at == NOON + 25 * MINUTE
    assert Heat.HOT is hot.sla_class
    assert hot == sla.retarget(hot, Heat.COLD, POLICY, SALON, at=NOON + 21 * MINUTE)
    assert clock == sla.retarget(clock, Heat.HOT, POLICY, SALON, at=NOON + 58 * MINUTE)


def test_without_a_moment_the_new_class_counts_from_the_start() -> None:
    assert sla.retarget(started(), Heat.HOT, POLICY, SALON).due_at == NOON + 5 * MINUTE


def test_a_missed_clock_is_not_retargeted() -> None:
    missed = sla.miss(started(), NOON + 9 * HOUR)
    assert missed == sla.retarget(missed, Heat.HOT, POLICY, SALON)


def test_new_hours_move_a_running_deadline_and_leave_a_missed_one() -> None:
    no_lunch = Calendar(zone="Europe/Moscow", weekly=(((600, 1260),),) * 7)
    clock = started(at=NOON + 30 * MINUTE)
    assert sla.redate(clock, no_lunch).due_at == NOON + 90 * MINUTE
    missed = sla.miss(clock, clock.due_at)
    assert missed == sla.redate(missed, no_lunch)


def test_the_ladder_s_shares_count_open_time() -> None:
    clock = started(at=NOON + 30 * MINUTE)
    lunch_ends = NOON + 2 * HOUR
    assert sla.share_spent_at(clock, 0.4, SALON) == NOON + 54 * MINUTE
    assert lunch_ends + 18 * MINUTE == sla.share_spent_at(clock, 0.8, SALON)
    assert clock.due_at == sla.share_spent_at(clock, 1.0, SALON)
    assert lunch_ends + 90 * MINUTE == sla.share_spent_at(clock, 2.0, SALON)


MOMENTS = st.integers(0, 400000).map(lambda s: NIGHT + s * SECOND)


@st.composite
def histories(draw: st.DrawFn) -> Clock:
    """A clock after up to three pauses, perhaps paused, perhaps hurried by a visit."""
    target = draw(st.sampled_from([Target.BOT_REPLY, Target.FIRST_RESPONSE, Target.FIRST_CALL]))
    visit = draw(st.none() | MOMENTS)
    clock = started(target, at=draw(MOMENTS), heat=draw(st.sampled_from(list(Heat))), wanted_visit=visit)
    for at in sorted(draw(st.lists(MOMENTS, max_size=6))):
        clock = sla.resume(clock, at, SALON) if clock.is_paused else sla.pause(clock, at)
    return clock


@given(histories(), MOMENTS)
def test_explain_s_slices_add_up_to_the_target(clock: Clock, now: datetime) -> None:
    explained = sla.explain(clock, now, SALON)
    assert clock.budget == sum((closes - opens for opens, closes in explained.slices), timedelta())
    if not clock.is_paused and clock.outcome is Outcome.RUNNING:
        assert clock.due_at == explained.due_at


@given(histories())
def test_the_deadline_is_never_after_the_visit(clock: Clock) -> None:
    assert clock.wanted_visit is None or clock.due_at <= clock.wanted_visit


@given(histories(), MOMENTS)
def test_met_means_answered_within_the_target(clock: Clock, at: datetime) -> None:
    """The verdict agrees with counting the spent time anew, where the pauses are over and no visit hurries."""
    last = max((held.ends or held.starts for held in clock.pauses), default=clock.started_at)
    if clock.is_paused or clock.missed_at or clock.wanted_visit or at < last:
        return
    calendar = ALWAYS if clock.always else SALON
    pauses = [(held.starts, held.ends) for held in clock.pauses if held.ends]
    spent_before = working_time(clock.started_at, at - timedelta(microseconds=1), calendar, pauses)
    assert (Outcome.MET is sla.stop(clock, at).outcome) == (spent_before < clock.budget or at <= clock.due_at)


@given(histories(), st.floats(0.1, 1), st.floats(0.1, 1))
def test_a_greater_share_is_never_spent_earlier(clock: Clock, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert sla.share_spent_at(clock, less, SALON) <= sla.share_spent_at(clock, more, SALON)
    assert sla.share_spent_at(clock, more, SALON) <= clock.due_at <= sla.share_spent_at(clock, more + 1, SALON)


def test_the_page_shows_what_explain_says(repository: Path) -> None:
    policy = replace(POLICY, first_response=dict.fromkeys(Heat, 5 * HOUR))
    clock = started(at=HALF_PAST, policy=policy)
    for starts, ends in (
        (NOON + 3 * HOUR, NOON + 200 * MINUTE + 30 * SECOND),
        (NOON + 5 * HOUR, datetime(2026, 6, 13, 7, 45, tzinfo=UTC)),
    ):
        clock = sla.resume(sla.pause(clock, starts), ends, SALON)
    explained = sla.explain(clock, clock.due_at, SALON)
    rows = [("started", clock.started_at, ""), *(("pause", held.starts, held.ends) for held in clock.pauses)]
    rows += [("counted", opens, closes) for opens, closes in explained.slices] + [("due", explained.due_at, "")]
    told = "\n".join(told_row(*row) for row in rows) + f"\ntarget   {clock.budget.total_seconds():.0f} s"
    assert f"```\n{told}\n```\n" in (repository / "docs/sla.md").read_text(), told


def told_row(what: str, starts: datetime, ends: datetime | str | None) -> str:
    moscow = ZoneInfo("Europe/Moscow")
    row = f"{what:<8} {starts.astimezone(moscow):%a %d %b %H:%M:%S}"
    if not isinstance(ends, datetime):
        return row
    return f"{row} – {ends.astimezone(moscow):%a %d %b %H:%M:%S}  {(ends - starts).total_seconds():>6.0f} s"
