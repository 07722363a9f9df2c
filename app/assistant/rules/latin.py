"""Customers who write in Latin letters: transliterated Russian becomes Russian, English becomes Russian key words.

So one grammar (dates, services, intents) serves all three. The gloss is for understanding only, never for showing.
"""

import re
from functools import lru_cache

from app.assistant.rules import morphology
from app.assistant.rules.wordlist import wordlist

_LATIN = re.compile(r"[a-z']+")
_ENGLISH = frozenset(
    wordlist(
        "the a an i i'd i'll i'm you your my me we is are do does did can could would will have has had to of "
        "for in on at and or not no yes please hello hi thanks thank how much what when where want need like "
        "book booking slot today tomorrow appointment cancel move reschedule price cost ok okay see there "
        "this that it's with it good morning afternoon evening any free open late running minutes"
    )
)

_MONTHS = {
    "jan": "января", "feb": "февраля", "mar": "марта", "apr": "апреля", "jun": "июня", "jul": "июля", "aug": "августа",
    "sept?": "сентября", "oct": "октября", "nov": "ноября", "dec": "декабря",
}  # fmt: skip
_GLOSS: tuple[tuple[str, str], ...] = (
    *((rf"{short}\.? (\d{{1,2}})(?:st|nd|rd|th)?", rf"\1 {month}") for short, month in _MONTHS.items()),
    *((rf"(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?{short}\.?", rf"\1 {month}") for short, month in _MONTHS.items()),
    # phrases first, single words after
    (r"how much time|how long", "сколько времени"),
    (r"how much|what(?:'s| is) the (?:price|cost)|"
     r"price list|prices|price|cost|costs|rates?|how expensive", "сколько стоит"),
    (r"call me(?: back)?|give me a (?:call|ring)|ring me", "перезвоните мне"),
    (r"(?:talk|speak|chat) (?:to|with) (?:a |an |the |your |some )?(?:real |live |actual )?(?:human|person|"
        r"people|someone|somebody|manager|administrator|admin|operator|agent)", "поговорить с администратором"),
    (r"real (?:human|person)|live (?:human|person|agent)|human being|operator", "живой человек"),
    (r"manager|administrator|admin", "администратора"),
    (r"(?:i )?(?:can't|cannot|can not|won't|will not|am not able to|unable to) (?:be able to )?(?:make it|"
        r"come|attend|be there)", "не смогу прийти"),
    (r"cancel(?:led|ling|lation)?|call off", "отменить"),
    (r"reschedul(?:e|ed|ing)|move (?:it|my|our|the)|postpone|push (?:it|my)|change (?:my|the|"
        r"our) (?:appointment|booking|time|visit|slot)|switch (?:my|it)", "перенести"),
    (r"an hour later", "на 1 час позже"),
    (r"an hour earlier", "на 1 час раньше"),
    (r"half an hour later|30 minutes later", "на полчаса позже"),
    (r"see you(?: there| then| soon)?|i'?ll be there|i will be there|i'?ll come|i will come|we'll be there|"
        r"i'm coming|count me in|confirmed|i confirm|sounds good|works for me|that works|perfect|sure|yep|"
        r"yeah|yes", "да"),
    (r"okay|ok", "ок"),
    (r"thank you(?: very much| so much)?|thanks(?: a lot| so much)?|thx|cheers", "спасибо"),
    (r"good (?:morning|afternoon|evening|day)|hello|hey|hi there|hi", "здравствуйте"),
    (r"bye|have a (?:nice|good|great) day", "хорошего дня"),
    (r"terrible|awful|horrible|disgusting|unacceptable|worst|rude", "ужасно отвратительно"),
    (r"(?:i want )?(?:a |my )?(?:refund|money back)|complain(?:t)?", "верните деньги жалоба"),
    (r"ruined|damaged|broke my", "испортили"),
    (r"disappointed|unhappy|dissatisfied", "недоволен"),
    (r"where (?:are|is)|address|how (?:do|can) i (?:get|find)", "где адрес"),
    (r"opening hours|open(?:ing)? (?:on|at|until|till)|working hours|are you open|(?:when|"
        r"what time) do you (?:open|close)|close at", "часы работы"),
    (r"parking", "парковка"),
    (r"(?:pay|payment)(?: by)? card|credit cards?|cash", "оплата картой"),
    (r"do you have (?:a |any )?(?:free |open |available )?(?:slots?|time|places?|openings?|availability)|"
        r"(?:free |available |open )slots?|slots?|openings?|availability|available", "свободное окошко"),
    (r"do you (?:have|offer|do|teach|accept|take|work|speak)|is it|are there|can you tell", "есть ли у вас"),
    (r"(?:make |schedule |book |get )?(?:an |a )?(?:appointment|reservation)|sign (?:me )?up|"
        r"book(?:ing)?(?: me)?|schedule|reserve", "записаться"),
    (r"i(?:'d| would) (?:like|love)(?: to)?|i want(?: to)?|i wanna|i(?:'m| am) looking for", "хочу"),
    (r"(?:could|can|may) (?:i|we)", "можно"),
    (r"(?:could|can|would) you", "можете"),
    (r"please|pls|plz", "пожалуйста"),
    (r"i need|we need|need", "нужно"),
    (r"urgent(?:ly)?|asap|as soon as possible|emergency", "срочно"),
    (r"from (today|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday)", r"с \1"),
    (r"to (today|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday)", r"на \1"),
    (r"right now|now", "прямо сейчас"),
    (r"day after tomorrow", "послезавтра"),
    (r"tomorrow|tmrw|tmr", "завтра"),
    (r"today", "сегодня"),
    (r"tonight", "сегодня вечером"),
    (r"(?:at |this |on )?(?:the )?weekend", "на выходных"),
    (r"(?:try|attend|join) (?:a|your|the|one|out a) (?:class|session)|trial(?: class| session)?", "пробное занятие"),
    (r"next week", "на следующей неделе"),
    (r"this week", "на этой неделе"),
    (r"in a week", "через неделю"),
    (r"in an hour", "через час"),
    (r"in half an hour", "через полчаса"),
    (r"in (\d+|two|three) hours", r"через \1 часа"),
    (r"in (\d+|two|three) days", r"через \1 дня"),
    (r"next (monday|tuesday|wednesday|thursday|friday|saturday|sunday)", r"следующий \1"),
    (r"monday|mon", "понедельник"), (r"tuesday|tue", "вторник"), (r"wednesday|wed", "среду"),
    (r"thursday|thu", "четверг"), (r"friday|fri", "пятницу"), (r"saturday", "субботу"), (r"sunday", "воскресенье"),
    (r"(\d{1,2})(?:st|nd|rd|th)? (?:of )?(january|february|march|april|may|june|july|august|september|"
        r"october|november|december)", r"\1 \2"),
    (r"(january|february|march|april|may|june|july|august|september|october|november|"
        r"december) (\d{1,2})(?:st|nd|rd|th)?", r"\2 \1"),
    (r"(?:on )?(?:the )?(\d{1,2})(?:st|nd|rd|th)", r"\1-го"),
    (r"january", "января"), (r"february", "февраля"), (r"march", "марта"), (r"april", "апреля"), (r"june", "июня"),
    (r"july", "июля"), (r"august", "августа"), (r"september", "сентября"), (r"october", "октября"),
    (r"november", "ноября"), (r"december", "декабря"),
    (r"(\d{1,2}) may", r"\1 мая"),
    (r"(\d{1,2}(?:[:.]\d\d)?) ?(?:pm|p\.m\.?)", r"\1 вечера"),
    (r"(\d{1,2}(?:[:.]\d\d)?) ?(?:am|a\.m\.?)", r"\1 утра"),
    (r"(\d{1,2}) o'?clock", r"\1 часов"),
    (r"half past (\d{1,2})", r"в \1:30"),
    (r"at noon|noon", "в полдень"),
    (r"(?:in the )?mornings?", "утром"),
    (r"(?:in the )?afternoons?", "после обеда"), (r"(?:in the )?evenings?", "вечером"),
    (r"after lunch", "после обеда"), (r"after work", "после работы"),
    (r"after (\d{1,2})", r"после \1"),
    (r"before (\d{1,2})", r"до \1"),
    (r"from (\d{1,2})", r"с \1"),
    (r"(?:until|till) (\d{1,2})", r"до \1"),
    (r"between (\d+) and (\d+)", r"между \1 и \2"),
    (r"at (\d{1,2})", r"в \1"), (r"to (\d{1,2})", r"до \1"),
    (r"first (?:one|option)|option one", "1-й вариант"), (r"second (?:one|option)|option two", "2-й вариант"),
    (r"third (?:one|option)", "3-й вариант"), (r"last (?:one|option)", "последний вариант"),
    (r"my name is|my name's|name's|name is|this is", "меня зовут"),
    # what small businesses sell
    (r"(?:men'?s|man'?s|male) haircut", "мужская стрижка"),
    (r"hair ?cut|trim", "стрижка"), (r"manicure|nails?", "маникюр"), (r"pedicure", "педикюр"),
    (r"(?:hair )?(?:colou?ring|dye|dyed)|highlights|balayage", "окрашивание"), (r"(?:eye)?brows?", "брови"),
    (r"oil(?: and filter)? change|change (?:the |my )?oil|oil", "замена масла"),
    (r"brake ?pads?|brakes?", "колодки"), (r"tyres?|tires?|wheels?", "шиномонтаж"),
    (r"diagnostics?|check (?:my|the) car", "диагностика"), (r"repairs?|fix(?:ed)?", "ремонт"),
    (r"dentist|tooth(?:ache)?|teeth|filling", "стоматолог"), (r"cardiologist|ecg|heart", "кардиолог"),
    (r"therapist|gp|general practitioner|physician", "терапевт"), (r"ultrasound", "узи"),
    (r"blood tests?|lab tests?|tests", "анализы"),
    (r"yoga|stretching", "йога"),
    (r"personal (?:training|trainer|session|workout)|(?:with a )?trainer", "персональная тренировка"),
    (r"memberships?|season ticket|gym pass", "абонемент"), (r"trial (?:class|session|workout)", "пробная тренировка"),
    (r"trial lesson", "пробный урок"), (r"trial", "пробное"),
    (r"maths?|mathematics|algebra", "математика"), (r"english", "английский"), (r"russian", "русский"),
)  # fmt: skip
_COMPILED = tuple((re.compile(rf"(?<![\w'])(?:{source})(?!\w)"), target) for source, target in _GLOSS)

