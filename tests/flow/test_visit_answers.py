"""Answers to reminders and offers, as customers give them: the right thing changes, and nothing by an unclear word.

tests/data/answers.jsonl was labelled by hand; its parts `held`, `fresh`, `last`, `blind`, `sealed`, `again`, `anew`,
`afresh`, `v` and `w` were written before the rules were seen to miss any of theirs (first sight: docs/booking.md),
`own` of what they missed.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.assistant import rules
from app.assistant.rules.confirm import asks_of_it
from app.assistant.rules.resources import named_resource
from app.assistant.rules.text import fold
from app.domain.conversation import Conversation, Owner
from app.domain.decision import Turn
from app.domain.mail import OutKind
from app.domain.qualification import Question, Understanding
from app.domain.turn import take_turn
from app.domain.visits import openings
from app.domain.visits.reminder_words import payload
from app.domain.visits.visit import Do
from tests.domain.diary_story import TOMORROW, WANTS, Diary, day
from tests.domain.story import SALON

ANSWERS = [json.loads(line) for line in (Path(__file__).parents[1] / "data" / "answers.jsonl").read_text().splitlines()]
ENOUGH = 0.97
BARE = replace(SALON, ladder=(), follow_ups=replace(SALON.follow_ups, offsets=()))


def reminded() -> Diary:
    """Booked for Tuesday 15:00, reminded on Monday at 15:00."""
    story = Diary(business=BARE)
    story.booked(TOMORROW + timedelta(hours=3))
    while not any(out.kind is OutKind.REMINDER for out in story.wake().outs):
        story.sent()
    story.sent()
    return story


def offered() -> Diary:
    story = Diary(business=BARE)
    story.ask("Хочу маникюр завтра", replace(WANTS, when=day(TOMORROW)))
    story.sent()
    return story


def effect(before: Conversation, turn: Turn) -> str:
    """What the turn changed, in the labels' words."""
    plan, was = turn.conversation.attendance, before.attendance
    does = [command.does for command in turn.commands]
    if turn.commands:
        words = {Do.MOVE: "moves", Do.CANCEL: "cancels", Do.BOOK: "takes", Do.HOLD: "takes"}
        return words[does[0]] if len(does) == 1 else "several"
    if plan is None or was is None:
        return "nothing"
    if plan.confirmed_at and not was.confirmed_at:
        return "comes"
    if any(":late" in f":{notice.id}" for notice in turn.notices):
        return "late"
    offer, enquiry = turn.conversation.offer, turn.conversation.enquiry
    if offer and offer.does is Do.MOVE and offer != before.offer:
        return "moves"
    if turn.conversation.asked[len(before.asked) :] == ("when",) or (
        enquiry and enquiry.intent == "reschedule" and before.enquiry and before.enquiry.intent != "reschedule"
    ):
        return "moves"
    return "asks" if plan.asked and not was.asked else "nothing"


def answered(story: Diary, row: dict[str, object]) -> tuple[Conversation, Turn, int]:
    """The real rules, the real search and the real turn. The number of the slot that was taken, or 0."""
    before = story.conversation
    assert before is not None
    slots = before.offer.slots if before.offer else ()
    hours = {str(n): f"{slot.starts.astimezone(ZoneInfo(SALON.zone)):%H:%M}" for n, slot in enumerate(slots, 1)}
    button, text = str(row.get("button", "")), str(row.get("text", ""))
    for number, hour in hours.items():
        text = text.replace(f"{{{number}}}", hour)
    pressed = ""
    if button and before.offer and slots:
        pressed = f"slot:{before.offer.id}:{button}"
    elif button and before.visit:
        pressed = payload(before.visit, button)
        text = {"come": "Приду", "move": "Перенести", "cancel": "Отменить"}[button]
    story.now += timedelta(minutes=2)
    mail = story.received(text, payload=pressed, name="Ольга")
    visit, plan = before.visit, before.attendance
    question = Question(
        texts=(text,),
        history=before.history,
        known=before.known(),
        visit_id=visit.id if visit else "",
        visit_at=visit.starts if visit else None,
        reminded=bool(plan and plan.awaits),
        now=story.now,
        channel="telegram",
    )
    read = rules.sought(question, SALON)
    asks = not pressed and asks_of_it(fold(text))
    found = openings.seek(before, read, [pressed], named_resource(text, SALON), story.now, asks=asks)
    if found is None or found.needs_diary:
        question = replace(question, offered=tuple(slot.starts for slot in slots))
        if found:
            found = openings.look(found, before, (), SALON, asks="?" in text, now=story.now)
    if found is not None:
        offers = "" if found.at_once or not found.slots else "fits" if found.fits else "instead"
        free = tuple(slot.starts for slot in found.slots)
        question = replace(question, offered=free, offers=offers, can_book=True)
    understanding: Understanding = rules.answer(question, SALON)
    turn = take_turn(
        before,
        [mail],
        understanding,
        story.business,
        roster=story.roster,
        owner=Owner.BOT,
        now=story.now,
        openings=found,
    )
    [taken] = [command.slot for command in turn.commands] or [None]
    return before, turn, slots.index(taken) + 1 if taken in slots else 0


