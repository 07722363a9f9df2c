"""When a visit is reminded of, worked out minute by minute from the issue's words alone; it knows nothing of the app's.

«shifted later if half an hour remains before the visit, else earlier; never dropped; two within an hour become one;
late bookings get only what lies ahead; move and cancel replace all at once».
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`night`: local (start, end) in minutes after midnight, the start included; None: no quiet hours."""

    before_minutes: Sequence[int]
    night: tuple[int, int] | None
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A stretch in which a visit stood at one time: `until` None: to its end."""

    starts: datetime
    since: datetime
    until: datetime | None


def sends(stretches: Sequence[Standing], rules: Rules) -> list[tuple[datetime, datetime]]:
    """(when, of a visit at), in order."""
    found = []
    for stretch in stretches:
        last: datetime | None = None
        for at in sorted(
            _shifted(stretch.starts - before * MINUTE, stretch.starts, rules) for before in rules.before_minutes
        ):
            if at <= stretch.since:
                continue  # a late booking gets only what lies ahead
            if last is not None and (at - last).total_seconds() < 3600:
                continue  # two within an hour become one
            last = at
            if stretch.until is None or at < stretch.until:
                found.append((at, stretch.starts))
    return sorted(found)


def _shifted(at: datetime, starts: datetime, rules: Rules) -> datetime:
    if not _is_night(at, rules):
        return at
    later = at
    while _is_night(later, rules):
        later += MINUTE
    if (starts - later).total_seconds() >= 1800:
        return later
    earlier = at
    while _is_night(earlier, rules):
        earlier -= MINUTE
    return earlier


def _is_night(at: datetime, rules: Rules) -> bool:
    if rules.night is None:
        return False
    local = at.astimezone(ZoneInfo(rules.zone))
    minute, (begins, ends) = local.hour * 60 + local.minute, rules.night
    return begins <= minute < ends if begins < ends else minute >= begins or minute < ends
