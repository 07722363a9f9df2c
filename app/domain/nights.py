"""The night of a business: when nobody is written to unless it burns."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.business import QuietHours
from app.domain.calendar import local_to_utc


def awake_at(at: datetime, quiet: QuietHours | None, zone: str) -> datetime:
    """`at` itself by day, the end of the night it falls into otherwise. No quiet hours: no night.

    The span is local wall-clock time and may cross midnight; its start belongs to it, its end does not.
    """
    if quiet is None:
        return at
    local = at.astimezone(ZoneInfo(zone))
    clock = local.time().replace(tzinfo=None)
    over = quiet.starts > quiet.ends
    inside = (clock >= quiet.starts or clock < quiet.ends) if over else quiet.starts <= clock < quiet.ends
    if not inside:
        return at
    day = local.date() + timedelta(days=1) if over and clock >= quiet.starts else local.date()
    return max(at, local_to_utc(datetime.combine(day, quiet.ends), zone))
