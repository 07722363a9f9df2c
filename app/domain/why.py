"""Why a deadline is where it is, in one line: what the card shows beside it. Pure; `otklik explain` has it in full."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.domain import sla
from app.domain.business import Business
from app.domain.calendar import Interval
from app.domain.moments import brief
from app.domain.sla import Clock
from app.domain.words import define, say

define("why_open", "{heat}: {budget} рабочего времени с {start}", "{heat}: {budget} of working time from {start}")
define("why_always", "{heat}: {budget} с {start}, круглосуточно", "{heat}: {budget} from {start}, round the clock")
define("why_without", "; не в счёт {gaps}", "; not counted {gaps}")
define("why_more", "и ещё {count}", "and {count} more")
define("why_budget_hours", "{hours} ч", "{hours} h")
define("why_budget_minutes", "{minutes} мин", "{minutes} min")

TOLD = 3  # gaps; a line has to stay a line


def why(clock: Clock, business: Business) -> str:
    """«горячий: 15 мин рабочего времени с пт 27.11 20:50; не в счёт пт 27.11 21:00 – сб 28.11 10:00».

    What is not counted is closed time and the customer's own turns. While such a turn lasts it is left out.
    """
    now = clock.pauses[-1].starts if clock.is_paused else clock.due_at
    told, locale = sla.explain(clock, now, business.calendar), business.locale
    key = "why_always" if clock.always else "why_open"
    heat, start = say(f"class_{clock.sla_class}", locale), brief(clock.started_at, business, locale)
    line = say(key, locale, heat=heat, budget=_length(clock.budget, locale), start=start)
    gaps = _gaps(clock.started_at, told.slices)
    return line + say("why_without", locale, gaps=", ".join(_named(gaps, business))) if gaps else line


def _gaps(started_at: datetime, slices: Sequence[Interval]) -> list[Interval]:
    edges = [(started_at, started_at), *slices]
    return [(ends, starts) for (_, ends), (starts, _) in pairwise(edges) if starts > ends]


def _named(gaps: Sequence[Interval], business: Business) -> Iterable[str]:
    locale, zone = business.locale, ZoneInfo(business.zone)
    for starts, ends in gaps[:TOLD]:
        same = starts.astimezone(zone).date() == ends.astimezone(zone).date()
        until = f"{ends.astimezone(zone):%H:%M}" if same else brief(ends, business, locale)
        yield f"{brief(starts, business, locale)} – {until}"
    if len(gaps) > TOLD:
        yield say("why_more", locale, count=len(gaps) - TOLD)


def _length(budget: timedelta, locale: str) -> str:
    hours, minutes = divmod(round(budget.total_seconds() / 60), 60)
    parts = [say("why_budget_hours", locale, hours=hours)] if hours else []
    parts += [say("why_budget_minutes", locale, minutes=minutes)] if minutes or not hours else []
    return " ".join(parts)