def judged(part: str) -> Iterator[tuple[bool, str]]:
    stories = {"reminder": reminded(), "offer": offered()}
    for row in ANSWERS:
        if row["part"] == part:
            before, turn, taken = answered(stories[row["about"]].copy(), row)
            got = effect(before, turn)
            right = got == row["expect"] and taken == row.get("takes", taken)
            said = " / ".join(out.message.text for out in turn.outs)
            yield (
                right,
                f"{row['id']} {row.get('text') or row.get('button')}: {row['expect']}, was {got} {taken} «{said[:60]}»",
            )


@pytest.mark.parametrize(
    "part", ["main", "held", "fresh", "last", "blind", "sealed", "again", "anew", "afresh", "v", "w", "own"]
)
def test_answers_to_reminders_and_offers_change_the_right_thing(part: str) -> None:
    told = list(judged(part))
    wrong = [line for right, line in told if not right]
    assert len(told) - len(wrong) >= ENOUGH * len(told), f"{len(wrong)} of {len(told)}\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("поезд в 13:40 так что буду вовремя", "comes"),
        ("работаю до 14, приду", "comes"),
        ("приду, мне потом в 17 к врачу", "comes"),
        ("буду, в 12 заканчиваю смену", "comes"),
        ("нет проблем", "comes"),
        ("возражений нет", "comes"),
        ("приду в 17", "moves"),
        ("нет, не приду", "cancels"),
    ],
)
def test_an_hour_of_their_own_moves_no_visit_and_no_trouble_calls_none_off(text: str, expected: str) -> None:
    before, turn, _ = answered(reminded(), {"text": text})
    assert expected == effect(before, turn)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Я приду, а парковка есть?", "бесплатная парковка"),
        ("да, приду, а сколько стоит педикюр?", "₽"),
        ("буду, подскажите адрес", "Невский пр., 100"),
        ("Конечно! А можно с собачкой?", "администратор"),
        ("Приду. А после удаления зуб болит, это нормально?", "администратор"),
    ],
)
def test_who_comes_and_asks_something_is_answered_both(text: str, told: str) -> None:
    before, turn, _ = answered(reminded(), {"text": text})
    [out] = turn.outs
    assert ("comes", True) == (effect(before, turn), "Ждём вас завтра" in out.message.text)
    assert told in out.message.text


@pytest.mark.parametrize("text", ["а в {1} точно свободно?", "{3} это последнее время?", "{2} ещё свободно?"])
def test_who_only_asks_of_an_offered_time_has_not_taken_it(text: str) -> None:
    before, turn, taken = answered(offered(), {"text": text})
    assert ("nothing", 0, 1) == (effect(before, turn), taken, len(turn.outs))


@pytest.mark.parametrize(
    "text", ["буду в 14:50, норм?", "Да, всё верно?", "Буду с дочкой, хорошо?", "Всё в силе?) да, приду"]
)
def test_a_nod_is_all_that_is_asked_for(text: str) -> None:
    before, turn, _ = answered(reminded(), {"text": text})
    assert ("comes", "Спасибо! Ждём вас завтра, 24 ноября, в 15:00.") == (
        effect(before, turn),
        turn.outs[0].message.text,
    )
