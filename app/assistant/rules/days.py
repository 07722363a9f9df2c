"""Which days a text names: «послезавтра», «в пт», «25-го», «на следующей неделе», «на выходных», holidays by name."""

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.assistant.rules import feasts, morphology, numerals
from app.assistant.rules.feasts import Build
from app.assistant.rules.wordlist import wordlist

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Days named at plain[start:end], both ends included."""

    start: int
    end: int
    first: date
    last: date
    weekday: bool = False  # named by a weekday alone, no date yet
    feast: bool = False  # by a holiday's name
    number: bool = False  # by the number alone, no month yet


_MONTHS = wordlist("янв фев мар апр ма июн июл авг сен окт ноя дек")
_MONTH = (
    r"(янв(?:ар[а-я]*)?|фев(?:рал[а-я]*)?|мар(?:т[а-я]*)?|апр(?:ел[а-я]*)?|ма[йяею]|июн[а-я]*|июл[а-я]*|"
    r"авг(?:уст[а-я]*)?|сен(?:т(?:ябр[а-я]*)?)?|окт(?:ябр[а-я]*)?|ноя(?:бр[а-я]*)?|дек(?:абр[а-я]*)?)\b"
)
_TH = r"(?:\s?-?\s?(?:ого|его|ому|ему|го|ое|му|ом|ый|ое|е|ье|м|й|ая))?"
_NUMBER = r"(?<![\d.:/])(\d{1,2})"
_WEEKDAY = (
    r"(понедельни[кч][а-я]*|вторник[а-я]*|сред[ауеы]|четверг[а-я]*|пятни[цч][а-я]*|суббот[уаые]|субботн[а-я]+|"
    r"воскресен[а-я]*|воскресн[а-я]+|"
    r"пн|пон|вт|ср|чт|чтв|пт|птн|сб|суб|вс|вск)\b"
)
_WEEKDAYS = ("по", "пн"), ("вт",), ("ср",), ("че", "чт"), ("пя", "пт"), ("су", "сб"), ("во", "вс")
_NEXT = r"(?:следующ[а-я]*|след\.?|будущ[а-я]*)"
_OR = r"\s?(?:,|-|/|\sили|\sлибо|\sи)\s?(?:в\s|во\s)?"
_THIS = r"(?:эт[аоуи][а-я]*|ближайш[а-я]*|текущ[а-я]*)"


def find(plain: str, today: date) -> tuple[list[Days], str]:
    """(days in order, the text with them blanked)."""
    found: list[Days] = []
    plain = feasts.GREETING.sub(lambda match: " " * len(match[0]), plain)
    for pattern, build in _GRAMMAR:
        for match in pattern.finditer(plain):
            span = build(match, today)
            if span is None:
                continue
            weekday, feast = build in (_next_weekday, _following_weekday), build in _FEASTS
            (start, end), (first, last), number = match.span(), span, build is _day_number
            named = Days(start=start, end=end, first=first, last=last, weekday=weekday, feast=feast, number=number)
            found.append(named)
            plain = plain[:start] + "·" * (end - start) + plain[end:]
    return _with_months(sorted(found, key=lambda days: days.start), today), plain


def _with_months(found: list[Days], today: date) -> list[Days]:
    """«До 10 января занята, 12-го могу»: a number is of the month told before it, where that is near."""
    told: date | None = None
    for place, days in enumerate(found):
        if days.number and told:
            found[place] = nearest(days, told, today) or days
        elif days.first == days.last and not days.number and days.first > today + WEEK:
            told = days.first
    return found


def nearest(days: Days, other: date, today: date) -> Days | None:
    """The same number within a week of another day, from today on."""
    near = [other + step * DAY for step in range(-7, 8)]
    first = next((day for day in near if day.day == days.first.day and day >= today), None)
    return replace(days, first=first, last=first) if first else None


def _date(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1] else None


def _coming(day: int, month: int, today: date) -> date | None:
    """The next such date, today included; one of the last two months is meant as past."""
    this = _date(today.year, month, day)
    if this and this < today - timedelta(days=62):
        return _date(today.year + 1, month, day)
    return this


def _month(word: str) -> int:
    return next(
        number for number, stem in enumerate(_MONTHS, 1) if word.startswith(stem) and (stem != "ма" or word[2:3] != "р")
    )


def _one(day: date | None) -> tuple[date, date] | None:
    return (day, day) if day else None


def _day_month(m: re.Match[str], today: date) -> tuple[date, date] | None:
    if m[3]:
        return _one(_date(int(m[3]), _month(m[2]), int(m[1])))
    return _one(_coming(int(m[1]), _month(m[2]), today))


def _days_of_month(m: re.Match[str], today: date) -> tuple[date, date] | None:
    first, last = (_coming(int(day), _month(m[3]), today) for day in (m[1], m[2]))
    return (first, last) if first and last and first <= last else None


def _of_next_month(m: re.Match[str], today: date) -> tuple[date, date] | None:
    return _one(_date(today.year + today.month // 12, today.month % 12 + 1, int(m[1])))


def _or_the_day(m: re.Match[str], today: date) -> tuple[date, date] | None:
    """«5 января или 6»."""
    first, last = (_coming(int(day), _month(m[2]), today) for day in (m[1], m[3]))
    return (first, last) if first and last and first < last else None


def _day_and_month(m: re.Match[str], today: date) -> tuple[date, date] | None:
    """«десятого двенадцатого»; «десятого одиннадцатого» would be two days."""
    return None if int(m[2]) == int(m[1]) + 1 else _numeric(m, today)


def _from_date_to_date(m: re.Match[str], today: date) -> tuple[date, date] | None:
    first = _coming(int(m[1]), _month(m[2]), today)
    last = first and _coming(int(m[3]), _month(m[4]), first)
    return (first, last) if first and last and first <= last else None


def _numeric(m: re.Match[str], today: date) -> tuple[date, date] | None:
    day, month, year = int(m[1]), int(m[2]), m[3]
    if year:
        full = int(year) + (2000 if len(year) == 2 else 0)
        return _one(_date(full, month, day)) if abs(full - today.year) <= 1 else None
    return _one(_coming(day, month, today))


def _iso(m: re.Match[str], today: date) -> tuple[date, date] | None:
    return _one(_date(int(m[1]), int(m[2]), int(m[3])))


def _day_number(m: re.Match[str], today: date) -> tuple[date, date] | None:
    if m[2]:  # «20 числа»
        return _numbered(int(m[2]), today)
    after = re.match(r"\s*([а-я]+)", m.string[m.end() :])
    counted = (
        after and morphology.has(after[1], "NOUN") and not re.match(r"числ|час|утр|вечер|обед|полд|д[не]", after[1])
    )
    if numerals.is_first_of_several(m) or (counted and not re.search(r"числ", m[0])):
        return None
    return _numbered(int(m[1]), today)


def _numbered(day: int, today: date) -> tuple[date, date] | None:
    year, month = today.year, today.month
    for _ in range(13):
        found = _date(year, month, day)
        if found and found >= today:
            return found, found
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return None


def _late_numbers(m: re.Match[str], today: date) -> tuple[date, date] | None:
    """«24 или 25»: no hours, since one of them is past midnight."""
    return _range_of_numbers(m, today) if 23 < int(m[2]) <= 31 and 1 <= int(m[1]) < int(m[2]) else None


def _range_of_numbers(m: re.Match[str], today: date) -> tuple[date, date] | None:
    first = _numbered(int(m[1]), today)
    last = first and _numbered(int(m[2]), first[0])
    return (first[0], last[0]) if first and last else None


def _weekday(word: str) -> int:
    return next(number for number, starts in enumerate(_WEEKDAYS) if word.startswith(starts))


def _next_weekday(m: re.Match[str], today: date) -> tuple[date, date] | None:
    ahead = (_weekday(m[2]) - today.weekday()) % 7
    if ahead == 0 and not (m[1] and m[1].startswith("эт")):
        ahead = 7
    return _one(today + ahead * DAY)


def _following_weekday(m: re.Match[str], today: date) -> tuple[date, date] | None:
    return _one(_monday(today) + WEEK + _weekday(m[1]) * DAY)


def _weekday_of_next_week(m: re.Match[str], today: date) -> tuple[date, date] | None:
    first, last = (_monday(today) + WEEK + _weekday(word) * DAY for word in (m[1], m[2] or m[1]))
    return (first, last) if first <= last else (last, first)


def _weekday_but_one(m: re.Match[str], today: date) -> tuple[date, date] | None:
    """«через пятницу»: not the coming one, the one after."""
    return _one(today + ((_weekday(m[1]) - today.weekday()) % 7 or 7) * DAY + WEEK)


def _weekday_in_weeks(m: re.Match[str], today: date) -> tuple[date, date] | None:
    return _one(_monday(today) + int(m[1] or 1) * WEEK + _weekday(m[2]) * DAY)


def _weekday_range(m: re.Match[str], today: date) -> tuple[date, date] | None:
    first = today + ((_weekday(m[1]) - today.weekday()) % 7 or 7) * DAY
    return first, first + (_weekday(m[2]) - _weekday(m[1])) % 7 * DAY


def _monday(day: date) -> date:
    return day - day.weekday() * DAY


def _this_week(m: re.Match[str], today: date) -> tuple[date, date] | None:
    return today, _monday(today) + 6 * DAY


def _next_week(m: re.Match[str], today: date) -> tuple[date, date] | None:
    monday = _monday(today) + WEEK
    if "через" in m[0]:
        monday += WEEK
    part = m[1] or ""
    if part.startswith("нач"):
        return monday, monday + 2 * DAY
    if part.startswith("сер"):
        return monday + DAY, monday + 3 * DAY
    if part.startswith("кон"):
        return monday + 3 * DAY, monday + 6 * DAY
    return monday, monday + 6 * DAY


def _bare_week(m: re.Match[str], today: date) -> tuple[date, date] | None:
    """«на этой не могу, лучше на следующей»: the week goes without saying, unless another noun follows."""
    after = re.match(r"\s([а-я]+)", m.string[m.end() :])
    if after and (morphology.has(after[1], "NOUN") or morphology.has(after[1], "ADJF")):
        return None
    monday = _monday(today)
    return (today, monday + 6 * DAY) if m[1] == "эт" else (monday + WEEK, monday + 13 * DAY)


def _part_of_week(m: re.Match[str], today: date) -> tuple[date, date] | None:
    monday = _monday(today) + (WEEK if m[1].startswith("нач") and today.weekday() > 1 else timedelta())
    first, last = {"н": (0, 2), "с": (1, 3), "к": (3, 6)}[m[1][0]]
    return max(today, monday + first * DAY), monday + last * DAY


def _weekend(m: re.Match[str], today: date) -> tuple[date, date] | None:
    saturday = _monday(today) + 5 * DAY
    following = re.search(_NEXT, m[0])
    if following or (today.weekday() == 6 and not re.search(r"\bэт", m[0])):
        saturday += WEEK
    return saturday, saturday + DAY


def _month_part(m: re.Match[str], today: date) -> tuple[date, date] | None:
    """«в начале декабря», «в конце месяца»: ten days each; of a month that runs, the beginning is the next one's."""
    part, word = m[1][0], m[2]
    if word.startswith("мес"):
        following = "след" in m[0] or (part == "н" and today.day > 10)
        ahead = today.month - 1 + following
        year, month = today.year + ahead // 12, ahead % 12 + 1
    else:
        month = _month(word)
        year = today.year + (month < today.month)
    first, last = {"н": (1, 10), "с": (10, 20)}.get(part, (21, monthrange(year, month)[1]))
    return max(today, date(year, month, first)), date(year, month, last)


