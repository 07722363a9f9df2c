"""Words of ours in a text, in any case: services of the profile, single words, what a sentence is about."""

import re
from collections.abc import Iterable
from functools import lru_cache

from app.assistant.figures import fold
from app.assistant.rules import morphology
from app.domain.business import Business, Service

WORD = re.compile(r"[а-яa-z]+")
LETTERS = re.compile(r"[А-ЯЁа-яёA-Za-z]+")
MEANING = re.compile(r"[а-яa-z]{4,}")
EVERYWHERE = frozenset(("работать", "день", "быть", "весь", "наш", "ваш", "время", "минута", "час", "можно"))


def named_services(business: Business, text: str) -> list[tuple[int, Service]]:
    """Services by the end of their mention; a mention inside a longer one does not count."""
    typed = [(found[0], found.end()) for found in WORD.finditer(text)]
    spans: dict[tuple[int, int], list[Service]] = {}  # first and last word
    for service in business.services:
        for phrase in {_words(fold(words)) for words in (service.name, *service.aliases)} - {()}:
            for start in range(len(typed) - len(phrase) + 1):
                if all(_is_form(typed[start + place][0], word) for place, word in enumerate(phrase)):
                    found = spans.setdefault((start, start + len(phrase) - 1), [])
                    found += [] if service in found else [service]
    outer = [span for span in spans if not any(_holds(other, span) for other in spans)]
    return [(typed[last][1], service) for first, last in sorted(outer) for service in spans[first, last]]


def _holds(outer: tuple[int, int], inner: tuple[int, int]) -> bool:
    return outer != inner and outer[0] <= inner[0] and inner[1] <= outer[1]


@lru_cache(maxsize=4096)
def _words(folded: str) -> tuple[str, ...]:
    return tuple(WORD.findall(folded))


@lru_cache(maxsize=65536)
def _is_form(typed: str, word: str) -> bool:
    """Whether `typed` is `word` in some case; of words that no dictionary holds the stem must agree."""
    if morphology.lemmas(typed) & morphology.lemmas(word):
        return True
    return (
        not morphology.is_known(word) and len(word) > 3 and typed.startswith(stem(word)) and len(typed) - len(word) < 4
    )


def stem(word: str) -> str:
    return word[: max(min(len(word), 4), len(word) - 2)] if len(word) != 4 else word[:3]


def stands(word: str, text: str) -> bool:
    """Whether a word stands in a text in some case."""
    return bool(re.search(rf"\b{re.escape(stem(word))}", text))


def topics(folded: str) -> frozenset[str]:
    """Dictionary forms of the words that carry meaning."""
    forms = (morphology.lemmas(word) for word in MEANING.findall(folded))
    return frozenset().union(*(lemmas for lemmas in forms if not lemmas & EVERYWHERE))


def all_forms(text: str) -> frozenset[str]:
    return frozenset().union(*(forms_of(word) for word in LETTERS.findall(text)))


def capitalised(texts: Iterable[str]) -> frozenset[str]:
    """Forms of the words that are written with a capital."""
    return all_forms(" ".join(word for text in texts for word in LETTERS.findall(text) if word[0].isupper()))


@lru_cache(maxsize=65536)
def forms_of(word: str) -> frozenset[str]:
    """Dictionary forms; of names the rare ones too: «Марку» is Mark's and a postage stamp's."""
    names = (
        one.normal_form.replace("ё", "е") for one in morphology.parses(word) if morphology.NAMES & one.tag.grammemes
    )
    return morphology.lemmas(word).union(names)


def may_be_name(word: str) -> bool:
    return any(morphology.NAMES & parse.tag.grammemes for parse in morphology.parses(word))
