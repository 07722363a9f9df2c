"""Which services of the profile a message asks for: names and aliases in any form, misspelt, shortened or in slang."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from app.assistant.rules import morphology
from app.assistant.rules.text import Clause, Message, clauses
from app.assistant.rules.wordlist import wordlist
from app.domain.business import Business, Service

_TOKEN = re.compile(r"1-(?:е|ое|ю|ую|й|ый|я|ая)\b|[а-яa-z]+(?:-[а-яa-z]+)*")
_FIRST = re.compile(r"1-.+")  # «1-е занятие», where numerals were resolved
_TO_WHOM = re.compile(r"\b(?:к|ко|с|со|у)\s(?:(?:врачу|доктору|мастеру|тренеру|тренером)\s)?([а-я]+)")
_TWO_WORDS = re.compile(r"[а-я]{4,}-[а-я]{4,}")
_HALVES = re.compile(r"[а-я]+")
_SMALL = frozenset(wordlist("и в на с к по за для от до у о из мне нам бы же ли не или"))
_TINY = 3  # letters: a shorter alias is a word of the language too («то»): in capitals, or plainly asked for
_ASKED_TINY = re.compile(r"(?:пройти|пройду|сделать|на|очередное|плановое|делаете|пора|по|прохождение|надо|нужно)\s+$")
_TO_DO_TINY = re.compile(r"\s+(?:пройти|проходить|сделать|делать|делаете)\b")  # «ТО пройти», at the head of a clause
_HEADS_CLAUSE = re.compile(r"(?:^|[.!?;,\n]\s*|(?:здравствуйте|привет|день|вечер|утро)\s+)$")
_PLURAL = frozenset({"концы"})  # «в конце недели» is no hair
_WHOLE_KEY = 4  # letters that a shortened word must keep («англ»)

# What customers of any such business say for it; a service takes the words whose key one of its own names begins with.
_SLANG: dict[str, str] = {
    "маникюр": "френч покрытие_снять маникюрчик мани ручки ногти ногтики ноготь ноготки ноготочки маник шилак нейл",
    "педикюр": "педик педи педикюрчик пятки пяточки стопы ступни",
    "стрижка": "стричь концы подровнять "
    "боб боб-каре укоротить обрасти отросли подстричься постричься подстричь постричь стричься обкорнать "
    "состричь остричь кончики челка каскад пикси",
    "окрашивание": "цвет осветление осветлить седина "
    "покрасить краситься краска окраситься перекраситься блонд тонировка корни подкрасить закрасить эиртач "
    "аиртач airtouch омбре мелировка окраска",
    "бров": "бровки бровь",
    "диагностика": "обороты стук осмотр проверить_подвеска посмотреть_подвеска глянуть_подвеска "
    "гул гудеть вибрация продиагностировать компьютерная проверка джекичан "
    "чек_загореться чек_энджин лампочка_загореться ошибка_гореть чек_гореть",
    "масл": "маслице то-1 то-2 техосмотр маслофильтр",
    "шиномонтаж": "покрышка запаска шины резина переобуть переобуться перебортовка переобувание колесо прокол "
    "шиномонтажка шинка",
    "колодк": "тормоз тормозной тормозить",
    "ремонт": "стартер сцепление грм завести заводиться глохнуть заглохнуть отремонтировать починить чинить "
    "поломка сломаться",
    "терапевт": "орви орз грипп ангина насморк сопли кашлять простыть простудиться терапевтический",
    "кардиолог": "кардио аритмия тахикардия кардиограмма",
    "узи": "узи-диагностика",
    "анализ": "анализ холестерин глюкоза ферритин моча гормоны гемоглобин оак биохимия",
    "стоматолог": "зубной дантист зубик десна флюс пульпит",
    "пробн": "первое_занятие первая_тренировка ознакомительное вводное пробный пробник пробничек пробное",
    "йог": "хатха шпагат виньяса йога-класс стретч растяжечка",
    "персональн": "персоналочка перс",
    "абонемент": "абик абонемент абонементик",
    "математик": "линал матанализ профильная дробь уравнение логарифм тригонометрия стереометрия матеша "
    "математичка геометрия",
    "английск": "спикинг тоефл toefl speaking инглиш англ айлтс english",
    "русск": "правописание грамотность изложение диктант орфография пунктуация",
}
_MALE = re.compile(
    r"\b(?:муж[ауеча-я]*|сын[ауео-я]*|мальчик[а-я]*|парн[яюе][а-я]*|мужчин[а-я]*|мужск[а-я]+|брат[ауа-я]*|"
    r"пап[уыеа]|дед[а-я]*|бород[а-я]+)\b"
)
_FEMALE = re.compile(
    r"\b(?:мне|себе|меня|сама|доч[а-я]+|жен[аеуы]|мам[аеуы]|подруг[а-я]*|сестр[а-я]+|женск[а-я]+|девочк[а-я]+|внучк[а-я]+)\b"
)
_PAYING = re.compile(r"оплат|налич|списал|снял|деньг|банк|перев(?:од|ест)|номер карт|карт[аы]\s*\d")
_MOCK_EXAM = re.compile(r"егэ|огэ|впр|ielts|toefl|айлтс|тоефл|экзамен|завал|напис|сда[лею]|провал|балл")
_REFUSED = re.compile(
    r"\bне\s+(?:надо|нуж(?:ен|н)|хочу|буду|мо[яе]|интерес|требу|актуальн|менять)|\bменять не\b|"
    r"\bуже\s+(?:с?делал|был|(?:по)?менял|с(?:дав)?ал|лечил)"
)
_GROWN = re.compile(r"(?:от|об)рос")
_NOT_IT = re.compile(r"\bне\s+(?:(?:к|на|про|за|по)\s+)?$")
_PAST_VISIT = re.compile(
    r"(?<!бы )\b(?:был[аи]?|делал[аи]?|сделал[аи]?|ходил[аи]?|приходил[аи]?|поменял[аи]?|сдавал[аи]?|сдал[аи]?|"
    r"лечил[аи]?|занимал[а-я]+)\b(?! бы\b)"
)
_BEFORE = re.compile(
    r"\bне\s+(?:(?:к|на|про|за|по)\s+)?(?:[а-я]+(?:ий|ый|ой|ая|ую|ое|ого)\s+)?$|\bвместо\s+$|\bбез\s+$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    word: str
    start: int
    end: int
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    service: str
    tokens: frozenset[int]
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Services in the customer's order.

    ids     asked for or about
    past    told of as done: what a complaint is about
    words   all that named one, refused ones too
    """

    ids: tuple[str, ...]
    past: tuple[str, ...]
    words: tuple[str, ...]


