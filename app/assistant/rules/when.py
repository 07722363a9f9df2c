"""From the days and times that a text names to the one window in which the customer wants to come."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.assistant.rules import clock, days
from app.assistant.rules.clock import DAY_END, Delay, Shift, Times
from app.assistant.rules.days import Days
from app.assistant.rules.roles import Item, told
from app.domain.business import Business
from app.domain.qualification import When

CORRECTION = re.compile(
    r"(?<!-)\b(?:ой|хотя|тогда|точнее|вернее|короче|лучше|пардон|ошиб[а-я]+|перепута[а-я]+|опечат[а-я]+|"
    r"имел[аи]? в виду|то есть|т\.е\.?|упс|стоп|сорр?и|блин|тьфу|извин[а-я]+|"
    r"не так|погодите|передумал[аи]?)\b|(?<!если )\bнет\b(?!\s+(?:времени|"
    r"ли))"
)
_OUT_OF = re.compile(r"\b(?:с|со|от)\s+(?:этой\s|этого\s)?$")
_UNTIL = re.compile(r"\b(до|перед|накануне|к|ко)\s+(?:(?:самого|конца|конец|этого|этой)\s+)?$")
_SINCE = re.compile(r"\b(после|с|со|от)\s+(?:этого\s|этой\s|самого\s)?$")
_TRANSFER = re.compile(
    r"перен[еоа]с|передвин|сдвин|сдвига|перезапи|перекин|переста[вн]|помен[яй]|давай|можно|лучше|запишите|"
    r"запиши\b|хотел"
)
_SAME_TIME = re.compile(
    r"\bто(?:\s|-)?же\s(?:самое\s)?врем|\bврем[яи]\s(?:то|это|такое)\sже|\bв\s(?:это|такое)\sже\sвремя|"
    r"\bтак\sже\sв\b|\bтоже\sв\sто\s|\bв\s(?:тот|этот)\sже\sчас\b"
)
_SAME_DAY = re.compile(
    r"\b(?:в|на)?\s?(?:тот|этот|тот-же)\s(?:же\s|самый\s)?день\b|\bдень\s(?:тот|этот)\sже|\bэтого\sже\sдня"
)


_STARTING = re.compile(r"\bнач(?:ать|нем|ну|инать|ина)")  # «начать с понедельника»: on that day
_OF_VISIT = re.compile(r"завтрашн|сегодняшн|понедельничн|четвергов|пятничн|субботн|воскресн")  # «пятничный урок»
_EITHER = re.compile(r"\b(?:или|либо|если)\b")
_LASTING = re.compile(r"на\s(?:\d\s)?час(?:а|ов)?\s?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What a text says of time, sorted by what it means: the wish, the visit that stands, what is past or denied."""

    plain: str
    now: datetime  # local to the business
    wanted: tuple[Item, ...] = ()
    standing: tuple[Item, ...] = ()
    dropped: tuple[Item, ...] = field(default=())

    @property
    def names_a_time(self) -> bool:
        return any(not isinstance(item, Delay) or not item.weak for item in self.wanted)


def repeats_the_time(plain: str) -> bool:
    """«в это же время»: of a visit that stands."""
    return bool(_SAME_TIME.search(plain))


def listen(plain: str, *, now: datetime, business: Business) -> Spoken:
    local = now.astimezone(ZoneInfo(business.zone))
    items = items_of(plain, local.date())
    roles = told(plain, items, local.date())
    by_role = {
        role: tuple(item for item, its in zip(items, roles, strict=True) if its == role)
        for role in ("wanted", "standing", "dropped")
    }
    return Spoken(plain=plain, now=local, **by_role)


def wish(
    spoken: Spoken,
    business: Business,
    *,
    moving: bool = False,
    visit: tuple[datetime, ...] = (),
    day: date | None = None,
) -> When | None:
    """When the customer wants to come; None: no time was named.

    moving   a visit is being moved: the standing one tells day and time where the new one leaves them out
    visit    slots that the bot named in its last message
    day      of which it asked the hour there
    """
    wanted = list(spoken.wanted)
    if moving and (moved := _moved_by(spoken, business)):
        at, by = moved
        return When(earliest=at.earliest + by, latest=at.latest + by, exact=at.exact)
    if moving:
        wanted = _new_of(spoken.plain, wanted, bool(spoken.standing))
    wanted = _corrected(spoken.plain, wanted)
    base = _standing(spoken, wanted, business, visit) if moving or visit else None
    return _Window(spoken, business, base, told=not visit, day=day).of(wanted)


