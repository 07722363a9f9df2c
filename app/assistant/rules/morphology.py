"""Russian word forms: lemmas, names, tense. One dictionary (pymorphy3), loaded once, answers remembered."""

from functools import lru_cache

from pymorphy3 import MorphAnalyzer
from pymorphy3.analyzer import Parse

REMEMBERED = 50_000  # words
NAMES = frozenset(("Name", "Surn", "Patr"))  # grammemes
PLAUSIBLE = 0.1  # a parse below this share is a curiosity of the dictionary

_dictionary = MorphAnalyzer()


@lru_cache(maxsize=REMEMBERED)
def parses(word: str) -> tuple[Parse, ...]:
    return tuple(_dictionary.parse(word.lower()))


@lru_cache(maxsize=REMEMBERED)
def is_known(word: str) -> bool:
    return bool(_dictionary.word_is_known(word))


@lru_cache(maxsize=REMEMBERED)
def lemmas(word: str) -> frozenset[str]:
    """Plausible dictionary forms of a word, without «ё»; the word itself is always one."""
    found = {parse.normal_form.replace("ё", "е") for parse in parses(word) if parse.score >= PLAUSIBLE}
    return frozenset(found | {word.lower().replace("ё", "е")})


@lru_cache(maxsize=REMEMBERED)
def has(word: str, *grammemes: str) -> bool:
    """True when the word's likeliest parse bears all the grammemes."""
    likeliest = parses(word)[0]
    return all(grammeme in likeliest.tag for grammeme in grammemes)


@lru_cache(maxsize=REMEMBERED)
def may_be(word: str, *grammemes: str) -> bool:
    """True when any parse of the word bears all the grammemes."""
    return any(all(grammeme in parse.tag for grammeme in grammemes) for parse in parses(word))
