"""What the conversation so far lends to a short answer: «в 16» means the day that was named, «Марина» our question."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.assistant.rules import days, text, topics
from app.assistant.rules.warrant import warranted
from app.domain.business import Business
from app.domain.qualification import Heat, Intent, Question, Reading, When
from app.domain.words import EN

_CYRILLIC = re.compile(r"[А-Яа-яЁё]")
_TAKES_OFF = re.compile(r"\b(?:убери|уберите|удали|вычерк|сними|снимите|отмен|аннулир)")
_MOVE = re.compile(r"перен[ео]с|передвин|сдвин|перезапи|перепи[сш]|move|reschedul|postpone")
_ONE_NAME = re.compile(r"[A-ZА-ЯЁ][A-Za-zА-Яа-яЁё-]{1,20}(?: [A-ZА-ЯЁ][A-Za-zА-Яа-яЁё-]{1,20})?")
_NO_NAME = frozenset(
    ("ok", "okay", "yes", "no", "hi", "hello", "thanks", "да", "нет", "ок", "хорошо", "алло", "спасибо")
)
_AND_THEN = re.compile(r"^а\s+(?:\S+\s*){1,4}\?+$")
_OF_TIME = re.compile(
    r"когда|откро|закр|работа|скольк|час|выходн|праздник|вечер|утр|обед|ноч|перерыв|сегодня|завтра|today|tomorrow|\d"
)
_OF_HOURS = re.compile(r"закрыт|работаем|открыты|откроемся|closed|open")
_NODS = re.compile(
    r"(?:(?:хорошо|ок|окей|ладно|понятно|понял[аи]?|ясно|договорились|отлично|супер|да|ага|угу|жду|ждем|буду ждать|"
    r"все|принято|good|great|fine|waiting)[\s,.!)]*)+"
)
HALF_DAY = 12
SHORT = 3  # words that can be but a name
_DIGITS = re.compile(r"[\d+()\s-]{7,}")
_WORD = re.compile(r"[A-Za-zА-Яа-яЁё]+")
_VISITS = frozenset({Intent.BOOKING, Intent.RESCHEDULE, Intent.CONFIRM, Intent.PRICE})


def carried(reading: Reading, question: Question, business: Business) -> Reading:
    """The reading of a burst as its place in the conversation makes it."""
    words = "\n".join(each for each in question.texts if each.strip()).strip()
    if not words:
        return reading
    known = question.known
    if known.language == EN and not _CYRILLIC.search(words):
        reading = replace(reading, language=EN)
    reading = _named(reading, question, words)
    if _answers(reading, question, words):
        return _answered(reading, question)
    reading = warranted(reading, question, business, words)
    reading = replace(reading, when=_when(reading.when, question, business, words))
    return _meant(reading, question, text.fold(words))


def _named(reading: Reading, question: Question, words: str) -> Reading:
    asked = question.known.asked[-1:] == ("name",)
    rest = _DIGITS.sub("", words).strip(" ,.!\n")
    if not asked or reading.name or not _ONE_NAME.fullmatch(rest) or rest.lower() in _NO_NAME:
        return reading
    return replace(reading, name=rest, services=())  # one of our own may bear it: that is no wish for her


def _answers(reading: Reading, question: Question, words: str) -> bool:
    """A name or a phone and next to nothing else, while a visit is talked about."""
    if not (reading.name or reading.phone) or reading.services or question.known.intent not in _VISITS:
        return False
    return len(_WORD.findall(words)) <= SHORT


def _answered(reading: Reading, question: Question) -> Reading:
    kept = Intent.RESCHEDULE if question.known.intent is Intent.RESCHEDULE else Intent.BOOKING
    return replace(reading, intent=kept, heat=Heat.WARM, when=None, confident=True)


def _meant(reading: Reading, question: Question, folded: str) -> Reading:
    known, intent = question.known, reading.intent
    taken_off = intent is Intent.CANCEL and _TAKES_OFF.search(folded)  # «убери меня из списка, потом напишу»
    if topics.is_thinking(folded) and intent is not Intent.COMPLAINT and not taken_off:
        return replace(reading, intent=Intent.SMALLTALK, heat=None, when=None, confident=True)
    prices_go_on = known.intent is Intent.PRICE and _AND_THEN.search(folded.strip())  # «а педикюр?»
    if prices_go_on and intent is Intent.BOOKING and reading.when is None and reading.services:
        return replace(reading, intent=Intent.PRICE, heat=Heat.WARM, confident=True)
    if known.intent is Intent.CANCEL and intent is Intent.BOOKING and not reading.services and _is_short(folded):
        return replace(reading, intent=Intent.CANCEL, when=None, confident=True)  # «на завтра»: which visit
    nods = _NODS.fullmatch(folded) and known.intent not in (None, Intent.SMALLTALK)
    if nods or (intent is Intent.INFO and not reading.confident and known.intent is Intent.CANCEL):
        return replace(reading, intent=Intent.SMALLTALK, heat=None, confident=True)
    if known.intent is Intent.RESCHEDULE and intent is Intent.BOOKING and not reading.services:
        return replace(reading, intent=Intent.RESCHEDULE)
    begun = known.intent in _VISITS - {Intent.RESCHEDULE}
    if intent is Intent.RESCHEDULE and not question.visit_id and begun and not _MOVE.search(folded):
        return replace(reading, intent=Intent.BOOKING)
    if follows_hours(question, folded) and intent is Intent.BOOKING and not reading.services:
        return replace(reading, intent=Intent.INFO, when=None, heat=Heat.COLD)
    return reading


def _is_short(folded: str) -> bool:
    return len(_WORD.findall(folded)) <= SHORT and "?" not in folded


def follows_hours(question: Question, folded: str) -> bool:
    """«а 31 декабря?» after we told the hours of another day."""
    about_time = _OF_TIME.search(folded) or days.find(text.prepare(folded).plain, question.now.date())[0]
    asks = about_time and _AND_THEN.search(folded.strip())
    return bool(asks and _OF_HOURS.search(question.context.lower()))


def _of_the_half(when: When, known: When, zone: ZoneInfo) -> When:
    """«в 7» after «завтра вечером» is 19:00."""
    starts, ends = known.earliest.astimezone(zone), known.latest.astimezone(zone)
    later = when.earliest.hour + HALF_DAY
    clock = (later, when.earliest.minute)
    if not when.exact or known.exact or later > 23 or starts.hour < HALF_DAY:
        return when
    if not (starts.hour, starts.minute) <= clock <= (ends.hour, ends.minute):
        return when
    moment = when.earliest.replace(hour=later)
    return When(earliest=moment, latest=moment, exact=True)


def _when(when: When | None, question: Question, business: Business, words: str) -> When | None:
    """A time without a day belongs to the one day that was named before."""
    known = question.known.when
    if when is None or known is None or when.earliest.date() != when.latest.date():
        return when
    zone = ZoneInfo(business.zone)
    when = _of_the_half(when, known, zone)
    today, day = question.now.astimezone(zone).date(), known.earliest.astimezone(zone).date()
    one_day = known.latest.astimezone(zone).date() == day
    if not one_day or day <= today or when.earliest.date() - today > timedelta(days=1):
        return when
    if days.find(text.prepare(words).plain, today)[0]:
        return when

    def moved(at: datetime) -> datetime:
        return at.replace(year=day.year, month=day.month, day=day.day)

    return When(earliest=moved(when.earliest), latest=moved(when.latest), exact=when.exact)