def find(message: Message, business: Business) -> Found:
    """The services of a message; the refused and the past ones are no ids."""
    tokens = _tokens(message.words, message.raw)
    hits = _longest(list(_hits(tokens, message.words, business.services)))
    named = tuple(dict.fromkeys(tokens[place].word for hit in hits for place in sorted(hit.tokens)))
    hits = _male(hits, business, message.words)
    hits = [hit for hit in hits if not _is_need_of(hit, hits, message.words)]
    hits = [hit for hit in hits if not _is_told_by(hit, hits, business, message.words)]
    hits = [hit for hit in hits if not _is_of(hit, hits, message.words)]
    parts = clauses(message.words)
    hits = [hit for hit in hits if not _is_mock_exam(hit, message.words, parts)]
    denied = {hit.service: hit.start for hit in hits if _NOT_IT.search(message.words[: hit.start])}
    hits = [hit for hit in hits if hit.end > denied.get(hit.service, 0)]  # «про йогу спрашивала, но нет, не йогу»
    kept = sorted((hit for hit in hits if not _is_refused(hit, message.words, parts)), key=lambda hit: hit.start)
    past = [hit for hit in kept if _is_past(_clause(hit, parts))]
    return Found(ids=_ids([hit for hit in kept if hit not in past]), past=_ids(past), words=named)