def standing_visit(
    spoken: Spoken, business: Business, *, moving: bool, visit: tuple[datetime, ...] = ()
) -> datetime | None:
    """The earliest moment of the visit that a cancel or a move speaks of, as far as it is named."""
    wanted = list(spoken.wanted)
    if moving and (moved := _moved_by(spoken, business)):
        return moved[0].earliest
    new = _new_of(spoken.plain, wanted, bool(spoken.standing)) if moving else []
    items = list(spoken.standing) or [item for item in wanted if item not in new]
    items = items or [item for item in spoken.dropped if isinstance(item, Days) and item.last >= spoken.now.date()]
    if any(not isinstance(item, Shift) for item in items):
        window = _Window(spoken, business, None).of([item for item in items if not isinstance(item, Shift)])
        if window:
            return window.earliest
    return visit[0] if visit else None


def _moved_by(spoken: Spoken, business: Business) -> tuple[When, timedelta] | None:
    """«Запись на 22 марта отодвиньте на неделю, время то же, 15:00»: the visit that is named, and by how many days."""
    items = sorted((*spoken.standing, *spoken.wanted), key=lambda item: item.start)
    shifts = [item for item in items if isinstance(item, Shift)]
    named = [item for item in items if isinstance(item, Days)]
    if len(shifts) != 1 or not named or named[-1].start > shifts[0].start or shifts[0].by % timedelta(days=1):
        return None
    if any(not _same_day(named[0], other) or other.first != other.last for other in named):
        return None
    visit = _Window(spoken, business, None).of([item for item in items if isinstance(item, Days | Times)])
    return (visit, shifts[0].by) if visit else None


def items_of(plain: str, today: date) -> list[Item]:
    early, text = clock.find_ordinal_hours(plain)
    named, text = days.find(text, today)
    timed, _ = clock.find(text)
    return sorted([*early, *named, *timed], key=lambda item: item.start)


def _new_of(plain: str, wanted: list[Item], has_standing: bool) -> list[Item]:
    """Of a move, what is new: not «с пятницы», not what stands before the request to move."""
    old = [item for item in wanted if _OUT_OF.search(plain[: item.start]) and _followed(plain, item, wanted)]
    new = [item for item in wanted if item not in old and not any(_joined(plain, left, item) for left in old)]
    new = [item for item in new if not _OF_VISIT.match(plain[item.start : item.end]) or len(new) == 1]
    asks = [match.start() for match in _TRANSFER.finditer(plain)]
    if asks and not has_standing and len(new) == len(wanted):
        last_ask = max((place for place in asks if any(item.start > place for item in new)), default=asks[0])
        later = [item for item in new if item.start > last_ask]
        earlier_clause = [item for item in new if item.start < last_ask]
        if later and earlier_clause and re.search(r"[,.!?;\n)]|\bа\b", plain[earlier_clause[-1].end : later[0].start]):
            new = later
    aims = [
        item
        for item in new
        if isinstance(item, Times) and re.search(r"(?:^|\s)на\s", plain[max(0, item.start - 3) : item.start + 3])
    ]
    if aims:  # «урок в 16 можно на 17:30»
        new = [item for item in new if item in aims or not (isinstance(item, Times) and item.exact)]
    named = [item for item in new if isinstance(item, Days)]
    if len(named) > 1 and not re.search(r"\b(?:или|либо)\b|\bи\b|/", plain[named[0].end : named[-1].start]):
        first, last = named[0], named[-1]
        if not _same_day(first, last) and re.search(r"\bна\s+$", plain[: last.start] or ""):
            new = [item for item in new if item.start >= last.start]
    return new


def _joined(plain: str, left: Item, item: Item) -> bool:
    """«с четверга 17:00», «со вторника 30 марта»: the hour and the date are the left day's."""
    return isinstance(item, Times | Days) and re.fullmatch(r"[\s,]*", plain[left.end : item.start]) is not None


def _followed(plain: str, item: Item, items: list[Item]) -> bool:
    return any(other.start > item.end and re.search(r"\bна\b", plain[item.end : other.start + 3]) for other in items)


def _same_day(one: Days, other: Days) -> bool:
    return one.first == other.first or (
        (one.weekday or other.weekday) and one.first.weekday() == other.first.weekday() and one.first == one.last
    )


def _corrected(plain: str, items: list[Item]) -> list[Item]:
    """What was said after «ой нет», «точнее» replaces the same kind of thing said before."""
    for match in reversed(list(CORRECTION.finditer(plain))):
        if match[0] == "тогда" and "если" in plain[: match.start()]:
            continue  # «если в среду нет, тогда в четверг»: both will do
        before = [item for item in items if item.end <= match.start()]
        after = [item for item in items if item.start >= match.end()]
        if not before or not after:
            continue
        if any(isinstance(item, Days) for item in after):
            before = [item for item in before if not isinstance(item, Days)]
        if any(not isinstance(item, Days) for item in after):
            before = [item for item in before if isinstance(item, Days)]
        items = before + after
    return items


