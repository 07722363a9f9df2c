"""Businesses that nobody has seen: the five profiles with every fact drawn anew, and trades that have no profile."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from app.domain.business import Answer, Business, Price, Resource, Service
from app.domain.calendar import Calendar

STAFF = (
    "Анна", "Мария", "Ольга", "Светлана", "Екатерина", "Дмитрий", "Алексей", "Наталья", "Ирина", "Сергей", "Виктория",
    "Полина", "Тимур", "Марк", "Елена", "Артём", "Людмила", "Руслан", "Юлия", "Григорий", "Алина", "Михаил", "Зоя",
)  # fmt: skip
STREETS = (
    "ул. Ленина", "ул. Садовая", "Лесной пр.", "ул. Гагарина", "пр. Победы", "Каменноостровский пр.", "ул. Мира",
    "Советская улица", "Красный проспект", "наб. Фонтанки", "ул. Пушкина", "Московское шоссе", "ул. Восстания",
    "Большой пр.", "переулок Гривцова", "ул. Чехова", "бульвар Победы", "ул. Рубинштейна",
)  # fmt: skip
TRADES = {
    ("Барбершоп «Топор»", "barber"): "Стрижка бородача: борода; Детская стрижка: ребёнка; Бритьё: побриться",
    ("Ветклиника «Лапа»", "vet"): "Осмотр кошки: осмотр; Прививка: привить; Стрижка когтей: когти",
    ("Массаж «Тонус»", "massage"): "Массаж спины: спина; Антицеллюлитный массаж: антицеллюлит; Обёртывание: водоросли",
    ("Фотостудия «Кадр»", "photo"): "Портретная съёмка: портрет; Семейная фотосессия: фотосессия; Аренда зала: аренда",
    ("Химчистка «Снежинка»", "cleaning"): "Чистка пальто: пальто; Чистка ковра: ковёр; Ремонт молнии: молния",
    ("Школа вокала «Нота»", "vocal"): "Урок вокала: вокал; Сольфеджио: теория; Запись трека: студия",
}
PROMOTIONS = (
    "Скидка −{n} % на первое посещение.", "Скидка {n} % по будням до полудня.", "До конца месяца скидка {n} процентов.",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One business at one moment. offered: live slots, in order, within the hours, on the grid."""

    business: Business
    now: datetime
    offered: tuple[datetime, ...]

    @property
    def today(self) -> date:
        return self.now.date()

    def open_on(self, day: date) -> tuple[tuple[int, int], ...]:
        return self.business.calendar.spans_of(day)

    def days(self, count: int = 12) -> list[date]:
        """The coming days, today left out."""
        return [self.today + timedelta(days=ahead) for ahead in range(1, count + 1)]


def world(original: Business, rng: Random) -> World:
    """The business as it stands, with its facts drawn anew, or of another trade in its place."""
    business = rng.choice((as_it_stands, redrawn, redrawn, of_another_trade))(original, rng)
    zone = ZoneInfo(business.zone)
    day = date(2026, 11, 2) + timedelta(days=rng.randrange(90))
    now = datetime.combine(day, time(rng.randrange(7, 22), rng.randrange(60)), zone)
    return World(business=business, now=now, offered=_slots(business, now, rng))


def as_it_stands(original: Business, rng: Random) -> Business:
    return original


def redrawn(original: Business, rng: Random) -> Business:
    """Other prices, lengths, hours, people, street and phone."""
    calendar = _calendar(original.zone, rng)
    names = rng.sample(STAFF, len(original.resources))
    people = [one for one in original.resources if one.name.split()[0].istitle() and len(one.name.split()) == 1]
    renamed = {one.id: name for one, name in zip(people, names, strict=False)}
    resources = tuple(
        Resource(id=one.id, name=renamed.get(one.id, one.name), calendar=calendar) for one in original.resources
    )
    services = tuple(_repriced(service, rng) for service in original.services)
    facts = tuple(fact for fact in original.facts if not any(letter.isdigit() for letter in fact))  # of former lengths
    drawn = replace(original, services=services, resources=resources, calendar=calendar, facts=facts)
    return _elsewhere(drawn, rng)


def of_another_trade(original: Business, rng: Random) -> Business:
    (name, kind), listed = rng.choice(list(TRADES.items()))
    offers = [offer.split(": ") for offer in listed.split("; ")]
    calendar = _calendar(original.zone, rng)
    people = rng.sample(STAFF, 2)
    resources = tuple(Resource(id=f"r{n}", name=person, calendar=calendar) for n, person in enumerate(people))
    services = tuple(
        _repriced(
            Service(
                id=f"s{n}",
                name=title,
                aliases=(alias,),
                duration=timedelta(hours=1),
                price=Price(amount=1),
                resources=(rng.choice(resources).id,),
            ),
            rng,
        )
        for n, (title, alias) in enumerate(offers)
    )
    bare = replace(original, name=name, kind=kind, facts=("Оплата картой и наличными",), answers=(), never_say=())
    return _elsewhere(replace(bare, services=services, resources=resources, calendar=calendar), rng)


def _elsewhere(business: Business, rng: Random) -> Business:
    promotion = Answer(
        ask=("скидка", "акция"),
        say=rng.choice(PROMOTIONS).format(n=rng.choice((5, 10, 15, 20))),
        starts=date(2026, 11, 10),
        ends=date(2026, 12, 20),
    )
    return replace(
        business,
        address=f"{rng.choice(STREETS)}, {rng.randrange(2, 190)}",
        phone=f"+7{rng.choice(('812', '495', '383', '343'))}{rng.randrange(10**6, 10**7)}",
        answers=(promotion,),
    )


def _repriced(service: Service, rng: Random) -> Service:
    amount = rng.choice((rng.randrange(5, 100) * 100, rng.randrange(3, 20) * 500, rng.randrange(40, 900) * 10))
    minutes = rng.choice((20, 30, 40, 45, 60, 75, 90, 120, 150, 180))
    return replace(
        service,
        price=Price(amount=amount, starts_from=service.price.starts_from and rng.random() < 0.7),
        duration=timedelta(minutes=minutes),
    )


def _calendar(zone: str, rng: Random) -> Calendar:
    opens, closes = rng.choice((8, 9, 10, 11)) * 60, rng.choice((18, 19, 20, 21, 22)) * 60
    weekend = rng.choice(((), ((opens + 60, closes - 120),), ((opens, closes),)))
    sunday = rng.choice(((), weekend))
    holiday = date(2026, 11, 2) + timedelta(days=rng.randrange(90))
    return Calendar(
        zone=zone,
        weekly=(((opens, closes),),) * 5 + (weekend, sunday),
        exceptions={holiday: (), holiday + timedelta(days=1): ((opens, closes - 180),)},
    )


def _slots(business: Business, now: datetime, rng: Random) -> tuple[datetime, ...]:
    """Up to three free moments of different days within the hours."""
    zone, found = ZoneInfo(business.zone), list[datetime]()
    for ahead in rng.sample(range(1, 8), 6):
        day = now.date() + timedelta(days=ahead)
        for opens, closes in business.calendar.spans_of(day)[:1]:
            minute = rng.randrange(opens, max(opens + 1, closes - 60), 30)
            if len(found) < 3:
                found.append(datetime.combine(day, time(minute // 60, minute % 60), zone))
    return tuple(sorted(found))
