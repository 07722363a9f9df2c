"""After a visit: the manager is asked, the stage tells, and what follows respects consent, nights and people."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.card import Stage
from app.domain.conversation import Owner
from app.domain.mail import OutKind, PortalNews
from tests.domain.diary_story import TOMORROW, Diary
from tests.domain.story import SALON

MOSCOW = ZoneInfo("Europe/Moscow")
REPEATS = tuple(replace(service, repeat_after=timedelta(days=21)) for service in SALON.services)
BARE = replace(
    SALON, ladder=(), services=REPEATS, follow_ups=replace(SALON.follow_ups, offsets=()),
    reminders=replace(SALON.reminders, offsets=()),
)  # fmt: skip


def local(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=MOSCOW)


@pytest.fixture
def story() -> Diary:
    """Tuesday 12:00–13:30, over at 13:50."""
    story = Diary(business=BARE)
    story.booked(TOMORROW)
    return story


def over(story: Diary, stage: Stage, at: datetime | None = None) -> Diary:
    story.now = max(story.now, at or local(24, 13, 50))
    story.take([PortalNews(deal=1, stage=stage, at=story.now)])
    return story


def moments_of(story: Diary) -> list[datetime]:
    found: list[datetime] = []
    while story.turns[-1].wake_at is not None:
        if any(out.kind is OutKind.REVIEW for out in story.wake().outs):
            found.append(story.now)
            story.sent(later=0)
    return found


def facts(story: Diary) -> list[str]:
    return [fact.kind for turn in story.turns for fact in turn.facts if fact.kind in ("came", "no_show")]


def test_the_manager_is_asked_once_when_the_visit_is_over(story: Diary) -> None:
    asked = [(story.now, notice.text) for turn in story.wake_all() for notice in turn.notices]
    [(_, text)] = asked
    assert "Клиент пришёл? Отметьте стадией сделки" in text


def test_who_came_is_thanked_and_without_a_yes_not_invited(story: Diary) -> None:
    over(story, Stage.WON)
    assert (True, ["came"]) == (story.turns[-1].card and story.turns[-1].card.came, facts(story))
    assert [local(24, 15, 50)] == moments_of(story)


def test_with_a_yes_the_visit_is_repeated_after_its_interval(story: Diary) -> None:
    assert story.conversation is not None
    story.conversation = replace(story.conversation, advertising=True)
    over(story, Stage.WON)
    assert [local(24, 15, 50), local(15, 13, 30, month=12)] == moments_of(story)


def test_who_did_not_come_is_asked_back_and_with_a_yes_won_back(story: Diary) -> None:
    assert story.conversation is not None
    plain = over(story.copy(), Stage.LOST)
    assert (False, ["no_show"]) == (plain.turns[-1].card and plain.turns[-1].card.came, facts(plain))
    assert [local(24, 14, 50)] == moments_of(plain)
    story.conversation = replace(story.conversation, advertising=True)
    assert [local(24, 14, 50), local(8, 13, 50, month=12)] == moments_of(over(story, Stage.LOST))


def test_nothing_is_said_at_night_after_a_stop_or_while_a_person_speaks(story: Diary) -> None:
    assert [local(25, 9)] == moments_of(over(story.copy(), Stage.WON, local(24, 21)))
    assert story.conversation is not None
    stopped = story.copy()
    stopped.conversation = replace(story.conversation, opted_out=True)
    assert [] == moments_of(over(stopped, Stage.WON))
    over(story, Stage.WON).person()
    assert Owner.PERSON is story.owner
    assert [] == moments_of(story)


def test_a_correction_of_the_stage_is_heard(story: Diary) -> None:
    over(over(story, Stage.LOST), Stage.WON)
    assert (["no_show", "came"], True) == (facts(story), story.turns[-1].card and story.turns[-1].card.came)


def test_a_deal_closed_before_the_visit_says_nothing_of_coming(story: Diary) -> None:
    over(story, Stage.LOST, story.now)
    assert ([], []) == (facts(story), moments_of(story))
