"""`otklik report` and the dashboard: a period's figures with what they are of, beside the period before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import app.domain.causes  # noqa: F401 - fills the catalogue
from app.domain.business import Business
from app.domain.figures import kpi
from app.domain.figures.report import Period, Report, Share, Span, period
from app.domain.figures.share import percent
from app.domain.summary import channel_name
from app.domain.words import CATALOGUE, define, say
from app.flow.totals import counted, happened
from app.runtime import Runtime

define("report_daily", "День {starts}", "Day {starts}")
define("report_weekly", "Неделя {short} – {last}", "Week {short} – {last}")
define("report_monthly", "Месяц {month}", "Month {month}")
define("report_sla", "Ответили вовремя", "Answered in time")
define("report_waiting", "Ждут ответа, срок не вышел", "Waiting, not yet due")
define("report_frt_bot", "Первый ответ ассистента", "Assistant's first answer")
define("report_frt_human", "Первый ответ менеджера", "A person's first answer")
define("report_conversion", "Записей на обращение", "Bookings an enquiry")
define("report_no_show", "Не пришли", "Did not come")
define("report_of", "{percent} ({part} из {whole})", "{percent} ({part} of {whole})")
define("report_frt", "медиана {median}, 90 % до {p90} ({count})", "median {median}, 90 % within {p90} ({count})")
define("report_was", "было {was}", "was {was}")
define("report_target", "цель {target}", "target {target}")
define("report_channels", "Сообщения клиентов", "Customers' messages")
define("report_causes", "Почему опоздали", "Why late")
define("report_managers", "Ответили вовремя, по сотрудникам", "Answered in time, by manager")
define("report_user", "сотрудник № {user}", "user No. {user}")
define("report_facts", "Что произошло", "What happened")
define("report_nobody", "никто", "nobody")
define("report_none", "нет", "none")
define("report_seconds", "{seconds} с", "{seconds} s")
define("report_minutes", "{minutes} мин", "{minutes} min")
define("report_hours", "{hours} ч {minutes} мин", "{hours} h {minutes} min")
define("report_fact_offered", "предложено время", "times offered")
define("report_fact_booked", "записей", "bookings")
define("report_fact_moved", "переносов", "moved")
define("report_fact_cancelled", "отмен", "cancelled")
define("report_fact_came", "пришли", "came")
define("report_fact_no_show", "не пришли", "did not come")
define("report_fact_escalated", "эскалаций", "escalations")
define("report_fact_followed_up", "напоминаний о себе", "follow-ups")
define("report_fact_opted_out", "отписались", "opted out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What an owner reads in one line; `is_kept` is None where the profile sets no target."""

    name: str
    value: str
    was: str = ""
    target: str = ""
    is_kept: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Words only, so that the terminal and the page say the same. Groups: title → rows of name and value."""

    title: str
    rows: tuple[Row, ...]
    groups: Mapping[str, tuple[Row, ...]]


def last_day(span: Span, now: datetime, business: Business) -> date:
    """A day of the last period that is over."""
    zone = ZoneInfo(business.zone)
    return (period(span, now.astimezone(zone).date(), zone).starts - timedelta(days=1)).date()


async def today(runtime: Runtime) -> date:
    """Of the business."""
    return (await runtime.now()).astimezone(ZoneInfo(runtime.business.zone)).date()


async def figures(runtime: Runtime, span: Span, day: date | None = None) -> tuple[Report, Report]:
    """The period that `day` lies in (None: the last whole one), and the one before."""
    now = await runtime.now()
    of = period(span, day or last_day(span, now, runtime.business), ZoneInfo(runtime.business.zone))
    before = of.before()
    last = min(now, of.ends + timedelta(days=1))
    events = [event async for event in happened(runtime, before.starts, last)]
    past = [event for event in events if event.at < of.ends]
    return await counted(runtime, events, of), await counted(runtime, past, before)


def told(found: Report, before: Report, business: Business, names: Mapping[int, str] | None = None) -> Told:
    """`names`: of the portal's users; one without stands by number."""
    locale, targets = business.locale, business.kpi_targets
    first = targets.get("first_reply")
    rows = (
        _share("sla", found.sla, before.sla, targets.get("sla"), locale),
        Row(name=say("report_waiting", locale), value=str(found.waiting)),
        _spans("frt_bot", found.frt_bot, before.frt_bot, first, locale),
        _spans("frt_human", found.frt_human, before.frt_human, None, locale),
        _share("conversion", found.conversion, before.conversion, targets.get("conversion"), locale),
        _share("no_show", found.no_show, before.no_show, targets.get("no_show"), locale, less_is_better=True),
    )
    groups = {
        "channels": tuple(
            Row(name=channel_name(channel, locale), value=str(count)) for channel, count in found.channels.items()
        ),
        "causes": _named(found.causes, "cause", locale),
        "managers": tuple(
            Row(name=_user(user, names or {}, locale), value=_of(share, locale))
            for user, share in found.managers.items()
        ),
        "facts": _named(found.facts, "report_fact", locale),
    }
    return Told(
        title=_title(found.period, locale),
        rows=rows,
        groups={say(f"report_{name}", locale): rows for name, rows in groups.items() if rows},
    )


