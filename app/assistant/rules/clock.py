"""Which times of day a text names: «в полтретьего», «после 18», «с 14 до 17», «часа через два», «вечером»."""

import re
from dataclasses import dataclass
from datetime import timedelta

from app.assistant.rules import morphology

DAY_END = 23 * 60 + 59
MORNING, NOON_TO_FIVE, AFTER_LUNCH, EVENING = (540, 720), (720, 1020), (780, 1080), (1020, 1260)
LUNCH, BEFORE_LUNCH, NIGHT = (720, 840), (540, 780), (1260, DAY_END)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Times named at plain[start:end], in minutes of the day.

    exact       one moment: first == last
    open_half   the hour was 1 to 12 with no word that tells morning from evening: `first` is as typed
    part        only a part of the day («вечером»)
    edge        `from` («после 18»), `until` («до 12») or empty
    """

    start: int
    end: int
    first: int
    last: int
    exact: bool = False
    open_half: bool = False
    part: bool = False
    edge: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """From now: «через час» (first == last), «в течение часа», «прямо сейчас»."""

    start: int
    end: int
    first: timedelta
    last: timedelta
    exact: bool = True
    weak: bool = False  # a bare «сейчас»: gives way to any other time


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """From the visit that stands: «на час позже», «на день раньше»."""

    start: int
    end: int
    by: timedelta


_OF_DAY = r"(?:\sдня|(?!\s(?:недел|месяц|год|час|декабр|январ|феврал|март)))"
_PARTS: tuple[tuple[str, tuple[int, int]], ...] = (
    (
        r"\b(?:после|посл)\s(?:обед[а-я]*(?:\sперерыва)?|школы|уроков|занятий|пар)\b|\bс\sобеда\b|"
        rf"\b(?:во\s)?2-[а-я]+\sполовин[а-я]+{_OF_DAY}",
        AFTER_LUNCH,
    ),
    (rf"\b(?:до|перед)\sобед[а-я]*\b|\bв?\s?1-[а-я]+\sполовин[а-я]+{_OF_DAY}|\bдообеда", BEFORE_LUNCH),
    (
        r"\bв\sобед[а-я]*(?:\sперерыв)?\b|\bна\sобед\b|\b(?:в\sрайоне|около)\sобеда\b|\bк\sобеду\b|"
        r"\bобеденн[а-я]+\s(?:перерыв|врем)[а-я]*",
        LUNCH,
    ),
    (r"\bпосле\sработы\b|\bс\sработы\b(?!\s(?:[а-я]+\s)?не\s)", EVENING),  # «с работы не отпускают»
    (r"\bдо\sработы\b|\bперед\sработой\b", MORNING),
    (r"\b(?:с|с самого|рано|ранн[а-я]+|ближе к|к|на|в)?\s?утр(?:а|ом|у|о|еннее|ение|ечком)\b(?:\sпораньше)?", MORNING),
    (r"\b(?:ближе\sк\s|к\s|на\s|в\s|под\s)?вечер(?:ом|у|а|ок|ком|нее|ние)?\b", EVENING),
    (r"\bднем\b|\bсредь?\sдня\b|\bна\sдневно[а-я]+|\bв\sдневное\s\w+|\bв\sсередине\sдня", NOON_TO_FIVE),
    (r"\bдо\sполудня\b", MORNING),
    (r"\bпосле\sполудня\b", (720, DAY_END)),
    (r"\bночью\b", NIGHT),
)
_GREETING = re.compile(
    # no times: «один на один», «опоздаю минут на 5», «4 колеса на 17», «стёрты в ноль»
    r"\b(?:в|под)\s0\b(?!\s?[:.]\d|\s(?:\d|час|ноч))|\d\sколес[а-я]*\sна\s1[3-9]\b|\b1\sна\s1\b|\bминут[а-я]*\sна\s\d+|\bна\s\d+\sминут[а-я]*\b(?!\s(?:поз|попоз|рань|порань))|"
    r"\b(?:доброе|доброго|добрый|добрым?)\s(?:утр[ао]|д[ен]н?[яьн]?|дня|день|вечер[а]?|времени суток)\b|"
    r"\bхорошего\s(?:дня|вечера)"
)
_HALF = r"(?:\s?\b(утра|дня|вечера|вечером|днем|утром|ночи)\b)?"
_HOUR = r"(\d{1,2})(?:[:.\s](\d\d))?"
_CLOCK = rf"{_HOUR}\s?(?:ч(?:ас(?:ов|а|ам|у)?)?\b\.?)?{_HALF}"
_ABOUT = r"(?:примерно\s|где-то\s|около\s|часам?\s|часов\s|часа\s|ровно\s|так\s)*"
_IN = r"\b(?:в|во|на|к|ко|около|в районе|в пределах|ближе к|часов в|часа в|часам к|часов к|часиков в)\s" + _ABOUT
_COUNTED = re.compile(r"\s*(?:-?(?:й|ый|ий|ой|ом|ем|ым|им|я|е|го|ое|ая|му|х|ти|ой|ую|ю)\b|%|руб|тыс|км|\+|х\b|x\b|/)")
_MEASURED = re.compile(
    r"\s*(?:радиус|размер|дюйм|класс|этаж|кабинет|корпус|подъезд|литр|процент|минутах)"
)  # «на 17 радиус»
_COUNTED_ONE = re.compile(  # «в одно время», «в один день», «в один заход»
    r"\s*(?:врем[яе]|день|раз|заход|присест|визит|прием|приезд|поход|подход|сеанс|голос|момент|миг|смену|посещение|"
    r"процедуру|и\sт(?:о|от|у)\sже)\b"
)
_UNIT = re.compile(r"\s*([а-я]+)")
_OF_TIME = re.compile(
    r"час|утр|вечер|дн[яе]|ночи|минут|пополу|ровно|обед|числ|понед|вторн|сред|четв|пятн|субб|воскр|заняти|трениров"
)


def find(plain: str) -> tuple[list[Times | Delay | Shift], str]:
    """(what was found, in order; the text with it blanked). Days must have been blanked with «·» before."""
    scan = _Scan(_GREETING.sub(lambda match: " " * len(match[0]), plain))
    _delays(scan)
    _shifts(scan)
    _ranges(scan)
    _edges(scan)
    _moments(scan)
    _parts(scan)
    return sorted(scan.found, key=lambda item: item.start), scan.text


def find_ordinal_hours(plain: str) -> tuple[list[Times | Delay | Shift], str]:
    """«половина шестого», «четверть пятого», «без пяти шесть»: their ordinals would pass for days of the month."""
    scan = _Scan(plain)
    _spoken(scan)
    return scan.found, scan.text


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Times | Delay | Shift] = []

    def matches(self, pattern: "re.Pattern[str]") -> list[re.Match[str]]:
        return list(pattern.finditer(self.text))

    def keep(self, item: Times | Delay | Shift) -> None:
        self.found.append(item)
        self.text = self.text[: item.start] + "•" * (item.end - item.start) + self.text[item.end :]


def _count(word: str | None, *, default: float = 1) -> float:
    if not word:
        return default
    if word.startswith("пол"):
        return 1.5 if word.startswith("полт") else 0.5
    return 2 if word.startswith("пар") else float(word)


_AMOUNT = r"(\d{1,2}|полтор[аы]|пол|пар[уы])"
_DELAY = (
    re.compile(rf"\b(?:примерно\s)?через\s(?:{_AMOUNT}\s?)?(с\sполовиной\s)?(час|минут)[а-я]*(\sс\sполовиной)?"),
    re.compile(r"\b(час|минут)[а-я]*\sчерез\s(\d{1,2}|полтор[аы]|пару)"),
    re.compile(r"\bчерез\s(час|минут)[а-я]+\s(\d{1,2}|полтор[аы])\b(?![:.]\d)"),
)
_EITHER_DELAY = re.compile(
    r"\bчерез\s(?:(час)-(полтор[а-я]|2)|(\d{1,2})\s?(?:-|или)\s?(\d{1,2})\s(час|минут)[а-я]*)|"
    r"\b(час|минут)[а-я]*\sчерез\s(\d{1,2})\s?(?:-|или)\s?(\d{1,2})\b"
)
_WITHIN = re.compile(rf"\b(?:в\sтечени[еи]|в\sближайши[ей])\s(?:{_AMOUNT}\s?)?(час|минут)[а-я]*")
_NOW = re.compile(r"\b(прямо\sсейчас|прям\sсейчас|сию\sминуту|немедленно)\b|\bсейчас\b")


def _delays(scan: _Scan) -> None:
    for m in scan.matches(_EITHER_DELAY):
        one = timedelta(minutes=1) if "минут" in (m[5], m[6]) else timedelta(hours=1)
        first, last = _count(m[3] or m[7]) * one, _count(m[2] or m[4] or m[8]) * one
        scan.keep(Delay(start=m.start(), end=m.end(), first=first, last=last, exact=False))
    for pattern in reversed(_DELAY):
        for m in scan.matches(pattern):
            if pattern is _DELAY[0]:
                amount = _count(m[1]) + (0.5 if m[2] or m[4] else 0)
                unit = m[3]
            else:
                amount, unit = _count(m[2]), m[1]
            by = timedelta(hours=amount) if unit == "час" else timedelta(minutes=amount)
            scan.keep(Delay(start=m.start(), end=m.end(), first=by, last=by))
    for m in scan.matches(_WITHIN):
        by = timedelta(hours=_count(m[1])) if m[2] == "час" else timedelta(minutes=_count(m[1]))
        scan.keep(Delay(start=m.start(), end=m.end(), first=timedelta(), last=by, exact=False))
    for m in scan.matches(_NOW):
        zero = timedelta()
        scan.keep(Delay(start=m.start(), end=m.end(), first=zero, last=zero, weak=True))


_SHIFT = re.compile(
    rf"\bна\s(?:{_AMOUNT}\s?)?(час|минут|д(?:ень|ня|ней)|недел)[а-я]*\s(?:[а-я]+\s)?(позже|попозже|позднее|"
    rf"раньше|пораньше|вперед)"
    rf"|\b(позже|попозже|позднее|раньше|пораньше)\s(?:(минут|час|дн)[а-я]*\s)?на\s(?:{_AMOUNT}\s?)?(час|минут|д(?:ень|ня|"
    rf"ней)|недел)?[а-я]*"
    rf"|\bеще\sна\s(?:{_AMOUNT}\s)?(час|д(?:ень|ня|ней)|недел)[а-я]*"
)


def _shifts(scan: _Scan) -> None:
    for m in scan.matches(_SHIFT):
        amount, unit, where = (m[1], m[2], m[3]) if m[2] else (m[6], m[7] or m[5], m[4])
        if m[9]:  # «ещё на неделю»
            amount, unit, where = m[8], m[9], "позже"
        size = {"час": timedelta(hours=1), "нед": timedelta(days=7)}.get((unit or "минут")[:3])
        size = size or (timedelta(days=1) if (unit or "м")[0] == "д" else timedelta(minutes=1))
        by = _count(amount) * size
        back = where.startswith(("раньше", "пораньше"))
        scan.keep(Shift(start=m.start(), end=m.end(), by=-by if back else by))


_MOVED_BY = re.compile(  # «сдвиньте на час»: later, where nothing else is said
    rf"(?:сдвин|сдвига|передвин|подвин)[а-я]*(?:\s[а-я]+){{0,2}}\s(на\s(?:{_AMOUNT}\s?)?(час|минут)[а-я]*)(?![а-я]|\s(?:дня|ночи|[а-я]*\s?(?:поз|поп|ран|пор|впер)))"
)
_TO_MOVE = r"(?:сдвин|сдвига|передвин|подвин|отодвин|отложи|отлага|смест|смеща|перен[её]с|перенос|перекин)[а-я]*"
_BY_WEEKS = rf"на\s(?:{_AMOUNT}\s)?(?:недел(?:ю|и|ек)|недельку|день)(?![а-я])"
_MOVED_BY_DAYS = re.compile(  # «отодвиньте ровно на неделю», «на недельку перенести»; «перенести на 2 дня» is an hour
    rf"{_TO_MOVE}(?:,?\s[а-я]+){{0,2}},?\s({_BY_WEEKS})(?!\s[а-я]*\s?(?:поз|поп|ран|пор|впер|назад|недел))|"
    rf"\b({_BY_WEEKS})\s{_TO_MOVE}|"
    rf"(?:сдвин|подвин|отодвин|отлож|смест)[а-я]*(?:\s[а-я]+){{0,2}}\s(на\s{_AMOUNT}\sдн(?:я|ей))(?![а-я])"
)
_HALF_PAST = re.compile(
    rf"\b(?:(?:в|к|на|около|после|с|до)\s)?(пол|половин[а-я]+|четверть|"
    rf"(\d{{1,2}})\sминут[а-я]*|минут[а-я]*\s(?:в\s|на\s|через\s)?(\d{{1,2}}))"
    rf"[\s-]?(\d{{1,2}})-?(?:го|ого|его){_HALF}"
)
_HALF_OF = re.compile(rf"\b(?:(?:в|к|на|около|после|с|до)\s)?(?:пол|половин[а-я]+)[\s-]?(\d{{1,2}})(?![-\d:.]){_HALF}")
_AND_A_HALF = re.compile(r"\b(?:в|к|на|после|около)\s(\d{1,2})\sс\sполовиной(?!\s(?:час|раз|тыс))")
_TO = re.compile(
    rf"\b(?:(?:в|к|на|около|после)\s)?без\s(четверти|\d{{1,2}})(?:-?ти)?(?:\sминут[а-я]*)?\s(час|\d{{1,2}}){_HALF}"
)
_NOON = re.compile(r"(?<!до )(?<!после )(?<!до)(?<!после)\b(?:в|к|на)?\s?\bпол(день|дню|удн[яю]|ночь)\b")
_ONE = re.compile(
    r"\b(?:в|к|ко|на|около)\sчас[у]?(?:\s([0-5]\d)(?!\d|\sмин))?(?:\s(дня|ночи))?\b(?!\s(?:[а-я]+\s)?(?:поз|попоз|рань|порань|"
    r"вперед))|\bчас\s(дня|ночи)\b"
)

_ONE_EDGE = re.compile(r"\b(до|после)\sчаса(?:\sдня)?\b(?!\s(?:\d|ночи|пик|икс|x))")


def _spoken(scan: _Scan) -> None:
    for m in scan.matches(_MOVED_BY_DAYS):
        group = m.lastindex if m.lastindex in (1, 3, 5) else (m.lastindex or 2) - 1
        by = _count(m[group + 1]) * timedelta(days=7 if "нед" in m[group] else 1)
        scan.keep(Shift(start=m.start(group), end=m.end(group), by=by))
    for m in scan.matches(_MOVED_BY):
        by = _count(m[2]) * (timedelta(hours=1) if m[3] == "час" else timedelta(minutes=1))
        scan.keep(Shift(start=m.start(1), end=m.end(1), by=by))
    for m in scan.matches(_HALF_PAST):
        past = 30 if m[1].startswith("пол") else 15 if m[1] == "четверть" else int(m[2] or m[3])
        _add(scan, m, _before(int(m[4]), m[5]) + past, m[5])
    for m in scan.matches(_HALF_OF):
        _add(scan, m, _before(int(m[1]), m[2]) + 30, m[2])
    for m in scan.matches(_AND_A_HALF):
        _add(scan, m, int(m[1]) * 60 + 30, None)
    for m in scan.matches(_TO):
        hour = 1 if m[2] == "час" else int(m[2])
        _add(scan, m, _before(hour, m[3]) + 60 - (15 if m[1] == "четверти" else int(m[1])), m[3])
    for m in scan.matches(_NOON):
        minute = 0 if m[1] == "ночь" else 720
        scan.keep(Times(start=m.start(), end=m.end(), first=minute, last=minute, exact=True))
    for m in scan.matches(_ONE):
        _add(scan, m, 60 + int(m[1] or 0), m[2] or m[3])
    for m in scan.matches(_ONE_EDGE):
        _add(scan, m, 60, "дня", "until" if m[1] == "до" else "from")


def _before(hour: int, half: str | None) -> int:
    """Minutes of the full hour before; «полпервого» is past noon, unless «ночи»."""
    minute = (hour - 1) * 60
    return minute if minute or (half and half.startswith("н")) else 720


def _add(scan: _Scan, m: re.Match[str], minute: int, half: str | None, edge: str = "") -> None:
    if not 0 <= minute < 1440:
        return
    minute, sure = _halved(minute, half)
    first, last = (
        (minute, DAY_END) if edge == "from" else (min(540, minute), minute) if edge == "until" else (minute, minute)
    )
    scan.keep(
        Times(start=m.start(), end=m.end(), first=first, last=last, exact=not edge, open_half=not sure, edge=edge)
    )


def _halved(minute: int, half: str | None) -> tuple[int, bool]:
    """(minute of the day, is it certain)."""
    if not half:
        return minute, minute >= 780
    if half.startswith("н"):
        return (minute % 720 if minute >= 660 else minute), True
    if half.startswith("у"):
        return minute, True
    return (minute + 720 if minute < 720 else minute), True


_BOTH = rf"{_HOUR}\s?(?:ч(?:ас(?:ов|а)?)?\b)?{_HALF}"
_RANGE = re.compile(
    rf"\b(?:с|со|от|между|в промежутке с|в промежутке между)\s{_ABOUT}{_BOTH}\s?(?:до|и|по|-)\s?{_BOTH}(?![\d:])"
)
_DASHED = re.compile(
    r"(?<![\d.:-])(\d{1,2})(?::(\d\d))?\s?-\s?(\d{1,2})(?::(\d\d))?(?![\d.:-])(?!\s?(?:руб|лет|год|раз|"
    r"чел|минут|класс|го\b))"
)
_EITHER = re.compile(rf"(?:{_IN})?{_BOTH}\s(?:или|либо)\s(?:в\s|на\s|к\s)?{_BOTH}(?![\d:])")


def _ranges(scan: _Scan) -> None:
    for pattern in (_RANGE, _EITHER):
        for m in scan.matches(pattern):
            if int(m[1]) > 24 or int(m[4]) > 24 or _is_count(scan.text, m.end(), m[5]):
                continue
            _add_range(scan, m, _minute(m[1], m[2]), m[3] or m[6], _minute(m[4], m[5]), m[6])
    for m in scan.matches(_DASHED):
        first, second = int(m[1]), int(m[3])
        told = re.search(
            r"\b(?:в|во|на|к|ко|до|после|с|(?:промежут|интервал|период)[а-я]+)\s*$|·[\s,]*$", scan.text[: m.start()]
        )
        plain_minutes = not m[2] and not m[4] and len(m[3]) == 2
        if plain_minutes and first < 24 and (second > 24 or second == 0 or (second in (5, 15, 20) and told)):
            if second < 60:
                _add(scan, m, first * 60 + second, None)
        elif (first, int(m[2] or 0)) < (second, int(m[4] or 0)) and second <= 24 and (told or m[2]):
            _add_range(scan, m, _minute(m[1], m[2]), None, _minute(m[3], m[4]), None)


def _minute(hour: str, minute: str | None) -> int:
    return int(hour) * 60 + int(minute or 0)


def _add_range(scan: _Scan, m: re.Match[str], first: int, half: str | None, last: int, last_half: str | None) -> None:
    first, sure = _halved(first, half)
    last, _ = _halved(last, last_half)
    if last < first:
        last += 720
    scan.keep(
        Times(start=m.start(), end=m.end(), first=first, last=min(last, DAY_END), open_half=not sure and last < 780)
    )


_NO_WAY_TO = r"(?!\s?на\s(?:\d|после|утр|вечер|обед|день|друг|поп|поз|ран|пор|полов))"  # «с 9:40 на после обеда»
_FROM = re.compile(
    rf"\b(?:после|попозже|позже|позднее|не раньше|не ранее|начиная с|с|со|от)\s{_ABOUT}{_CLOCK}(?![\d:]){_NO_WAY_TO}"
)
_UNTIL = re.compile(rf"\b(?:до|не позже|не позднее|раньше)\s{_ABOUT}{_CLOCK}(?![\d:])")


def _edges(scan: _Scan) -> None:
    for edge, pattern in (("from", _FROM), ("until", _UNTIL)):
        for m in scan.matches(pattern):
            if int(m[1]) <= 24 and int(m[2] or 0) < 60 and not _is_count(scan.text, m.end(), m[2]):
                _add(scan, m, min(_minute(m[1], m[2]), DAY_END), m[3], edge)


_AT = re.compile(rf"{_IN}{_CLOCK}(?!\d|:\d)")
_WRITTEN = re.compile(rf"(?<![\d.:/-])(\d{{1,2}})[:.](\d\d){_HALF}(?!\d|:\d|/)(?!\.\d)")
_TO_THE_MINUTE = re.compile(
    rf"(?:{_IN})?(?<![\d.:/-])\b(\d{{1,2}})\s?ч(?:ас(?:ов|а)?)?\.?\s?(\d\d)\s?м(?:ин[а-я]*)?\b{_HALF}"
)
_RUN_TOGETHER = re.compile(r"\b(?:в|на|к)\s([01]\d|2[0-3])([0-5][05])\b()(?!\s?(?:г|руб|р\b|₽|час|км|шт))")  # «в 1430»
_LASTS = r"(?:длит|продл|заним|займ|ид[её]т|уход|назад|подряд|хват)"
_HOURS = re.compile(
    rf"(?<![\d.:/-])(\d{{1,2}})\s?ч(?:ас(?:ов|а|ам|у)?)?\b\.?(?:\s?(\d\d)\s?м[а-я]*)?{_HALF}(?!\s{_LASTS})"
)
_TOLD = re.compile(r"(?<![\d.:/-])(\d{1,2})(?:[:.\s](\d\d))?\s(утра|дня|вечера|ночи)\b")
_AFTER_DAY = re.compile(r"(?<=·)[\s,]+(\d{1,2})(?:\s(\d\d))?(?![\d:%-]|\.\d)(?=\s*(?:[,.!?]|$|\s[а-я]))()")
_BEFORE_DAY = re.compile(r"(?<![\d.:/-])\b(\d{1,2})()()(?=\s·)")


def _moments(scan: _Scan) -> None:
    for pattern in (_TO_THE_MINUTE, _RUN_TOGETHER, _WRITTEN, _AT, _HOURS, _TOLD, _AFTER_DAY, _BEFORE_DAY):
        for m in scan.matches(pattern):
            hour, minute = int(m[1]), int(m[2] or 0)
            counted = _is_count(scan.text, m.end(), m[2]) and not m[3] and pattern is not _HOURS
            if hour < 24 and minute < 60 and not counted:
                _add(scan, m, hour * 60 + minute, m[3])


def _is_count(text: str, end: int, minutes: str | None) -> bool:
    """True when the number counts things («на 2 человека», «в 7 классе») or is an ordinal."""
    rest = text[end:]
    if _COUNTED.match(rest) or _COUNTED_ONE.match(rest) or _MEASURED.match(rest):
        return True
    unit = _UNIT.match(rest)
    if (
        minutes
        or not unit
        or _is_done(unit[1])
        or _OF_TIME.match(unit[1])
        or text[end - 1] == "\n"
        or morphology.may_be(unit[1], "Name")
    ):
        return False
    return morphology.has(unit[1], "NOUN") and morphology.is_known(unit[1]) and _agrees(unit[1])


def _is_done(word: str) -> bool:
    """«в 4 примете?»: of a person that is spoken to or speaks, whatever noun looks like it."""
    return morphology.may_be(word, "VERB", "2per") or morphology.may_be(word, "VERB", "1per")


def _agrees(noun: str) -> bool:
    """A counted noun stands in the genitive or the prepositional case; «в 18 маникюр», «в 16 математика» are not."""
    likely = [parse.tag for parse in morphology.parses(noun) if parse.score >= morphology.PLAUSIBLE]
    named = any("nomn" in tag and "sing" in tag for tag in likely)
    return not named and any("gent" in tag or "loct" in tag for tag in likely)


def _parts(scan: _Scan) -> None:
    for source, (first, last) in _PARTS:
        for m in scan.matches(re.compile(source)):
            scan.keep(Times(start=m.start(), end=m.end(), first=first, last=last, part=True))
