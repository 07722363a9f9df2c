"""Personal data → tokens and back (pure), so that no phone, e-mail, card, address or name reaches an outside model.

The map is built once per turn, shared by the hedged calls and never stored.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from app.assistant.rules.morphology import is_known, parses
from app.assistant.rules.phones import EMAIL
from app.domain.qualification import Known

TOKEN = re.compile(r"⟦[A-Z]+_\d+⟧")
LEFT_OVER = re.compile(r"[⟦⟧]|\b(?:PHONE|EMAIL|CARD|NAME|ADDRESS|MARK)_\d+\b")

MARK = re.compile(r"[⟦⟧]+|\b(?:PHONE|EMAIL|CARD|NAME|ADDRESS|MARK)_\d+\b")  # a customer who writes our brackets
CARD = re.compile(r"(?<![\d+])\d(?:[ -]?\d){12,18}(?!\d)")
PHONE = re.compile(r"(?<![\d.,:])(?!\d\d?\.\d\d?\.\d{4}\b)\+?\d(?:[\s().–-]{0,3}\d){6,14}(?!\d)")
STREET = (
    r"ул(?:\.|иц[аеуы])|пр(?:-т|\.|осп\.?|оспект[аеу]?)|пер(?:\.|еул(?:ок|к[аеу]))|наб(?:\.|ережн(?:ая|ой|ую))|"
    r"ш(?:\.|оссе)|б(?:-р|ульвар[аеу]?)|пл(?:\.|ощад[ьи])|проезд[аеу]?|мкр\.?|микрорайон[аеу]?"
)
HOUSE = r"(?:,?\s*(?:д(?:\.|ом)?|корп?(?:\.|ус)?|к\.|стр\.?|кв(?:\.|артира)?|подъезд|этаж)?\s*\d+[а-яА-Я]?(?:/\d+)?\b)+"
NAMED = r"[А-ЯЁа-яё][А-ЯЁа-яё-]+(?:\s+[А-ЯЁ][а-яё-]+)?"
ADDRESS = re.compile(rf"\b(?:(?:{STREET})\s*{NAMED}|{NAMED}\s+(?:{STREET})){HOUSE}", re.IGNORECASE)
WORD = re.compile(r"[А-ЯЁа-яёA-Za-z]+(?:-[А-ЯЁа-яёA-Za-z]+)*")
SAYS_ITS_NAME = re.compile(r"\b(?:зовут|имя|фамилия|name is|name)\s*[:—-]?\s*$", re.IGNORECASE)
MAY_SAY_ITS_NAME = re.compile(
    r"\b(?:это|я|запишите|записать|для|от|с уважением,?|i am|i'm|this is)\s*[:—-]?\s*$", re.IGNORECASE
)
BEGINS = re.compile(r"(?:^|[.!?…\n])\s*$")  # a sentence: a capital letter there says nothing
SIGNS = re.compile(r"[\s,.:;!)—-]*$|\s+(?:беспокоит|пишет)\b", re.IGNORECASE)
GOES_ON_AS_A_NAME = re.compile(r"\s?[,:—-]|\s[А-ЯЁA-Z]")
SPACES = (" ", "\u00a0")
NAME_TAGS = ("Name", "Surn", "Patr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """token → what it stands for. Lives as long as one turn."""

    secrets: dict[str, str] = field(default_factory=dict, repr=False)


def mask(texts: Sequence[str], known: Known) -> tuple[tuple[str, ...], Tokens]:
    """Equal secrets get equal tokens in all the texts. Law: `restore(masked[i], tokens) == texts[i]`."""
    tokens: dict[str, str] = {}  # secret → token

    def token(kind: str) -> Callable[[str], str]:
        def of(secret: str) -> str:
            number = sum(taken.startswith(f"⟦{kind}_") for taken in tokens.values()) + 1
            return tokens.setdefault(secret, f"⟦{kind}_{number}⟧")

        return of

    forms = _forms(known.name)
    masked = []
    for text in texts:
        pieces: list[tuple[str, bool]] = [(text, False)]
        for kind, spans_of in FINDERS:
            pieces = _split(pieces, spans_of, token(kind))
        pieces = _split(pieces, lambda piece: _names(piece, forms), token("NAME"))
        masked.append("".join(piece for piece, _ in pieces))
    return tuple(masked), Tokens(secrets={mark: secret for secret, mark in tokens.items()})


def restore(text: str, tokens: Tokens) -> str:
    """Unknown tokens stay as they are: the guards refuse a reply that holds one."""
    return TOKEN.sub(lambda found: tokens.secrets.get(found[0], found[0]), text)


Spans = Iterable[tuple[int, int]]


def _split(
    pieces: list[tuple[str, bool]], spans_of: Callable[[str], Spans], token: Callable[[str], str]
) -> list[tuple[str, bool]]:
    """Cut the found spans out of the pieces that are not tokens yet. A piece: (text, whether it is a token)."""
    result: list[tuple[str, bool]] = []
    for piece, done in pieces:
        if done:
            result.append((piece, True))
            continue
        start = 0
        for begins, ends in spans_of(piece):
            result += [(piece[start:begins], False), (token(piece[begins:ends]), True)]
            start = ends
        result.append((piece[start:], False))
    return result


def _matches(pattern: re.Pattern[str], accepts: Callable[[str], bool] = bool) -> Callable[[str], Spans]:
    return lambda text: [found.span() for found in pattern.finditer(text) if accepts(found[0])]


def is_card(text: str) -> bool:
    """13–19 digits with a right check digit (Luhn)."""
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = sum(digits[0::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return 13 <= len(digits) <= 19 and doubled % 10 == 0


FINDERS: tuple[tuple[str, Callable[[str], Spans]], ...] = (
    ("MARK", _matches(MARK)),
    ("EMAIL", _matches(EMAIL)),
    ("CARD", _matches(CARD, is_card)),
    ("PHONE", _matches(PHONE)),
    ("ADDRESS", _matches(ADDRESS)),
)


def _names(text: str, forms: frozenset[str]) -> Spans:
    """Known names in any case; other words that are names by dictionary or by their place, and the surname behind."""
    ended = None
    for found in WORD.finditer(text):
        goes_on = ended is not None and found[0][0].isupper() and text[ended : found.start()] in SPACES
        if goes_on or found[0].lower() in forms or _is_persons(text, found):
            ended = found.end()
            yield found.span()


def _is_persons(text: str, found: re.Match[str]) -> bool:
    """By the dictionary, the more readily the more its place looks like a name's."""
    word, before, rest = found[0], text[: found.start()], text[found.end() :]
    if SAYS_ITS_NAME.search(before):
        return word[0].isupper() or may_be_name(word)
    said = MAY_SAY_ITS_NAME.search(before)
    if not word[0].isupper():
        return bool(said or SIGNS.match(rest)) and is_name(word)
    foreign = word.isascii() or not is_known(word)
    if foreign and (said or SIGNS.match(rest)):
        return True
    if said or not BEGINS.search(before):
        return may_be_name(word)
    return is_name(word) or (may_be_name(word) and bool(GOES_ON_AS_A_NAME.match(rest)))


def may_be_name(word: str) -> bool:
    """A first name, patronymic or surname by some reading of the word, however rare."""
    return any(tag in parse.tag for parse in parses(word) for tag in NAME_TAGS)


def is_name(word: str) -> bool:
    """As likely as any other reading of the word."""
    best = max(parse.score for parse in parses(word))
    return any(parse.score >= best / 2 and any(tag in parse.tag for tag in NAME_TAGS) for parse in parses(word))


def _forms(name: str) -> frozenset[str]:
    """All cases of each word of a known name, lower-case."""
    forms: set[str] = set()
    for word in WORD.findall(name):
        forms.add(word.lower())
        for parse in parses(word):
            if any(tag in parse.tag for tag in NAME_TAGS):
                forms.update(form.word for form in parse.lexeme)
    return frozenset(forms)
