"""Phones and e-mails that a customer typed, and what only looks like a phone: cards, policies, plates, VINs."""

import re
from functools import lru_cache

import phonenumbers

from app.assistant.rules.numerals import to_figures

REGION = "RU"  # of a number without a country code
BLANK = " "

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:ru|com|org|net|рф|io|me|su|shop|online|site|"
    r"info)\b(?:/\S*)?",
    re.I,
)
_VIN = re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])[A-HJ-NPR-Za-hj-npr-z0-9]{17}\b")
_PLATE = re.compile(r"\b[АВЕКМНОРСТУХавекмнорстух]\s?\d{3}\s?[АВЕКМНОРСТУХавекмнорстух]{2}\s?\d{0,3}\b")
_DIGITS = re.compile(r"(?<![\w/])\+?\d(?:[\s()./_\u2010-\u2015\-]{0,3}\d){5,20}(?!\w)")
_DATED = re.compile(
    r"\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})(?!\d)|\d{4}-\d{2}-\d{2}|"
    r"\d{1,2}[:.]\d{2}\s*[-–—]\s*\d{1,2}[:.]\d{2}"
)
_FOREIGN_USE = re.compile(
    r"(?:карт[аыуе]|полис\w*|снилс|инн|паспорт\w*|договор\w*|заказ\w*|наряд\w*|заявк\w*|брон[ьи]|чек[а-я]*|артикул\w*|"
    r"сч[её]т\w*|vin|вин|номер (?:карты|брони|заказа|полиса|договора)|card|policy|order)\s*(?:дмс|омс|№|n|#|:|-)*\s*$",
    re.I,
)
_DENIED = re.compile(r"\b(?:стар\w+|больше не|не)\s*(?:номер\w*|телефон\w*|тел\.?)?\s*[:–—-]?\s*$", re.I)
_SPOKEN = re.compile(r"(?:\d+[\s,.\-]*){4,}")


def find(text: str) -> tuple[str | None, str]:
    """(the phone in E.164, the text with phones, cards, links and the like blanked to the same length).

    Of several the last valid one wins: people correct themselves by typing again. A short one that follows a full one
    replaces its tail: «…5-5-5-01-20, ой, 21» is not guessed.
    """
    text, blanks = _blank(text, EMAIL, _LINK, _VIN, _PLATE), text
    found: str | None = None
    for match in _DIGITS.finditer(text):
        if _DATED.search(match[0]):
            continue
        number = None if _FOREIGN_USE.search(blanks[: match.start()]) else _valid(match[0])
        if number and not _DENIED.search(blanks[: match.start()]):
            found = number
        if number or sum(letter.isdigit() for letter in match[0]) >= 9:
            text = _blank_span(text, *match.span())
    return found, text


def find_spoken(folded: str) -> tuple[str | None, str]:
    """The same for a phone in words or in dictated groups, of folded text: voice messages turned to text."""
    figures = to_figures(folded)
    for match in _SPOKEN.finditer(figures):
        digits = re.sub(r"\D", "", match[0])
        if 10 <= len(digits) <= 12 and (number := _valid(digits)):
            return number, _blank_span(figures, match.start(), match.end())
    return None, folded


def find_email(text: str) -> str | None:
    match = EMAIL.search(text)
    return match[0].rstrip(".") if match else None


def has_link(text: str) -> bool:
    return bool(_LINK.search(EMAIL.sub("", text)))


@lru_cache(maxsize=1000)
def _valid(written: str) -> str | None:
    digits = re.sub(r"\D", "", written)
    if not 10 <= len(digits) <= 15:
        return None
    for candidate in (written, f"+{digits}") if len(digits) > 10 else (written,):
        try:
            number = phonenumbers.parse(candidate, REGION)
        except phonenumbers.NumberParseException:
            continue
        international = candidate.startswith("+") and written.lstrip().startswith("+")
        if phonenumbers.is_valid_number(number) or (international and phonenumbers.is_possible_number(number)):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def _blank(text: str, *patterns: re.Pattern[str]) -> str:
    for pattern in patterns:
        text = pattern.sub(lambda match: BLANK * len(match[0]), text)
    return text


def _blank_span(text: str, start: int, end: int) -> str:
    return text[:start] + BLANK * (end - start) + text[end:]