def _ids(hits: Iterable[_Hit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(hit.service for hit in hits))


def of_staff(message: Message, business: Business) -> tuple[str, ...]:
    """The only service of the member of staff to whom the customer wants: «к Кириллу», «с Дашей», «у Петрова»."""
    asked = {form for word in _TO_WHOM.findall(message.words) for form in morphology.lemmas(word)}
    for resource in business.resources:
        if morphology.lemmas(resource.name.split()[0].lower()) & asked:
            own = [service.id for service in business.services if resource.id in service.resources]
            if len(own) == 1:
                return tuple(own)
    return ()


def _hits(tokens: list[_Token], text: str, services: tuple[Service, ...]) -> Iterable[_Hit]:
    heads = {token.word[0] for token in tokens} | {token.word[1:4] for token in tokens}
    for service, phrase in _phrases(services):
        if phrase[0][0] not in heads and phrase[0][1:4] not in heads:
            continue
        for spot in _spots(phrase, tokens, text):
            yield _Hit(
                service=service.id, tokens=frozenset(spot), start=tokens[min(spot)].start, end=tokens[max(spot)].end
            )


@lru_cache(maxsize=100)
def _phrases(services: tuple[Service, ...]) -> tuple[tuple[Service, tuple[str, ...]], ...]:
    """(service, the words of one way to say it), the longest first."""
    found: list[tuple[Service, tuple[str, ...]]] = []
    for service in services:
        said = dict.fromkeys(_split(text) for text in (service.name, *service.aliases))
        own = [phrase[0] for phrase in said]
        slang = [
            word for key, words in _SLANG.items() if any(one.startswith(key) for one in own) for word in words.split()
        ]
        said |= dict.fromkeys(tuple(word.split("_")) for word in slang)
        said |= {phrase[::-1]: None for phrase in said if _turns(phrase)}
        found += [(service, phrase) for phrase in said]
    taken: dict[tuple[str, ...], str] = {}
    for service, phrase in found:
        taken.setdefault(phrase, service.id)
    unique = [(service, phrase) for service, phrase in found if taken[phrase] == service.id]
    return tuple(sorted(unique, key=lambda pair: -len(pair[1])))


def _turns(phrase: tuple[str, ...]) -> bool:
    """Whether two words mean the same either way round; «занятия, первое в среду» is no first lesson."""
    return len(phrase) == 2 and not _SMALL & set(phrase) and not phrase[0].startswith("перв")


def _split(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(text.lower().replace("ё", "е")))


def _tokens(words: str, raw: str) -> list[_Token]:
    """«маник-педик» are two words, «гель-лак» is one: a half of four letters stands alone."""
    same = len(words) == len(raw)
    spans = [
        (m.start() + part.start(), m.start() + part.end())
        for m in _TOKEN.finditer(words)
        for part in (_HALVES.finditer(m[0]) if _TWO_WORDS.fullmatch(m[0]) else [re.match(r".*", m[0])])
        if part
    ]
    return [
        _Token(word=_FIRST.sub("первое", words[at:to]), start=at, end=to, raw=raw[at:to] if same else words[at:to])
        for at, to in spans
    ]


def _spots(phrase: tuple[str, ...], tokens: list[_Token], text: str) -> Iterable[tuple[int, ...]]:
    """Places of the phrase: its words in order, at most one other word between; small words must stand as given."""
    head, body = phrase[0][0], phrase[0][1:4]
    firsts = [at for at, token in enumerate(tokens) if token.word[0] == head or token.word[1:4] == body]
    for first in firsts:
        spot: list[int] = []
        at = first
        for word in phrase:
            near = range(at, min(at + (1 if not spot else 2), len(tokens)))
            place = next((index for index in near if _matches(word, tokens[index], len(phrase), text)), None)
            if place is None:
                break
            spot.append(place)
            at = place + 1
        else:
            yield tuple(spot)


def _matches(word: str, token: _Token, phrase_length: int, text: str) -> bool:
    if phrase_length == 1 and len(word) < _TINY:
        return token.word == word and (
            token.raw.isupper()
            or bool(re.match(r"-\d", text[token.end :]))
            or bool(_TO_DO_TINY.match(text, token.end) and _HEADS_CLAUSE.search(text[: token.start]))
            or bool(
                _ASKED_TINY.search(text[: token.start])
                and not re.match(r"\s*-?\s*(?:же|есть|время|что)\b", text[token.end :])
            )
        )
    if word in _SMALL or token.word in _SMALL:
        return word == token.word
    if word in _PLURAL and not morphology.may_be(token.word, "plur"):
        return False
    if not _may_be_same(word, token.word) or (word == "карта" and _PAYING.search(text)):
        return False
    return _same(word, token.word)


def _may_be_same(word: str, typed: str) -> bool:
    """No form and no slip changes both the first letter and the three after it: a cheap door before the dear one."""
    return word[0] == typed[0] or word[1:4] == typed[1:4]


@lru_cache(maxsize=100_000)
def _same(word: str, typed: str) -> bool:
    """One word in two forms, or a slip of the hand away, or the customer's shortening of it."""
    if word == typed or morphology.lemmas(word) & morphology.lemmas(typed):
        return True
    if morphology.is_known(typed) and len(typed) > _WHOLE_KEY:
        return _same_root(word, typed)
    if len(typed) >= _WHOLE_KEY and len(word) > len(typed) + 1 and word.startswith(typed):
        return True
    return _near(word, typed)


def _near(word: str, typed: str) -> bool:
    if len(typed) < 5 or morphology.is_known(typed):
        return False
    bodies = {
        (one[: len(one) - cut], other[: len(other) - back])
        for one in (word,)
        for other in (typed,)
        for cut in (0, 1, 2)
        for back in (0, 1, 2, 3)
        if len(one) - cut >= 4 and len(other) - back >= 4
    }
    allowed = 2 if min(len(word), len(typed)) >= 8 else 1
    if word[0] == typed[0] or word[1:4] == typed[1:4]:
        return any(
            OSA.distance(one, other, score_cutoff=allowed) <= (allowed if min(len(one), len(other)) >= 6 else 1)
            and min(len(one), len(other)) >= min(5, len(word) - 1)
            for one, other in bodies
        )
    return False


def _same_root(word: str, typed: str) -> bool:
    """«стоматолог» and «стоматология», «переобуться» and «переобуваться»."""
    shared = next(
        (at for at, pair in enumerate(zip(word, typed, strict=False)) if pair[0] != pair[1]), min(len(word), len(typed))
    )
    return shared >= min(7, max(6, len(word), len(typed))) and max(len(word), len(typed)) - shared <= 6


def _longest(hits: list[_Hit]) -> list[_Hit]:
    """A word counts once, for the longest phrase that holds it: «мужская стрижка» is no women's one."""
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda hit: -len(hit.tokens)):
        if not any(hit.tokens & other.tokens and hit.service != other.service for other in kept):
            kept.append(hit)
    return kept


