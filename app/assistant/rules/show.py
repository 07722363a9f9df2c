"""Profile and time in words for a customer: money, durations, days, hours. Numbers are exactly the profile's."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.assistant.rules.clock import AFTER_LUNCH, BEFORE_LUNCH, DAY_END, EVENING, LUNCH, MORNING, NOON_TO_FIVE
from app.assistant.rules.phrases import speak
from app.assistant.rules.wordlist import wordlist
from app.domain.business import Business, Price, Service
from app.domain.calendar import Calendar, open_intervals
from app.domain.qualification import When
from app.domain.words import RU

NBSP = "\u00a0"
_MONTHS = wordlist("января февраля марта апреля мая июня июля августа сентября октября ноября декабря")
_WEEKDAYS = ("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье")
_SHORT = wordlist("пн вт ср чт пт сб вс")
_EN_MONTHS = wordlist("January February March April May June July August September October November December")
_EN_WEEKDAYS = wordlist("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_PARTS = {
    MORNING: ("утром", "in the morning"),
    NOON_TO_FIVE: ("днём", "during the day"),
    EVENING: ("вечером", "in the evening"),
    AFTER_LUNCH: ("после обеда", "after lunch"),
    BEFORE_LUNCH: ("до обеда", "before lunch"),
    LUNCH: ("в обед", "at lunchtime"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Words for one conversation: its language, voice, and the moment they are said."""

    business: Business
    language: str
    now: datetime  # local to the business
    seed: int = 0

    @property
    def is_russian(self) -> bool:
        return self.language == RU

    @property
    def is_friendly(self) -> bool:
        return "«ты»" in self.business.voice or "на ты" in self.business.voice

    def say(self, key: str, **values: object) -> str:
        return speak(key, language=self.language, friendly=self.is_friendly, seed=self.seed, **values)

    def money(self, price: Price) -> str:
        if price.amount == 0:
            return self.say("free")
        amount = f"{price.amount:,}".replace(",", NBSP) + NBSP + self.business.currency_sign
        return self.say("price_from", amount=amount) if price.starts_from else amount

    def duration(self, lasts: timedelta) -> str:
        hours, minutes = divmod(int(lasts.total_seconds()) // 60, 60)
        hour, minute = ("ч", "мин") if self.is_russian else ("h", "min")
        return NBSP.join(
            part for part in (f"{hours}{NBSP}{hour}" * bool(hours), f"{minutes}{NBSP}{minute}" * bool(minutes)) if part
        )

    def price(self, service: Service, *, long: bool = False) -> str:
        key = "price_long" if long else "price"
        return self.say(
            key, service=service.name, price=self.money(service.price), duration=self.duration(service.duration)
        )

    def wanted(self, service: Service) -> str:
        return self.say("wanted_service", service=uncapital(service.name), price=self.money(service.price))

    def date(self, day: date) -> str:
        """«сегодня», «завтра, 2 декабря», «в пятницу, 4 декабря»."""
        if not self.is_russian:
            near = {0: "today", 1: "tomorrow"}.get((day - self.now.date()).days)
            named = f"{_EN_MONTHS[day.month - 1]} {day.day}"
            return near if near == "today" else f"{near or 'on ' + _EN_WEEKDAYS[day.weekday()]}, {named}"
        near = {0: "сегодня", 1: "завтра", 2: "послезавтра"}.get((day - self.now.date()).days)
        named = f"{day.day} {_MONTHS[day.month - 1]}"
        return near if near == "сегодня" else f"{near or _WEEKDAYS[day.weekday()]}, {named}"

    def moment(self, at: datetime) -> str:
        return f"{self.date(at.date())}, {'в' if self.is_russian else 'at'} {at:%H:%M}"

    def wish(self, when: When) -> str:
        """The customer's own window in words: no time appears that the customer did not name."""
        if when.exact:
            return self.moment(when.earliest)
        first, last = (at.hour * 60 + at.minute for at in (when.earliest, when.latest))
        one_day = when.earliest.date() == when.latest.date()
        days = (
            self.date(when.earliest.date())
            if one_day
            else f"{self.date(when.earliest.date())} – {self.date(when.latest.date())}"
        )
        if (first, last) == (0, DAY_END):
            return days
        if (first, last) in _PARTS:
            return f"{days}, {_PARTS[first, last][not self.is_russian]}"
        if last == DAY_END:
            return f"{days}, {'после' if self.is_russian else 'after'} {when.earliest:%H:%M}"
        if first == MORNING[0]:
            return f"{days}, {'до' if self.is_russian else 'before'} {when.latest:%H:%M}"
        return f"{days}, {self.say('span', opens=f'{when.earliest:%H:%M}', closes=f'{when.latest:%H:%M}')}"

    def spans(self, spans: tuple[tuple[datetime, datetime], ...]) -> str:
        if len(spans) == 1 and spans[0][1] - spans[0][0] >= timedelta(hours=24):
            return self.say("round_the_clock")
        return ", ".join(self.say("span", opens=f"{opens:%H:%M}", closes=f"{closes:%H:%M}") for opens, closes in spans)

    def week(self) -> str:
        """«пн–пт с 10:00 до 21:00, сб–вс с 11:00 до 20:00»."""
        names = _SHORT if self.is_russian else [name[:3] for name in _EN_WEEKDAYS]
        groups: list[tuple[int, int]] = []
        weekly = self.business.calendar.weekly
        for day in range(7):
            if groups and weekly[groups[-1][0]] == weekly[day]:
                groups[-1] = groups[-1][0], day
            else:
                groups.append((day, day))
        parts = []
        for first, last in groups:
            if spans := weekly[first]:
                hours = ", ".join(
                    self.say("span", opens=_clock(opens), closes=_clock(closes)) for opens, closes in spans
                )
                parts.append(f"{names[first]}{'–' + names[last] if last > first else ''} {hours}")
        return ", ".join(parts)


def opening(calendar: Calendar, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """Open spans of a local date, local times; empty: closed."""
    zone = ZoneInfo(calendar.zone)
    midnight = datetime.combine(day, time.min, zone)
    found = []
    for opens, closes in open_intervals(midnight, calendar, 6):
        local = opens.astimezone(zone)
        if local.date() == day:
            found.append((local, min(closes.astimezone(zone), midnight + timedelta(days=2))))
    return tuple(found)


def uncapital(name: str) -> str:
    """A service within a sentence: «маникюр», and «SPA» as it is."""
    return name if name.isupper() else name[:1].lower() + name[1:]


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"
