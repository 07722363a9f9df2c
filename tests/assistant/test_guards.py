"""True sentences pass untouched, false ones never reach a customer: in figures and in words."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.assistant.guards import MAX_REPLY, check, is_emergency
from app.domain.qualification import Known, When
from tests.assistant.salon import FRIDAY_12_30, NOW, SALON, THURSDAY_15, ZONE, ask

OFFER = ask("хочу маникюр в четверг, можно в 16?", offered=(THURSDAY_15, FRIDAY_12_30))

TRUE = [
    "Маникюр с покрытием стоит 2500 ₽.",
    "Маникюр — две с половиной тысячи рублей.",
    "Маникюр стоит две тысячи пятьсот.",
    "Маникюр 2500 ₽, педикюр — 3 000 руб.",
    "Маникюр и педикюр вместе — 5500 ₽.",
    "Стрижка от 2200 ₽, занимает час.",
    "Мужская стрижка стоит тысячу шестьсот рублей и длится сорок пять минут.",
    "Окрашивание — от 6,5 тыс., около 3 часов.",
    "Маникюр занимает полтора часа.",
    "Маникюр длится 90 минут.",
    "Маникюр длится 1 час 30 минут.",
    "Мы работаем по будням с 10:00 до 21:00, в выходные с 11 до 20.",
    "По будням работаем с десяти утра до девяти вечера.",
    "В субботу мы открыты с 11 до 20.",
    "24 ноября мы не работаем.",
    "31 декабря работаем до 16:00.",
    "Мы находимся по адресу Невский пр., 100.",
    "Во дворе есть бесплатная парковка, въезд с переулка.",
    "Оплата картой, наличными и по СБП.",
    "Свободно завтра в 15:00 и в пятницу в 12:30.",
    "Есть окошко в четверг в три часа дня.",
    "Могу предложить четверг, 19 ноября, в 15:00.",
    "Можно в пятницу в половине первого.",
    "Вариант 1 — четверг 15:00, вариант 2 — пятница 12:30.",
    "Вам удобно в четверг в 16?",
    "К сожалению, в четверг в 16:00 занято.",
    "На какой день вас записать?",
    "Вас записать на четверг?",
    "Запись отменить можно за 3 часа до визита.",
    "Наш телефон +7 812 555-01-00.",
    "Скидку уточню у администратора.",
    "Здравствуйте! Рады вам помочь.",
    "Пока вы не записаны, выберите время.",
    "Мастер Анна делает маникюр.",
    "К Анне или к Марии?",
    "Women's haircut takes 60 minutes.",
    "Администратор уточнит, свободно ли в четверг в 16.",
    "Мы работаем с 10 до 21 по будням и с 11 до 20 по выходным.",
    "Адрес: Невский пр., 100, Санкт-Петербург.",
    "Отменить визит можно бесплатно за 3 часа.",
    "Невский проспект, дом 100.",
    "Вас пока не записала, жду вашего выбора.",
    "Если передумаете, запись можно отменить.",
]

FALSE = [
    ("Маникюр стоит 1900 ₽.", "price"),
    ("Маникюр — две тысячи рублей.", "price"),
    ("Маникюр — полторы тысячи.", "price"),
    ("Маникюр стоит 3000 ₽.", "price"),  # the pedicure's
    ("Маникюр 3000 ₽, педикюр 2500 ₽.", "price"),
    ("Педикюр обойдётся в 2.5к.", "price"),
    ("Стрижка всего девятьсот рублей.", "price"),
    ("Для вас скидка 10%.", "price"),
    ("Скидка десять процентов на первое посещение.", "price"),
    ("Первый визит бесплатно.", "promotion"),
    ("Маникюр в подарок!", "promotion"),
    ("Сделаем за полцены.", "promotion"),
    ("Ждём вас послезавтра.", "booking"),
    ("Мастер перезвонит через час.", "duration"),
    ("Маникюр занимает 30 минут.", "duration"),
    ("Маникюр займёт полчаса.", "duration"),
    ("Педикюр длится сорок пять минут.", "duration"),
    ("Мастер ответит через 5 минут.", "duration"),
    ("Мы работаем с 9:00 до 22:00.", "time"),
    ("Работаем с восьми утра.", "time"),
    ("В субботу мы открыты с 10 до 21.", "time"),
    ("Мы работаем круглосуточно.", "time"),
    ("24 ноября мы работаем.", "time"),
    ("1 января мы открыты.", "time"),
    ("В пятницу мы не работаем.", "time"),
    ("Свободно завтра в 14:00.", "time"),
    ("Есть окошко завтра к девяти.", "time"),
    ("Есть место в пятницу в 15:00.", "time"),  # the hour of Thursday's slot
    ("Могу предложить четверг, 20 ноября, в 15:00.", "time"),
    ("Свободно в пятницу, 19 ноября, в 15:00.", "time"),
    ("В четверг в 16:00 свободно.", "time"),
    ("Можно в половине шестого.", "time"),
    ("Есть места на субботу.", "time"),
    ("Вас записать на 9:30?", "time"),
    ("Записала вас на четверг в 15:00.", "booking"),
    ("Вы записаны!", "booking"),
    ("Забронировала для вас время.", "booking"),
    ("Ваша запись отменена.", "booking"),
    ("Перенесла визит.", "booking"),
    ("Ждём вас завтра в 15:00.", "booking"),
    ("You are booked.", "booking"),
    ("Звоните +7 999 111-22-33.", "phone"),
    ("Звоните 8 (916) 123 45 67.", "phone"),
    ("Мы находимся на ул. Ленина, 5.", "address"),
    ("Наш адрес: Садовая улица, 100.", "address"),
    ("Смотрите https://example.org/price.", "link"),
    ("Вас примет Светлана.", "name"),
    ("Похоже на диагноз дерматит.", "subject"),
    ("У нас 12 мастеров.", "number"),
    ("Маникюр у нас две тыщи.", "price"),
    ("Маникюр стоит 2,5 тысячи, а со скидкой 2000.", "price"),
    ("Можем принять хоть сейчас.", "time"),
    ("Сегодня есть места.", "time"),
    ("Хорошо, четверг в 16.", "time"),
    ("Поставила в план на четверг 15:00.", "booking"),
    ("Ваш мастер будет ждать вас в 15:00.", "booking"),
    ("Запись прошла успешно.", "booking"),
    ("Администратор записал вас.", "booking"),
    ("Мы работаем в новогоднюю ночь.", "time"),
    ("Вход с улицы Марата.", "address"),
    ("Пишите в Телеграм.", "name"),
    ("Завтра же вам позвоним в 12.", "time"),
]


@pytest.mark.parametrize("sentence", TRUE)
def test_a_true_sentence_passes_untouched(sentence: str) -> None:
    verdict = check(sentence, OFFER, SALON)
    assert (verdict.fired, verdict.text, verdict.blocked) == ((), sentence, False)


@pytest.mark.parametrize(("sentence", "guard"), FALSE)
def test_a_false_sentence_is_replaced_by_an_honest_one(sentence: str, guard: str) -> None:
    verdict = check(f"Здравствуйте! {sentence} Рады помочь.", OFFER, SALON)
    assert guard in verdict.fired
    assert sentence not in verdict.text
    assert verdict.text.startswith("Здравствуйте! ")
    assert verdict.text.endswith(" Рады помочь.")
    assert "администратора" in verdict.text
    assert verdict.handoff == ("subject" if guard == "subject" else "guard")


def test_several_false_sentences_leave_one_honest_one() -> None:
    verdict = check("Маникюр 900 ₽. Педикюр 800 ₽. Записала вас.", OFFER, SALON)
    assert verdict.text.count("администратора") == 1
    assert verdict.fired == ("price", "booking")


def test_a_promotion_is_true_only_in_its_days() -> None:
    reply = "До конца декабря −10 % на первое посещение."
    in_december = replace(OFFER, now=datetime(2026, 12, 5, 12, tzinfo=ZONE))
    assert check(reply, OFFER, SALON).fired
    assert not check(reply, in_december, SALON).fired


def test_a_booking_may_be_told_only_with_its_id() -> None:
    known = Known(when=When(earliest=THURSDAY_15, latest=THURSDAY_15, exact=True))
    question = ask("да", known=known)
    standing = replace(question, visit_id="17", visit_at=THURSDAY_15)
    reply = "Записала вас на четверг в 15:00."
    assert "booking" in check(reply, question, SALON).fired
    assert not check(reply, standing, SALON).fired
    assert check("Записала вас на четверг в 16:00.", standing, SALON).fired == ("time",)


def test_the_customers_own_phone_may_be_repeated() -> None:
    question = ask("мой телефон 8 916 123-45-67")
    assert not check("Ваш номер +7 (916) 123-45-67, верно?", question, SALON).fired
    assert check("Ваш номер +7 (916) 123-45-68, верно?", question, SALON).fired == ("phone",)


def test_a_customers_price_may_be_denied_but_not_confirmed() -> None:
    question = ask("мне обещали маникюр за 500 рублей")
    assert not check("За 500 рублей, к сожалению, не получится.", question, SALON).fired
    assert check("Да, маникюр за 500 рублей.", question, SALON).fired == ("price",)


@pytest.mark.parametrize(
    "reply",
    [
        "Мой системный промпт такой.",
        "Вот мои инструкции: отвечай вежливо.",
        "Я языковая модель.",
        "Здравствуйте, ⟦NAME_3⟧!",
        "Звоните на PHONE_1.",
        "My instructions say so.",
    ],
)
def test_a_reply_that_shows_how_it_is_made_is_kept_back_whole(reply: str) -> None:
    assert check(reply, OFFER, SALON).blocked


@pytest.mark.parametrize(
    "text",
    [
        "Сильная боль в груди, можно к врачу?",
        "не могу дышать",
        "у мамы сильное кровотечение",
        "муж потерял сознание",
        "I have chest pain",
    ],
)
def test_an_emergency_gets_the_emergency_number_and_no_slots(text: str) -> None:
    verdict = check("Свободно завтра в 15:00.", ask(text, offered=(THURSDAY_15,)), SALON)
    assert "112" in verdict.text
    assert "15:00" not in verdict.text
    assert verdict.handoff == "emergency"


@pytest.mark.parametrize("text", ["хочу записаться к кардиологу", "грудь депилируете?", "дышать маслами на массаже"])
def test_an_ordinary_wish_is_no_emergency(text: str) -> None:
    assert not is_emergency(ask(text))


def test_a_long_reply_is_cut_at_a_sentence() -> None:
    verdict = check("Рады вам помочь в любое удобное время. " * 40, OFFER, SALON)
    assert len(verdict.text) <= MAX_REPLY
    assert verdict.text.endswith(".")
    assert (verdict.fired, verdict.handoff) == (("length",), "")


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=300))
def test_no_text_breaks_the_guards(reply: str) -> None:
    verdict = check(reply, OFFER, SALON)
    assert len(verdict.text) <= MAX_REPLY
    assert verdict.text or verdict.blocked


PRICES = {service.price.amount for service in SALON.services} | {5500}


@settings(deadline=None, max_examples=150)
@given(st.integers(200, 20000).filter(lambda amount: amount not in PRICES))
def test_no_other_price_passes(amount: int) -> None:
    assert "price" in check(f"Маникюр стоит {amount} рублей.", OFFER, SALON).fired


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 23), st.sampled_from((0, 5, 15, 30, 45)))
def test_no_other_time_is_offered(hour: int, minute: int) -> None:
    offered = (hour, minute) in {(15, 0), (12, 30)}
    assert bool(check(f"Есть окошко в {hour}:{minute:02}.", OFFER, SALON).fired) is not offered


def test_now_is_the_wednesday_the_tables_speak_of() -> None:
    assert (NOW.weekday(), THURSDAY_15.weekday(), FRIDAY_12_30.weekday()) == (2, 3, 4)
