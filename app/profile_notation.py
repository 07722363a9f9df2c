"""How a profile writes its values: durations, hours, times, prices, zones; each refusal says what to write."""

import re
from datetime import time, timedelta
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from app.domain.business import Price, QuietHours
from app.domain.calendar import DAY_MINUTES, Spans

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
NOON = time(12)


def wrong(expected: str, cure: str) -> PydanticCustomError:
    return PydanticCustomError("profile", "expected {expected}; {cure}", {"expected": expected, "cure": cure})


def days_of(key: str) -> tuple[int, ...]:
    """`mon` or `mon-fri` as weekday numbers, Monday 0; `sat-mon` goes round; empty for anything else."""
    first, _, last = key.partition("-")
    if first not in DAYS or (last or first) not in DAYS:
        return ()
    start, end = DAYS.index(first), DAYS.index(last or first)
    return tuple(day % 7 for day in range(start, end + 1 if end >= start else end + 8))


def parse_duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):  # a default of ours
        return value
    found = re.fullmatch(r"(\d{1,6})([smhd])", value) if isinstance(value, str) else None
    if not found:
        raise wrong("a duration", "write a whole number and a unit: 90s, 30m, 2h, 1d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def positive(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= timedelta(days=366):
        raise wrong("a duration between 1s and 366d", "write one like 90s, 30m, 2h, 1d")
    return value


def parse_minute(text: str) -> int:
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    minute = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else DAY_MINUTES + 1
    if minute > DAY_MINUTES:
        raise wrong("a time of day", 'write HH:MM in quotes, from "00:00" to "24:00"')
    return minute


def parse_time(value: Any) -> time:
    minute = parse_minute(value if isinstance(value, str) else "")
    if minute == DAY_MINUTES:
        raise wrong("a time of day", 'write midnight as "00:00"')
    return time(*divmod(minute, 60))


def parse_spans(value: Any) -> Spans:
    """`"10:00-14:00, 15:00-21:00"`, `"20:00-02:00"` over midnight, `24/7`, `closed`."""
    if not isinstance(value, str):
        raise wrong("hours", 'write them in quotes: "10:00-14:00, 15:00-21:00", 24/7, or closed')
    if value == "closed":
        return ()
    spans = sorted(_span(part) for part in value.replace("24/7", "00:00-24:00").split(","))
    if any(next_start < end for (_, end), (next_start, _) in pairwise(spans)):
        raise wrong("hours that do not overlap", "join or part the spans")
    return tuple(spans)


def _span(text: str) -> tuple[int, int]:
    start, dash, end = text.partition("-")
    if not dash:
        raise wrong("a span of hours", 'write "10:00-21:00", 24/7, or closed')
    opens, closes = parse_minute(start), parse_minute(end)
    if opens in (closes, DAY_MINUTES):
        raise wrong("a span that lasts", 'write 24/7 for the whole day, "20:00-02:00" over midnight')
    return opens, closes if closes > opens else closes + DAY_MINUTES


def parse_quiet(value: Any) -> QuietHours:
    starts, _, ends = value.partition("-") if isinstance(value, str) else ("", "", "")
    quiet = QuietHours(starts=parse_time(starts), ends=parse_time(ends))
    if quiet.starts < quiet.ends:
        hold_noon = quiet.starts <= NOON < quiet.ends
    else:
        hold_noon = quiet.starts <= NOON or quiet.ends > NOON
    if quiet.starts == quiet.ends or hold_noon:
        raise wrong("quiet hours of a night", 'write the evening first: "22:00-09:00"')
    return quiet


def parse_user(value: Any) -> int | str:
    if value != "head" and (not isinstance(value, int) or isinstance(value, bool) or value <= 0):
        raise wrong("a person of the portal", "write head, or the number of a user: 1")
    return value  # type: ignore[no-any-return]


def parse_price(value: Any) -> Price:
    starts_from = isinstance(value, dict) and set(value) == {"from"}
    amount = value["from"] if starts_from else value
    if not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
        raise wrong("a whole sum of money", "write 2500, or {from: 2200}")
    return Price(amount=amount, starts_from=starts_from)


def parse_figure(value: Any) -> float:
    """A duration target in seconds."""
    return positive(parse_duration(value)).total_seconds()


def filled(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if not value:
        raise wrong("at least one", "add one")
    return value


def known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder
        raise wrong("an IANA time zone", "write one like Europe/Moscow, Asia/Novosibirsk") from None
    return value


def known_country(value: str) -> str:
    if value not in holidays.list_supported_countries():
        raise wrong("a country of the holidays library", "write RU")
    return value


AnyDuration = Annotated[timedelta, BeforeValidator(parse_duration)]
Duration = Annotated[AnyDuration, AfterValidator(positive)]
DaySpans = Annotated[Spans, BeforeValidator(parse_spans)]
TimeOfDay = Annotated[time, BeforeValidator(parse_time)]
Ratio = Annotated[float, Field(ge=0, le=1)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Phone = Annotated[str, Field(pattern=r"^(\+[0-9]{7,15})?$")]
Users = tuple[Annotated[int, Field(gt=0)], ...]
Money = Annotated[Price, BeforeValidator(parse_price)]
Portal = Annotated[int | str, BeforeValidator(parse_user)]
Night = Annotated[QuietHours, BeforeValidator(parse_quiet)]
Seconds = Annotated[float, BeforeValidator(parse_figure)]
Zone = Annotated[str, AfterValidator(known_zone)]
Country = Annotated[str, AfterValidator(known_country)]