def lines(found: Told, locale: str) -> Iterator[str]:
    yield found.title
    for row in found.rows:
        beside = [say("report_was", locale, was=row.was)] if row.was else []
        beside += [say("report_target", locale, target=row.target)] if row.target else []
        mark = {True: "✓ ", False: "✗ ", None: "  "}[row.is_kept]
        yield f"{mark}{row.name:28} {row.value}" + (f"; {', '.join(beside)}" if beside else "")
    for title, rows in found.groups.items():
        yield f"{title}:"
        yield from (f"  {row.name:28} {row.value}" for row in rows)


def as_json(found: Report) -> dict[str, Any]:
    """Seconds and counts; shares as `[part, whole]`."""
    return {
        "span": found.period.span,
        "from": found.period.starts.isoformat(),
        "to": found.period.ends.isoformat(),
        "sla": _pair(found.sla),
        "waiting": found.waiting,
        "frt_bot_seconds": {"median": kpi.percentile(found.frt_bot, 0.5), "p90": kpi.percentile(found.frt_bot, 0.9)},
        "frt_human_seconds": {
            "median": kpi.percentile(found.frt_human, 0.5),
            "p90": kpi.percentile(found.frt_human, 0.9),
        },
        "conversion": _pair(found.conversion),
        "no_show": _pair(found.no_show),
        "messages": dict(found.channels),
        "causes": dict(found.causes),
        "managers": {str(user): _pair(share) for user, share in found.managers.items()},
        "facts": dict(found.facts),
    }


def _share(
    name: str, found: Share, before: Share, target: float | None, locale: str, *, less_is_better: bool = False
) -> Row:
    ratio = found.ratio
    kept = None if target is None or ratio is None else (ratio <= target if less_is_better else ratio >= target)
    return Row(
        name=say(f"report_{name}", locale),
        value=_of(found, locale),
        was=percent(before.ratio, locale) if before.whole else "",
        target=percent(target, locale) if target is not None else "",
        is_kept=kept,
    )


def _spans(name: str, found: tuple[float, ...], before: tuple[float, ...], target: float | None, locale: str) -> Row:
    median, p90 = kpi.percentile(found, 0.5), kpi.percentile(found, 0.9)
    was = kpi.percentile(before, 0.5)
    value = say("report_none", locale)
    if median is not None and p90 is not None:
        value = say("report_frt", locale, median=_length(median, locale), p90=_length(p90, locale), count=len(found))
    return Row(
        name=say(f"report_{name}", locale),
        value=value,
        was=_length(was, locale) if was is not None else "",
        target=_length(target, locale) if target is not None else "",
        is_kept=None if target is None or p90 is None else p90 <= target,
    )


def _named(counts: Mapping[str, int], prefix: str, locale: str) -> tuple[Row, ...]:
    def name(word: str) -> str:
        return say(f"{prefix}_{word}", locale) if f"{prefix}_{word}" in CATALOGUE else word

    return tuple(Row(name=name(word), value=str(count)) for word, count in counts.items())


def _user(user: int | None, names: Mapping[int, str], locale: str) -> str:
    if not user:
        return say("report_nobody", locale)
    return names.get(user) or say("report_user", locale, user=user)


def _title(of: Period, locale: str) -> str:
    starts, last = of.starts, of.ends - timedelta(days=1)
    return say(
        f"report_{of.span}",
        locale,
        starts=f"{starts:%d.%m.%Y}",
        short=f"{starts:%d.%m}",
        last=f"{last:%d.%m.%Y}",
        month=f"{starts:%m.%Y}",
    )


def _of(share: Share, locale: str) -> str:
    if not share.whole:
        return say("report_none", locale)
    return say("report_of", locale, percent=percent(share.ratio, locale), part=share.part, whole=share.whole)


def _length(seconds: float, locale: str) -> str:
    if seconds < 120:
        return say("report_seconds", locale, seconds=round(seconds))
    minutes = round(seconds / 60)
    if minutes < 120:
        return say("report_minutes", locale, minutes=minutes)
    return say("report_hours", locale, hours=minutes // 60, minutes=minutes % 60)


def _pair(share: Share) -> list[int]:
    return [share.part, share.whole]
