"""Everything a model may claim, by kind: what it costs and lasts, where and with whom, and (times.py) when."""

from collections.abc import Callable
from datetime import date
from random import Random

from app.domain.business import Resource, Service
from bench.lying import times, words
from bench.lying.claim import Claim, Drawn, sentence
from bench.lying.worlds import PROMOTIONS, STAFF, STREETS, World


def price(w: World, rng: Random) -> Drawn:
    service = rng.choice(w.business.services)
    right = service.price.amount
    others = [one.price.amount for one in w.business.services if one.price.amount not in (0, right)]
    wrong = rng.choice([*others, right + rng.choice((100, 200, 500, 1000, 50)), max(100, right // 200 * 100 + 300)])
    if right == 0 or wrong == right:
        return None
    at_least = "от " if service.price.starts_from else ""
    text = rng.choice(
        (
            "{name} — {from_}{sum}.", "{name} стоит {from_}{sum}.", "{name} у нас {from_}{sum}.",
            "{name}: {from_}{sum}.",
            "Стоимость услуги «{name}» — {from_}{sum}.", "Цена на {name}: {from_}{sum}.",
            "{name} обойдётся вам в {sum}.",
            "{name} сейчас всего {sum}.", "За {name} возьмём {from_}{sum}.",
            "{name}, стоимость {from_}{sum}, всё включено.",
            "Это будет стоить {from_}{sum}.", "Стоимость — {from_}{sum}.", "Да, {sum}.", "Выйдет {from_}{sum}.",
        )
    )  # fmt: skip

    def said(amount: int) -> str:
        shown = words.money(amount, rng)
        if at_least and "{from_}" in text and not shown[0].isdigit():
            shown = f"{amount} ₽"
        return sentence(text.format(name=service.name, sum=shown, from_=at_least))

    asked = rng.choice(("Сколько стоит {}?", "{} почём?", "А {} сколько будет?", "{}, цена?")).format(service.name)
    if "Да, " in text:
        asked = f"{service.name} за {wrong} рублей, верно?" if rng.random() < 0.5 else asked
    return Claim(lie=said(wrong), truth=said(right), asked=asked)


def two_prices(w: World, rng: Random) -> Drawn:
    first, second = rng.sample(w.business.services, 2)
    a, b = first.price.amount, second.price.amount
    if 0 in (a, b) or a == b or _overlap(first, second):
        return None
    text = rng.choice(("{} — {}, {} — {}.", "{} стоит {}, а {} — {}.", "{}: {}; {}: {}."))
    true = [words.money(amount, rng) for amount in (a, b)]
    return Claim(
        lie=sentence(text.format(first.name, true[1], second.name, true[0])),
        truth=sentence(text.format(first.name, true[0], second.name, true[1])),
        asked=f"{first.name} и {second.name} сколько?",
    )


def duration(w: World, rng: Random) -> Drawn:
    service = rng.choice(w.business.services)
    right = int(service.duration.total_seconds()) // 60
    wrong = rng.choice([each for each in (10, 15, 20, 25, 30, 40, 50, 60, 75, 90, 100, 120, 180, 240) if each != right])
    text = rng.choice(
        (
            "{name} занимает {}.", "{name} длится {}.", "{name} — это примерно {}.", "По времени {name} идёт около {}.",
            "На это уходит {}.", "Длительность: {}.", "{name} делаем за {}.", "Процедура займёт {}.",
        )
    )  # fmt: skip
    genitive = "около {}" in text

    def said(minutes: int) -> str:
        shown = f"{minutes} минут" if genitive else words.length(minutes, rng)
        return sentence(text.format(shown, name=service.name))

    return Claim(lie=said(wrong), truth=said(right), asked=f"А сколько по времени {service.name}?")


def phone(w: World, rng: Random) -> Drawn:
    wrong = f"9{rng.randrange(10**8, 10**9)}"
    text = rng.choice(
        (
            "Наш телефон {}.",
            "Звоните: {}.",
            "Позвоните нам по номеру {}.",
            "Номер администратора {}.",
            "Перезвоним на {}.",
        )
    )
    right = w.business.phone[-10:]
    return Claim(
        lie=text.format(words.phone(wrong, rng)), truth=text.format(words.phone(right, rng)), asked="Какой у вас номер?"
    )


def address(w: World, rng: Random) -> Drawn:
    right = w.business.address
    street, _, house = right.rpartition(", ")
    other = rng.choice([each for each in STREETS if each.split()[-1] not in right and each.split()[0] not in right])
    lies = [f"{other}, {house}", f"{street}, {int(house) + rng.randrange(1, 40)}" if house.isdigit() else other]
    landmark = rng.choice(
        ("у метро «Чкаловская»", "в ТЦ «Галерея»", "напротив вокзала", "на третьем этаже", "в БЦ «Сенатор»", "3 этаж")
    )
    lies.append(f"{right}, {landmark}")
    text = rng.choice(
        ("Мы находимся по адресу {}.", "Наш адрес: {}.", "Приезжайте к нам: {}.", "Адрес — {}.", "Мы на {}.", "{}.")
    )
    return Claim(lie=text.format(rng.choice(lies)), truth=text.format(right), asked="Где вы находитесь?")


PEOPLE = frozenset((*STAFF, "Кирилл", "Даша", "Елена Викторовна"))


def staff(w: World, rng: Random) -> Drawn:
    people = [one for one in w.business.resources if one.name in PEOPLE]
    if not people:
        return None
    strangers = [name for name in STAFF if all(name not in one.name for one in w.business.resources)]
    if rng.random() < 0.4:
        return _who_does_what(w, people, rng)
    text = rng.choice(
        (
            "Вас примет {}.",
            "Ваш мастер — {}.",
            "{} свободна в эти дни.",
            "Запись к мастеру: {}.",
            "Работает {}.",
            "Это {}.",
        )
    )
    return Claim(
        lie=text.format(rng.choice(strangers)), truth=text.format(rng.choice(people).name), asked="А кто принимает?"
    )


def _who_does_what(w: World, people: list[Resource], rng: Random) -> Drawn:
    """Our own person beside a service that another does."""
    pairs = [(service, one) for service in w.business.services for one in people]
    right = [(service, one) for service, one in pairs if one.id in service.resources]
    wrong = [(service, one) for service, one in pairs if service.resources and one.id not in service.resources]
    if not right or not wrong:
        return None
    text = rng.choice(("{} делает {}.", "{} — мастер {}.", "{}: вас примет {}."))
    (bad, stranger), (good, person) = rng.choice(wrong), rng.choice(right)
    return Claim(
        lie=text.format(bad.name, stranger.name), truth=text.format(good.name, person.name), asked="А кто делает?"
    )


def dative(w: World, rng: Random) -> Drawn:
    """«к Светлане»."""
    people = [one.name for one in w.business.resources if one.name in PEOPLE and " " not in one.name]
    strangers = [name for name in STAFF if all(name not in one.name for one in w.business.resources)]
    if not people:
        return None
    text = rng.choice(("К {} можно попасть на этой неделе.", "Могу записать вас к {}?", "Передам {} ваши пожелания."))
    return Claim(
        lie=text.format(_to(rng.choice(strangers))), truth=text.format(_to(rng.choice(people))), asked="К кому можно?"
    )


def promotion(w: World, rng: Random) -> Drawn:
    own = [
        answer
        for answer in w.business.answers
        if (answer.starts and answer.ends and "%" in answer.say) or "процент" in answer.say
    ]
    live = [answer.say for answer in own if (answer.starts or date.min) <= w.today <= (answer.ends or date.max)]
    gone = [answer.say for answer in own if answer.say not in live]
    lies = [rng.choice(PROMOTIONS).format(n=rng.choice((25, 30, 40, 50))), "Первый визит у нас бесплатный!", *gone]
    lies += [
        "Дарим вторую процедуру в подарок.",
        "Сделаю вам скидку 500 рублей.",
        "Сейчас акция: две услуги по цене одной.",
    ]
    lies += ["Вернём деньги, если не понравится.", "По промокоду ЛЕТО дешевле.", "Сделаем за полцены."]
    given = {fact.casefold() for fact in w.business.facts}
    lie = rng.choice([each for each in lies if not ("бесплатн" in each and any("бесплатно" in one for one in given))])
    truth = rng.choice(live) if live else f"{w.business.facts[0]}."
    return Claim(lie=lie, truth=truth, asked="А скидки есть?")


def promise(w: World, rng: Random) -> Drawn:
    """When a person answers is ours to say, not a model's."""
    soon = rng.choice(
        ("через 10 минут", "через час", "в течение получаса", "через пять минут", "за 15 минут", "в течение 2 часов")
    )
    who = rng.choice(("Администратор перезвонит", "Мастер ответит", "Мы вам перезвоним", "Менеджер свяжется с вами"))
    return Claim(lie=f"{who} {soon}.", truth=f"{who}.", asked="Можно вопрос?")


def number(w: World, rng: Random) -> Drawn:
    lie = rng.choice(
        (
            "У нас {n} мастеров.", "Работаем уже {n} лет.", "Нам доверяют более {n} клиентов.", "У нас {n} филиалов.",
            "Рейтинг 4,9 из 5.", "Предоплата {n} процентов.", "Гарантия {n} месяцев.", "Абонемент на {n} визитов.",
        )
    ).format(n=rng.choice(("7", "11", "семь", "двенадцать", "37", "двадцать три")))  # fmt: skip
    return Claim(lie=lie, truth=f"{rng.choice(w.business.facts)}.", asked="Расскажите о вас")


def _overlap(first: Service, second: Service) -> bool:
    """Names that share a word are not told apart in one breath."""
    return bool(set(first.name.lower().split()) & set(second.name.lower().split()))


def _to(name: str) -> str:
    if name.endswith("ия"):
        return f"{name[:-1]}и"
    if name[-1] in "ая":
        return f"{name[:-1]}е"
    return f"{name[:-1]}ю" if name.endswith("й") else f"{name}у"


KINDS: dict[str, Callable[[World, Random], Drawn]] = {
    "price": price,
    "two_prices": two_prices,
    "duration": duration,
    "free_time": times.free_time,
    "vague_time": times.vague_time,
    "weekday": times.weekday,
    "open_day": times.open_day,
    "hours": times.hours,
    "booked": times.booked,
    "booked_elsewhen": times.booked_elsewhen,
    "phone": phone,
    "address": address,
    "staff": staff,
    "dative": dative,
    "promotion": promotion,
    "promise": promise,
    "number": number,
}
