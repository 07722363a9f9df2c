"""A small salon to talk about, and questions to it."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.business import Answer, Business, Party, Price, Resource, Service, SlaPolicy, Team
from app.domain.calendar import Calendar
from app.domain.qualification import Heat, Known, Question

ZONE = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 18, 10, 30, tzinfo=ZONE)  # a Wednesday
THURSDAY_15 = datetime(2026, 11, 19, 15, 0, tzinfo=ZONE)
FRIDAY_12_30 = datetime(2026, 11, 20, 12, 30, tzinfo=ZONE)

STRANGER = Known()

CALENDAR = Calendar(
    zone="Europe/Moscow",
    weekly=(((600, 1260),),) * 5 + (((660, 1200),),) * 2,
    exceptions={date(2026, 12, 31): ((600, 960),), date(2027, 1, 1): (), date(2026, 11, 24): ()},
)


def service(id_: str, name: str, minutes: int, price: Price, *aliases: str) -> Service:
    return Service(id=id_, name=name, aliases=aliases, duration=timedelta(minutes=minutes), price=price)


SALON = Business(
    name="Салон красоты «Нева»",
    kind="salon",
    city="Санкт-Петербург",
    address="Невский пр., 100",
    zone="Europe/Moscow",
    phone="+78125550100",
    voice="тёплый, на «вы», короткими фразами, без канцелярита",
    facts=("Бесплатная парковка во дворе", "Оплата картой, наличными и по СБП"),
    calendar=CALENDAR,
    services=(
        service("manicure", "Маникюр с покрытием", 90, Price(amount=2500), "маникюр", "ногти", "гель-лак"),
        service("pedicure", "Педикюр", 90, Price(amount=3000), "педикюр", "ножки"),
        service("haircut_women", "Женская стрижка", 60, Price(amount=2200, starts_from=True), "стрижка", "каре"),
        service("haircut_men", "Мужская стрижка", 45, Price(amount=1600), "мужская стрижка"),
        service("coloring", "Окрашивание", 180, Price(amount=6500, starts_from=True), "окрашивание", "балаяж"),
        service("brows", "Коррекция и окрашивание бровей", 45, Price(amount=1500), "брови"),
    ),
    resources=tuple(
        Resource(id=id_, name=name, calendar=CALENDAR)
        for id_, name in (("anna", "Анна"), ("maria", "Мария"), ("olga", "Ольга"))
    ),
    team=Team(supervisor=Party(user="head"), owner=Party(user=1)),
    sla=SlaPolicy(
        bot_reply=timedelta(minutes=3),
        first_response={Heat.HOT: timedelta(minutes=5), Heat.WARM: timedelta(hours=1), Heat.COLD: timedelta(days=1)},
        hot_window=timedelta(hours=48),
        first_call=timedelta(hours=1),
        booking_confirmation=timedelta(minutes=10),
    ),
    answers=(
        Answer(ask=("парковка",), say="Во дворе есть бесплатная парковка, въезд с переулка."),
        Answer(
            ask=("скидка", "акция"),
            say="До конца декабря −10 % на первое посещение.",
            starts=date(2026, 12, 1),
            ends=date(2026, 12, 31),
        ),
    ),
    never_say=("диагноз", "дозировка"),
)


def ask(
    *texts: str,
    offered: tuple[datetime, ...] = (),
    history: tuple[tuple[str, str], ...] = (),
    known: Known = STRANGER,
    now: datetime = NOW,
) -> Question:
    return Question(texts=texts, kinds=("text",) * len(texts), offered=offered, history=history, known=known, now=now)
