"""Reminders told turn by turn: when they go, that they follow the visit, what becomes of each."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.business import QuietHours, ReminderRules
from app.domain.card import Stage
from app.domain.conversation import Owner
from app.domain.mail import BookingOutcome, Fate, OutKind, PortalNews, Seen, SendOutcome, Undelivered
from app.domain.message import Delivery
from app.domain.qualification import Intent, Reading
from app.domain.visits.attendance import Told
from app.domain.visits.reminders import moments
from app.domain.visits.visit import BookingFate, Do
from tests.domain.diary_story import TOMORROW, Diary, exactly
from tests.domain.story import SALON

MOSCOW = ZoneInfo("Europe/Moscow")
NIGHT = QuietHours(starts=time(22), ends=time(9))
BARE = replace(SALON, ladder=(), follow_ups=replace(SALON.follow_ups, offsets=()))


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("starts", "since", "expected"),
    [
        (local(25, 15), local(20, 12), [local(24, 15), local(25, 12), local(25, 14)]),
        (local(25, 15), local(25, 11, 30), [local(25, 12), local(25, 14)]),  # booked late: what lies ahead
        (local(25, 15), local(25, 14, 30), []),
        (local(25, 11), local(20, 12), [local(24, 11), local(25, 9), local(25, 10)]),  # 08:00 waits for 09:00
        (local(25, 10, 30), local(20, 12), [local(24, 10, 30), local(25, 9)]),  # 09:00 and 09:30 become one
        (local(25, 9, 15), local(20, 12), [local(24, 9, 15), local(24, 21, 59)]),  # too late by day: before the night
        (local(25, 9, 15), local(24, 23), []),
    ],
)
def test_reminders_go_by_day_ahead_of_the_visit_and_an_hour_apart(
    starts: datetime, since: datetime, expected: list[datetime]
) -> None:
    rules = ReminderRules(offsets=(timedelta(hours=24), timedelta(hours=3), timedelta(hours=1)), quiet_hours=NIGHT)
    assert expected == list(moments(starts, since, rules, "Europe/Moscow"))


@pytest.fixture
def story() -> Diary:
    story = Diary(business=BARE)
    story.booked(TOMORROW + timedelta(hours=3))  # Tuesday 15:00 in Moscow, booked on Monday 11:00
    return story


def reminded(story: Diary, most: int = 20) -> list[datetime]:
    """Every reminder's moment until the visit, each delivered to the messenger."""
    visit = story.conversation and story.conversation.visit
    found = []
    for _ in range(most):
        due = story.turns[-1].wake_at
        if visit is None or due is None or due >= visit.starts:
            break
        if any(out.kind is OutKind.REMINDER for out in story.wake().outs):
            found.append(story.now)
            settle(story)
    return found


def settle(story: Diary, fate: Fate = Fate.SENT, reason: str = "", ref: str = "wa-1") -> list[dict[str, object]]:
    """What became of the reminder in the outbox; the facts of that turn."""
    [out] = [out for out in story.outbox if out.kind is OutKind.REMINDER]
    story.outbox = []
    about, text = out.message.about, out.message.text
    mail = SendOutcome(
        outbox_id="1", kind=out.kind, fate=fate, at=story.now, reason=reason, text=text, about=about, ref=ref
    )
    turn = story.take([mail])
    return [fact.values for fact in turn.facts if fact.kind == "reminded"]


def test_a_reminder_names_all_of_the_visit_and_asks(story: Diary) -> None:
    [out] = story.wake().outs
    assert (OutKind.REMINDER, ["Приду", "Перенести", "Отменить"]) == (out.kind, [b.title for b in out.message.buttons])
    assert "Ольга, напоминаем о записи: маникюр с покрытием (" in out.message.text
    assert "во вторник, 24 ноября, в 15:00. Адрес: Невский пр., 100. Вы придёте?" in out.message.text
    assert [{"booking": 41, "fate": Told.SENT}] == settle(story)
    assert "23.11 15:00 отправлено" == (story.turns[-1].card and story.turns[-1].card.reminded)


