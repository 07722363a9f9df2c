"""After a visit: the manager is asked, the stage tells, and what follows respects consent, nights and people."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.brief import brief_of
from app.domain.business import QuietHours
from app.domain.card import Stage
from app.domain.conversation import Owner
from app.domain.decision import Turn
from app.domain.mail import Button, OutKind, PortalNews, Pressed
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


def pressed(story: Diary, button: Button, at: datetime | None = None) -> Turn:
    story.now = max(story.now, at or local(24, 13, 50))
    return story.take([Pressed(button=button, manager=8, at=story.now)])


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
    assert "Клиент пришёл? Нажмите «Пришёл» или «Не пришёл»" in text
    assert story.conversation is not None
    assert "Когда: 24.11 12:00 (запись)" in brief_of(story.conversation, SALON)
    [line] = [line for turn in story.turns for line in turn.lines if line.asks]
    assert ("Визит во вторник, 24 ноября, в 12:00 закончился. Клиент пришёл?", True) == (line.text, line.chat)


@pytest.mark.parametrize(("button", "stage"), [(Button.CAME, Stage.WON), (Button.NO_SHOW, Stage.LOST)])
def test_a_press_tells_what_the_stage_would(story: Diary, button: Button, stage: Stage) -> None:
    came = button is Button.CAME
    told = pressed(story, button)
    assert (stage, came) == (told.card and told.card.stage, told.card and told.card.came)
    assert [("came" if came else "no_show")] == facts(story)
    assert ["Клиент пришёл" if came else "Клиент не пришёл"] == [line.text for line in told.lines]
    pressed(story, button)
    assert 1 == len(facts(story))


def test_the_last_press_corrects_the_one_before(story: Diary) -> None:
    pressed(story, Button.NO_SHOW)
    told = pressed(story, Button.CAME)
    assert (Stage.WON, True, ["no_show", "came"]) == (
        told.card and told.card.stage,
        told.card and told.card.came,
        facts(story),
    )


def test_a_press_before_the_visit_has_begun_changes_nothing(story: Diary) -> None:
    told = pressed(story, Button.CAME, local(24, 11))
    assert (Stage.BOOKED, []) == (story.enquiry.stage, facts(story))
    assert "отметка не принята" in told.lines[0].text


def test_nobody_is_asked_in_the_morning_about_what_the_evening_told(story: Diary) -> None:
    closed = replace(BARE, reminders=replace(BARE.reminders, quiet_hours=QuietHours(starts=time(13), ends=time(18))))
    story.business = closed
    story.wake()
    assert [] == list(story.turns[-1].notices)
    pressed(story, Button.CAME)
    assert [] == [notice for turn in story.wake_all() for notice in turn.notices]


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
