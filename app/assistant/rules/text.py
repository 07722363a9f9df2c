"""One message, made ready for the grammars: folded, corrected, in Russian, numerals as figures."""

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from app.assistant.rules import latin, morphology, numerals, phones, sounds
from app.assistant.rules.wordlist import wordlist

_QUOTES = str.maketrans({"ё": "е", "–": "-", "—": "-", "−": "-", "’": "'", "`": "'", "\u00a0": " ", "«": '"', "»": '"'})
_WORD = re.compile(r"[а-я]+")
_STRETCHED = re.compile(r"([а-я])\1{2,}")
_DOUBLED = re.compile(r"([а-я])\1")
_SHORTENED = (  # «на др день», «3 вар»
    (re.compile(r"\bдр\.?(?= (?:день|дня|время|числ))"), "другой"),
    (re.compile(r"\bдр\.?(?= (?:дату|недел))"), "другую"),
    (re.compile(r"\bвар\b\.?"), "вариант"),
    (re.compile(r"\bслед\.?(?= недел)"), "следующей"),
    (re.compile(r"\b(?:ес-но|ясен ?пен\w*|ясное дело)(?!\w)"), "конечно"),
    (
        re.compile(r"\b(?:хз(?:,? хз)*|(?:фиг|хрен|черт|бог|шут|пес) (?:его |ее |их )?знает)\b(?:,? (?:пока|честно))?"),
        "не знаю",
    ),
)
_FROM_TO = re.compile(  # «с 3 на 4 марта» is short of a month
    r"\bсо?\s(\d{1,2})(?:-го)?\sна\s(\d{1,2})(?:-е|-го)?\s((?:январ|феврал|март|апрел|ма|июн|июл|август|сентябр|"
    r"октябр|ноябр|декабр)[яа])\b"
)
_NOT_BUT = re.compile(  # «не 22, а 24 в 16:00»: a number before an hour, or past all hours, is a day
    r"\bне\s(?:на\s)?(\d{1,2}),?\sа\s(?:на\s)?(\d{1,2})(?=\s(?:в|к|на)\s\d)|"
    r"\bне\s(?:на\s)?(\d{1,2}),?\sа\s(?:на\s)?(2[4-9]|3[01])\b(?![:.]\d)"
)
_CLAUSE = re.compile(
    r"[.!?]+(?=\s|$)|\.{2,}|…|[;,\n]|[()]+(?=\s|$)|[\U0001F300-\U0001FAFF\u2600-\u27BF]|\s-\s|\s(?:но|а)\s(?!то\b)"
)

# What the grammars look for, in the forms that people misspell. Only unknown words are ever corrected.
_VOCABULARY: tuple[str, ...] = tuple(
    wordlist(
        "завтра послезавтра сегодня вчера понедельник вторник среда среду четверг пятница пятницу пятницы "
        "суббота субботу воскресенье воскресение выходные выходных неделе неделю неделя недели утром вечером "
        "вечера днем обеда обедом января февраля марта апреля августа сентября октября ноября декабря "
        "здравствуйте записаться запишите запиши записать запись записалась записана записан отменить "
        "отмените отмена отменяю перенести перенесите перенос перезвоните позвоните администратор "
        "администратора сколько стоит стоимость пожалуйста спасибо срочно свободно свободное можно нужно "
        "нужна адрес парковка подтверждаю через половине часов полчаса занятие занятия тренировка тренировку "
        "подстричься постричься расписание сможете оператор оператора менеджер следующей следующую следующий"
    )
)
_BY_EAR = {  # what they answer with, written as it sounds
    sounds.key(word): word
    for word in (
        *wordlist(
            "первый первая первое первого первую первом второй вторая второе второго вторую втором третий третья "
            "третье третьего третью третьем последний последнее последнюю вариант окошко перенесу перенесем перенеси "
            "переносим отмени отменяй отменяйте отменяем опоздаю опоздаем опаздываю опоздание "
            "задержусь задерживаюсь задержимся "
            "успею успеваю получится получается приеду приедем подойду подойдем подойдет подъеду смогу устраивает "
            "удобно неудобно обязательно конечно договорились напомнили спасибо запишу записывайте никакое следующее"
        ),
        *_VOCABULARY,
    )
}
_SLANG = {
    "щас": "сейчас", "ща": "сейчас", "седня": "сегодня", "сеня": "сегодня", "сегодняшн": "сегодня", "завтре": "завтра",
    "послезавтро": "послезавтра", "скока": "сколько", "скок": "сколько", "скоко": "сколько", "сколко": "сколько",
    "скоки": "сколько", "сколька": "сколько", "чо": "что", "че": "что",
    "пжл": "пожалуйста", "пж": "пожалуйста", "плиз": "пожалуйста", "плз": "пожалуйста", "спс": "спасибо",
    "пасиб": "спасибо", "мерси": "спасибо", "сенкс": "спасибо", "сенкью": "спасибо",
    "спасиб": "спасибо", "здрасте": "здравствуйте", "здрасьте": "здравствуйте",
    "здарова": "привет", "утреца": "утра", "утречком": "утром", "утречка": "утра", "вечерком": "вечером",
    "понедельничек": "понедельник", "пятничку": "пятницу", "субботку": "субботу", "завтрева": "завтра",
    "часик": "час", "часика": "часа", "часиков": "часов", "часикам": "часам", "полчасика": "полчаса",
    "полчасик": "полчаса", "недельку": "неделю", "денек": "день", "следущий": "следующий", "следущую": "следующую",
    "следущей": "следующей", "седни": "сегодня", "надоть": "надо", "моно": "можно", "мона": "можно",
    "выхах": "выходных", "выхи": "выходные", "завтр": "завтра", "послезавтр": "послезавтра", "сегод": "сегодня",
    "позж": "позже", "опозд": "опоздаю", "отм": "отмена", "подтв": "подтверждаю", "обяз": "обязательно",
    "вск": "воскресенье", "ес": "да", "есс": "да", "йес": "да", "йесс": "да", "йеп": "да", "агась": "ага",
    "ога": "ага", "дя": "да", "дады": "да", "дада": "да", "неа": "нет",
    "угусь": "угу", "окс": "ок", "окси": "ок", "окич": "ок", "океюшки": "ок", "ессно": "конечно", "есесна": "конечно",
    "есессно": "конечно", "естессно": "конечно", "канеш": "конечно", "канешн": "конечно", "канешна": "конечно",
    "конеш": "конечно", "конешн": "конечно",
}  # fmt: skip
_BRIEF = frozenset(("ага", "угу", "ок"))  # no words of the dictionary


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """raw: as typed. plain: folded, corrected, numerals as figures, phones and cards blanked."""

    raw: str
    plain: str
    words: str  # folded and corrected, numerals still in words
    phone: str | None
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    start: int
    end: int
    text: str


