"""Figures as Russians write them: sums, moments of the day, lengths and dates, in digits and in words."""

from collections.abc import Sequence
from datetime import date
from random import Random

UNITS = (
    "ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать",
    "двенадцать", "тринадцать", "четырнадцать", "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать",
    "девятнадцать",
)  # fmt: skip
UNITS_OF = (
    "нуля", "одного", "двух", "трёх", "четырёх", "пяти", "шести", "семи", "восьми", "девяти", "десяти", "одиннадцати",
    "двенадцати", "тринадцати", "четырнадцати", "пятнадцати", "шестнадцати", "семнадцати", "восемнадцати",
    "девятнадцати",
)  # fmt: skip
UNITS_TO = (
    "нулю", "часу", "двум", "трём", "четырём", "пяти", "шести", "семи", "восьми", "девяти", "десяти", "одиннадцати",
    "двенадцати",
)  # fmt: skip
TENS = ("", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто")
HUNDREDS = (
    "", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот",
)  # fmt: skip
HALF_TO = (
    "", "первого", "второго", "третьего", "четвёртого", "пятого", "шестого", "седьмого", "восьмого", "девятого",
    "десятого", "одиннадцатого", "двенадцатого",
)  # fmt: skip
ORDINALS = (
    "",
    *HALF_TO[1:],
    *(f"{stem}надцатого" for stem in ("три", "четыр", "пят", "шест", "сем", "восем", "девят")),
)
WEEKDAYS_IN = ("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье")
WEEKDAYS = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
    "декабря",
)  # fmt: skip


def cardinal(value: int) -> str:
    """«две тысячи пятьсот»; up to 999 999."""
    thousands, rest = divmod(value, 1000)
    parts = [*_thousands(thousands), *_hundreds(rest)]
    return " ".join(parts) or "ноль"


def _thousands(value: int) -> list[str]:
    if not value:
        return []
    if value == 1:
        return ["тысяча"]
    words = _hundreds(value)
    words[-1] = {"один": "одна", "два": "две"}.get(words[-1], words[-1])
    last = value % 10 if value % 100 not in range(11, 20) else 0
    return [*words, "тысяча" if last == 1 else "тысячи" if last in (2, 3, 4) else "тысяч"]


def _hundreds(value: int) -> list[str]:
    words = [HUNDREDS[value // 100]] if value >= 100 else []
    value %= 100
    if value >= 20:
        words.append(TENS[value // 10])
        value %= 10
    return [*words, UNITS[value]] if value else words


def money(value: int, rng: Random) -> str:
    """A sum that stands after «стоит»."""
    forms = [f"{value} ₽", f"{value} руб.", f"{value}р", f"{value} рублей", f"{value:,} ₽".replace(",", " ")]
    forms += [f"{value:,} рублей".replace(",", "\u00a0"), f"{cardinal(value)} рублей", f"{cardinal(value)} ₽"]
    if value >= 1000:
        forms.append(cardinal(value))
    if value % 1000 == 500 and 2500 <= value < 20000:
        forms += [f"{_feminine(value // 1000)} с половиной тысячи", f"{value // 1000},5 тыс.", f"{value / 1000:g}к"]
    if value == 1500:
        forms += ["полторы тысячи", "полторы тысячи рублей"]
    if value % 1000 == 0 and value >= 2000:
        forms += [f"{value // 1000} тысяч", f"{value // 1000} тыс. руб.", f"{value // 1000}к"]
    return rng.choice(forms)


def _feminine(value: int) -> str:
    return {2: "две"}.get(value, cardinal(value))


def moment(minute: int, rng: Random) -> str:
    """A moment of the day with its preposition; only forms that leave no doubt which half of the day is meant."""
    hour, rest = divmod(minute, 60)
    forms = [f"в {hour}:{rest:02}", f"в {hour:02}:{rest:02}", f"к {hour}:{rest:02}"]
    if rest == 0:
        forms += [f"в {hour}", f"в {hour} часов" if hour not in (1, 21, 2, 3, 4, 22, 23) else f"в {hour}:00"]
        forms += [f"в {cardinal(hour)} ноль ноль"] if hour > 12 else []
    if rest == 30:
        forms += [f"в {cardinal(hour)} тридцать"] if hour > 9 else []
        forms += [f"в {hour}.30"]
    if 13 <= hour <= 17 and rest == 0:
        forms += [f"в {cardinal(hour - 12)} часа дня" if 2 <= hour - 12 <= 4 else f"в {hour - 12} дня"]
    if hour >= 18 and rest == 0:
        forms += [f"в {hour - 12} вечера", f"в {cardinal(hour - 12)} вечера", f"к {UNITS_TO[hour - 12]} вечера"]
    if hour <= 11 and rest == 0 and hour > 5:
        forms += [f"в {cardinal(hour)} утра", f"к {UNITS_TO[hour]} утра"]
    return rng.choice(forms)


def vague_moment(minute: int, rng: Random) -> str:
    """«к девяти», «в половине шестого», «без четверти три»: the half of the day is left to the reader."""
    hour, rest = divmod(minute, 60)
    spoken = (hour - 1) % 12 + 1
    following = spoken % 12 + 1
    if rest == 0:
        return rng.choice([f"к {UNITS_TO[spoken]}", f"часов в {spoken}", f"около {UNITS_OF[spoken]}"])
    if rest == 30:
        return rng.choice([f"в половине {HALF_TO[following]}", f"в пол{HALF_TO[following]}"])
    if rest == 45:
        return f"без четверти {'час' if following == 1 else cardinal(following)}"
    return f"в {hour}:{rest:02}"


def length(minutes: int, rng: Random) -> str:
    """A duration after «занимает»."""
    hours, rest = divmod(minutes, 60)
    forms = [f"{minutes} минут", f"{minutes} мин", f"{cardinal(minutes)} минут"]
    if rest == 0:
        forms += {1: ["час", "1 час", "один час"], 2: ["2 часа", "два часа"], 3: ["3 часа", "три часа"]}.get(
            hours, [f"{hours} ч"]
        )
    elif hours:
        forms += [f"{hours} ч {rest} мин", f"{'час' if hours == 1 else f'{hours} часа'} {rest} минут"]
    forms += {30: ["полчаса"], 90: ["полтора часа"], 15: ["четверть часа"], 150: ["два с половиной часа"]}.get(
        minutes, []
    )
    return rng.choice(forms)


def dated(day: date, rng: Random) -> str:
    """«19 ноября», «19.11», «девятнадцатого ноября»."""
    forms = [f"{day.day} {MONTHS[day.month - 1]}", f"{day:%d.%m}"]
    if day.day < len(ORDINALS) and ORDINALS[day.day]:
        forms.append(f"{ORDINALS[day.day]} {MONTHS[day.month - 1]}")
    return rng.choice(forms)


def phone(number: str, rng: Random) -> str:
    """Ten digits of a Russian number."""
    a, b, c, d = number[:3], number[3:6], number[6:8], number[8:]
    forms = (f"+7{number}", f"8 ({a}) {b}-{c}-{d}", f"+7 {a} {b}-{c}-{d}", f"8-{a}-{b}-{c}-{d}", f"8{number}")
    return rng.choice(forms)


def listed(items: Sequence[str]) -> str:
    return ", ".join(items)
