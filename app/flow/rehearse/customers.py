"""Who will write what when in a rehearsal: made from the profile itself, and always alike for the same seed.

Every kind of customer comes at least once where the messages suffice; the rest come by their weights.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from zoneinfo import ZoneInfo

from app.domain.business import Business, Service
from app.domain.calendar import due_at, is_open, local_to_utc, open_intervals

CHANNELS = ("telegram",) * 4 + ("whatsapp",) * 3 + ("instagram",) * 2 + ("site",)
MESSENGERS = ("telegram", "whatsapp", "telegram", "instagram")
NAMES = ("Марина", "Олег", "Ирина", "Анна", "Светлана", "Павел", "Екатерина", "Дмитрий", "Юлия", "Наталья")
DAYS = 7
LAST_WORDS = 6  # days: who writes later would not be seen to the end
MINUTE = timedelta(minutes=1)
TALKS = 3  # answers that a customer who books is ready to give


class Scenario(StrEnum):
    PRICE = "price"
    BOOKING = "booking"
    INFO = "info"
    URGENT = "urgent"
    SILENCE = "silence"
    NIGHT = "night"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    HUMAN = "human"
    COMPLAINT = "complaint"
    FORM = "form"
    CLOSED_DAY = "closed_day"
    TWO_CHANNELS = "two_channels"
    ENGLISH = "english"
    SPAM = "spam"


WEIGHTS = {
    Scenario.PRICE: 8,
    Scenario.BOOKING: 9,
    Scenario.INFO: 4,
    Scenario.URGENT: 3,
    Scenario.SILENCE: 3,
    Scenario.NIGHT: 3,
    Scenario.RESCHEDULE: 2,
    Scenario.CANCEL: 2,
    Scenario.HUMAN: 2,
    Scenario.COMPLAINT: 2,
    Scenario.FORM: 2,
    Scenario.CLOSED_DAY: 2,
    Scenario.TWO_CHANNELS: 1,
    Scenario.ENGLISH: 1,
    Scenario.SPAM: 2,
}


READERS = frozenset({Scenario.BOOKING, Scenario.NIGHT, Scenario.URGENT, Scenario.RESCHEDULE, Scenario.CANCEL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """`key` names them in the sandbox; who writes in two channels has the same phone in both."""

    key: str
    name: str
    channel: str
    scenario: Scenario
    phone: str


class Do(StrEnum):
    SAY = "say"
    REACT = "react"  # to what was answered: press a slot, give the name or the number
    FORM = "form"
    CONTACT = "contact"  # shares the own number by the messenger's button


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One thing that a customer does. `booked`: only if a visit stands by then."""

    at: datetime
    customer: Customer
    do: Do = Do.SAY
    text: str = ""
    booked: bool = False


def script(business: Business, starts: datetime, messages: int, seed: int) -> list[Word]:
    """About `messages` words in the order of time: of those who react half are reckoned to find a reason to.

    starts   aware, midnight of the week's first day
    """
    return sorted(_words(business, starts, messages, seed), key=lambda word: word.at)


def latecomers(business: Business, after: datetime, count: int, seed: int) -> list[Word]:
    """One short question each, a few minutes apart in open hours: for the words that others had no need to say."""
    author, at, words = _Author(business, after, seed), after, []
    for number in range(count):
        at = due_at(at, 7 * MINUTE, business.calendar)
        words.append(author.question(number, at))
    return words


def asks_when(text: str) -> bool:
    """Whether the assistant waits for a day or a time now."""
    return "?" in text and any(word in text.casefold() for word in ("день", "время", "когда", "во сколько"))


def _words(business: Business, starts: datetime, messages: int, seed: int) -> Iterator[Word]:
    author, said, number = _Author(business, starts, seed), 0.0, 0
    while said < messages:
        story = author.story(author.scenario(number), number)
        yield from story
        said += sum(0.5 if word.do is Do.REACT else 1.0 for word in story)
        number += 1


