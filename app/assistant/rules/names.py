"""The customer's own name, as it should stand on the contact: nominative, capitalised, with patronymic or surname."""

import re

from app.assistant.rules import morphology
from app.assistant.rules.text import Message
from app.assistant.rules.wordlist import wordlist
from app.domain.business import Business

_WORD = re.compile(r"[А-ЯЁа-яёA-Za-z]+(?:-[А-ЯЁа-яё]+)?")
_INTRODUCED = re.compile(
    r"(?:меня\s+зовут|(?:^|[.!?;\n]\s*)зовут(?!\s+меня)|спросите?|спросить|спрашивать|мо[её]\s+имя|имя(?:\s+мо[её])?|зовут\s+меня|на\s+имя|фамилия|фио|пишет|беспокоит|с\s+уважением,?|"
    r"\bя\s*[-—–,]?|(?:^|[.!?,\n]\s*|(?:здравствуйте|здрасьте|привет|вечер|вечера|день|дня|утро|утра|суток),?\s+)это(?:\s+(?:снова|опять|я))?|меня(?=\s+[а-яё]+\s+(?:зовут|звать))|"
    r"запиши(?:те)?\s+(?:меня|на\s+имя|как)\s*[,:]?|запишите\s*:|меня,|my name is|my name's|name's|"
    r"name is|i'm|i am|this is|"
    r"menya\s+zovut|zovut|mo[eyo]+\s+imya|imya|eto|ja|ya)\s*[:—–-]?\s+",
    re.I,
)
_SURNAME = re.compile(r"фамилия\s*[:—–-]?\s*(?:моя\s+|у\s+меня\s+)?([А-ЯЁа-яё]+)", re.I)
_OTHERS = re.compile(
    r"(?:\b(?:к|ко|с|со|у|от|для|без|про|мастер\w*|тренер\w*|врач\w*|доктор\w*|специалист\w*|"
    r"администратор\w*|менеджер\w*|"
    r"репетитор\w*|учител\w*|преподавател\w*|педагог\w*|парикмахер\w*|пусть|позовите|на имя\s+друг\w*|"
    r"сын\w*|доч\w*|муж\w*|жен[ауеы]|мам\w*|пап\w*|подруг\w*|друг\w*|брат\w*|сестр\w*|реб[её]н\w*|"
    r"бабушк\w*|дедушк\w*|внук\w*|внучк\w*|"
    r"(?:мо[йяюе]|наш\w*)\s+(?:мам|пап|сын|доч|муж|жен|бабушк|дедушк|внук|внучк|брат|сестр)\w*,|"
    r"запи\w+\s+(?:мам|пап|сын|доч|муж|жен|бабушк|дедушк|внук|внучк|брат|сестр|реб[её]н)\w*,|"
    r"зовут\s+е[её]|е[её]\s+зовут|его\s+зовут|зовут\s+его|for|with|to|wife|son|daughter|husband|coach|"
    r"trainer)\s+(?:его\s+зовут\s+|зовут\s+)?)$",
    re.I,
)
_ADDRESS = re.compile(
    r"^\s*(?:\W*(?:здравствуйте|добр\w+ \w+|привет\w*|hello|hi|дорог\w+|уважаем\w+|спасибо|ой|ну|алло)\W*)*$", re.I
)
_THANKED = re.compile(r"(?:спасибо|благодарю|привет)[,\s]*$", re.I)
_BESIDE_PHONE = re.compile(
    r"[\s,:;.]*(?:тел\w*\.?|номер)?[\s:]*(?:\+?\d[\d\s()-]{6}|(?:плюс\s+)?(?:семь|7|восемь|8)\s+девятьсот\b)", re.I
)
_AFTER_PHONE = re.compile(r"\d[\d\s()-]{6,}[\s,.]*$")
_AGED = re.compile(  # «Миша, 7 класс»: the pupil, not the writer, unless he says «хочу»
    r"\s*,?\s*\d{1,2}\s*(?:класс|лет|год|мес)(?!\w*\W{1,2}(?:хочу|мне|я|могу|ищу)\b)",
    re.I,
)
_FOR_OTHER = re.compile(
    r"\b(?:мам[уые]|пап[уые]|отц[ау]|мать|бабушк[уие]|дедушк[уие]|дед[ау]|сын[ау]|доч(?:ь|ку|ери|ки|ке)|муж[ау]|жен[уые]|"
    r"реб[её]нк[ау]|внук[ау]|внучк[уие]|т[её]щ[уие]|свекров[ьи]|брат[ау]|сестр[уые])\b",
    re.I,
)
_NAMED_AFTER = re.compile(r"(?:\s+([а-яё]+))?\s+(?:меня\s+зовут|мо[её]\s+имя)", re.I)  # «Роза Ахметовна меня зовут»
_LISTED_AFTER = re.compile(r"\s*,\s*(?:[А-ЯЁ][а-яё]{3,}|[A-Z][a-z]+)\b(?!\s*,)")  # «Виталий, Шкода Рапид, нужна …»
_SURNAMED = re.compile(
    r"^[А-ЯЁ][а-яё]{2,}(?:[оеё]в(?:а|у|ой|ым)?|ин(?:а|у|ой|ым)|ынин|ск(?:ий|ого|ому|ая|ой|ую)|енко|чук|швили|дзе)$"
)
_CALLED = re.compile(r",\s*(?:а\s+)?зовут\s+", re.I)
_HE_IS = re.compile(r"\W*зовут\s(?!\s*меня)", re.I)  # «постричь сына. Зовут Матвей»
_OF_OTHER = re.compile(rf"{_FOR_OTHER.pattern}|\b(?:ей|ему|е[её]|его|им|их)\b", re.I)
_BORN = re.compile(r"\s*,?\s*(?:\d\d?\.\d\d?\.)?\d{4}\s*(?:г\b\.?|года)\s*(?:р\b|рожд)", re.I)
_ENROLLED = re.compile(r"\b(?:запиш\w+|записать|запись на)\s+(?:пожалуйста,?\s+)?$", re.I)  # «запишите Кузнецову Ольгу»
_PATRONYMIC = re.compile(r"^[А-ЯЁ][а-яё]{2,}(?:ович|евич|ьич|овна|евна|инична|ична)(?:а|у|ем|ы|е|ой)?$")
_TITLE = re.compile(r"^[А-ЯЁA-Z]")
_COMMON = frozenset(
    wordlist(
        "вера надежда любовь роза лилия слава лев мир роман май марта август рада злата клара артист свет "
        "лика сева пион кара ника регина софа ада"
    )
)
_SPOKEN_ONLY = frozenset(wordlist("марго тема стас гоша жека"))  # that the dictionary has not as names
_NO_NAMES = frozenset(wordlist("хай"))
_ENGLISH_NAMES = frozenset(
    wordlist(
        "alex kate anna john mike michael david maria mary sarah emma james tom thomas peter paul daniel dan "
        "nick nicholas andrew george sam samuel ben robert bob william bill jack harry charlie oliver max "
        "chris christopher kevin brian steve stephen mark luke adam eric lisa laura julia julie jane emily "
        "olivia sophia sophie lucy helen elena olga irina natalia natasha svetlana ekaterina victoria vicky "
        "diana alice amy rachel jessica jennifer karen susan linda nancy sergey dmitry ivan oleg igor pavel "
        "anton artem denis viktor"
    )
)


