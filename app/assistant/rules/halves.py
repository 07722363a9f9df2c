"""Which of the offered moments a part of the day picks: «дневное», «которое после часа дня», «утро! это Виолетта»."""

import re
from datetime import datetime

from app.assistant.rules import morphology
from app.assistant.rules.clock import EVENING, MORNING, NOON_TO_FIVE, Times
from app.assistant.rules.days import Days
from app.assistant.rules.when import Spoken

_KINDS = (
    (re.compile(r"\bутренн"), MORNING),
    (re.compile(r"\bдневно[ей]\b"), NOON_TO_FIVE),
    (re.compile(r"\bвечерн"), EVENING),
)
_SMALL = re.compile(
    r"(?:котор|вариант|давай|можно|лучше|запиш|конечно|тогда|пожалуйста|спасибо|меня|мне|зовут|это|что|эт[ао]|врем|"
    r"беру|выбира|буд|пусть|окно|окошк|слот|хорошо|отлично|супер|подойд|подход|удобн|хочу|утренн|дневн|вечерн|плюс)"
)


def pick(text: str, spoken: Spoken, offered: tuple[datetime, ...]) -> datetime | None:
    """The one offered moment within the only part of the day that is named; None where any word says something else."""
    items = spoken.wanted
    if len(offered) < 2 or "?" in text or any(isinstance(item, Days) for item in items):
        return None
    times = [item for item in items if isinstance(item, Times) and not item.exact]
    if len(times) != len(items) or len(times) > 1 or not _only_picks(text, times):
        return None
    spans = [_span(item, offered) for item in times] or [span for kind, span in _KINDS if kind.search(text)]
    if len(spans) != 1:
        return None
    first, last = spans[0]
    within = [slot for slot in offered if first <= slot.hour * 60 + slot.minute <= last]
    return within[0] if len(within) == 1 else None


def _span(item: Times, offered: tuple[datetime, ...]) -> tuple[int, int]:
    """Minutes of the day; an hour without its half is of the half in which we offered anything."""
    early = item.open_half and item.first + 720 <= max(slot.hour * 60 + slot.minute for slot in offered)
    by = 720 if early and item.first < 480 else 0
    return item.first + by, item.last


def _only_picks(text: str, times: list[Times]) -> bool:
    for item in times:
        text = f"{text[: item.start]} {text[item.end :]}"
    words = [word for word in re.findall(r"[а-я]+", text) if len(word) > 2]
    return all(_SMALL.match(word) or morphology.may_be(word, "Name") for word in words) and not re.search(
        r"\bн[еи]\b", text
    )