class _Author:
    """Draws customers and their words; the same seed, the same draws."""

    def __init__(self, business: Business, starts: datetime, seed: int) -> None:
        self.business, self.starts, self.seed = business, starts, seed
        self.zone = ZoneInfo(business.zone)
        self.chance = random.Random(f"{seed}:{business.name}")

    def scenario(self, number: int) -> Scenario:
        first = list(Scenario)
        return first[number] if number < len(first) else self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]

    def story(self, scenario: Scenario, number: int) -> list[Word]:
        customer = self._customer(scenario, str(number), number)
        service = self.chance.choice(self.business.services)
        at = self._moment(scenario)
        return list(self._told(customer, service, at))

    def question(self, number: int, at: datetime) -> Word:
        customer = self._customer(Scenario.PRICE, f"late{number}", number)
        service = self.chance.choice(self.business.services)
        return next(self._told(customer, service, at))

    def _customer(self, scenario: Scenario, name: str, number: int) -> Customer:
        return Customer(
            key=f"rehearsal{self.seed}-{name}",
            name=self.chance.choice(NAMES),
            channel=self._channel(scenario, number),
            scenario=scenario,
            phone=f"+7999{_digits(f'{self.seed}:{name}'):07d}",
        )

    def _channel(self, scenario: Scenario, number: int) -> str:
        """Only a messenger shows the answer to whoever wants to react to it."""
        if scenario is Scenario.FORM:
            return "site"
        reads = scenario in READERS
        return MESSENGERS[number % len(MESSENGERS)] if reads else CHANNELS[(number * 7 + 3) % len(CHANNELS)]

    def _told(self, customer: Customer, service: Service, at: datetime) -> Iterator[Word]:
        wish, day = self.chance.choice((service.name, *service.aliases[:3])), timedelta(days=1)
        match customer.scenario:
            case Scenario.PRICE:
                yield Word(at=at, customer=customer, text=f"Здравствуйте! Сколько стоит {wish}?")
                if self.chance.random() < 0.4:
                    yield Word(at=at + 3 * MINUTE, customer=customer, text="Спасибо")
            case Scenario.SILENCE:
                yield Word(at=at, customer=customer, text=f"Добрый день, сколько стоит {wish} и сколько длится?")
            case Scenario.INFO:
                ask = self.chance.choice(("До скольки вы сегодня работаете?", "Здравствуйте, где вы находитесь?"))
                yield Word(at=at, customer=customer, text=ask)
            case Scenario.BOOKING | Scenario.NIGHT:
                yield from self._books(customer, wish, at)
            case Scenario.URGENT:
                yield Word(at=at, customer=customer, text=f"Срочно! Можно сегодня? {_big(wish)}")
                for place in (1, 2):
                    yield Word(at=at + place * MINUTE, customer=customer, do=Do.REACT, text="сегодня вечером")
            case Scenario.RESCHEDULE:
                yield from self._books(customer, wish, at)
                ask = "Здравствуйте, не получается прийти, давайте перенесём запись на другой день"
                yield Word(at=at + 2 * 60 * MINUTE, customer=customer, text=ask, booked=True)
                for place in (121, 122):
                    when = self._when(at + day)
                    yield Word(at=at + place * MINUTE, customer=customer, do=Do.REACT, text=when, booked=True)
            case Scenario.CANCEL:
                yield from self._books(customer, wish, at)
                ask = "Отмените, пожалуйста, мою запись"
                yield Word(at=at + 3 * 60 * MINUTE, customer=customer, text=ask, booked=True)
            case Scenario.HUMAN:
                yield Word(at=at, customer=customer, text="Позовите, пожалуйста, человека, не хочу говорить с ботом")
            case Scenario.COMPLAINT:
                ask = f"Я очень недовольна: {wish} сделали ужасно, верните деньги"
                yield Word(at=at, customer=customer, text=ask)
                if self.chance.random() < 0.5:
                    yield Word(at=at + 20 * MINUTE, customer=customer, text="Мне кто-нибудь ответит?")
            case Scenario.FORM:
                yield Word(at=at, customer=customer, do=Do.FORM, text=f"{_big(wish)}, перезвоните мне")
            case Scenario.CLOSED_DAY:
                yield Word(at=at, customer=customer, text=f"Здравствуйте! {_big(wish)}: можно сегодня?")
            case Scenario.TWO_CHANNELS:
                yield Word(at=at, customer=_in(customer, "whatsapp"), text=f"Здравствуйте, сколько стоит {wish}?")
                yield Word(at=at + day / 24, customer=_in(customer, "telegram"), do=Do.CONTACT)
            case Scenario.ENGLISH:
                yield Word(at=at, customer=customer, text="Hello! What are your opening hours?")
            case Scenario.SPAM:
                ask = "Здравствуйте! Предлагаем продвижение вашего сайта в топ Яндекса, SEO под ключ, скидка 50%"
                yield Word(at=at, customer=customer, text=ask)

    def _books(self, customer: Customer, wish: str, at: datetime) -> Iterator[Word]:
        yield Word(at=at, customer=customer, text=f"Здравствуйте! {_big(wish)}: запишите меня {self._when(at)}")
        for place in range(1, TALKS + 1):
            yield Word(at=at + place * MINUTE, customer=customer, do=Do.REACT, text=self._when(at))

    def _when(self, at: datetime) -> str:
        """A time on the next open day, in the customer's words."""
        local = at.astimezone(self.zone)
        midnight = local_to_utc(
            datetime.combine(local.date() + timedelta(days=1), datetime.min.time()), self.business.zone
        )
        opens, closes = open_intervals(midnight, self.business.calendar, 1)[0]
        hours = max(1, int((closes - opens) / timedelta(hours=1)) - 2)
        wanted = (opens + timedelta(hours=1 + self.chance.randrange(hours))).astimezone(self.zone)
        ahead = (wanted.date() - local.date()).days
        day = {1: "завтра", 2: "послезавтра"}.get(ahead) or f"{wanted:%d.%m}"
        return f"{day} в {wanted:%H:%M}"

    # --- when

    def _moment(self, scenario: Scenario) -> datetime:
        match scenario:
            case Scenario.NIGHT:
                return self._at_night()
            case Scenario.CLOSED_DAY:
                return self._on_a_closed_day()
            case _:
                return self._in_open_hours()

    def _in_open_hours(self) -> datetime:
        end = self.starts + timedelta(days=LAST_WORDS)
        spans = [(a, b) for a, b in open_intervals(self.starts, self.business.calendar, 3 * DAYS) if a < end]
        opens, closes = self.chance.choice(spans)
        minutes = max(1, int((min(closes, end) - opens) / MINUTE) - 10)
        return opens + self.chance.randrange(minutes) * MINUTE

    def _at_night(self) -> datetime:
        """Between 23:40 and 05:00; in open hours where the business never sleeps."""
        day = self.starts + timedelta(days=self.chance.randrange(LAST_WORDS))
        for _ in range(20):
            at = day + timedelta(hours=23, minutes=40) + self.chance.randrange(320) * MINUTE
            if not is_open(at, self.business.calendar):
                return at
        return self._in_open_hours()

    def _on_a_closed_day(self) -> datetime:
        """Noon or later of the first day on which the doors stay shut; a night where there is none."""
        for ahead in range(DAYS):
            noon = self.starts + timedelta(days=ahead, hours=12)
            if not any(is_open(noon + timedelta(hours=hour), self.business.calendar) for hour in range(-11, 11)):
                return noon + self.chance.randrange(240) * MINUTE
        return self._at_night()


def _in(customer: Customer, channel: str) -> Customer:
    return Customer(
        key=f"{customer.key}-{channel}",
        name=customer.name,
        channel=channel,
        scenario=customer.scenario,
        phone=customer.phone,
    )


def _digits(text: str) -> int:
    return int(blake2b(text.encode(), digest_size=4).hexdigest(), 16) % 10_000_000


def _big(text: str) -> str:
    return text[:1].upper() + text[1:]