def find(message: Message, business: Business, *, asked: bool = False) -> str | None:
    """None: no name, only a staff member's, or somebody else's.

    asked   the bot's last message asked for a name: a bare one is enough
    """
    raw = message.raw.replace("\u00a0", " ")
    staff = _staff(business)
    tokens = [(m[0], m.start(), m.end()) for m in _WORD.finditer(raw)]
    starts = {
        match.end()
        for match in _INTRODUCED.finditer(raw)
        if not (_HE_IS.match(match[0]) and _FOR_OTHER.search(raw[: match.start()]))
    }
    starts |= {match.end() for match in _CALLED.finditer(raw) if not _OF_OTHER.search(raw[: match.start()])}
    best: tuple[int, str] | None = None
    others: set[str] = set()  # named as somebody else already
    taken = -1
    for index, (word, start, end) in enumerate(tokens):
        if index <= taken:
            continue
        introduced = (
            start in starts
            or _is_named_after(raw[end:])
            or (bool(_ENROLLED.search(raw[:start])) and _is_full(tokens, index))
            or bool(_TITLE.match(word) and _is_beside_phone(raw, start, end))
        )
        length = _length(tokens, index, raw, introduced)
        if not length:
            continue
        taken = index + length - 1
        parts = _in_order([tokens[place][0] for place in range(index, index + length)])
        end = tokens[taken][2]
        name = _nominative(parts)
        first = name.split()[0].lower()
        if _OTHERS.search(raw[:start]) or (not introduced and _AGED.match(raw[end:])):
            others.add(first)
        if not introduced and _BORN.match(raw[end:]) and _FOR_OTHER.search(raw[:start]):
            others.add(first)
        listed = first not in staff and _LISTED_AFTER.match(raw[end:])
        if first in others or (not introduced and not listed and _is_address(raw, start, end, parts)):
            continue
        if (
            not introduced
            and first in staff
            and len(parts) == 1
            and not _BESIDE_PHONE.match(raw[end:])
            and not _AFTER_PHONE.search(raw[:start])
        ):
            continue
        worth = 3 if introduced else _worth(raw, start, end, word, asked)
        if worth and (best is None or worth > best[0]):
            best = worth, name
    if best is None and (told := _SURNAME.search(raw)) and _is_kind(told[1], "Surn"):
        return _nominative([told[1]])
    return _with_surname(best[1], raw) if best else None