def _is_of(hit: _Hit, hits: list[_Hit], text: str) -> bool:
    """«УЗИ сердца» is one service: the genitive after another service only tells which."""
    gaps = {text[other.end : hit.start] for other in hits if other.service != hit.service}
    if " на " in gaps:  # «мелирование на каре»
        return morphology.has(text[hit.start : hit.end], "NOUN")
    return " " in gaps and _is_genitive(text, hit)


def _is_genitive(text: str, hit: _Hit) -> bool:
    return morphology.has(text[hit.start : hit.end], "NOUN", "gent")


def _is_need_of(hit: _Hit, hits: list[_Hit], text: str) -> bool:
    """«Корни отросли, хочу тонирование»: what has grown only tells why, where a service is named too."""
    return bool(_GROWN.match(text[hit.start : hit.end])) and any(
        other.service != hit.service and not _GROWN.match(text[other.start : other.end]) for other in hits
    )


def _is_told_by(hit: _Hit, hits: list[_Hit], business: Business, text: str) -> bool:
    """«Покрасить брови» is the brows' own service; of «течёт масло» the leak is what is asked about."""
    beside = [
        other
        for other in hits
        if other.service != hit.service and " " in (text[other.end : hit.start], text[hit.end : other.start])
    ]
    if any(_is_symptom(text[other.start : other.end]) for other in beside):
        return True
    names = {service.id: set(_split(service.name)) for service in business.services}
    shared = [other for other in beside if names[hit.service] & names[other.service]]
    does = morphology.parses(text[hit.start : hit.end])[0].tag.POS in ("VERB", "INFN")
    return any(does or (other.start > hit.end and _is_genitive(text, other)) for other in shared)


def _is_symptom(word: str) -> bool:
    """«течёт», «стучит»: of a thing, in the third person."""
    return morphology.has(word, "VERB", "3per") and not morphology.may_be(word, "INFN")


def _male(hits: list[_Hit], business: Business, text: str) -> list[_Hit]:
    """«Стрижка» near «мужу», «сына» means the men's one, where the profile has both."""
    ids = {service.id: service for service in business.services}
    men = next((service.id for service in business.services if re.match(r"мужск", service.name.lower())), None)
    if men is None or not _MALE.search(text):
        return hits
    general = ids[men].name.lower().split()[-1]
    return [
        _Hit(service=men, tokens=hit.tokens, start=hit.start, end=hit.end)
        if hit.service != men
        and general in ids[hit.service].name.lower()
        and _MALE.search(_near_words(text, hit, hits))
        else hit
        for hit in hits
    ]


def _near_words(text: str, hit: _Hit, hits: list[_Hit]) -> str:
    """The clause of the hit; the whole text where nothing else is asked for and nobody else is named."""
    alone = all(other.service == hit.service for other in hits) and not _FEMALE.search(text)
    return text if alone else _around(text, hit)


def _around(text: str, hit: _Hit) -> str:
    return (
        re.split(r"[,.!?+;]|\sи\s", text[: hit.start])[-1]
        + text[hit.start : hit.end]
        + re.split(r"[,.!?+;]|\sи\s", text[hit.end :])[0]
    )


def _is_past(clause: str) -> bool:
    """«Была у вас на маникюре»: told, not wanted, unless it is what went wrong."""
    wanted = re.search(r"хочу|можно|запис|запиш|нуж|испор|плох|отвал", clause)
    return bool(_PAST_VISIT.search(clause)) and not wanted


def _is_mock_exam(hit: _Hit, text: str, parts: tuple[Clause, ...]) -> bool:
    """«Завалила пробник IELTS»: of a school, no first lesson of ours."""
    return text[hit.start : hit.end].startswith("пробник") and bool(_MOCK_EXAM.search(_clause(hit, parts)))


def _is_refused(hit: _Hit, text: str, parts: tuple[Clause, ...]) -> bool:
    if _BEFORE.search(text[: hit.start]):
        return True
    clause = next((part for part in parts if part.start <= hit.start < part.end), None)
    return clause is not None and bool(_REFUSED.search(text[hit.end : clause.end]))


def _clause(hit: _Hit, parts: tuple[Clause, ...]) -> str:
    return next((part.text for part in parts if part.start <= hit.start < part.end), "")
