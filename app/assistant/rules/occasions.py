"""A day named for what happens on it: «к 8 марта хочу маникюр, запишите на 6-е» wishes for the sixth alone."""

import re
from collections.abc import Sequence

from app.assistant.rules.clock import Delay, Shift, Times
from app.assistant.rules.days import Days

_FEASTS = frozenset(((1, 1), (1, 7), (2, 14), (2, 23), (3, 8), (5, 9), (6, 12), (9, 1), (12, 25)))  # month, day
_EVENT = (
    r"(?:свадьб|юбиле|корпоратив|выпускн|утренник|соревновани|концерт|отпуск|командировк|экзамен|фотосесси|вылет|"
    r"улета[а-я]+|уезжа[а-я]+|день\sрождени|дня\sрождени|днюх|др\b|годовщин|крестин|венчани|роспис|праздник|банкет)[а-я]*"
)
_EVENT_AFTER = re.compile(rf"\s(?:у\s(?:меня|нас|[а-я]+)\s|мы\s|я\s|идем\sна\s|еду\s(?:в|на)\s)?{_EVENT}")
_SOON = re.compile(r"\s(?:же|уже|скоро|близко|на\sносу)\b")
_EVENT_BEFORE = re.compile(
    rf"(?:{_EVENT}(?:\sу\s[а-я]+)?|скоро|сертификат|подар[а-я]+|(?:верн|возвращ|прилет|прилеч|приезж|приед|заканчив|истек|"
    r"выпис)[а-я]+|кончается|действует)\s(?:только\s)?(?:в|на|к|до)?\s?$"
)
_EXAM = re.compile(
    r"\b(?:егэ|огэ|впр|ielts|toefl|айлтс|тоефл|контрольн[а-я]+|зачет|олимпиад[а-я]+|сесси[а-я]+)\s(?:уже\s)?$"
)
Item = Days | Times | Delay | Shift
_CHOICE = re.compile(r"[\s,]*(?:или|либо|и|/|,)?\s*(?:в|во|на|к|может|можно|лучше)?\s*")


def occasions(plain: str, wanted: Sequence[Item]) -> list[Item]:
    """Of the wanted those that only tell what for, days with their times; empty where no other day is left."""
    days = [item for item in wanted if isinstance(item, Days)]
    if len(days) < 2:
        return []
    owners = {item: _day_of(item, days) for item in wanted if isinstance(item, Times)}
    found = [day for day in days if _may_be_one(plain, day, timed=day in owners.values())]
    found = [day for day in found if not any(_is_choice(plain, day, other) for other in days)]
    others = [day for day in days if day not in found]
    if not any(owner in others for owner in owners.values()):
        told = [day for day in found if day.feast or _is_told(plain, day) or _SOON.match(plain[day.end :])]
        found = [day for day in told if others and day not in owners.values()]
    return [*found, *(time for time, owner in owners.items() if owner in found)]


def _may_be_one(plain: str, day: Days, *, timed: bool) -> bool:
    if timed:
        return _is_told(plain, day)
    dated = (day.first.month, day.first.day) in _FEASTS and re.match(r"\D*\d+\s?[а-я.]", plain[day.start : day.end])
    return day.feast or bool(dated) or _is_told(plain, day)


def _is_told(plain: str, day: Days) -> bool:
    if plain.startswith("через", day.start) and _EXAM.search(plain[: day.start]):
        return True  # «ЕГЭ через два месяца»; «ЕГЭ в субботу» may be the lesson
    return bool(_EVENT_AFTER.match(plain[day.end :]) or _EVENT_BEFORE.search(plain[: day.start]))


def _day_of(time: Times, days: list[Days]) -> Days:
    """The day that stands nearest to a time."""
    return min(days, key=lambda day: time.start - day.end if day.start < time.start else day.start - time.end)


def _is_choice(plain: str, one: Days, other: Days) -> bool:
    """«8 марта или 9-го», «7-го, 8 марта»: either would do."""
    if one is other:
        return False
    first, last = sorted((one, other), key=lambda day: day.start)
    joined = _CHOICE.fullmatch(plain, first.end, last.start)
    return joined is not None and not (_is_told(plain, first) and "," in joined[0])
