"""Holidays by their names, as days; greetings that name one are none."""

import re
from collections.abc import Callable
from datetime import date, timedelta

Build = Callable[[re.Match[str], date], tuple[date, date] | None]  # (what was matched, today) → its days, both included

FRESH = timedelta(days=20)  # a holiday is spoken of so long after

GREETING = re.compile(  # «с наступающим Новым годом и Рождеством», «с 8 марта вас»
    r"\bс\s(?:(?:наступ|прошедш|прошл|светл|праздник|международн|ваш)[а-я]+\s)*(?:стар[а-я]+\s)?(?:нов[а-я]+\sгодом|нг|"
    r"рождеством|женским\sднем|днем\s(?:победы|знаний|россии|защитник[а-я]+))(?:\sи\s(?:с\s)?рождеством)?|"
    r"\b(?:поздравля[а-я]+\s(?:[а-я]+\s){0,2}с|с\s(?:наступ|прошедш|праздник)[а-я]+)\s\d{1,2}\s[а-я]+[ая]\b|"
    r"\bс\s(?:8\sмарта|23\sфевраля|14\sфевраля|9\sмая|1\sсентября)(?=\s?!|\s(?:вас|тебя|девоч|девуш|дорог|мил|всех|коллег))"
)


def _fixed(day: int, month: int) -> Build:
    return lambda m, today: _day(_of_the_feast(day, month, today))


def _of_the_feast(day: int, month: int, today: date) -> date:
    """The next one, or the one that is just over."""
    this = date(today.year, month, day)
    return this if this >= today - FRESH else date(today.year + 1, month, day)


def _new_year(m: re.Match[str], today: date) -> tuple[date, date] | None:
    """The feast, not the year: «в новом году» and «новый год, новая я» are no day."""
    bare = m[0] == "новый год" and not re.search(r"\b(?:на|в|под|за|самый)\s$", m.string[: m.start()])
    return None if bare or m[0].startswith("новом") else _day(_of_the_feast(1, 1, today))


def _new_year_holidays(m: re.Match[str], today: date) -> tuple[date, date] | None:
    first = date(today.year + (today.month > 1 or today.day > 8), 1, 1)
    return max(first, today), first + timedelta(days=7)


def _day(day: date) -> tuple[date, date]:
    return day, day


NAMED: tuple[tuple[str, Build], ...] = (
    (
        r"\bв\s(?:эти\s|новогодни[ех]\s|январски[ех]\s)праздник[а-я]*|\bновогодни[а-я]+\s(?:праздник[а-я]*|"
        r"каникул[а-я]*)",
        _new_year_holidays,
    ),
    (r"\b(?:католическ[а-я]+\s)рождеств[а-я]+", _fixed(25, 12)),
    (r"\bрождеств[а-я]+", _fixed(7, 1)),
    (r"\bстар[а-я]+\sнов[а-я]+\sгод[а-я]*", _fixed(14, 1)),
    (r"\bнов[а-я]+\sгод[а-я]*|\bнг\b", _new_year),
    (r"\bтатьянин[а-я]*\sд[а-я]+", _fixed(25, 1)),
    (r"\b(?:день|дня|дню)\s(?:всех\s)?(?:свят[а-я]+\sвалентин[а-я]*|влюбленн[а-я]+)", _fixed(14, 2)),
    (r"\b(?:день|дня|дню)\sзащитник[а-я]+(?:\sотечеств[а-я]+)?", _fixed(23, 2)),
    (r"\b(?:международн[а-я]+\s)?женск[а-я]+\s(?:день|дня|дню)", _fixed(8, 3)),
    (r"\b(?:день|дня|дню)\sпобед[а-я]+", _fixed(9, 5)),
    (r"\b(?:день|дня|дню)\sроссии", _fixed(12, 6)),
    (r"\b(?:день|дня|дню)\sзнани[а-я]+", _fixed(1, 9)),
    (r"\b(?:день|дня|дню)\sнародного\sединства", _fixed(4, 11)),
)
