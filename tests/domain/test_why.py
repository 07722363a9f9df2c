"""The card's one line about a deadline says what was not counted, and no more than a line."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from app import profiles
from app.domain import sla
from app.domain.qualification import Heat
from app.domain.sla import Target
from app.domain.why import why

SALON = profiles.load(Path(__file__).resolve().parents[2] / "profiles" / "salon.yaml")
EVENING = datetime(2026, 11, 24, 17, 50, tzinfo=UTC)  # Tuesday, 20:50 in the salon, which closes at 21:00
CALENDAR = SALON.calendar


def clock(heat: Heat = Heat.WARM, *, at: datetime = EVENING, target: Target = Target.FIRST_RESPONSE) -> sla.Clock:
    return sla.start_clock(target, at=at, heat=heat, policy=SALON.sla, calendar=CALENDAR)


def test_the_night_between_is_named() -> None:
    told = "Тёплый: 1 ч рабочего времени с вт 24.11 20:50; не в счёт вт 24.11 21:00 – ср 25.11 10:00"
    assert told == why(clock(), SALON)


def test_a_deadline_within_open_hours_leaves_nothing_out() -> None:
    assert "Горячий: 5 мин рабочего времени с вт 24.11 20:50" == why(clock(Heat.HOT), SALON)


def test_the_customer_s_own_turn_is_not_counted_once_it_is_over() -> None:
    noon = EVENING - timedelta(hours=8)
    paused = sla.pause(clock(at=noon), noon + timedelta(minutes=5))
    assert "не в счёт" not in why(paused, SALON)
    resumed = sla.resume(paused, noon + timedelta(minutes=25), CALENDAR)
    assert why(resumed, SALON).endswith("не в счёт вт 24.11 12:55 – 13:15")


def test_many_gaps_are_counted_and_not_listed() -> None:
    assert why(clock(Heat.COLD), SALON).endswith("чт 26.11 10:00, чт 26.11 21:00 – пт 27.11 10:00")
    running = clock(Heat.COLD, at=EVENING - timedelta(hours=8))
    for turn in range(5):
        starts = EVENING - timedelta(hours=7 - turn)
        running = sla.resume(sla.pause(running, starts), starts + timedelta(minutes=1), CALENDAR)
    assert "и ещё" in why(running, SALON)
