"""Words of an answer that are of neither the visit nor the business: the weather, a good wish."""

import re

from app.assistant.rules import morphology
from app.assistant.rules.wordlist import wordlist

_WISHES = re.compile(
    r"\b(?:хорош|добр|приятн|отличн|прекрасн|чудесн|удачн|продуктивн|спокойн|замечательн)\w+ (?:вам |всем |рабоч\w+ )?"
    r"(?:дня|вечера|утра|ночи|выходных|недели|настроения|работы|смены|праздник\w+)\b|"
    r"\bс (?:праздник\w+|наступающ\w+|прошедш\w+|(?:\w+ )?новым годом|рождеством|днем рожд\w+|8-?\w* марта)\b|"
    r"\b(?:всего (?:вам )?(?:доброго|хорошего|наилучшего)|удачи|берегите себя|не болейте)\b"
)
_POLITE = frozenset(
    wordlist(
        "и а вам вас тебе всем тоже также взаимно спасибо большое огромное благодарю девочки девушки дорогие милые за "
        "напоминание поздравляю желаю"
    )
)
_WEATHER = frozenset(
    wordlist(
        "снег снегопад дождь ливень мороз морозно метель пурга вьюга гололед гололедица холод холодно холодина "
        "холодрыга жара жарко погода погодка ветер туман слякоть "
        "сугроб солнце солнышко гроза град скользко пасмурно духота"
    )
)
_HOUSEHOLD = re.compile(  # sent to the wrong chat: «Лен, купи молока»
    r"^\W*(?:мам|мама|мамуль|пап|папа|зай|любимый|любимая|солнце|малыш|бабуль)\b,|"
    r"^\W*(?:[а-я]+,? )?(?:купи|захвати|забери|покорми|разогрей|свари|погуляй|выключи|вынеси)\b"
    r"(?!.*\b(?:запис|визит|окош|врем))"
)
_EXCLAIMS = re.compile(
    r"\b(?:как(?:ой|ая|ое|ие|ова|ов)|так(?:ой|ая|ое|ие)|как же|как|ну и|вот это|ужас\w*|жуть|кошмар\w*|красот\w+|"
    r"красиво|обеща(?:ют|ли)|переда(?:ют|вали)|шепчет|наконец\w*)\b"
)


def is_idle(folded: str) -> bool:
    """«Хорошего дня!», «снег-то какой»; «да, хорошего дня» and «снег такой, не доеду» are more than that."""
    if _HOUSEHOLD.search(folded):
        return True
    rest = _WISHES.sub(" ", folded)
    words = re.findall(r"[а-я]+", rest)
    if rest != folded:
        return _POLITE.issuperset(words) and not re.search(r"[+?\d]", rest)
    spoken_of = any(_WEATHER & morphology.lemmas(word) for word in words)
    return spoken_of and bool(_EXCLAIMS.search(folded)) and "?" not in folded and not any(map(_is_own, words))


def _is_own(word: str) -> bool:
    """Of what the speaker does or asks for, or of a doubt, a condition, a cause."""
    told = any(morphology.may_be(word, "VERB", form) for form in ("1per", "impr"))
    return told or word in ("да", "не", "нет", "если", "из", "можно", "лучше", "давайте", "перенести", "отменить")
