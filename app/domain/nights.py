"""The night of a business: when nobody is written to unless it burns."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.business import QuietHours
from app.domain.calendar import local_to_utc


def awake_at(at: datetime, quiet: QuietHours | None, zone: str) -> datetime:
    """`at` itself by day, the end of the night it falls into otherwise. No quiet hours: no night.

    The span is local wall-clock time and may cross midnight; its start belongs to it, its end does not.
    """
    night = _night(at, quiet, zone)
    return max(at, night[1]) if night else at


def asleep_since(at: datetime, quiet: QuietHours | None, zone: str) -> datetime:
    """The start of the night that `at` falls into; `at` itself by day."""
    night = _night(at, quiet, zone)
    return min(at, night[0]) if night else at


def _night(at: datetime, quiet: QuietHours | None, zone: str) -> tuple[datetime, datetime] | None:
    if quiet is None:
        return None
    local = at.astimezone(ZoneInfo(zone))
    clock = local.time().replace(tzinfo=None)
    over = quiet.starts > quiet.ends
    inside = (clock >= quiet.starts or clock < quiet.ends) if over else quiet.starts <= clock < quiet.ends
    if not inside:
        return None
    last = local.date() + timedelta(days=1) if over and clock >= quiet.starts else local.date()
    first = last - timedelta(days=1) if over else last
    begins, ends = datetime.combine(first, quiet.starts), datetime.combine(last, quiet.ends)
    return local_to_utc(begins, zone), local_to_utc(ends, zone)