def _standing(spoken: Spoken, wanted: list[Item], business: Business, visit: tuple[datetime, ...]) -> When | None:
    old = [item for item in (*spoken.standing, *spoken.wanted) if item not in wanted and not isinstance(item, Shift)]
    if visit and not any(isinstance(item, Days) for item in old):
        old = []
    window = _Window(spoken, business, None).of(old) if old else None
    if visit and (window is None or window.earliest <= visit[0] <= window.latest):
        return When(earliest=visit[0], latest=visit[0], exact=True)
    return window


def moment(day: date, minute: int, now: datetime) -> datetime:
    at = datetime.combine(day, time(minute // 60 % 24, minute % 60), now.tzinfo)
    return at + timedelta(days=1) if minute >= 1440 else at


def _is_far(base: When, now: datetime) -> bool:
    return base.earliest.date() == base.latest.date() and base.earliest - now > timedelta(days=6)


def _on(day: date) -> Days:
    return Days(start=0, end=0, first=day, last=day)


class _Window:
    """Puts days and times together; `base` is the standing visit, which fills what the customer left out.

    told   the customer named it, not the bot
    day    of a time that is named without one
    """

    def __init__(
        self,
        spoken: Spoken,
        business: Business,
        base: When | None,
        *,
        told: bool = False,
        day: date | None = None,
    ) -> None:
        self.told, self.day = told, day
        self.plain, self.now, self.business, self.base = spoken.plain, spoken.now, business, base

    def of(self, items: Sequence[Item]) -> When | None:
        named = [self._near_base(item) for item in items if isinstance(item, Days)]
        times = [item for item in items if isinstance(item, Times)]
        shifts = [item for item in items if isinstance(item, Shift)]
        delays = [item for item in items if isinstance(item, Delay)]
        if self.base and shifts and all(days.first == days.last == self.base.earliest.date() for days in named):
            named = []
        if shifts and self.base and not named and not times:
            at = self.base.earliest + shifts[-1].by
            return When(earliest=at, latest=self.base.latest + shifts[-1].by, exact=self.base.exact)
        if shifts and self.base and times and not named and not shifts[-1].by % timedelta(days=1):
            named = [_on((self.base.earliest + shifts[-1].by).date())]  # «ещё на неделю, на 10:00»
        if delays and not times and (not named or all(days.first == self.now.date() for days in named)):
            return self._delayed(delays)
        if self.base and _SAME_DAY.search(self.plain) and not named:
            named = [_on(self.base.earliest.date())]
        if self.base and self.base.exact and not times and named and _SAME_TIME.search(self.plain):
            minute = self.base.earliest.hour * 60 + self.base.earliest.minute
            times = [Times(start=0, end=0, first=minute, last=minute, exact=True)]
        if not named and not times:
            return None
        span = self._span(named, at_a_time=any(item.exact for item in times))
        if span is None:
            span = self._unspoken_day(times)
        return self._join(span, times)

    def _near_base(self, named: Days) -> Days:
        """«Перенесите на 17-е» of a visit in a later month."""
        near = named.number and self.base and days.nearest(named, self.base.earliest.date(), self.now.date())
        return near or named

    def _delayed(self, delays: list[Delay]) -> When:
        strong = [delay for delay in delays if not delay.weak] or delays
        delay = strong[-1]
        return When(earliest=self.now + delay.first, latest=self.now + delay.last, exact=delay.exact)

    def _span(self, named: list[Days], *, at_a_time: bool) -> tuple[date, date] | None:
        """The days as one span: a weekday that a date repeats, an edge («до Нового года») beside a day, are out."""
        free = [days for days in named if not self._edge(days)]
        begins = [days for days in named if self._edge(days) in ("с", "со") and days.first == days.last]
        if begins and free and _STARTING.search(self.plain):
            return begins[0].first, begins[0].last  # «пн и ср, начнём с понедельника»
        if named and not free:
            return self._bounded(named[-1], begins=at_a_time)
        dates = [days for days in free if not days.weekday]
        weekdays = [days for days in free if days.weekday]
        weekdays = [days for days in weekdays if not any(self._repeats(days, other) for other in dates)]
        weeks = [days for days in named if not days.weekday]
        placed = [self._placed(days, weeks) for days in weekdays]
        singles = [days for days in dates if days.first == days.last] + placed
        spans = [days for days in dates if days.first != days.last]
        spans = [days for days in spans if not any(days.first <= one.first <= days.last for one in singles)]
        chosen = singles + spans
        if not chosen:
            return None
        if len({days.first for days in chosen}) > 1 and not self._alternatives(chosen):
            chosen = chosen[:1]
        return min(days.first for days in chosen), max(days.last for days in chosen)

    def _alternatives(self, chosen: list[Days]) -> bool:
        return max(days.last for days in chosen) - min(days.first for days in chosen) <= timedelta(days=13)

    def _repeats(self, weekday: Days, other: Days) -> bool:
        return other.first == other.last and other.first.weekday() == weekday.first.weekday()

    def _placed(self, weekday: Days, dates: list[Days]) -> Days:
        """A weekday beside a week is that week's: «на следующей неделе, лучше в среду»."""
        for week in dates:
            if timedelta(days=2) <= week.last - week.first <= timedelta(days=6):
                day = week.first + timedelta(days=(weekday.first.weekday() - week.first.weekday()) % 7)
                if day <= week.last:
                    return Days(start=weekday.start, end=weekday.end, first=day, last=day)
        if (
            self.base and self.told and weekday.first == weekday.last
        ):  # «24-го не можем, в пятницу есть?»: that week's Friday
            monday = self.base.earliest.date() - timedelta(days=self.base.earliest.weekday())
            day = monday + timedelta(days=weekday.first.weekday())
            if weekday.first < monday and _is_far(self.base, self.now):
                return Days(start=weekday.start, end=weekday.end, first=day, last=day)
        return weekday

    def _edge(self, named: Days) -> str:
        before = self.plain[: named.start]
        if match := _UNTIL.search(before):
            return match[1]
        match = _SINCE.search(before)
        return match[1] if match else ""

    def _bounded(self, named: Days, *, begins: bool) -> tuple[date, date]:
        edge, today = self._edge(named), self.now.date()
        if edge in ("с", "со", "от") and (begins or _STARTING.search(self.plain)):
            return named.first, named.last
        if edge in ("с", "со", "от"):
            return named.first, max(named.last, named.first + timedelta(days=6))
        if edge == "после":
            return named.last + timedelta(days=1), named.last + timedelta(days=7)
        exclusive = edge in ("до", "перед", "накануне") and named.first == named.last and named.first > today
        return today, (named.first - timedelta(days=1) if exclusive else named.last)

    def _unspoken_day(self, times: list[Times]) -> tuple[date, date]:
        if self.base:
            return self.base.earliest.date(), self.base.earliest.date()
        if self.day and self.day > self.now.date():
            return self.day, self.day
        today = self.now.date()
        last = max(self._settled(item, today, times)[1] for item in times)
        day = today if moment(today, last, self.now) > self.now else today + timedelta(days=1)
        return day, day

    def _join(self, span: tuple[date, date], times: list[Times]) -> When:
        first_day, last_day = span
        exact = [item for item in times if not item.part]
        if not exact:
            exact = times[-1:] if len({(item.first, item.last) for item in times}) == 1 else times
        exact = self._sure(exact)
        settled = [self._settled(item, first_day, times) for item in exact]
        if not settled:
            return When(earliest=moment(first_day, 0, self.now), latest=moment(last_day, DAY_END, self.now))
        first, last = min(first for first, _ in settled), max(last for _, last in settled)
        edges = {item.edge for item in exact}
        if edges == {"from", "until"}:
            first, last = max(first for first, _ in settled), min(last for _, last in settled)
            last = last if first < last else DAY_END  # «работаю до 19, после 20 могу»
        earliest, latest = moment(first_day, first, self.now), moment(last_day, last, self.now)
        return When(earliest=earliest, latest=latest, exact=earliest == latest)

    def _sure(self, times: list[Times]) -> list[Times]:
        """«Уроки до 14, завтра в 15», «на час завтра в 16»: a moment without the edges and the duration beside it."""
        moments = [item for item in times if item.exact]
        if not moments or _EITHER.search(self.plain):
            return times
        lasting = [item for item in moments if _LASTING.fullmatch(self.plain, item.start, item.end)]
        return [item for item in moments if item not in lasting] or moments

    def _settled(self, item: Times, day: date, times: list[Times]) -> tuple[int, int]:
        """Minutes of the day with morning or evening decided."""
        if not item.open_half:
            return item.first, item.last
        told = item.last if item.edge == "until" else item.first
        part = next((other for other in times if other.part), None)
        later = self._is_afternoon(told, day, part)
        if item.edge == "until":
            last = told + 720 if later else told
            return min(540, last), last
        first = told + 720 if later else told
        return first, item.last if item.edge == "from" else item.last + (first - told)

    def _is_afternoon(self, minute: int, day: date, part: Times | None) -> bool:
        if minute >= 780 or minute < 60:
            return False
        if part is not None:
            return part.first >= 720 and minute < 720
        if minute < 480:
            spans = self.business.calendar.spans_of(day) or self.business.calendar.weekly[day.weekday()]
            return not any(start <= minute < end for start, end in spans)
        past = day == self.now.date() and moment(day, minute, self.now) < self.now
        return (
            past
            and minute < 720
            and any(start <= minute + 720 < end for start, end in self.business.calendar.spans_of(day))
        )
