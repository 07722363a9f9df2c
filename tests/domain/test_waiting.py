"""The waiting list turn by turn, and who of it gets a freed time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.domain.booking import Busy, Part, Slot, Wish
from app.domain.conversation import Owner
from app.domain.decision import Turn
from app.domain.mail import Fate, OutKind, Tick
from app.domain.message import Kind
from app.domain.qualification import When
from app.domain.visits.visit import BookingFate, Do, Freed, ListWord, Waiting
from app.domain.visits.waiters import Waiter, fitting, kept_until, may_fit, may_offer_at, next_wake, window
from tests.domain.diary_story import TOMORROW, WANTS, Diary
from tests.domain.story import MORNING, SALON, Story

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def story() -> Diary:
    return Diary()


def silence(story: Story) -> Turn:
    """Until the time goes to the next."""
    assert story.conversation
    story.now = next_wake(story.conversation, story.now) or story.now
    return story.take([Tick(due_at=story.now)])


def facts(turn: Turn) -> list[object]:
    return [fact.values["what"] for fact in turn.facts if fact.kind == "waiting"]


def waiting(story: Diary) -> Waiting:
    assert story.conversation
    assert story.conversation.waiting
    return story.conversation.waiting


def test_a_full_window_offers_the_list_and_a_yes_to_a_chance_books_under_its_hold(story: Diary) -> None:
    joined = story.waits()
    assert "напишите «в лист ожидания»" in story.turns[0].outs[0].message.text
    assert ["joined"] == facts(joined)
    assert "Вы в листе ожидания: маникюр с покрытием, завтра, 24 ноября" in joined.outs[0].message.text
    offered = story.vacancy()
    assert (
        "Освободилось время: завтра, 24 ноября, в 12:00 (маникюр с покрытием (Мария))" in offered.outs[0].message.text
    )
    assert (OutKind.OFFER, 2) == (offered.outs[0].kind, len(offered.outs[0].message.buttons))
    assert story.now + 15 * MINUTE == next_wake(offered.conversation, story.now)
    [command] = story.ask("да", WANTS, word=ListWord.TAKE).commands
    assert (Do.BOOK, "te-1-w1") == (command.does, command.id)
    turn = story.diary(BookingFate.BOOKED, command)
    assert [Do.FILL] == [one.does for one in turn.commands]  # what is left of the time goes on
    assert turn.conversation.waiting is None
    [filled] = [fact for fact in turn.facts if fact.kind == "filled"]
    assert 61 == filled.values["seconds"]
    assert any("Окно 12:00 заполнено за 1 мин" in line.text for line in turn.lines)


@pytest.mark.parametrize("word", [ListWord.DECLINE, None])
def test_a_no_and_silence_give_it_to_the_next_and_the_place_stays(story: Diary, word: ListWord | None) -> None:
    story.waits()
    story.vacancy()
    turn = story.ask("нет", WANTS, word=word) if word else silence(story)
    assert [(Do.NEXT, "te-1-w1")] == [(one.does, one.id) for one in turn.commands]
    assert ["passed" if word else "silent"] == facts(turn)
    assert (None, (TOMORROW,)) == (waiting(story).chance, waiting(story).passed)
    late = story.ask("да", replace(WANTS, when=When(earliest=TOMORROW, latest=TOMORROW, exact=True)))
    assert [(Do.BOOK, False)] == [(one.does, one.id == "te-1-w1") for one in late.commands]


def test_who_may_not_be_written_to_passes_it_on_at_once(story: Diary) -> None:
    story.waits()
    led = story.copy()
    assert led.conversation
    led.owner, led.conversation = Owner.PERSON, replace(led.conversation, person_since=led.now)
    turn = led.vacancy()  # type: ignore[attr-defined]
    assert ([Do.NEXT], ()) == ([one.does for one in turn.commands], turn.outs)
    assert any("Разговор ведёте вы" in line.text for line in turn.lines)
    story.vacancy()
    turn = story.sent(Fate.FAILED)
    assert ([Do.NEXT], ["passed"]) == ([one.does for one in turn.commands], facts(turn))
    turn = story.take([story.received(kind=Kind.OPT_OUT)])
    assert (["left"], None) == (facts(turn), turn.conversation.waiting)
    assert [Do.NEXT] == [one.does for one in story.vacancy(TOMORROW + HOUR, hold="te-1-w9").commands]


def test_the_list_ends_with_the_window_three_silences_or_a_booking(story: Diary) -> None:
    story.waits()
    silent, over = story.copy(), story.copy()
    for number in range(3):
        silent.vacancy(TOMORROW + number * HOUR, hold=f"te-1-w{number}")  # type: ignore[attr-defined]
        turn = silence(silent)
    assert ["silent", "left"] == facts(turn)
    over.now = at(20, 59)
    turn = over.take([Tick(due_at=over.now)])
    assert (["left"], waiting(story).wish.when) == (facts(turn), When(earliest=at(6), latest=at(20, 59)))
    [command] = story.ask("Маникюр послезавтра в 12", replace(WANTS, when=exact(TOMORROW + 24 * HOUR))).commands
    assert ["left"] == facts(story.diary(BookingFate.BOOKED, command))


def at(hour: int, minute: int = 0) -> datetime:
    return TOMORROW.replace(hour=hour, minute=minute)


def exact(moment: datetime) -> When:
    return When(earliest=moment, latest=moment, exact=True)


# --- who gets it


def freed(starts: datetime = TOMORROW, minutes: int = 90, resource: str = "maria") -> Freed:
    part = Part(resource=resource, services=("manicure",), starts=starts, ends=starts + minutes * MINUTE)
    return Freed(slot=Slot(parts=(part,)), at=MORNING)


def waiter(**fields: object) -> Waiter:
    wish = window(Wish(services=("manicure",), when=exact(TOMORROW)), SALON, MORNING)
    return Waiter(conversation="te-1", card="te-1-1", waiting=replace(Waiting(wish=wish, since=MORNING), **fields))  # type: ignore[arg-type]


def test_who_fits_needs_window_service_person_and_room_and_is_not_asked_twice() -> None:
    assert may_fit(waiter(), freed(), SALON, MORNING)
    assert not may_fit(waiter(passed=(TOMORROW,)), freed(), SALON, MORNING)
    assert not may_fit(waiter(told=(MORNING,) * 3), freed(), SALON, MORNING)
    assert may_fit(waiter(told=(MORNING - 25 * HOUR,) * 3), freed(), SALON, MORNING)
    assert not may_fit(waiter(), freed(TOMORROW + 4 * HOUR), SALON, MORNING)
    assert not may_fit(waiter(), freed(resource="olga"), SALON, MORNING)
    before = Busy(resource="maria", starts=TOMORROW - 2 * HOUR, ends=TOMORROW)
    after = Busy(resource="maria", starts=TOMORROW + 2 * HOUR, ends=TOMORROW + 4 * HOUR)
    slot = fitting(waiter(), freed(minutes=60), [before, after], SALON, MORNING)
    assert slot
    assert (TOMORROW, "maria") == (slot.starts, slot.parts[0].resource)
    early = replace(after, starts=TOMORROW + HOUR)  # what takes two hours does not fit into one
    assert fitting(waiter(), freed(minutes=60), [before, early], SALON, MORNING) is None


def test_a_time_is_kept_for_minutes_less_where_it_begins_soon_and_never_past_it() -> None:
    slot = freed().slot
    assert 15 * MINUTE == (kept_until(slot, SALON, TOMORROW - 5 * HOUR, 3) or MORNING) - (TOMORROW - 5 * HOUR)
    soon = TOMORROW - 35 * MINUTE
    assert [15, 5, 2] == [((kept_until(slot, SALON, soon, n) or soon) - soon) // MINUTE for n in (1, 4, 50)]
    assert kept_until(slot, SALON, TOMORROW - 16 * MINUTE, 1) is None


def test_a_night_is_broken_only_for_a_visit_that_the_morning_is_too_late_for() -> None:
    night, morning = at(0), at(6)  # 03:00 and 09:00 in Moscow, quiet until 09:00
    assert MORNING == may_offer_at(freed().slot, SALON, MORNING)
    assert morning == may_offer_at(freed().slot, SALON, night)
    early = freed(at(6, 20)).slot
    assert at(4, 20) == may_offer_at(early, SALON, night)
    assert at(5) == may_offer_at(early, SALON, at(5))
