"""Days, times and money in words, for what the domain itself says to a customer. Local to the business."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.business import Business, Price, Service
from app.domain.words import RU

NBSP = "\u00a0"
_MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip
_WEEKDAYS = ("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье")
_SHORT = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_NEAR = {0: "сегодня", 1: "завтра", 2: "послезавтра"}
_NEAR_EN = {0: "today", 1: "tomorrow"}


def moment(at: datetime, now: datetime, business: Business, locale: str = RU) -> str:
    """«завтра, 27 ноября, в 15:00»: the assistant's rules read it back."""
    zone = ZoneInfo(business.zone)
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    preposition = "в" if locale == RU else "at"
    return f"{day(local.date(), today, locale)}, {preposition} {local:%H:%M}"


def full(at: datetime, business: Business, locale: str = RU) -> str:
    """With the weekday always: what is kept until the day itself. «в пятницу, 27 ноября, в 15:00»."""
    return moment(at, at - timedelta(days=30), business, locale)


def day(of: date, today: date, locale: str = RU) -> str:
    ahead = (of - today).days
    if locale != RU:
        named = f"{of:%B} {of.day}"
        return f"{_NEAR_EN.get(ahead) or f'on {of:%A}'}, {named}"
    named = f"{of.day} {_MONTHS[of.month - 1]}"
    return f"{_NEAR.get(ahead) or _WEEKDAYS[of.weekday()]}, {named}"


def brief(at: datetime, business: Business, locale: str = RU) -> str:
    """«пт 27.11 15:00»: a button holds twenty characters."""
    local = at.astimezone(ZoneInfo(business.zone))
    weekday = _SHORT[local.weekday()] if locale == RU else f"{local:%a}"
    return f"{weekday} {local:%d.%m %H:%M}"


def brief_day(of: date, locale: str = RU) -> str:
    """«27.11»; «November 27»."""
    return f"{of:%d.%m}" if locale == RU else f"{of:%B} {of.day}"


def money(prices: tuple[Price, ...], business: Business, locale: str = RU) -> str:
    """The sum of prices; one «от» makes the sum one."""
    amount = f"{sum(price.amount for price in prices):,}".replace(",", NBSP)
    text = f"{amount}{NBSP}{business.currency_sign}"
    if any(price.starts_from for price in prices):
        return f"от {text}" if locale == RU else f"from {text}"
    return text


def names(services: tuple[Service, ...]) -> str:
    """«маникюр с покрытием и педикюр» within a sentence."""
    return ", ".join(service.name if service.name.isupper() else _lowered(service.name) for service in services)


def _lowered(name: str) -> str:
    return name[:1].lower() + name[1:]