def _is_named_after(after: str) -> bool:
    """«Роза Ахметовна меня зовут»; of «если Анна работает меня зовут Регина» she is not the one."""
    match = _NAMED_AFTER.match(after)
    return match is not None and (not match[1] or _is_kind(match[1], "Patr") or _is_kind(match[1], "Surn"))


def _is_full(tokens: list[tuple[str, int, int]], index: int) -> bool:
    """A first name with a surname or a patronymic: somebody else's is seldom given in full."""
    words = [word for word, _, _ in tokens[index : index + 2]]
    kinds = [{kind for kind in ("Name", "Surn", "Patr") if _is_kind(word, kind)} for word in words]
    return len(kinds) == 2 and all(kinds) and "Name" in kinds[0] | kinds[1] and all(map(_TITLE.match, words))


def _is_beside_phone(raw: str, start: int, end: int) -> bool:
    """After a phone, or alone between punctuation and a phone."""
    apart = not raw[:start].strip() or raw[:start].rstrip()[-1] in ",.;!\n"
    return bool(_AFTER_PHONE.search(raw[:start]) or (apart and _BESIDE_PHONE.match(raw[end:])))


def _with_surname(name: str, raw: str) -> str:
    """«Фамилия моя Громова, имя Вера»: the surname told apart joins the first name."""
    told = _SURNAME.search(raw)
    if not told or " " in name or not _is_kind(told[1], "Surn") or told[1].lower() == name.lower():
        return name
    return f"{name} {_capital(told[1])}"


def _staff(business: Business) -> frozenset[str]:
    return frozenset(part.lower() for resource in business.resources for part in resource.name.split()[:1])


def _length(tokens: list[tuple[str, int, int]], index: int, raw: str, introduced: bool) -> int:
    """How many words from here make one name; 0: none does."""
    if _surname_first(tokens, index, introduced) == 3:
        return 3  # before all else: «Хасанов» is also «of the Hasans»
    if not _is_first(tokens[index][0], introduced):
        return _surname_first(tokens, index, introduced)
    length = 1
    for kind in ("Patr", "Surn"):
        place = index + length
        if place < len(tokens) and raw[tokens[place - 1][2] : tokens[place][1]] == " ":
            word = tokens[place][0]
            if (
                _is_kind(word, kind)
                and (kind == "Patr" or _TITLE.match(word) or introduced)
                and not _is_plain_word(word)
            ):
                length += 1
    return length


def _surname_first(tokens: list[tuple[str, int, int]], index: int, introduced: bool) -> int:
    """«Кузнецов Олег Петрович»: with a patronymic it needs no introduction."""
    words = [word for word, _, _ in tokens[index : index + 3]]
    if len(words) < 2 or not _is_kind(words[0], "Surn") or not _is_first(words[1], True):
        return 0
    if len(words) == 3 and _is_kind(words[2], "Patr") and all(map(_TITLE.match, words)):
        return 3
    return 2 if introduced else 0


def _in_order(parts: list[str]) -> list[str]:
    """First name, patronymic, surname: «Кузнецов Олег Петрович» says the surname first."""
    surname_first = len(parts) > 1 and _is_kind(parts[0], "Surn") and not _is_kind(parts[0], "Name")
    surname_first |= len(parts) == 3 and _is_kind(parts[2], "Patr")
    return [*parts[1:], parts[0]] if surname_first else parts


def _is_first(word: str, introduced: bool) -> bool:
    lower = word.lower()
    if lower.isascii():
        return lower in _ENGLISH_NAMES or (introduced and word[:1].isupper() and len(word) > 2)
    if len(word) < 3 or lower in _NO_NAMES:
        return False
    if not _is_kind(word, "Name"):
        foreign = introduced and not morphology.is_known(lower)  # «Гулнара», «Айгерим»
        return _TITLE.match(word) is not None and (foreign or lower.replace("ё", "е") in _SPOKEN_ONLY)
    if introduced:
        return _TITLE.match(word) is not None or not _is_plain_word(word) or lower in _COMMON
    return not _is_plain_word(word) or (_TITLE.match(word) is not None and lower not in _COMMON)