def prepare(raw: str) -> Message:
    phone, blanked = phones.find(raw)
    folded = fold(blanked)
    language = latin.language(folded)
    if language == "en":
        folded = latin.gloss(folded)
    elif language == "translit":
        folded = latin.transliterate(folded)
    words = spelled(folded)
    words = corrected_all(words)
    if phone is None:
        phone, words = phones.find_spoken(words)
    plain = _FROM_TO.sub(r"с \1 \3 на \2 \3", numerals.to_figures(words))
    plain = _NOT_BUT.sub(lambda match: f"не {match[1] or match[3]}-го, а {match[2] or match[4]}-го", plain)
    return Message(raw=raw, plain=plain, words=words, phone=phone, language="en" if language == "en" else "ru")


def fold(text: str) -> str:
    return text.lower().translate(_QUOTES)


def spelled(folded: str) -> str:
    """With stretched and shortened words as they are written: «бууду» → «буду», «на др день» → «на другой день»."""
    whole = _WORD.sub(lambda match: _unstretched(match[0]), _STRETCHED.sub(r"\1", folded))
    for pattern, right in _SHORTENED:
        whole = pattern.sub(right, whole)
    return _WORD.sub(lambda match: _SLANG.get(match[0], match[0]), whole)


def _unstretched(word: str) -> str:
    """A word with a doubled letter, where only the one without it is known."""
    if not _DOUBLED.search(word) or morphology.is_known(word):
        return word
    single = _DOUBLED.sub(r"\1", word)
    return single if single in _BRIEF or morphology.is_known(single) else word


def clauses(plain: str) -> tuple[Clause, ...]:
    """The parts between punctuation and «но», «а»; a time such as 18.00 is not cut."""
    found, start = [], 0
    for match in _CLAUSE.finditer(plain):
        found.append(Clause(start=start, end=match.start(), text=plain[start : match.start()]))
        start = match.end()
    found.append(Clause(start=start, end=len(plain), text=plain[start:]))
    return tuple(clause for clause in found if clause.text.strip())


def corrected_all(words: str) -> str:
    return _WORD.sub(lambda match: corrected(match[0]), words)


@lru_cache(maxsize=20_000)
def corrected(word: str) -> str:
    """The word that the grammars know, when an unknown one is a slip of the hand away from it."""
    if word in _SLANG:
        return _SLANG[word]
    if len(word) < 5 or morphology.is_known(word):
        return word
    if spelled_right := _BY_EAR.get(sounds.key(word)):
        return spelled_right
    allowed = 2 if len(word) >= 9 else 1
    near = [(OSA.distance(word, known, score_cutoff=allowed), known) for known in _VOCABULARY if known[0] == word[0]]
    distance, best = min(near, default=(99, word))
    return best if distance <= allowed else word
