"""What a customer's question is about, and what the profile says to it: answers, hours, address, facts, durations."""

import re
from datetime import date

from app.assistant.rules import days, morphology
from app.assistant.rules.show import Shown, opening
from app.assistant.rules.text import prepare
from app.assistant.rules.wordlist import wordlist
from app.domain.business import Business, Service
from app.domain.calendar import is_open, next_opening

_WORD = re.compile(r"[а-яa-z]+(?:-[а-яa-z]+)*")
_THANKS = re.compile(r"спасиб|\bспс\b|благодар|мерси|сенкс|thank|\bthx\b")
_FAREWELL = re.compile(r"до свидан|до встреч|\bпока\b|хорошего (?:дня|вечера)|всего доброго|спокойной ночи|\bbye\b")
_LATER = re.compile(r"подума(?:ю|ем)|посоветуюсь|(?:позже|потом) (?:напишу|решу|отвечу)|пока не реши|think about it")
_GREETING = re.compile(
    r"здравств|здрав|привет|добр\w+ (?:день|утро|вечер|дня)|\bhello\b|\bhi\b|good (?:morning|evening)"
)
_CAN = re.compile(r"(?:чем|как) (?:вы |ты )?(?:можете|можешь|сможете) помочь|что (?:вы |ты )?(?:умеете|умеешь|можете)")
_CALL = re.compile(r"звон|набер|номер|телефон|голос|call|ring|phone")
_OFFER = re.compile(
    r"свобод|предлож|\bесть (?:врем|мест|окн|\d|пон|вт|ср|чет|пят|суб|вос)|подойд[её]т|удобно|выбер|подойдут"
)
_PRICE = re.compile(r"сколько (?!времени|длит|минут|часов)|цен[аеуы]|прайс|стоим|стоит|почем|how much|price|cost")
_WHERE = re.compile(
    r"\bгде\b|\bадрес|как (?:\w+ ){0,2}(?:дойти|доехать|добраться|пройти|проехать|найти)|\bметро\b|"
    r"находитесь|расположен|where|address"
)
_PHONE = re.compile(
    r"(?:ваш|какой|есть).{0,12}(?:телефон|номер)|телефон(?:чик)? (?:ваш|салона|центра|студии)|your phone"
)
_HOURS = re.compile(
    r"до скольк|со скольк|до которого|с которого|во сколько|работаете|работает|режим|график|часы работы|"
    r"принимает|принимаете|открыт|открыва|закрыт|закрыва|праздник|выходн|opening hours|open"
)
_REMOTE = re.compile(r"онлайн|удаленно|дистанционно|\bonline\b")
_HOW_LONG = re.compile(
    r"сколько (?:\w+ )?(?:времени|длит|минут|часов|по времени|занима|идет)|как долго|долго|длительност|"
    r"продолжительност|how long"
)
_WHAT = re.compile(
    r"как(?:ие|ой|ая)\b.{0,20}(?:услуг|предмет|заняти|направлен|врач|специалист|тренировк)|"
    r"что (?:вы )?(?:делаете|предлагаете)|чем занимаетесь|перечень услуг|список услуг|what (?:services|"
    r"do you offer)"
)
_DO_YOU = re.compile(
    r"\b(?:делаете|есть ли|у вас есть|занимаетесь|оказываете|проводите|преподаете|do you)\b|\bесть\b.*\?"
)
_GENERIC = frozenset(
    wordlist("работа занятие урок прием услуга время день место человек деньга раз быть мочь весь свой наш ваш другой")
)


def is_thanks(folded: str) -> bool:
    return bool(_THANKS.search(folded) or _FAREWELL.search(folded))


def is_farewell(folded: str) -> bool:
    return bool(_FAREWELL.search(folded))


def is_thinking(folded: str) -> bool:
    return bool(_LATER.search(folded))


def greets(folded: str) -> bool:
    return bool(_GREETING.search(folded))


def asks_what_we_can(folded: str) -> bool:
    return bool(_CAN.search(folded))


def wants_call(folded: str) -> bool:
    return bool(_CALL.search(folded))


def is_offer(context: str) -> bool:
    return bool(_OFFER.search(context.lower()))


def asks_price(folded: str) -> bool:
    return bool(_PRICE.search(folded))


