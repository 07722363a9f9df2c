"""How a Russian word sounds: two spellings of one sound have one key, so «фторой» is found by «второй»."""

import re
from functools import lru_cache

_DOUBLED = re.compile(r"(.)\1+")
_VOWELS = str.maketrans("оеэыяё", "аиииии")
_VOICELESS = str.maketrans("бвгджз", "пфктшс")
_VOICED = str.maketrans("птсшк", "бдзжг")
_BEFORE_VOICELESS = re.compile(r"[бвгджз]+(?=[пфктшсхцчщ]|$)")
_BEFORE_VOICED = re.compile(r"[птсшк]+(?=[бгджз])")
_SPOKEN = (
    (re.compile(r"[ьъ]"), ""),
    (re.compile(r"(?<=[ое])го$"), "во"),  # «второго»
    (re.compile(r"[иы]й(?=[^аоуиыеюяэ]|$)"), "и"),  # «прийти», «первый»
    (re.compile(r"тс(?=[яа])|дс(?=к)|тц"), "ц"),
    (re.compile(r"[сзж]ч"), "щ"),
    (re.compile(r"ч(?=н)"), "ш"),  # «конечно»
    (re.compile(r"(?<=[сз])[тд](?=н)|в(?=ств)"), ""),  # «поздно», «здравствуйте»
)


@lru_cache(maxsize=20_000)
def key(word: str) -> str:
    """Of a lower-case word: unstressed vowels fall together, consonants as their neighbours make them."""
    for pattern, spoken in _SPOKEN:
        word = pattern.sub(spoken, word)
    word = _BEFORE_VOICELESS.sub(lambda match: match[0].translate(_VOICELESS), word)
    word = _BEFORE_VOICED.sub(lambda match: match[0].translate(_VOICED), word)
    return _DOUBLED.sub(r"\1", word.translate(_VOWELS))
