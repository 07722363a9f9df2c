"""What the bot's last message offered or asked: moments, or the day of which it wants the hour."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.assistant.rules.clock import Times
from app.assistant.rules.days import Days
from app.assistant.rules.text import prepare
from app.assistant.rules.when import items_of, moment
from app.domain.business import Business

_APART = re.compile(r"\s(?:или|либо|и)\s(?=(?:в\s)?\d)")  # «10:00 и 13:30» of an offer are two slots, no window
_ASKS_HOUR = re.compile(r"во сколько|врем|котор[а-я]+ час|\bчас[уа]?\b|запис|запиш|свободн|\bест[ьъ]\b|предлож|подойд")
_ASKS_DAY = re.compile(r"как(?:ой|ие|ую) (?:д(?:ень|ни)|дат)|когда|закрыт|не работа|выходн|занят|\bнет\b|записаны")


def slots(context: str, *, now: datetime, business: Business) -> tuple[datetime, ...]:
    """The moments that the bot's message names, in its order: a reminder's one, an offer's several."""
    local = now.astimezone(ZoneInfo(business.zone))
    found, day = [], None
    items = items_of(prepare(_APART.sub(", ", context)).plain, local.date())
    explicit = {item.first.weekday() for item in items if isinstance(item, Days) and not item.weekday}
    for item in items:
        if isinstance(item, Days):
            if not (item.weekday and item.first.weekday() in explicit):
                day = item.first
        elif isinstance(item, Times) and item.exact and day is not None:
            found.append(moment(day, item.first, local))
    return tuple(dict.fromkeys(found))


def day_asked(context: str, *, now: datetime, business: Business) -> date | None:
    """The one day of which the bot's message asks the hour: «Запишу вас на пятницу, 19 февраля. Во сколько удобно?»."""
    plain = prepare(context).plain
    if not _ASKS_HOUR.search(plain) or _ASKS_DAY.search(plain):
        return None
    local = now.astimezone(ZoneInfo(business.zone))
    named = {item for item in items_of(plain, local.date()) if isinstance(item, Days)}
    dates = {item.first for item in named if not item.weekday} or {item.first for item in named}
    one = len(dates) == 1 and all(item.first == item.last for item in named)
    return dates.pop() if one else None
