"""What answers to reminders and offers are read by: words struck out, spelling by ear, the weather, a choice."""

from datetime import UTC, datetime

import pytest

from app.assistant.rules import confirm, pastime, plainly, sounds, text
from app.assistant.rules.when import Spoken

OFFERED = tuple(datetime(2026, 12, 3, hour, tzinfo=UTC) for hour in (10, 13, 18))


@pytest.mark.parametrize(
    "words",
    [
        "переносить ничего не буду и отменять тоже",
        "ни переносить, ни отменять не буду",
        "не нужно ничего отменять и переносить",
        "переноса не будет, отмены тоже",
    ],
)
def test_a_refusal_to_change_holds_for_both_acts(words: str) -> None:
    said = plainly.said(f"{words}, приду")
    assert said.keeps
    assert not any(act in said.text for act in ("отмен", "перен"))


@pytest.mark.parametrize(
    ("words", "act"),
    [("хочу перенести, отменять не надо", "перенести"), ("не надо отменять, перенесите на среду", "перенесите")],
)
def test_an_act_beside_a_refused_one_is_kept(words: str, act: str) -> None:
    assert act in plainly.said(words).text


@pytest.mark.parametrize(
    "words",
    [
        "боялась что не успею, но отпустили, буду",
        "думали не сможем, но бабушка выручила, придем",
        "писала вам что не приду, но всё наладилось - буду",
        "решила было отменить, однако приду",
        "думала перенести, но передумала, приду",
    ],
)
def test_a_thought_that_came_otherwise_is_struck(words: str) -> None:
    left = plainly.said(words).text
    assert not any(word in f" {left}" for word in (" не ", "отмен"))


@pytest.mark.parametrize(
    "words", ["сколько удержите, если отменить за день?", "если вдруг отмена, за какой срок сказать?"]
)
def test_a_question_of_calling_off_supposes_only(words: str) -> None:
    said = plainly.said(words)
    assert said.supposes
    assert "отмен" not in said.text


def test_a_no_to_a_change_refuses_no_visit() -> None:
    assert "нет" not in plainly.said("нет-нет, отменять не надо, приду").text
    assert "нет" in plainly.said("нет, переносить не надо").text


@pytest.mark.parametrize("words", ["писала что не приду, но вы молчите", "думала приду, но не смогу"])
def test_a_refusal_that_stands_is_kept(words: str) -> None:
    assert " не " in plainly.said(words).text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("фторой", "второй"), ("тритье", "третье"), ("паследний", "последний"), ("апаздываю", "опаздываю")],
)
def test_a_word_is_found_by_its_sound(typed: str, meant: str) -> None:
    assert sounds.key(meant) == sounds.key(typed)
    assert sounds.key(text.corrected(typed)) == sounds.key(meant)
    assert text.corrected(typed) != typed


@pytest.mark.parametrize("words", ["прийти", "отменить", "прием", "приеду", "вечером", "карий"])
def test_a_word_of_the_dictionary_is_left_as_it_is(words: str) -> None:
    assert text.corrected(words) == words


@pytest.mark.parametrize(
    "words", ["ну и мороз сегодня", "какая метель за окном!", "вам тоже хорошего вечера", "удачи!"]
)
def test_weather_and_good_wishes_are_idle(words: str) -> None:
    assert pastime.is_idle(words)


@pytest.mark.parametrize(
    "words",
    [
        "да, хорошего дня",
        "такой мороз, не приду",
        "снег такой, перенесите",
        "какой дождь, если кончится - приеду",
        "какая погода завтра?",
        "такая метель, буду",
    ],
)
def test_an_answer_beside_them_is_not(words: str) -> None:
    assert not pastime.is_idle(words)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("последнее, раньше не получится", 3),
        ("первый вариант, чем раньше тем лучше", 1),
        ("чем позднее, тем лучше", 3),
        ("1-е рано, 2-е тоже, давайте 3-е", 3),
        ("2-е, спрошу подругу и давайте", 2),
        ("наверное 1-е, но надо уточнить", 0),
        ("может 1-е, а может 2-е", 0),
        ("ни 1 ни 2 ни 3", 0),
        ("1-е рано, 2-е тоже", 0),
        ("чем раньше, тем лучше, но не 1-е", 0),
        ("1300 подойдет", 2),
    ],
)
def test_a_choice_is_told_from_its_reason_and_from_doubt(words: str, place: int) -> None:
    plain = text.prepare(words).plain
    chosen = confirm.choose(plain, Spoken(plain=plain, now=OFFERED[0]), OFFERED)
    assert chosen == (OFFERED[place - 1] if place else None)