_SOUNDS: tuple[tuple[str, str], ...] = (
    ("tsya", "ться"), ("atsa", "аться"), ("itsa", "иться"),
    ("shch", "щ"), ("sch", "щ"), ("zdravstvu", "здравству"), ("yog", "йог"),
    ("yo", "е"), ("zh", "ж"), ("kh", "х"), ("ch", "ч"), ("sh", "ш"), ("ts", "ц"), ("yu", "ю"), ("ju", "ю"), ("iu", "ю"),
    ("ya", "я"), ("ja", "я"), ("ia", "ия"), ("ye", "е"), ("je", "е"), ("iy", "ий"), ("yi", "ый"), ("yy", "ый"),
    ("ij", "ий"), ("yj", "ый"), ("oi", "ой"), ("oy", "ой"), ("ey", "ей"), ("ei", "ей"), ("ay", "ай"), ("uy", "уй"),
    ("ck", "к"), ("ph", "ф"), ("w", "в"), ("x", "х"), ("q", "к"), ("'", "ь"),
)  # fmt: skip
_SOFT_NUMERALS = {
    number.removesuffix("ь"): number
    for number in wordlist("пять шесть семь восемь девять десять одиннадцать двенадцать пятнадцать двадцать тридцать")
}
_LETTERS = str.maketrans("abvgdeziklmnoprstufhcyj", "абвгдезиклмнопрстуфхцый")