def test_moving_and_cancelling_replace_all_at_once(story: Diary) -> None:
    assert [local(23, 15), local(24, 12), local(24, 14)] == reminded(story.copy())
    later = TOMORROW + timedelta(days=2)
    [command] = story.ask("Перенесите", Reading(intent=Intent.RESCHEDULE, when=exactly(later))).commands
    assert Do.MOVE is command.does
    story.diary(BookingFate.MOVED, command)
    story.sent()
    assert [local(25, 12), local(26, 9), local(26, 11)] == reminded(story.copy())
    [command] = story.ask("Отмените", Reading(intent=Intent.CANCEL)).commands
    story.diary(BookingFate.CANCELLED, command)
    assert story.turns[-1].conversation.attendance is None
    assert not any(out.kind is OutKind.REMINDER for turn in story.wake_all() for out in turn.outs)


def test_a_manager_moves_cancels_or_gives_the_deal_up(story: Diary) -> None:
    visit = story.conversation and story.conversation.visit
    assert visit
    by = timedelta(hours=4)
    parts = tuple(replace(part, starts=part.starts + by, ends=part.ends + by) for part in visit.slot.parts)
    slot = replace(visit.slot, parts=parts)
    moved = story.copy()
    moved.take([BookingOutcome(command=visit.id, fate=BookingFate.MOVED, at=moved.now, slot=slot, by="person")])
    assert [local(23, 19), local(24, 16), local(24, 18)] == reminded(moved)
    gone = story.copy()
    gone.take([BookingOutcome(command=visit.id, fate=BookingFate.CANCELLED, at=gone.now, by="person")])
    assert [] == reminded(gone)
    lost = story.copy()
    lost.take([PortalNews(deal=1, stage=Stage.LOST, at=lost.now)])
    assert [] == reminded(lost)
    lost.take([PortalNews(deal=1, stage=Stage.BOOKED, at=lost.now)])
    assert [local(23, 15), local(24, 12), local(24, 14)] == reminded(lost)


def test_a_reminder_of_a_person_owned_conversation_still_goes(story: Diary) -> None:
    story.person()
    assert Owner.PERSON is story.owner
    assert [local(23, 15), local(24, 12), local(24, 14)] == reminded(story)


def test_a_fate_only_moves_forward_and_what_is_lost_on_the_way_goes_on_by_another(story: Diary) -> None:
    story.wake()
    settle(story)
    for status in (Delivery.READ, Delivery.DELIVERED):
        story.take([Seen(ref="wa-1", status=status, at=story.now)])
        assert story.conversation is not None
        assert story.conversation.attendance is not None
        assert Told.READ is story.conversation.attendance.reminders[0].fate
    turn = story.take([Undelivered(outbox_id="1", ref="wa-1", reason="refused", at=story.now)])
    [out] = turn.outs
    assert (OutKind.REMINDER, ()) == (out.kind, turn.notices)
    assert [{"booking": 41, "fate": Told.FAILED}] == settle(story, Fate.FAILED, "refused")
    assert story.turns[-1].notices[0].task


@pytest.mark.parametrize(
    ("fate", "reason"), [(Fate.FAILED, "window_closed"), (Fate.FAILED, "blocked"), (Fate.UNKNOWN, "unknown")]
)
def test_what_reached_nobody_is_a_task_with_the_text_ready(story: Diary, fate: Fate, reason: str) -> None:
    story.wake()
    assert [{"booking": 41, "fate": Told(fate)}] == settle(story, fate, reason)
    [task] = story.turns[-1].notices
    assert (True, True) == (task.task, "15:00. Адрес: Невский пр., 100." in task.text)
    assert any("15:00" in line.text for line in story.turns[-1].lines)


def test_an_outage_ends_in_one_reminder_or_in_a_note_when_the_visit_has_begun(story: Diary) -> None:
    stood = story.copy()
    stood.now = local(24, 14, 20).astimezone(UTC)
    assert 1 == len(stood.wake().outs)
    assert {Told.MERGED, Told.OUT} == {one.fate for one in stood.conversation.attendance.reminders}  # type: ignore[union-attr]
    story.now = local(24, 15, 1).astimezone(UTC)
    turn = story.wake()
    assert ((), True) == (turn.outs, any("визит уже начался" in line.text for line in turn.lines))


def test_while_a_cancellation_is_under_way_nothing_is_reminded(story: Diary) -> None:
    [command] = story.ask("Отмените", Reading(intent=Intent.CANCEL)).commands
    assert Do.CANCEL is command.does
    story.now = local(24, 12).astimezone(UTC)
    assert () == story.take([]).outs
