"""When the report of a period is sent: local wall-clock times of the business, holidays or not. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.business import Reports
from app.domain.figures.report import Period, Span, period

MORNING = time(9)  # of weekly and monthly where no daily one is wanted
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OUTAGE = timedelta(days=1)  # what was not sent for longer is not sent any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    at: datetime
    period: Period

    @property
    def name(self) -> str:
        """`daily:2026-11-25`: of the first day."""
        return f"{self.period.span}:{self.period.starts.date().isoformat()}"


def due(rules: Reports, now: datetime, zone: ZoneInfo) -> tuple[Due, ...]:
    """Every report whose time has come within the last day, of periods that are over, in the order of their times."""
    today = now.astimezone(zone).date()
    found = [each for back in (1, 0) for each in _of_day(rules, today - timedelta(days=back), zone)]
    return tuple(each for each in found if now - OUTAGE < each.at <= now)


def _of_day(rules: Reports, day: date, zone: ZoneInfo) -> Iterator[Due]:
    at = datetime.combine(day, rules.daily or MORNING, zone).astimezone(UTC)  # wall-clock times compare only in UTC
    wanted = {
        Span.DAILY: rules.daily is not None,
        Span.WEEKLY: rules.weekly == DAYS[day.weekday()],
        Span.MONTHLY: rules.monthly == day.day,
    }
    for span, is_wanted in wanted.items():
        if is_wanted:
            yield Due(at=at, period=period(span, day, zone).before())
