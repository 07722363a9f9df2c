"""What fresh phrases mean: written for the rules' laws, none of them from the referee's list."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.assistant.rules import answer, read
from app.domain.business import Business
from app.domain.qualification import Heat, Intent, Question, Reading, When
from app.profiles import load

BUSINESSES = {path.stem: load(path) for path in Path("profiles").glob("*.yaml")}
NOW = "2026-12-02T14:00"  # a Wednesday


def business(name: str) -> Business:
    return BUSINESSES[name]


def reading(text: str, *, profile: str = "salon", now: str = NOW, context: str = "") -> Reading:
    zone = ZoneInfo(business(profile).zone)
    moment = datetime.fromisoformat(now).replace(tzinfo=zone)
    return read(text, now=moment, business=business(profile), context=context)


def span(when: When | None) -> str:
    """«12-03T15:00» of an exact moment, «12-03T09:00..12-03T12:00» of a window."""
    if when is None:
        return ""
    first = f"{when.earliest:%m-%dT%H:%M}"
    return first if when.exact else f"{first}..{when.latest:%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("завтра в 15", "12-03T15:00"),
        ("не завтра, а послезавтра в 14", "12-04T14:00"),
        ("в полтретьего в пятницу", "12-04T14:30"),
        ("в субботу без пятнадцати шесть вечера", "12-05T17:45"),
        ("в следующую субботу часам к двум", "12-12T14:00"),
        ("через неделю в четверг в полседьмого вечера", "12-10T18:30"),
        ("10.12 в 16.30", "12-10T16:30"),
        ("двадцать пятого декабря в девять тридцать", "12-25T09:30"),
        ("на завтра на 12, ой нет, на 13", "12-03T13:00"),
        ("завтра в 11, хотя нет, давайте в субботу", "12-05T11:00"),
        ("в четверг между 12 и 15", "12-03T12:00..12-03T15:00"),
        ("в пятницу после 18", "12-04T18:00..12-04T23:59"),
        ("в субботу до обеда", "12-05T09:00..12-05T13:00"),
        ("суббота или воскресенье", "12-05T00:00..12-06T23:59"),
        ("на следующей неделе", "12-07T00:00..12-13T23:59"),
        ("на выходных", "12-05T00:00..12-06T23:59"),
        ("через полтора часа", "12-02T15:30"),
        ("в течение часа", "12-02T14:00..12-02T15:00"),
        ("на рождество", "01-07T00:00..01-07T23:59"),
        ("8 марта", "03-08T00:00..03-08T23:59"),
        ("завтра в районе шести", "12-03T18:00"),
        ("не 22, а 24 в 16:00", "12-24T16:00"),
        ("завтра между двумя и четырьмя", "12-03T14:00..12-03T16:00"),
        ("завтра без двадцати пять", "12-03T16:40"),
        ("завтра в 1430", "12-03T14:30"),
        ("завтра в 14 часов 30 минут", "12-03T14:30"),
        ("завтра к 12-ти", "12-03T12:00"),
        ("через 2-3 часа", "12-02T16:00..12-02T17:00"),
        ("дня через три", "12-05T00:00..12-05T23:59"),
        ("через пятницу", "12-11T00:00..12-11T23:59"),
        ("на следующей, в пятницу", "12-11T00:00..12-11T23:59"),
        ("на следующей неделе, в четверг или пятницу", "12-10T00:00..12-11T23:59"),
        ("24 или 25", "12-24T00:00..12-25T23:59"),
        ("на 25 на 15", "12-25T15:00"),
        ("завтра занята, послезавтра в 12", "12-04T12:00"),
        ("в среду у нас хор, в четверг", "12-03T00:00..12-03T23:59"),
        ("в понедельник, ой, там бассейн, тогда во вторник", "12-08T00:00..12-08T23:59"),
        ("завтра в 4 примете?", "12-03T16:00"),
        ("к празднику 8 марта, на 6 марта в 12", "03-06T12:00"),
        ("до нг, можно 27 в 15?", "12-27T15:00"),
        ("с педикюром в один заход, 29 декабря с утра", "12-29T09:00..12-29T12:00"),
        ("завтра в промежутке 10-13", "12-03T10:00..12-03T13:00"),
        ("с 8 декабря по 12 декабря", "12-08T00:00..12-12T23:59"),
        ("5 января или 6", "01-05T00:00..01-06T23:59"),
        ("5 числа следующего месяца", "01-05T00:00..01-05T23:59"),
        ("десятого двенадцатого в 15", "12-10T15:00"),
        ("завтра в 3, сорри, в 4", "12-03T16:00"),
        ("он 2 часа идёт? завтра в 15", "12-03T15:00"),
        ("на час, завтра в 16", "12-03T16:00"),
        ("уроки до 14, завтра в 15", "12-03T15:00"),
        ("муж работает до 19, могу только после 20 завтра", "12-03T20:00..12-03T23:59"),
        ("до 10 января в отъезде, 12-го в 15", "01-12T15:00"),
        ("прилетаю 5 декабря утром, вечером 6-го можно?", "12-06T17:00..12-06T21:00"),
        ("живу в 5 минутах, сегодня в 16", "12-02T16:00"),
    ],
)
def test_when_a_customer_wants_to_come(phrase: str, expected: str) -> None:
    assert expected == span(reading(f"хочу на маникюр, {phrase}").when)


def test_hour_is_afternoon_only_where_the_business_sleeps_in_the_morning() -> None:
    assert "12-04T19:00" == span(reading("запишите на маникюр в пятницу в 7").when)
    assert "12-04T07:00" == span(reading("запиши на йогу в пятницу в 7", profile="fitness").when)


def test_past_and_refused_days_are_no_wish() -> None:
    assert "12-03T10:00" == span(reading("вчера сломался ноготь, можно завтра в 10?").when)
    assert "12-04T00:00..12-04T23:59" == span(reading("на завтра не надо, запишите на пятницу на маникюр").when)


def test_occasion_is_no_wish_beside_another_time() -> None:
    assert "12-04T09:00..12-04T12:00" == span(reading("через неделю экзамен, можно брови в пятницу утром?").when)
    assert "12-02T15:00" == span(reading("можно на брови через час? а вечером свидание").when)
    assert "12-05T00:00..12-05T23:59" == span(reading("в субботу свадьба, нужны брови").when)
    assert "03-07T11:00" == span(reading("на 8 марта хочу быть красивой, запишите 7 марта на 11 на брови").when)
    assert "03-08T00:00..03-09T23:59" == span(reading("на брови 8 марта или 9-го").when)
    assert "12-02T00:00..12-02T23:59" == span(reading("вечером театр, примите сегодня на брови").when)


def test_new_year_is_a_feast_and_no_wish_by_itself() -> None:
    assert "01-01T12:00" == span(reading("на брови в новый год в 12").when)
    assert "" == span(reading("с новым годом! хочу на брови").when)
    assert "" == span(reading("новый год, новые брови, запишите", now="2027-01-03T15:00").when)
    assert "01-06T12:00" == span(reading("в новом году хочу брови, 6 января в 12", now="2027-01-03T15:00").when)


def test_another_time_said_in_one_breath_moves_the_visit() -> None:
    got = reading("у меня маникюр в четверг в 18 дочь заболела можно на пятницу на то же время")
    assert (Intent.RESCHEDULE, "12-04T18:00") == (got.intent, span(got.when))


def test_letters_that_translit_leaves_out_are_heard() -> None:
    assert "12-04T18:00" == span(reading("mojno na manikyur v pyatnicu v shest vechera").when)
    assert "12-03T18:30" == span(reading("zapishite na brovi zavtra v polovine sedmogo vechera").when)


@pytest.mark.parametrize(
    ("profile", "text", "services"),
    [
        ("salon", "муж хочет подстричься в воскресенье", ("haircut_men",)),
        ("salon", "сыну 8 лет, стрижка", ("haircut_men",)),
        ("salon", "маник-педик на завтра", ("manicure", "pedicure")),
        ("salon", "окрашивание бровей хной", ("brows",)),
        ("auto", "течёт масло, запишите", ("repair",)),
        ("auto", "масло уже менял, нужны колодки", ("brakes",)),
        ("salon", "хочу педекюр и бровки", ("pedicure", "brows")),
        ("salon", "не маникюр, а педикюр", ("pedicure",)),
        ("salon", "была у вас на маникюре, теперь хочу педикюр", ("pedicure",)),
        ("salon", "можно на то же время?", ()),
        ("salon", "zapishite na strizhku", ("haircut_women",)),
        ("auto", "пора переобуваться", ("tyres",)),
        ("auto", "нужно ТО", ("oil",)),
        ("auto", "то пройти хочу в декабре", ("oil",)),
        ("auto", "а то делать нечего, колодки", ("brakes",)),
        ("auto", "загорелся чек, гляньте", ("diagnostics",)),
        ("auto", "I need an oil change tomorrow", ("oil",)),
        ("clinic", "запись по стоматологии", ("dentist",)),
        ("clinic", "узи сердца делаете?", ("ultrasound",)),
        ("fitness", "оплатить картой можно?", ()),
    ],
)
def test_services_by_form_slip_and_slang(profile: str, text: str, services: tuple[str, ...]) -> None:
    assert services == reading(text, profile=profile).services


@pytest.mark.parametrize(
    ("profile", "text", "intent", "heat"),
    [
        ("salon", "подскажите стоимость балаяжа", Intent.PRICE, Heat.WARM),
        ("salon", "вы 31 декабря работаете?", Intent.INFO, Heat.COLD),
        ("salon", "мастер испортила мне брови! верните деньги", Intent.COMPLAINT, Heat.HOT),
        ("salon", "спасибо большое, вы лучшие", Intent.SMALLTALK, None),
        ("salon", "не смогу завтра, отмените пожалуйста", Intent.CANCEL, Heat.HOT),
        ("salon", "перенесите запись на пятницу в 12", Intent.RESCHEDULE, Heat.HOT),
        ("salon", "ты бот?", Intent.INFO, Heat.COLD),
        ("salon", "ты бот? соедини с администратором", Intent.HUMAN, Heat.WARM),
        ("salon", "записывалась на 25-е, давайте лучше 29-го", Intent.RESCHEDULE, Heat.WARM),
        ("salon", "записана на 25-е, запишите ещё на брови 29-го", Intent.BOOKING, Heat.WARM),
        ("auto", "пусть мастер меня наберёт", Intent.HUMAN, Heat.WARM),
        ("auto", "кредит наличными без справок за 5 минут", Intent.SPAM, None),
        ("auto", "не срочно, колодки поменять хочу", Intent.BOOKING, Heat.WARM),
        ("auto", "срочно, не заводится!", Intent.BOOKING, Heat.HOT),
        ("clinic", "зуб болит ужасно, когда примете?", Intent.BOOKING, Heat.WARM),
        ("tutor", "мам, я в школе задержусь, купи хлеба", Intent.SPAM, None),
        ("tutor", "сколько длится урок?", Intent.INFO, Heat.COLD),
        ("tutor", "Can I cancel tomorrow's lesson please?", Intent.CANCEL, Heat.HOT),
    ],
)
def test_intent_and_heat(profile: str, text: str, intent: Intent, heat: Heat | None) -> None:
    got = reading(text, profile=profile)
    assert (intent, heat) == (got.intent, got.heat)


def test_hour_of_the_day_that_was_asked_about() -> None:
    asked = "Запишу вас в пятницу, 4 декабря. Во сколько удобно?"
    assert "12-04T13:00..12-04T18:00" == span(reading("после обеда", context=asked).when)
    offered = "Могу предложить завтра, 3 декабря, в 11:00 или в 12:30."
    assert "12-03T17:00..12-03T21:00" == span(reading("так рано не могу( вечером есть?", context=offered).when)
    closed = "4 декабря мы закрыты. Когда вас записать?"
    assert "12-02T16:00" == span(reading("в 16", context=closed).when)


REMINDER = "Напоминаем: ждём вас 3 декабря в 13:00. Придёте?"
OFFER = "Свободно: 1) 4 декабря, 10:00; 2) 4 декабря, 15:30; 3) 5 декабря, 12:00. Что подойдёт?"


@pytest.mark.parametrize("text", ["да", "+", "👍", "буду", "Конечно, приду!", "ok, see you", "как штык", "железно"])
def test_yes_to_a_reminder_confirms_its_time(text: str) -> None:
    got = reading(text, context=REMINDER)
    assert (Intent.CONFIRM, "12-03T13:00") == (got.intent, span(got.when))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("второй вариант", "12-04T15:30"),
        ("3", "12-05T12:00"),
        ("давайте в 10", "12-04T10:00"),
        ("последний", "12-05T12:00"),
        ("ну давай 2 тогда", "12-04T15:30"),
        ("погнали 3", "12-05T12:00"),
        ("полчетвёртого", "12-04T15:30"),
    ],
)
def test_choice_of_an_offered_slot(text: str, expected: str) -> None:
    got = reading(text, context=OFFER)
    assert (Intent.CONFIRM, expected) == (got.intent, span(got.when))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("можно на час позже?", "12-03T14:00"),
        ("а в 16 можно?", "12-03T16:00"),
        ("перенесите на субботу на то же время", "12-05T13:00"),
        ("вместо четверга в субботу в 12", "12-05T12:00"),
    ],
)
def test_move_from_a_reminder_keeps_what_is_not_said(text: str, expected: str) -> None:
    got = reading(text, context=REMINDER)
    assert (Intent.RESCHEDULE, expected) == (got.intent, span(got.when))


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("мой номер 8 (926) 555-11-22", "+79265551122"),
        ("926 555 11 22, ой, 926 555 11 23", "+79265551123"),
        ("восемь девятьсот двадцать шесть пятьсот пятьдесят пять одиннадцать двадцать два", "+79265551122"),
        ("+375 29 555-03-25", "+375295550325"),
        ("карта 2200 0000 1234 5678", None),
        ("полис 1234567890123456", None),
        ("заказ 9265551122", None),
        ("30.11.2026 в 10:30", None),
    ],
)
def test_phone_as_typed(text: str, phone: str | None) -> None:
    assert phone == reading(text).phone


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("маникюр завтра, на имя Ольги Ивановой", "Ольга Иванова"),
        ("запишите меня, Павла, на завтра", "Павел"),
        ("меня зовут анна петровна", "Анна Петровна"),
        ("Стрижка в пятницу. Марина 8 926 555 11 22", "Марина"),
        ("Ольга, 8 926 555 11 22, на маникюр", "Ольга"),
        ("стрижка в пятницу в два марина 89265551122", "Марина"),
        ("доброго дня это лариса, есть время?", "Лариса"),
        ("к мастеру Ольге на стрижку", None),
        ("запишите маму, её зовут Нина Петровна", None),
        ("Оля, здравствуйте! есть время?", None),
    ],
)
def test_name_of_the_customer_alone(text: str, name: str | None) -> None:
    assert name == reading(text).name


def test_school_exam_is_no_first_lesson() -> None:
    assert ("english",) == reading("завалила пробник IELTS, запишите на английский", profile="tutor").services
    assert ("trial",) == reading("сколько стоит пробник?", profile="tutor").services


def test_complaint_is_about_what_was_done() -> None:
    assert ("brows",) == reading("вчера делали брови, сегодня одна краснющая, верните деньги").services
    assert ("pedicure",) == reading("делала у вас маникюр, теперь хочу на педикюр завтра").services


@pytest.mark.parametrize(
    ("profile", "text", "intent"),
    [
        ("tutor", "бабуль, мы доехали, всё хорошо", Intent.SPAM),  # no word of an advertisement, yet no customer
        ("auto", "мужики, отбой на сегодня", Intent.CANCEL),
        ("salon", "вычеркните меня из списка на субботу, не получается, потом напишу", Intent.CANCEL),
        ("tutor", "математику с 17-го на 19-е, время то же", Intent.RESCHEDULE),
        ("clinic", "была записана к кардиологу на 18-е, хочу на 24-е", Intent.RESCHEDULE),
        ("salon", "пришлите ваш адрес", Intent.INFO),
        ("salon", "маникюр на 18 или на 20", Intent.BOOKING),
    ],
)
def test_answer_acts_on_what_was_asked(profile: str, text: str, intent: Intent) -> None:
    now = datetime.fromisoformat(NOW).replace(tzinfo=ZoneInfo(business(profile).zone))
    assert intent == answer(Question(texts=(text,), now=now), business(profile)).reading.intent


@pytest.mark.parametrize(
    ("profile", "text", "expected"),
    [
        ("salon", "педикюр 12 декабря в 16:00 перекиньте на недельку", "12-19T16:00"),
        ("salon", "маникюр 20 декабря подвиньте на неделю, время пусть то же, 14:00", "12-27T14:00"),
        ("tutor", "занятие 7 декабря в 17:00 можно перенести на две недели?", "12-21T17:00"),
        ("salon", "стрижку 18 декабря в 12:00 перенесите, пожалуйста, на неделю, время оставьте", "12-25T12:00"),
        ("clinic", "узи 16 декабря в 9:00 хочу отодвинуть на две недели", "12-30T09:00"),
        ("auto", "запись на 10 декабря в 9:00 сместите на два дня", "12-12T09:00"),
        ("salon", "у меня брови 14-го в 13, можно их на 16-е в то же время?", "12-16T13:00"),
        ("auto", "у меня шиномонтаж 12-го в 11, можно на 13-е в тот же час?", "12-13T11:00"),
        ("fitness", "У нас 9 декабря йога в 18:00. Выйдет сдвинуть на 10-е на 19:00?", "12-10T19:00"),
        ("salon", "маникюр с четверга 17 декабря переносим на пятницу, 18 декабря, 12:00", "12-18T12:00"),
    ],
)
def test_visit_is_moved_from_the_day_that_is_named(profile: str, text: str, expected: str) -> None:
    found = reading(text, profile=profile)
    assert (Intent.RESCHEDULE, expected) == (found.intent, span(found.when))


@pytest.mark.parametrize(
    ("profile", "text", "expected"),
    [
        ("tutor", "среда отпадает, 14-го в 18 найдется?", "12-14T18:00"),
        ("clinic", "пятница мимо, понедельник в 10 есть?", "12-07T10:00"),
        ("tutor", "в среду дежурю, 12 декабря в 10 можно?", "12-12T10:00"),
        ("salon", "запишите в субботу, точнее в воскресенье, в субботу на даче, днём", "12-06T12:00..12-06T17:00"),
        ("auto", "диски стерты в ноль. завтра в девять утра примете?", "12-03T09:00"),
        ("auto", "колесо спустило никак докачаю и приеду через час возьмете", "12-02T15:00"),
        ("tutor", "ЕГЭ через два месяца, страшно. Математику первое давайте через неделю в 17:00", "12-09T17:00"),
        ("salon", "стрижку завтра после часа дня", "12-03T13:00..12-03T23:59"),
    ],
)
def test_refused_day_and_a_reason_are_no_wish(profile: str, text: str, expected: str) -> None:
    assert expected == span(reading(text, profile=profile).when)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("дневное", "12-11T13:00"),
        ("которое после обеда", "12-11T13:00"),
        ("то, которое до полудня", "12-11T10:00"),
        ("утро! меня зовут Стас", "12-11T10:00"),
        ("утром, я Вика", "12-11T10:00"),
    ],
)
def test_part_of_the_day_picks_an_offered_moment(text: str, expected: str) -> None:
    offer = "Есть пятница, 11 декабря: 10:00, 13:00. Какое время вам удобно?"
    found = reading(text, profile="clinic", context=offer)
    assert (Intent.CONFIRM, expected) == (found.intent, span(found.when))


def test_part_of_the_day_that_fits_two_or_asks_picks_none() -> None:
    offer = "Есть пятница, 11 декабря: 13:00 и 16:00. Какое время вам удобно?"
    for text in ("дневное", "которое после обеда", "а вечернее есть?", "не дневное"):
        assert Intent.CONFIRM is not reading(text, context=offer).intent


@pytest.mark.parametrize(
    ("profile", "text", "services"),
    [
        ("salon", "думала про педикюр, но нет, не педикюр, давайте маникюр", ("manicure",)),
        ("tutor", "спрашивал за английский, но нет, не английский, русский нужен", ("russian",)),
        ("auto", "не заводится, примете на ремонт?", ("repair",)),
        ("salon", "отросли корни ужас, покраситься бы на неделе", ("coloring",)),
        ("salon", "концы отросли, подровнять бы", ("haircut_women",)),
        ("clinic", "сдал бы анализы в среду", ("tests",)),
        ("fitness", "на первое занятие приду завтра, плюс семь девятьсот шестнадцать 555 01 17", ("trial",)),
    ],
)
def test_service_is_the_one_that_is_left(profile: str, text: str, services: tuple[str, ...]) -> None:
    assert services == reading(text, profile=profile).services


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("на стрижку пожалуйста алла плюс семь девятьсот пять 555 61 22", "Алла"),
        ("брови завтра инна восемь девятьсот пять пятьсот пятьдесят пять ноль один двадцать два", "Инна"),
        ("запишите на маникюр если анна свободна меня зовут карина", "Карина"),
        ("Постричь сына бы в субботу. зовут Егор, ему 7", None),
        ("папе нужна стрижка в пятницу, зовут Пётр Ильич, ему 70", None),
        ("запишите на маникюр завтра. зовут Лера", "Лера"),
    ],
)
def test_name_is_told_by_its_place(text: str, name: str | None) -> None:
    assert name == reading(text).name


@pytest.mark.parametrize(
    ("profile", "text", "intent"),
    [
        ("salon", "стрижка сильно ударит по кошельку?", Intent.PRICE),
        ("auto", "тормоза перебрать, сколько взять с собой денег?", Intent.PRICE),
        ("tutor", "егэ по математике на какой бюджет рассчитывать?", Intent.PRICE),
        ("fitness", "убери меня пожалуйста с 12 декабря, не выходит, позже напишу", Intent.CANCEL),
        ("clinic", "роллы филадельфия два сета на Мира 40 кв 7", Intent.SPAM),
        ("salon", "машину на Вокзальную 3 к шести утра, эконом", Intent.SPAM),
    ],
)
def test_idioms_of_money_lists_and_strangers(profile: str, text: str, intent: Intent) -> None:
    assert intent is reading(text, profile=profile).intent