def _is_kind(word: str, kind: str) -> bool:
    if kind == "Patr" and _PATRONYMIC.search(word):
        return True  # «Ринатович»: of a name that the dictionary lacks
    if kind == "Surn" and _SURNAMED.search(word):
        return True
    return any(
        bool(kind in parse.tag) and parse.score > 0.02 and parse.is_known for parse in morphology.parses(word.lower())
    )


def _is_plain_word(word: str) -> bool:
    """The dictionary knows it as something else than a name, and more likely so."""
    names = sum(
        parse.score for parse in morphology.parses(word.lower()) if {"Name", "Surn", "Patr"} & set(parse.tag.grammemes)
    )
    return bool(names < 0.45)


def _is_address(raw: str, start: int, end: int, parts: list[str]) -> bool:
    """«Ань, привет!», «Здравствуйте, Ольга!»: a name to greet somebody by."""
    before, after = raw[:start], raw[end:]
    opening = bool(_ADDRESS.match(before))
    alone = not after.strip(" .!,\n") and not before.strip()
    if alone:
        return False
    vocative = any("Name" in parse.tag and "voct" in parse.tag for parse in morphology.parses(parts[0].lower()))
    if opening and re.match(r"\s*[,!)]", after) and not re.match(r"\s*,?\s*\W*(?:\+?\d)", after):
        return (
            len(before.strip()) > 0
            or vocative
            or bool(re.match(r"\s*,\s*(?:привет|здрав|добр|ты|а\b|можн|скин|подск)", after, re.I))
        )
    return bool(_THANKED.search(before)) and not re.match(r"\s*[,.]?\s*\+?\d", after)


def _worth(raw: str, start: int, end: int, word: str, asked: bool) -> int:
    """How surely a name that nobody introduced is the customer's: it stands apart, as a signature or beside a phone."""
    before, after = raw[:start].rstrip(" "), raw[end:].lstrip(" ")
    opens = not before or before[-1] in ".,!?\n;:()-—–" or before[-1].isdigit() or not before[-1].isalnum()
    closes = not after or after[0] in ".,!?\n;:()-—–+" or after[0].isdigit() or not after[0].isalnum()
    told = re.match(r"(?:тел|номер|мой|phone|беспокоит|пишет|на связи|снова|опять)", after, re.I)
    if (opens and (closes or told)) or (closes and asked and opens):
        return 2
    digits_near = re.search(r"\d[\s)]*$", before) or re.match(r"[,\s:]*\+?\d", after)
    if digits_near and (opens or closes) and _TITLE.match(word):
        return 1
    if _BESIDE_PHONE.match(raw[end:]) and morphology.may_be(word.lower(), "nomn"):  # «… завтра полвторого денис 8921…»
        return 1
    return 2 if asked and (opens or closes) and _TITLE.match(word) else 0


def _nominative(parts: list[str]) -> str:
    if parts[0].isascii():
        return parts[0].capitalize()
    gender = _gender(parts)
    return " ".join(_inflected(part, index, gender) for index, part in enumerate(parts))


def _gender(parts: list[str]) -> str:
    """`masc`, `femn` or empty, by the patronymic, else by the first name."""
    for kind, part in (*(("Patr", part) for part in parts[1:]), ("Name", parts[0])):
        for parse in morphology.parses(part.lower()):
            if kind in parse.tag:
                return "masc" if "masc" in parse.tag else "femn" if "femn" in parse.tag else ""
    return ""


def _inflected(word: str, index: int, gender: str) -> str:
    kinds = ("Name",) if index == 0 else ("Patr", "Surn", "Name")
    options = [
        parse
        for parse in morphology.parses(word.lower())
        if any(kind in parse.tag for kind in kinds)
        and "sing" in parse.tag
        and (not gender or index == 0 or gender in parse.tag or "ms-f" in parse.tag)
    ]
    if any("nomn" in parse.tag and parse.score >= 0.1 for parse in options) or not options:
        return _capital(word)
    nominative = options[0].inflect({"nomn", "sing"})
    return _capital(nominative.word if nominative else word)


def _capital(word: str) -> str:
    return "-".join(part[:1].upper() + part[1:].lower() for part in word.split("-"))