def own_answer(folded: str, business: Business, today: date) -> str:
    """The business's own words for this question, if they are true today."""
    typed = _forms(folded)
    for answer in business.answers:
        if (answer.starts and today < answer.starts) or (answer.ends and today > answer.ends):
            continue
        if any(_asks(ask, typed) for ask in answer.ask):
            return answer.say
    return ""


def tell(folded: str, business: Business, shown: Shown, services: tuple[Service, ...], *, named: bool) -> str:
    """The profile's answer to a question; empty: it has none.

    named   this very question names the services: «эвакуатор есть?» is not told «да» for a repair spoken of before
    """
    answer = own_answer(folded, business, shown.now.date())
    told = [answer] if answer else []
    covered = _content(answer.lower().replace("ё", "е"))
    if _HOURS.search(folded) and not _REMOTE.search(folded):
        told.append(hours(folded, business, shown))
    if _WHERE.search(folded) and business.address:
        told.append(shown.say("address", address=business.address))
    if _PHONE.search(folded) and business.phone:
        told.append(shown.say("phone", phone=business.phone))
    if services and _HOW_LONG.search(folded):
        told.append(
            "; ".join(shown.say("takes", service=one.name, duration=shown.duration(one.duration)) for one in services)
            + "."
        )
    told += [fact.rstrip(".") + "." for fact in _facts(folded, business, covered)]
    if not told and services and named and _DO_YOU.search(folded):
        told.append(shown.say("we_do") + " " + "; ".join(shown.price(one) for one in services) + ".")
    if not told and _WHAT.search(folded):
        names = ", ".join(
            one.name if one.name.isupper() else one.name[:1].lower() + one.name[1:] for one in business.services
        )
        told.append(shown.say("we_offer", services=names))
    return " ".join(told)


def hours(folded: str, business: Business, shown: Shown) -> str:
    """The hours of the asked day, else of today and the week."""
    today = shown.now.date()
    named, _ = days.find(prepare(folded).plain, today)
    single = [item for item in named if item.first >= today and (item.last - item.first).days <= 1]
    if single and single[0].first != today:
        return " ".join(_of_day(day, business, shown) for day in dict.fromkeys((single[0].first, single[0].last)))
    return f"{_today(business, shown)} {shown.say('week', hours=shown.week())}"


def _of_day(day: date, business: Business, shown: Shown) -> str:
    spans = opening(business.calendar, day)
    named = shown.date(day)
    named = named[:1].upper() + named[1:]
    return shown.say("open_day", day=named, spans=shown.spans(spans)) if spans else shown.say("closed_day", day=named)


def _today(business: Business, shown: Shown) -> str:
    spans = opening(business.calendar, shown.now.date())
    if is_open(shown.now, business.calendar):
        closes = next((closes for opens, closes in spans if opens <= shown.now < closes), None)
        return shown.say("open_till", time=f"{closes:%H:%M}") if closes else ""
    if any(opens > shown.now for opens, _ in spans):
        return shown.say("open_later", spans=shown.spans(tuple(span for span in spans if span[0] > shown.now)))
    opens = next_opening(shown.now, business.calendar).astimezone(shown.now.tzinfo)
    following = shown.spans(opening(business.calendar, opens.date()))
    closed = (
        shown.say("closed_now") if spans else shown.say("closed_day", day="Сегодня" if shown.is_russian else "Today")
    )
    return f"{closed} {shown.say('next_open', day=shown.date(opens.date()), spans=following)}"


def _facts(folded: str, business: Business, covered: frozenset[str]) -> list[str]:
    """Facts that share a word with the question, without those that the business's own answer covers."""
    typed = _content(folded) - covered
    return [fact for fact in business.facts if _content(fact.lower().replace("ё", "е")) & typed]


def _content(text: str) -> frozenset[str]:
    """Stems of the words that carry meaning."""
    found = set()
    for word in _WORD.findall(text):
        forms = morphology.lemmas(word)
        if len(word) > 2 and not forms & _GENERIC and (morphology.has(word, "NOUN") or word.isascii()):
            found |= {form[:5] for form in forms}
    return frozenset(found)


def _forms(folded: str) -> list[frozenset[str]]:
    return [morphology.lemmas(word) for word in _WORD.findall(folded)]


def _asks(ask: str, typed: list[frozenset[str]]) -> bool:
    wanted = [morphology.lemmas(word) for word in _WORD.findall(ask.lower().replace("ё", "е")) if len(word) > 2]
    return bool(wanted) and all(any(forms & other for other in typed) for forms in wanted)