def _numbers_of_month(m: re.Match[str], today: date) -> tuple[date, date] | None:
    """«в первых числах января» is five days, «в двадцатых числах» ten."""
    first, month = int(m[1]), _month(m[2])
    year = today.year + (month < today.month)
    last = min(first + (4 if first == 1 else 9), monthrange(year, month)[1])
    return date(year, month, first), date(year, month, last)


def _next_month(m: re.Match[str], today: date) -> tuple[date, date] | None:
    year, month = today.year + today.month // 12, today.month % 12 + 1
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _in_month(m: re.Match[str], today: date) -> tuple[date, date] | None:
    """«в марте»: what is left of the month that runs, else the whole of the next such one."""
    month = _month(m[1])
    year = today.year + (month < today.month)
    return max(today, date(year, month, 1)), date(year, month, monthrange(year, month)[1])


def _ahead(days: int) -> Build:
    return lambda m, today: _one(today + days * DAY)


def _in_units(m: re.Match[str], today: date) -> tuple[date, date] | None:
    count = 2 if (m[1] or "").startswith("пар") else int(m[1] or 1)
    if m[2].startswith("мес"):
        ahead = today.month - 1 + count
        year, month = today.year + ahead // 12, ahead % 12 + 1
        return _one(date(year, month, min(today.day, monthrange(year, month)[1])))
    return _one(today + count * (WEEK if m[2].startswith("нед") else DAY))


