"""What the rules say: only the profile's figures, one question at a time, nothing that is not so."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.assistant.rules import answer
from app.domain.business import Business
from app.domain.qualification import Heat, Known, Question, Understanding
from app.profiles import load

BUSINESSES = {path.stem: load(path) for path in Path("profiles").glob("*.yaml")}
OPEN, NIGHT = "2026-12-02T14:00", "2026-12-02T23:00"  # a Wednesday
CUSTOMERS = (
    "Здравствуйте", "прайс скиньте", "хочу записаться", "сколько стоит?", "запишите на завтра в 15",
    "до скольки работаете?",
    "перенесите запись на пятницу в 12", "отмените запись", "позовите администратора", "это ужас, верните деньги",
    "работаете 1 января?", "можно завтра утром?", "спасибо!", "ты бот?", "how much is it?", "ыва фыва",
)  # fmt: skip


def answered(*texts: str, profile: str = "salon", now: str = OPEN, **question: object) -> Understanding:
    business = BUSINESSES[profile]
    kinds = question.pop("kinds", ("text",) * len(texts))
    moment = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(business.zone)).astimezone(UTC)
    return answer(Question(texts=texts, kinds=kinds, now=moment, **question), business)  # type: ignore[arg-type]


def every_price(text: str) -> set[int]:
    return {int(re.sub(r"\D", "", found)) for found in re.findall(r"(\d[\d\s\u00a0]*)\u00a0₽", text)}


def prices(business: Business) -> set[int]:
    return {service.price.amount for service in business.services}


@pytest.mark.parametrize("profile", BUSINESSES)
def test_every_price_said_is_in_the_profile(profile: str) -> None:
    business, said = BUSINESSES[profile], set()
    for service in business.services:
        said |= every_price(answered(f"сколько стоит {service.name}?", profile=profile).reply)
    said |= every_price(answered("прайс скиньте", profile=profile).reply)
    assert said
    assert said <= prices(business)


def test_price_is_said_as_the_profile_has_it() -> None:
    assert "Женская стрижка: от 2\u00a0200\u00a0₽" in answered("сколько стоит женская стрижка?").reply
    assert "Пробное занятие: бесплатно" in answered("сколько стоит пробное?", profile="fitness").reply


@pytest.mark.parametrize("profile", BUSINESSES)
@pytest.mark.parametrize("text", CUSTOMERS)
@pytest.mark.parametrize("now", [OPEN, NIGHT])
def test_nothing_is_ever_booked_and_one_question_is_asked(profile: str, text: str, now: str) -> None:
    reply = answered(text, profile=profile, now=now).reply
    assert not re.search(r"записал|забронир|вы записаны|booked", reply.lower())
    assert reply.count("?") <= 1
    assert len(reply) <= 500


@pytest.mark.parametrize("profile", BUSINESSES)
def test_no_question_is_asked_twice_in_a_dialogue(profile: str) -> None:
    known, asked, history = Known(), [], []
    for text in ("хочу записаться", "не знаю пока", "ну запишите", "запишите меня", "хочу к вам", "запишите"):
        got = answered(text, profile=profile, known=known, history=tuple(history))
        history += [("customer", text), ("assistant", got.reply)]
        if got.asks:
            asked.append(got.asks)
            known = Known(greeted=True, asked=(*known.asked, got.asks))
    assert asked
    assert len(asked) == len(set(asked))


def test_what_is_known_is_not_asked() -> None:
    known = Known(greeted=True, name="Ольга", phone="+79215550101", services=("manicure",))
    assert "when" == answered("хочу записаться", known=known).asks
    assert "" == answered("завтра в 15", known=known).asks


def test_a_person_is_promised_by_the_hottest_word_of_the_enquiry_as_its_clock_runs() -> None:
    for heat, due in ((Heat.HOT, "до 14:05"), (None, "до 15:00")):
        assert due in answered("Позовите человека", known=Known(greeted=True, heat=heat)).reply


def test_greets_once() -> None:
    assert answered("сколько стоит маникюр?").reply.startswith("Здравствуйте!")
    assert not answered("сколько стоит маникюр?", known=Known(greeted=True)).reply.startswith("Здравствуйте")
    assert answered("сколько стоит йога?", profile="fitness").reply.startswith("Привет!")


def test_closed_day_is_said_as_closed_with_the_next_open_one() -> None:
    got = answered("на маникюр 1 января в 12")
    assert "1 января мы закрыты" in got.reply
    assert "9 января, с 11:00 до 20:00" in got.reply
    assert "when" == got.asks


def test_time_outside_the_hours_is_met_with_the_hours() -> None:
    assert "с 10:00 до 21:00" in answered("на маникюр завтра в 9 утра").reply


def test_person_answers_in_working_hours_words() -> None:
    assert "ответит до 15:00" in answered("позовите администратора").reply
    at_night = answered("позовите администратора", now=NIGHT).reply
    assert "откроемся завтра в 10:00, администратор ответит до 11:00" in at_night


@pytest.mark.parametrize(
    ("text", "profile", "reason"),
    [
        ("позовите администратора", "salon", "asked"),
        ("ужасно подстригли, верните деньги", "salon", "complaint"),
        ("какая дозировка ибупрофена?", "clinic", "subject"),
        ("сильная боль в груди", "clinic", "emergency"),
        ("есть ли у вас лор?", "clinic", "unclear"),
    ],
)
def test_person_is_called_when_a_machine_must_not_answer(text: str, profile: str, reason: str) -> None:
    assert reason == answered(text, profile=profile).handoff


def test_emergency_names_the_number_and_no_time() -> None:
    reply = answered("сильное кровотечение, запишите на завтра в 10", profile="clinic").reply
    assert "103 или 112" in reply
    assert not re.search(r"\d\d:\d\d", reply)


def test_second_misunderstanding_calls_a_person() -> None:
    assert "" == answered("ыва фыва").handoff
    assert "unclear" == answered("ыва фыва", known=Known(misunderstood=1)).handoff


def test_expired_promotion_is_not_told() -> None:
    assert "−10 %" in answered("есть скидка?").reply
    assert "10" not in answered("есть скидка?", now="2027-02-02T14:00").reply.replace("10:", "")


@pytest.mark.parametrize("kind", ["voice", "image", "video", "document", "share", "unsupported"])
def test_what_cannot_be_read_is_said_and_goes_to_a_person(kind: str) -> None:
    got = answered(kinds=(kind,))
    assert got.reply
    assert "unclear" == got.handoff


def test_burst_is_read_as_one() -> None:
    got = answered("Здравствуйте", "на маникюр", "завтра в 15", "Марина 89265551122")
    assert ("manicure",) == got.reading.services
    assert "завтра, 3 декабря, в 15:00" in got.reply
    assert "" == got.asks


def test_spam_and_farewell_get_no_answer() -> None:
    assert "" == answered("Заработок от 5000 в день без вложений example.org").reply
    assert "" == answered("хорошего дня!", known=Known(greeted=True)).reply


def test_english_customer_is_answered_in_english() -> None:
    reply = answered("Hello, how much is a manicure?").reply
    assert reply.startswith("Hello!")
    assert "2\u00a0500\u00a0₽" in reply
