"""What a customer says to a visit that stands, once they were reminded of it: comes, is late, wants another, is unsure.

A booking changes only by a word that says so: what is neither a yes, a no nor another time is asked back.
"""

import re
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from app.assistant.rules import numerals, text
from app.assistant.rules.yes import says_yes
from app.domain.business import Business
from app.domain.qualification import Attends, Intent, Question, Reading

_LATE = re.compile(
    r"\bопозда|\bопазд|\bзадерж(?:ус|ива|им|ат|к[аи]\b)|"
    r"\b(?:буд|прид|прие|подой|подъе|подье)\w+\b.{0,24}\bпозже\b|"
    r"\b(?:на \d+ минут\w*|чуть|немно\w+|минут на \d+) (?:по)?позже (?:буд|прид|прие|подой|подъе|подье)|"
    r"\b(?:running|be|bit|little) (?:\w+ ){0,4}late\b"
)
_AFTER = re.compile(r"\bбуд\w+ (?:минут )?через\b|\bбуд\w+ .{0,20}\bпосле\b")
_MINUTES = re.compile(
    r"(\d{1,3})(?:\s*-\s*(\d{1,3}))?\s*(?:мин|min)|\bмин(?:ут(?:ы|у|ок)?)?\s+(?:на\s+|через\s+)?(\d{1,3})\b"
)
_SPANS = {"полчас": 30, "пол часа": 30, "четверть часа": 15, "четверти часа": 15, "на час": 60}
_CLOCK = re.compile(r"\b(?:в|к) (\d{1,2})[:.](\d\d)\b")
_WILL_BE = re.compile(r"\b(?:буд|прид|прие|подой|подъе|подье|успе)(?:у|ем|ду|дем|ю)?\b")
_NO = re.compile(
    r"\bотмен|\bв другом месте|\bоткаж|\bотпи[сш]|"
    r"\bне (?:прид|прие|смог|смож|могу|получ|буд|успе|выйд|ждите|надо|нужн|актуальн)|\bзабол|\bприбол|\bотказ|"
    r"\b(?:сним|убер|убир|вычерк|удал|аннул)|\bпередумал|\bотбой|\bcancel|^\W*нет\b|\bнеактуальн"
)
_OTHER = re.compile(
    r"перен[ео]с|\bперекин|\bсдвин|\bперезапи|\bпоменя|\bперестав|\bдруг(?:ой|ое|ую|ая)\b|\bпозже\b|\bпопозже|\bраньше\b|"
    r"\bпораньше|\bпозднее|\bлучше\b|\bдавайте\b|\bможно\b|\bmove\b|\breschedul|\banother (?:day|time)"
)
_UNSURE = re.compile(
    r"\bне знаю|\bвозможно\b|\bможет быть\b|\bпостара|\bнаверн|\bскорее всего\b|\bпосмотрим|\bкак (?:получится|пойдет)|"
    r"\bне уверен|\bесли (?:не|успе|получ|смогу|все|отпуст)\b|\bесли (?:успе|получ|отпуст)|\bпопробу|\bпод вопросом|"
    r"\bдума(?:ю|ем)\b|\bне могу (?:пока )?сказать|\b(?:скажу|напишу|отвечу|сообщу|отпишусь|уточню)\b|\bзатрудня|"
    r"\bтрудно сказать|\bточно знать|\bсомнева|\bвряд ли\b|\bмаловероятн|\b50\s?(?:на|/)\s?50\b|\bнепонятно|"
    r"\bне ?известно|\bне (?:решил|определил)|\bзавис(?:ит|еть)\b|\bсмотря\b|\bвроде\b|"
    r"\bнадеюсь\b|\bmaybe\b|\bnot sure\b"
)
_FLAT_NO = re.compile(
    r"\bотмен|\bпередумал|\bотбой\b|\bотказыва|\b(?:сними|снимай|убери|убира|вычерк|удали|аннулир)|"
    r"\bне (?:приду|придем|приеду|приедем|смогу прийти|получится прийти)\b"
)
_HEDGED = re.compile(r"\b(?:возможно|может(?: быть)?|наверн\w+|скорее всего|вряд ли|не знаю|не уверен\w*)\b")
_PLAIN_YES = re.compile(r"\bда\b|\bбуд(?:у|ем)\b|\bприд(?:у|ем)\b|\bприед(?:у|ем)\b|\bподтвержд")
_WHO = re.compile(r"^\W*(?:а )?кто (?:это|вы|пишет|ты)\b|\bоткуда у вас\b")
_ASKS = frozenset({Intent.INFO, Intent.PRICE, Intent.HUMAN, Intent.COMPLAINT, Intent.SPAM})
_THANKS = re.compile(r"спасибо|благодар|\bспс\b|thank|здравств|добр\w+ (?:день|утро|вечер)|привет|hello")
_BY_NUMBER = {"1": Intent.CONFIRM, "2": Intent.RESCHEDULE, "3": Intent.CANCEL}
SOON = timedelta(minutes=45)  # after the visit's time: who names it is late, who names a later one wants another