def language(text: str) -> str:
    """`ru`, `en`, or `translit`, of a lower-case text."""
    words = _LATIN.findall(text)
    letters = sum(len(word) for word in words)
    cyrillic = sum("а" <= letter <= "я" for letter in text)
    if letters <= cyrillic or not words:
        return "ru"
    english = sum(word in _ENGLISH for word in words)
    return "en" if english * 5 >= len(words) or _is_short_english(words) else "translit"


def gloss(text: str) -> str:
    """Lower-case English → Russian key words in the customer's order; what is unknown stays."""
    for pattern, target in _COMPILED:
        text = pattern.sub(target, text)
    return text


def transliterate(text: str) -> str:
    return _LATIN.sub(lambda match: _meant(spell(match[0])), text)


@lru_cache(maxsize=5000)
def _meant(word: str) -> str:
    """«мойно» → «можно», «седмого» → «седьмого»: j is ж too, and the soft sign is seldom typed."""
    if word in _SOFT_NUMERALS:
        return _SOFT_NUMERALS[word]
    if len(word) < 4 or morphology.is_known(word):
        return word
    softened = (word[:at] + "ь" + word[at:] for at in range(2, len(word) + 1) if word[at - 1] in "лнтсдзмпрв")
    return next((one for one in (word.replace("й", "ж"), *softened) if one != word and morphology.is_known(one)), word)


def spell(word: str) -> str:
    for sound, letter in _SOUNDS:
        word = word.replace(sound, letter)
    return word.translate(_LETTERS)


def _is_short_english(words: list[str]) -> bool:
    return len(words) <= 3 and gloss(" ".join(words)) != " ".join(words)
