"""The journal replayed: what would have been, and the proof that the replay is right."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.qualification import Heat
from app.flow.whatif import answer, changed_profile, lines
from app.profiles import ProfileError
from tests.domain.story import SALON, WANTS
from tests.domain.test_history import Punctual

PROFILE = Path(__file__).parents[2] / "profiles" / "salon.yaml"


def told() -> Punctual:
    """Warm, answered after 40 minutes, an hour promised."""
    story = Punctual()
    story.hear(reading=replace(WANTS, heat=Heat.WARM))
    story.sent()
    story.person(later=40 * 60)
    return story


def test_unchanged_settings_reproduce_history_exactly() -> None:
    story = told()
    found = answer(story.journal, SALON, changed_profile(PROFILE, "", ""), days=1, now=story.now)
    assert (0, found.was, "100.0%") == (found.differences, found.then, f"{found.then.score.sla_ratio:.1%}")
    assert found.decisions >= 2


def test_a_shorter_target_would_have_been_missed_and_alarmed() -> None:
    story = told()
    found = answer(story.journal, SALON, changed_profile(PROFILE, "", "warm: 30m"), days=1, now=story.now)
    assert (0, 1, 0.0) == (found.was.score.missed, found.then.score.missed, found.then.score.sla_ratio)
    assert found.was.alerts.total() < found.then.alerts.total()
    assert "SLA: 100\u00a0% → 0\u00a0%" in lines(found, "ru")


def test_other_hours_keep_holidays_and_close_the_days_left_out() -> None:
    changed = changed_profile(PROFILE, "mon-fri: 9:00-20:00", "")
    assert ((540, 1200),) == changed.calendar.weekly[0]
    assert () == changed.calendar.weekly[6]
    assert set(SALON.calendar.holidays) <= set(changed.calendar.holidays)


@pytest.mark.parametrize(
    ("hours", "targets"), [("mon 9-20", ""), ("mon: 25:00-26:00", ""), ("", "hot: soon"), ("", "warm")]
)
def test_a_wrong_option_is_one_clear_line(hours: str, targets: str) -> None:
    with pytest.raises(ProfileError, match="expected"):
        changed_profile(PROFILE, hours, targets)


def test_the_journal_may_begin_in_the_middle_of_a_conversation() -> None:
    story = told()
    found = answer(story.journal[3:], SALON, SALON, days=1, now=story.now + timedelta(hours=1))
    assert found.then.score.enquiries in (0, 1)