def heard(reading: Reading, question: Question, business: Business) -> Reading:
    """The reading, with what it means for the visit. Without one that stands, as it was."""
    if question.visit_at is None or not question.visit_id:
        return reading
    folded = numerals.to_figures(text.fold("\n".join(each for each in question.texts if each.strip())))
    minutes = _late(folded, question, business)
    if minutes is not None:
        return replace(reading, intent=Intent.CONFIRM, when=None, attends=Attends.LATE, late=minutes, confident=True)
    if not question.reminded:
        return reading
    return _answer(folded, reading)


def _answer(folded: str, reading: Reading) -> Reading:
    if number := _BY_NUMBER.get(folded.strip(" .)!")):
        reading = replace(reading, intent=number, when=None, confident=True)
    elif _WHO.search(folded):
        return replace(reading, intent=Intent.INFO, when=None, confident=True)
    elif _HEDGED.search(folded) and not _OTHER.search(folded):
        return _unsure(reading)
    elif _FLAT_NO.search(folded) and _names_no_other(folded, reading):
        reading = replace(reading, intent=Intent.CANCEL, when=None, confident=True)
    elif _is_unsure(folded, reading):
        return _unsure(reading)
    if reading.intent in (Intent.CANCEL, Intent.RESCHEDULE):
        return reading
    if "?" in folded and not _PLAIN_YES.search(folded):
        return reading if reading.intent in _ASKS else replace(reading, intent=Intent.INFO, when=None)
    yes = reading.intent is Intent.CONFIRM or (reading.intent is Intent.SMALLTALK and says_yes(folded))
    if yes:
        return replace(reading, intent=Intent.CONFIRM, when=None, attends=Attends.COMES, confident=True)
    if not re.search(r"\w", folded):
        return reading  # a smile
    plain = reading.intent in _ASKS or _THANKS.search(folded)
    return reading if plain and reading.confident else _unsure(reading)


def _is_unsure(folded: str, reading: Reading) -> bool:
    """Said so, or read as an act that no word of theirs speaks for."""
    if _UNSURE.search(folded) and not _OTHER.search(_UNSURE.sub("", folded)):
        return True
    if reading.intent is Intent.CANCEL:
        return not _NO.search(folded)
    return reading.intent is Intent.RESCHEDULE and _names_no_other(folded, reading)


def _names_no_other(folded: str, reading: Reading) -> bool:
    return reading.when is None and not _OTHER.search(folded)


def _unsure(reading: Reading) -> Reading:
    return replace(reading, intent=Intent.INFO, heat=None, when=None, attends=Attends.UNSURE, confident=True)


def _late(folded: str, question: Question, business: Business) -> int | None:
    """Minutes, 0 where none are named; None: they do not say that they are late."""
    if _NO.search(folded.replace("не успе", "")) or re.search(r"перен[ео]с|\bотмен|\bсдвин", folded):
        return None
    if _LATE.search(folded) or (_AFTER.search(folded) and _MINUTES.search(folded)):
        return _minutes(folded)
    named, visit = _CLOCK.search(folded), question.visit_at
    if named and visit and _WILL_BE.search(folded) and "?" not in folded:
        local = visit.astimezone(ZoneInfo(business.zone))
        after = int(named[1]) % 12 * 60 + int(named[2]) - (local.hour % 12 * 60 + local.minute)
        if timedelta(0) < timedelta(minutes=after) <= SOON:
            return after
    return None


def _minutes(folded: str) -> int:
    for word, minutes in _SPANS.items():
        if word in folded:
            return minutes
    found = _MINUTES.search(folded)
    return max(int(group) for group in found.groups() if group) if found else 0
