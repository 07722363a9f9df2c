"""Every figure of a text, in digits or in Russian words, with what it means: money, time, day, duration, share."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from app.assistant.rules import morphology

TEENS = {
    "одиннадцат": 11, "двенадцат": 12, "тринадцат": 13, "четырнадцат": 14, "пятнадцат": 15, "шестнадцат": 16,
    "семнадцат": 17, "восемнадцат": 18, "девятнадцат": 19, "двадцат": 20, "тридцат": 30,
}  # fmt: skip
CARDINALS: dict[str, int] = {
    **dict.fromkeys(("ноль", "нуль", "ноля", "нуля"), 0),
    **dict.fromkeys(("два", "две", "двух", "двум", "двумя", "пара", "пару", "пары"), 2),
    **dict.fromkeys(("три", "трех", "трем", "тремя"), 3),
    **dict.fromkeys(("четыре", "четырех", "четырем", "четырьмя"), 4),
    **dict.fromkeys(("восемь", "восьми", "восемью"), 8),
    **{f"{a}{b}": n for a, n in (("пят", 5), ("шест", 6), ("девят", 9), ("десят", 10)) for b in ("ь", "и", "ью")},
    "семь": 7, "семи": 7,  # «семью» is the family
    **{f"{stem}{end}": n for stem, n in TEENS.items() for end in ("ь", "и", "ью")},
    "сорок": 40, "сорока": 40, "девяносто": 90, "девяноста": 90, "сто": 100, "ста": 100,
    **{f"{a}{b}": n * 10 for n, a in ((5, "пять"), (6, "шесть"), (7, "семь"), (8, "восемь")) for b in ("десят",)},
    **{f"{a}десяти": n * 10 for n, a in ((5, "пяти"), (6, "шести"), (7, "семи"), (8, "восьми"))},
    "двести": 200, "двухсот": 200, "двумстам": 200, "триста": 300, "трехсот": 300, "тремстам": 300,
    "четыреста": 400, "четырехсот": 400,
    **{f"{a}сот": n * 100 for n, a in ((5, "пять"), (6, "шесть"), (7, "семь"), (8, "восемь"), (9, "девять"))},
    **{f"{a}сот": n * 100 for n, a in ((5, "пяти"), (6, "шести"), (7, "семи"), (8, "восьми"), (9, "девяти"))},
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90,
}  # fmt: skip
ONES = frozenset(
    ("один", "одна", "одну", "одного", "одной", "одному")
)  # a figure only inside a compound or with a unit
ORDINALS = {
    "перв": 1, "втор": 2, "трет": 3, "треть": 3, "четверт": 4, "пят": 5, "шест": 6, "седьм": 7, "восьм": 8,
    "девят": 9, "десят": 10, **TEENS,
}  # fmt: skip
MONTHS = ("январ", "феврал", "март", "апрел", "ма[яе]", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр")
WEEKDAYS = {
    **dict.fromkeys(("понедельник", "monday", r"пн\b"), (0,)),
    **dict.fromkeys(("вторник", "tuesday", r"вт\b"), (1,)),
    **dict.fromkeys((r"сред[ауеы]\b", "wednesday", r"ср\b"), (2,)),
    **dict.fromkeys(("четверг", "thursday", r"чт\b"), (3,)),
    **dict.fromkeys(("пятниц", "friday", r"пт\b"), (4,)),
    **dict.fromkeys(("суббот", "saturday", r"сб\b"), (5,)),
    **dict.fromkeys(("воскресень", "sunday", r"вс\b"), (6,)),
    "будн": (0, 1, 2, 3, 4),
    r"выходны[емх]": (5, 6),
}

TOKEN = re.compile(r"\d{1,3}(?: \d{3})+(?!\d)|\d+(?:[.,]\d+)?|[а-яa-z]+")
THOUSAND = re.compile(r"\s*(?:тысяч\w*|тыщ\w*|косар\w*|тыс\b\.?|т\.?\s?р\b\.?|thousand\b)|[кk]\b")
HALF = re.compile(r"\s+с половиной")
ORDINAL = re.compile(r"([а-я]+?)(?:его|ого|ему|ому|ое|ье|е)")
DIGIT_ORDINAL = re.compile(r"\s?-\s?(?:го|ое|е|му|го)\b")

PERCENT = re.compile(r"\s*(?:%|процент|percent)")
ROUBLES = re.compile(r"\s*(?:₽|руб|р\.|р\b|rub|рэ\b|[$€₸])")
SPAN = re.compile(
    r"\s*-?\s*(?:(мин|min)|(час|ч\b|hour|hr)|(сут|дн[яейю]|день|day)|(недел|week)|(месяц|month)|(секунд))[а-яa-z]*"
)
SPAN_MINUTES = (1, 60, 1440, 10080, 43200, 1 / 60)
CLOCK = re.compile(r"(?<![\d.:])([01]?\d|2[0-4])[:.]([0-5]\d)(?![\d.:]*\d)")
PART = re.compile(r"\s*(?:час\w*\s+)?(утра|вечера|дня|ночи|a\.?m\b|p\.?m\b)")
BEFORE_TIME = re.compile(r"(?:\b(?:в|во|к|ко|до|с|со|после|от|на|часов в|около|at|by|until|till|from|after))\s*$")
BEFORE_PRICE = re.compile(
    r"(?:стои\w*|цен\w+|стоимость\w*|обойд\w+|выйдет|плат\w+|price|cost\w*|за|по)(?: всего| будет)?\s*[-:—]?\s*$"
)
DATE = re.compile(r"(?<![\d.])(\d{4})-(\d\d)-(\d\d)|(?<![\d.:])([0-3]?\d)[./]([01]?\d)(?:[./](?:20)?\d\d)?(?![\d:])")
MONTH = re.compile(rf"\s*(?:-?\w{{1,2}})?\s*(?:{'|'.join(f'({month})' for month in MONTHS)})[а-я]*")
HALF_PAST = re.compile(r"\b(?:пол|в половине|половин[аеу]|к половине)[\s-]*([а-я]+?)(?:ого|его)\b")
MINUS = re.compile(r"\bбез\s+(четверти|[а-я]+|\d+)(?:\s+минут)?\s+([а-я]+|\d+)\b")
WORD_SPANS = (
    (re.compile(r"\bпол(?:уч|ч)ас"), 30),
    (re.compile(r"\bполтора часа"), 90),
    (re.compile(r"\bчетверть часа"), 15),
)
ONE_HOUR = re.compile(
    r"(?<!\bв )(?<!\bво )(?<!\bк )(?<!\bс )(?<!\bдо )(?<![\d.,] )(?<!\d)\b(?:один\s+)?(?:час(?:ик|ок)?|"
    r"(?<=около )часа|(?<=течение )часа)\b(?!\s*пик)"
)
ONE_O_CLOCK = re.compile(r"\b(?:в час|к часу|до часу|до часа|с часу|с часа)\b(?!\s*(?:пик))")
ALONE = re.compile(r"\s*(?:числа|$|[,.!?;:)]|(?:в|к|на|с|до)\s)")  # not «первое посещение»
ZERO = re.compile(r"\s+ноль\b")
ABOUT_ONE = re.compile(r"\b(?:около|после|до|с)\s*$")
COUNTED = re.compile(r"\s+([а-я]{4,})\b")
NOON = re.compile(r"\b(?:в|к|до|с|после)\s+(?:(полдень|полудня|полудню)|полночи?|полуночи)\b")


class Kind(StrEnum):
    MONEY = "price"
    PERCENT = "percent"
    DURATION = "duration"  # minutes
    TIME = "time"  # minutes of the day
    DATE = "date"  # month * 100 + day; a day of an unnamed month: the day
    WEEKDAY = "weekday"  # Monday is 0
    RELATIVE = "relative"  # days from today
    NUMBER = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """values: all that it may mean («к девяти» is 540 or 1260)."""

    kind: Kind
    values: tuple[float, ...]
    start: int
    end: int


def fold(text: str) -> str:
    """Lower case, ё as е, one kind of space and dash; as long as `text`, so that places agree."""
    lowered = "".join(character.lower() if len(character.lower()) == 1 else character for character in text)
    return re.sub(r"[\u00a0\u2009\u202f\t\n]", " ", re.sub(r"[‐‑‒–—−]", "-", lowered.replace("ё", "е")))


def read(text: str) -> tuple[Figure, ...]:
    """In order of place; no two overlap. Phone numbers are not read: cut them out before."""
    text = fold(text)
    taken: list[Figure] = []
    for figure in (*_clocks(text), *_dates(text), *_words(text), *_numbers(text)):
        if not any(figure.start < other.end and other.start < figure.end for other in taken):
            taken.append(figure)
    return tuple(_merged(text, sorted(taken, key=lambda figure: figure.start)))


def _merged(text: str, figures: list[Figure]) -> Iterator[Figure]:
    """«1 час 30 минут» is one duration."""
    held: Figure | None = None
    for figure in figures:
        if held and _is_one_duration(text, held, figure):
            held = replace(held, values=(held.values[0] + figure.values[0],), end=figure.end)
            continue
        if held:
            yield held
        held = figure
    if held:
        yield held


def _is_one_duration(text: str, left: Figure, right: Figure) -> bool:
    both = left.kind is right.kind is Kind.DURATION and right.values[0] < 60 <= left.values[0]
    return both and text[left.end : right.start].strip() in ("", "и")


def _figure(kind: Kind, found: re.Match[str], *values: float) -> Figure:
    return Figure(kind=kind, values=values, start=found.start(), end=found.end())


def _clocks(text: str) -> Iterator[Figure]:
    for found in CLOCK.finditer(text):
        hour, minute = int(found[1]), int(found[2])
        colon = ":" in found[0]
        if colon or (BEFORE_TIME.search(text[: found.start()]) and (minute > 12 or minute == 0)):
            part = PART.match(text, found.end())
            values = _halves(hour * 60 + minute, part[1] if part else "") if part else (hour * 60 + minute,)
            yield _figure(Kind.TIME, found, *values)
    for found in HALF_PAST.finditer(text):
        if (hour := ORDINALS.get(found[1], 0)) and hour <= 12:
            yield _figure(Kind.TIME, found, *_halves(hour * 60 - 30, ""))
    for found in MINUS.finditer(text):
        less = 15 if found[1] == "четверти" else _cardinal(found[1])
        hour = 1 if found[2].startswith("час") else _cardinal(found[2]) or 0
        if less and hour:
            yield _figure(Kind.TIME, found, *_halves(hour * 60 - less, ""))
    for found in NOON.finditer(text):
        yield _figure(Kind.TIME, found, 720 if found[1] else 0)
    for found in ONE_O_CLOCK.finditer(text):
        yield _figure(Kind.TIME, found, 780, 60)


def _dates(text: str) -> Iterator[Figure]:
    for found in DATE.finditer(text):
        month, day = (int(found[2]), int(found[3])) if found[1] else (int(found[5]), int(found[4]))
        if 1 <= month <= 12 and 1 <= day <= 31 and (found[1] or len(found[5]) == 2):
            yield _figure(Kind.DATE, found, month * 100 + day)
    for stem, weekdays in WEEKDAYS.items():
        for found in re.finditer(rf"\b{stem}\w*", text):
            yield _figure(Kind.WEEKDAY, found, *weekdays)
    for days, word in enumerate(("сегодня|today", "завтра|tomorrow", "послезавтра")):
        for found in re.finditer(rf"\b(?:{word})(?:шн\w+)?\b", text):
            yield _figure(Kind.RELATIVE, found, days)


def _words(text: str) -> Iterator[Figure]:
    for pattern, minutes in (*WORD_SPANS, (ONE_HOUR, 60)):
        for found in pattern.finditer(text):
            yield _figure(Kind.DURATION, found, minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    value: float
    start: int
    end: int
    thousands: bool = False
    ordinal: bool = False
    word: bool = False
    one: bool = False


def _numbers(text: str) -> Iterator[Figure]:
    numbers = list(_joined(text, list(_plain(text))))
    skip = -1
    for index, number in enumerate(numbers):
        if number.start < skip:
            continue
        after = numbers[index + 1] if index + 1 < len(numbers) else None
        figure = _classified(text, number, after)
        if figure is None:
            continue
        skip = figure.end
        yield figure


def _plain(text: str) -> Iterator[_Number]:
    """Single tokens that are numbers."""
    for found in TOKEN.finditer(text):
        word, start, end = found[0], found.start(), found.end()
        if word[0].isdigit():
            value = float(word.replace(" ", "").replace(",", "."))
            ordinal = DIGIT_ORDINAL.match(text, end)
            yield _Number(value=value, start=start, end=ordinal.end() if ordinal else end, ordinal=bool(ordinal))
        elif word in ("полтора", "полторы", "полутора"):
            yield _Number(value=1.5, start=start, end=end, word=True)
        elif word in ONES:
            yield _Number(value=1, start=start, end=end, word=True, one=True)
        elif word in CARDINALS:
            yield _Number(value=CARDINALS[word], start=start, end=end, word=True)
        elif word.startswith(("тысяч", "тыщ", "косар", "полтысяч", "hundred")):
            value = 500 if word.startswith("пол") else 100 if word == "hundred" else 1000
            yield _Number(value=value, start=start, end=end, word=True, thousands=value >= 500)
        elif (ordinal := ORDINAL.fullmatch(word)) and ordinal[1] in ORDINALS:
            yield _Number(value=ORDINALS[ordinal[1]], start=start, end=end, word=True, ordinal=True)


def _joined(text: str, tokens: list[_Number]) -> Iterator[_Number]:
    """Compounds: «две тысячи пятьсот», «две с половиной тысячи», «2,5 тыс.», «двадцать пятого»."""
    index = 0
    while index < len(tokens):
        number = tokens[index]
        index += 1
        if not number.ordinal:
            if half := HALF.match(text, number.end):
                number = replace(number, value=number.value + 0.5, end=half.end())
            while not number.ordinal and index < len(tokens) and _adjoins(text, number, tokens[index]):
                number = replace(tokens[index], value=number.value + tokens[index].value, start=number.start, one=False)
                index += 1
            if not number.thousands and (thousand := THOUSAND.match(text, number.end)):
                number = replace(number, value=number.value * 1000, end=thousand.end(), thousands=True, one=False)
                while index < len(tokens) and tokens[index].start < number.end:
                    index += 1
            if number.thousands:
                while index < len(tokens) and _adjoins(text, number, tokens[index]):
                    more = tokens[index]
                    number = replace(number, value=number.value + more.value, end=more.end)
                    index += 1
        yield number


def _adjoins(text: str, left: _Number, right: _Number) -> bool:
    """Whether `right` continues the compound: words apart by one space, the next part fits into the last zeros."""
    if not (left.word or left.thousands) or not right.word or text[left.end : right.start].strip() or right.thousands:
        return False
    if left.value != int(left.value) or right.value == 0:
        return False
    zeros = next(power for power in (1000, 100, 10, 1) if int(left.value) % power == 0)
    if zeros == 10 and left.value == 10:
        return False  # «десять пять» is no compound
    return right.value < zeros


def _classified(text: str, number: _Number, after: _Number | None) -> Figure | None:
    before, value, end = text[: number.start], number.value, number.end

    def figure(kind: Kind, *values: float, until: int = end) -> Figure:
        return Figure(kind=kind, values=values, start=number.start, end=until)

    if PERCENT.match(text, end):
        return figure(Kind.PERCENT, value)
    if number.thousands or ROUBLES.match(text, end):
        return figure(Kind.MONEY, value)
    if value <= 31 and (month := MONTH.match(text, end)):
        number_of = next(index for index, group in enumerate(month.groups(), 1) if group)
        return figure(Kind.DATE, number_of * 100 + value, until=month.end())
    if part := PART.match(text, end):
        return figure(Kind.TIME, *_halves(value * 60, part[1]), until=part.end())
    led = bool(BEFORE_TIME.search(before))
    if span := SPAN.match(text, end):
        unit = next(index for index, group in enumerate(span.groups()) if group)
        at_hour = unit == 1 and led and not re.search(r"\bна\s*$", before)
        kind = (
            figure(Kind.TIME, *_halves(value * 60, ""))
            if at_hour
            else figure(Kind.DURATION, value * SPAN_MINUTES[unit])
        )
        return replace(kind, end=span.end())
    if number.ordinal:
        return figure(Kind.DATE, value) if value <= 31 and ALONE.match(text, end) else None
    if number.one:
        at_one = ABOUT_ONE.search(before) and text[number.start : end] == "одного" and not _counts_one(text, end)
        return figure(Kind.TIME, 780, 60) if at_one else None
    if led and value <= 24 and value == int(value) and not _counts(text, end):
        minute = _minute_of(text, number, after)
        until = after.end if after and minute is not None else end
        if zero := ZERO.match(text, until):  # «в пятнадцать ноль ноль»
            until = zero.end()
        return figure(Kind.TIME, *_halves(value * 60 + (minute or 0), ""), until=until)
    if value >= 200 or BEFORE_PRICE.search(before):
        return figure(Kind.MONEY, value)
    return figure(Kind.NUMBER, value)


def _counts(text: str, end: int) -> bool:
    """«на семь визитов», «в двух залах»: a plural noun follows."""
    following = COUNTED.match(text, end)
    return following is not None and (
        morphology.has(following[1], "NOUN", "plur") or morphology.may_be(following[1], "NOUN", "plur", "gent")
    )


def _counts_one(text: str, end: int) -> bool:
    """«до одного сеанса»; «около одного» alone is an hour."""
    following = COUNTED.match(text, end)
    return following is not None and morphology.has(following[1], "NOUN")


def _minute_of(text: str, number: _Number, after: _Number | None) -> int | None:
    """«в девять тридцать», «в пятнадцать ноль ноль»."""
    if after is None or text[number.end : after.start].strip() or not after.word or not number.word:
        return None
    return int(after.value) if after.value < 60 and after.value % 5 == 0 else None


def _halves(minutes: float, part: str) -> tuple[float, ...]:
    """A time of the twelve-hour clock: the half that the part of the day tells, or both."""
    minutes %= 1440
    if part.startswith(("веч", "дн", "p")):
        return (minutes + 720,) if minutes < 720 else (minutes,)
    if part.startswith(("утр", "ноч", "a")) or minutes >= 780:
        return (minutes,)
    return minutes, (minutes + 720) % 1440


def _cardinal(word: str) -> int | None:
    return int(word) if word.isdigit() else CARDINALS.get(word)
