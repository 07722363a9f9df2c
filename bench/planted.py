"""Customers who tell what must not leave the house: every value is planted once and can be looked for anywhere.

Nothing of the product is imported: what is personal here is not decided by what the product recognises.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

FIRST = [
    "Анна",
    "Мария",
    "Елена",
    "Ольга",
    "Татьяна",
    "Наталья",
    "Ирина",
    "Светлана",
    "Екатерина",
    "Юлия",
    "Дарья",
    "Полина",
    "Ксения",
    "Алина",
    "Виктория",
    "Алексей",
    "Дмитрий",
    "Сергей",
    "Андрей",
    "Михаил",
    "Иван",
    "Николай",
    "Павел",
    "Роман",
    "Артём",
    "Максим",
    "Кирилл",
    "Егор",
    "Тимур",
    "Руслан",
    "Гульнара",
    "Айгуль",
    "Зарина",
]
LAST = [
    "Иванова",
    "Петрова",
    "Сидорова",
    "Кузнецова",
    "Соколова",
    "Лебедева",
    "Козлова",
    "Новикова",
    "Морозова",
    "Волкова",
    "Зайцева",
    "Павлова",
    "Семёнова",
    "Голубева",
    "Виноградова",
    "Богданова",
    "Воробьёва",
    "Фёдорова",
    "Михайлова",
    "Беляева",
    "Тарасова",
    "Белова",
    "Комарова",
    "Орлова",
    "Киселёва",
]
PHONES = ("+7 {0} {1}-{2}-{3}", "8{0}{1}{2}{3}", "8 ({0}) {1}-{2}-{3}", "+7{0}{1}{2}{3}", "{0} {1} {2} {3}")
CARDS = ("{0} {1} {2} {3}", "{0}{1}{2}{3}", "{0}-{1}-{2}-{3}")
TELLS = (
    "Здравствуйте! Меня зовут {name}, хочу записаться на маникюр завтра. Мой телефон {phone}, почта {email}",
    "Добрый день, это {name}. Запишите на стрижку в субботу, звоните {phone}. Чек пришлите на {email}",
    "Сколько стоит маникюр? Оплату перевела с карты {card}, тел. {phone}, {name}",
    "Можно записаться на окрашивание? {name}, {phone}, e-mail: {email}. Карта {card} на всякий случай",
    "Запишите меня: {name}, номер {phone}. Подтверждение на {email}, пожалуйста",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`card_name`: of the messenger's profile; `told_name`: the one in the free text."""

    card_name: str
    told_name: str
    phone: str
    email: str
    card: str
    text: str

    @property
    def sure(self) -> tuple[str, ...]:
        """What must never leave: phone, e-mail, card, the name known from the messenger."""
        shown = [value for value in (self.phone, self.email, self.card) if value in self.text]
        return (*shown, self.card_name)


def people(count: int, seed: int = 1) -> list[Person]:
    chance = random.Random(seed)
    return [_person(chance, number) for number in range(count)]


def leaks(values: Sequence[str], haystack: str) -> list[str]:
    """Those that stand there: digits in any grouping, words as whole words in any letter case."""
    low, digits = _folded(haystack)
    return [value for value in values if _stands(value, low, digits)]


@lru_cache(maxsize=16)
def _folded(haystack: str) -> tuple[str, str]:
    """In small letters; and with its numbers drawn together. Once for all who are looked for in it."""
    return haystack.casefold(), re.sub(r"(?<=\d)[\s().–-]+(?=\d)", "", haystack)


def _stands(value: str, low: str, digits: str) -> bool:
    number = re.sub(r"\D", "", value)
    if len(number) >= 10 and not re.search(r"[a-zA-Zа-яА-Я]", value):
        return number[-10:] in digits
    word = value.casefold()
    return word in low and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", low) is not None


def _person(chance: random.Random, number: int) -> Person:
    parts = (str(chance.choice((903, 916, 925, 977, 999))), f"{chance.randrange(1000):03}")
    tail = (f"{number // 100 % 100:02}", f"{number % 100:02}")
    told, last = chance.choice(FIRST), chance.choice(LAST)
    name = chance.choice((told, f"{told} {last}", f"{last} {told}"))
    host = chance.choice(("mail.ru", "yandex.ru"))
    values = {
        "name": name,
        "phone": chance.choice(PHONES).format(*parts, *tail),
        "email": f"{chance.choice('abcdefgh')}{number}.{chance.randrange(10_000)}@{host}",
        "card": _card(chance),
    }
    text = chance.choice(TELLS).format(**values)
    card_name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    return Person(
        card_name=card_name,
        told_name=name,
        phone=values["phone"],
        email=values["email"],
        card=values["card"],
        text=text,
    )


def _card(chance: random.Random) -> str:
    digits = [2, 2, 0, 0, *(chance.randrange(10) for _ in range(11))]
    doubled = [digit if place % 2 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits)]
    whole = "".join(map(str, [*digits, -sum(doubled) % 10]))
    return chance.choice(CARDS).format(*_fours(whole))


def _fours(whole: str) -> Iterator[str]:
    return (whole[start : start + 4] for start in range(0, 16, 4))