def _some_units(m: re.Match[str], today: date) -> tuple[date, date] | None:
    """«дня через три»."""
    unit, count = m[0].split(" через ")
    turned = _UNITS.match(f"через {count} {unit}")
    return _in_units(turned, today) if turned else None


_UNITS = re.compile(r"\bчерез\s(?:(\d{1,2}|пар[уо][а-я]*)\s)?(д(?:ень|ня|ней)|сут[а-я]+|недел[а-я]+|месяц[а-я]*)\b")


_GRAMMAR: tuple[tuple[re.Pattern[str], Build], ...] = tuple(
    (re.compile(source), build)
    for source, build in (
        (
            rf"(?:\b(?:с|со|между)\s)?{_NUMBER}{_TH}\s?(?:-|по|и|или|либо|до|,)\s?(\d{{1,2}}){_TH}\s{_MONTH}",
            _days_of_month,
        ),
        (rf"{_NUMBER}{_TH}(?:\sчисл[а-я]+)?\sследующего\sмесяца", _of_next_month),
        (
            rf"{_NUMBER}{_TH}\s{_MONTH}\s(?:или|либо)\s(\d{{1,2}}){_TH}(?=\s*(?:[,.!?]|$)|\s(?:в|во|на|к)\s)",
            _or_the_day,
        ),
        (rf"{_NUMBER}-го\s(1[0-2]|[1-9])-го()\b(?!\sчисл)", _day_and_month),
        (rf"\bсо?\s{_NUMBER}{_TH}\s{_MONTH}\s(?:по|до)\s(\d{{1,2}}){_TH}\s{_MONTH}", _from_date_to_date),
        (rf"{_NUMBER}{_TH}[\s,]*{_MONTH}\.?(?:,?\s(20\d\d)(?:\s?г(?:\.|ода)?)?)?", _day_month),
        (r"\b(20\d\d)-(\d\d)-(\d\d)\b", _iso),
        (
            r"\b(?:на\s|с\s|между\s)?(\d{1,2})\s(?:или|либо|по|и)\s(\d{1,2})\b(?![\d:.%-]|\s?(?:ч|час|мин|руб|лет|год))",
            _late_numbers,
        ),
        (r"\bна\s(2[4-9]|3[01])()\b(?![\d:.%-]|\s(?!на|в|к|или)[а-я])", _day_number),
        (
            r"(?<![\d.:/])(?<!\d\s)\b(2[4-9]|3[01])()(?=\s(?:в|на|к)\s(?:[01]?\d|2[0-3])(?:[:.\s][0-5]\d)?(?![\d:.%-]))",
            _day_number,
        ),
        (
            r"\b(?:на\s|(?:можно|давайте?|лучше)\s(?=[5-9]|\d\d))(\d{1,2})()(?=\s(?:на|в|к)\s(?:[01]?\d|2[0-3])(?:[:.\s][0-5]\d)?(?![\d:.%-]|\s?(?:час[ао]?|мин|руб|дн|чел)))",
            _day_number,
        ),
        (r"(?<![\d.:/])(\d{1,2})[./](0[1-9]|1[0-2]|[1-9])(?:[./](\d{4}|\d\d))?(?![\d:/])(?!\.\d)", _numeric),
        (r"(?<![\d.:/+-])\b(\d\d)\s(0[1-9]|1[0-2])()(?=,|\sв\s\d|\sна\s\d)", _numeric),
        (rf"(?:\bс|\bмежду)\s{_NUMBER}{_TH}\s(?:по|и)\s(\d{{1,2}}){_TH}\s?числ[а-я]*", _range_of_numbers),
        (rf"{_NUMBER}\s?-?\s?(?:ого|его|ому|го|ое|му|е)\b(?:\sчисл[а-я]*)?|{_NUMBER}\sчисл[аоу]\b", _day_number),
        (r"\b(?:послезавтра|после\sзавтра[а-я]*|послезавтраш[а-я]*)\b", _ahead(2)),
        (r"\bзавтра(?:шн[а-я]+)?\b", _ahead(1)),
        (r"\bсегодн[а-я]+\b", _ahead(0)),
        (r"\bпозавчера(?:шн[а-я]+)?\b", _ahead(-2)),
        (r"\bвчера(?:шн[а-я]+)?\b", _ahead(-1)),
        (rf"\bсо?\s{_WEEKDAY}\sпо\s{_WEEKDAY}", _weekday_range),
        (r"\b(?:д(?:ня|ней)|недел[иь]|месяц[а-я]*)\sчерез\s(?:\d{1,2}|пару)\b", _some_units),
        (r"\bчерез\sдень\b", _ahead(2)),
        (rf"\bчерез\s(?:(\d)\s)?недел[юи][\s,]*(?:в|во)\s{_WEEKDAY}", _weekday_in_weeks),
        (rf"\b{_WEEKDAY}(?:{_OR}{_WEEKDAY})?[\s,]*(?:на\s)?{_NEXT}\sнедел[а-я]+", _weekday_of_next_week),
        (
            rf"\b(?:на\s)?{_NEXT}\sнедел[а-я]+[\s,]+(?:лучше\s)?(?:в\s|во\s)?{_WEEKDAY}(?:{_OR}{_WEEKDAY})?",
            _weekday_of_next_week,
        ),
        (rf"\bчерез\s{_WEEKDAY}", _weekday_but_one),
        (rf"\b{_NEXT}\s{_WEEKDAY}", _following_weekday),
        (rf"\b(?:({_THIS})\s)?{_WEEKDAY}", _next_weekday),
        (
            rf"\b(?:{_NEXT}|{_THIS})\sвыходн[а-я]+|\b(?:на|в)\s(?:эти[хм]?\s|{_NEXT}\s)?выходн[а-я]+|\bвыходные\b",
            _weekend,
        ),
        (
            rf"\b(?:(начал[а-я]*|середин[а-я]*|кон[ецау]+)\s)?{_NEXT}\s(?:же\s)?недел[а-я]+|"
            rf"\b()через\s1?\s?неделю-другую",
            _next_week,
        ),
        (r"\b()на\sтой\sнеделе\b", _next_week),
        (r"\bна\s(эт|след)(?:ой|ующей)\b(?!\s(?:недел|выход|празд))", _bare_week),
        (r"\b(начал[а-я]*|середин[а-я]*|кон[ецау]+)\s(?:этой\s)?недел[а-я]+", _part_of_week),
        (
            r"\b(?:на|в)\s(?:эт[уо][йю]?\s|ближайш[а-я]+\s|текущ[а-я]+\s)?(?:же\s)?неделе\b|\b(?:эт[аойу]+|"
            r"ближайш[а-я]+)\sнедел[а-я]+",
            _this_week,
        ),
        (
            rf"\b(начал[а-я]*|середин[а-я]*|кон[ецау]+)\s(?:{_NEXT}\s|этого\s)?(месяц[а-я]*|{_MONTH[1:-3]})\b",
            _month_part,
        ),
        (rf"\b(?:в|на)\s(1|10|20)-(?:ы|и)?х\sчисл[а-я]+\s{_MONTH}", _numbers_of_month),
        (rf"\bв\s(?:{_NEXT})\sмесяце", _next_month),
        (
            rf"\bв\s(?:{_THIS}\s)?"
            r"((?:янв|фев|март|апрел|ма|июн|июл|август|сентябр|октябр|ноябр|декабр)[а-я]{0,4}е)\b",
            _in_month,
        ),
        (_UNITS.pattern, _in_units),
        *feasts.NAMED,
    )
)
_FEASTS = frozenset(build for _, build in feasts.NAMED)
