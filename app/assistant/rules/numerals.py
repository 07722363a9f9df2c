"""Russian numerals in words → figures: «в половине шестого» → «в половине 6-го», «двадцать пятого» → «25-го»."""

import re
from functools import lru_cache

from app.assistant.rules.wordlist import wordlist

_UNITS = wordlist("ноль один два три четыре пять шесть семь восемь девять")
_TEENS = wordlist(
    "десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать"
)
_TENS = wordlist("двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто")
_HUNDREDS = wordlist("сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот")

_VALUES = (
    dict(zip(_UNITS, range(10), strict=True))
    | dict(zip(_TEENS, range(10, 20), strict=True))
    | dict(zip(_TENS, range(20, 100, 10), strict=True))
    | dict(zip(_HUNDREDS, range(100, 1000, 100), strict=True))
)
_FORMS = {
    "одна": 1, "одну": 1, "одно": 1, "одного": 1, "одной": 1, "две": 2, "двух": 2, "двум": 2, "трех": 3, "трем": 3,
    "четырех": 4, "четырем": 4, "нуль": 0, "восьми": 8, "сорока": 40, "ста": 100, "двумя": 2, "тремя": 3, "четырьмя": 4,
    "пятью": 5, "шестью": 6, "семью": 7, "восемью": 8, "девятью": 9, "десятью": 10,
}  # fmt: skip
_ORDINALS = {
    "перв": 1, "втор": 2, "треть": 3, "трет": 3, "четверт": 4, "пят": 5, "шест": 6, "седьм": 7, "восьм": 8, "девят": 9,
    "десят": 10, "одиннадцат": 11, "двенадцат": 12, "тринадцат": 13, "четырнадцат": 14, "пятнадцат": 15,
    "шестнадцат": 16, "семнадцат": 17, "восемнадцат": 18, "девятнадцат": 19, "двадцат": 20, "тридцат": 30,
}  # fmt: skip
_ENDINGS = (
    "ого",
    "его",
    "ому",
    "ему",
    "ое",
    "ье",
    "ая",
    "ья",
    "ую",
    "ью",
    "ой",
    "ей",
    "ый",
    "ий",
    "ым",
    "им",
    "ом",
    "ем",
    "ых",
    "их",
)
_SHORT = {"ого": "го", "его": "го", "ому": "му", "ему": "му"}
_WORD = re.compile(r"[а-я]+|\d+|[^\w\s]+")
_CASED = re.compile(r"\b(к|ко|до|после|около|с|со|между|и|часам к)\s(\d{1,2})-?(?:ти|ми|и|х|м|ем)\b")  # «к 12-ти»
_HALF = re.compile(r"\bпол[\s-]?([а-я]+(?:ого|его))\b")


@lru_cache(maxsize=5000)
def value(word: str) -> tuple[int, str] | None:
    """(number, ordinal ending or empty) of one folded word; None: not a numeral. «пятого» → (5, "го")."""
    if word in _VALUES or word in _FORMS:
        return _VALUES.get(word, _FORMS.get(word, 0)), ""
    if word.endswith("и") and word[:-1] + "ь" in _VALUES:  # «к девяти», «с двадцати»
        return _VALUES[word[:-1] + "ь"], ""
    if word.endswith("ью") and word[:-1] in _VALUES:  # «между двенадцатью и двумя»
        return _VALUES[word[:-1]], ""
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and stem in _ORDINALS:
            return _ORDINALS[stem], _SHORT.get(ending, ending[-1] if ending in ("ое", "ье") else ending)
    return None


def to_figures(text: str) -> str:
    """Folded text with its numerals as figures. Compounds join while they descend: «девятьсот двадцать один» → 921."""
    text = _CASED.sub(r"\1 \2", text)
    text = _HALF.sub(lambda m: f"пол {m[1]}" if value(m[1]) else m[0], text)
    out: list[str] = []
    total: int | None = None
    floor = 1000  # the next part of a compound must be below it
    end = 0
    oblique = False  # «без двадцати пять»: another case begins another number
    for match in _WORD.finditer(text):
        found = value(match[0])
        gap = text[end : match.start()]
        apart = found is None or gap.strip(" ") or not _joins(found[0], floor) or (oblique and match[0] in _VALUES)
        if total is not None and apart:
            out.append(str(total))
            total = None
        if found is None:
            out += [gap, match[0]]
        else:
            number, ordinal = found
            if total is None:
                out.append(gap)
            total, floor = (total or 0) + number, _floor(number)
            oblique = match[0] not in _VALUES
            if ordinal:
                out.append(f"{total}-{ordinal}")
                total = None
        end = match.end()
    return "".join(out) + (str(total) if total is not None else "") + text[end:]


def _joins(number: int, floor: int) -> bool:
    return 0 < number < floor


def _floor(number: int) -> int:
    if number >= 100:
        return 100
    return 10 if number >= 20 else 0


_OF_VISITS = re.compile(r"(?:заняти|урок|трениров|сеанс|визит|процедур)[а-я]*[\s,.:]+$")
_THEN_A_DAY = re.compile(r"\s(?:давайте?|можно|лучше|хочу|хотелось бы)\s(?:через|завтра|послезавтра|сегодня)\b")


def is_first_of_several(match: re.Match[str]) -> bool:
    """«Нужны занятия, первое давайте через неделю»: no first day of a month."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    return match[0] == "1-е" and bool(_OF_VISITS.search(before) or _THEN_A_DAY.match(after))
