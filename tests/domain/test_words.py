"""The catalogue: every key in both languages, with the same values to fill in."""

from string import Formatter

import pytest

from app.domain.message import WORDS, Kind
from app.domain.words import CATALOGUE, EN, RU, define, say


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", sorted(CATALOGUE))
def test_a_key_speaks_both_languages_with_the_same_values_in_every_variant(key: str) -> None:
    texts = CATALOGUE[key]
    assert {RU, EN} == set(texts)
    assert all(text.strip() for variants in texts.values() for text in variants)
    [wanted] = {frozenset(places(text)) for text in texts[RU]}
    assert {wanted} == {frozenset(places(text)) for text in texts[EN]}


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_every_kind_of_message_can_be_shown_in_the_dialogue(kind: Kind) -> None:
    assert say(f"shown_{kind}")


def test_a_language_we_do_not_speak_reads_english() -> None:
    assert say("title_customer", "kk") == say("title_customer", EN)


def test_a_missing_key_or_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("no such key")
    with pytest.raises(KeyError):
        say("greeting")


def test_a_key_is_defined_once() -> None:
    with pytest.raises(ValueError, match="'greeting' is defined twice"):
        define("greeting", "а", "b")
