"""Guards of what is named: people, places, phones, links. Each must be the profile's or the customer's own."""

import re

from app.assistant import lexicon
from app.assistant.figures import fold
from app.assistant.mentions import capitalised, forms_of, may_be_name, stands
from app.assistant.privacy import HOUSE, STREET, WORD, is_name
from app.assistant.rules.wordlist import wordlist
from app.assistant.sentence import Sentence

LINK = re.compile(
    r"https?://\S+|www\.\S+|\b[a-zа-я0-9-]+\.(?:ru|com|рф|org|net|me|io)\b\S*|(?<![\w.])@\w{3,}|[\w.+-]+@[\w-]+\.\w+"
)
TO_CUSTOMER = re.compile(r"\bваш|\bва[см]\b|\bтво[йе]|\bтеб[яе]\b|\?|перезвон|свяж|\byou")
TITLE = r"[А-ЯЁ][А-Яа-яЁё-]+"
PLACE = re.compile(
    rf"\b(?i:{STREET})\s*{TITLE}|{TITLE}\s+(?i:{STREET})(?!\w)|(?i:метро)\s+«?{TITLE}|(?<!\w)(?i:дом{HOUSE})"
)
STREET_WORD = re.compile(rf"(?:{STREET}|дом|метро|корп\w*|стр|кв|на|в)", re.IGNORECASE)
BEGINS = re.compile(r"(?:^|[:;)\]»—*•/]|\d\.|[-–]\s)[\s«\"]*$")  # a capital here is the sentence's, not a name's
ADDRESSED = re.compile(r"^\s*[!,]|^\s*$")
GREETING = re.compile(
    r"(?:здравствуйте|привет|добр\w+ \w+|спасибо|приятно познакомиться|извините|hello|hi)[,!]?\s*$|^\s*$|,\s*$"
)
OURS_TO_SAY = frozenset(
    wordlist(
        "вы вас вам вами ваш ваша ваше ваши вашу вашего вашей ваших вашем вашим новый нового новым рождество рождества "
        "пасха пасху россия россии россию zoom"
    )
)  # written with a capital out of politeness, or nobody's


def phone(sentence: Sentence) -> bool:
    """Ours is the profile's; the customer's own may be said back to them, never as ours."""
    evidence = sentence.evidence
    known = [evidence.business.phone]
    if TO_CUSTOMER.search(sentence.text):
        said = (text for who, text in evidence.question.history if who == "customer")
        known += [evidence.question.known.phone, *evidence.question.texts, *said]
    digits = [_digits(text) for text in known if text]
    return any(not any(_digits(found)[-10:] in other for other in digits) for found in sentence.phones)


def link(sentence: Sentence) -> bool:
    known = sentence.evidence.approved, fold(sentence.evidence.business.privacy_url)
    links = (found[0].rstrip(".,!?)") for found in LINK.finditer(sentence.text))
    return any(all(link not in text for text in known) for link in links)


def place(sentence: Sentence) -> bool:
    """Each word of a street must be the profile's, and so must a landmark."""
    approved = sentence.evidence.approved
    words = (word for found in PLACE.finditer(sentence.raw) for word in WORD.findall(fold(found[0])))
    if any(not STREET_WORD.fullmatch(word) and not stands(word, approved) for word in words):
        return True
    marks = (found[0].strip() for found in lexicon.LANDMARK.finditer(sentence.text))
    return any(not stands(mark.split()[0], approved) for mark in marks) and not sentence.is_question


def name(sentence: Sentence) -> bool:
    """Somebody or something by a name that neither the profile nor the customer gave; a stranger who would serve."""
    evidence, raw = sentence.evidence, sentence.raw
    for found in WORD.finditer(raw):
        word = found[0]
        if not word[0].isupper() or word.lower() in OURS_TO_SAY:
            continue
        before, after = raw[: found.start()], raw[found.end() :]
        begins = bool(BEGINS.search(before))
        person = is_name(word) or (not begins and may_be_name(word))
        if not person and (begins or word.isascii()):
            continue
        ours = evidence.our_names if person else evidence.our_words
        if all(forms_of(part) & ours for part in word.split("-")):
            continue
        if not forms_of(word) & evidence.spoken_words or (
            person and not _is_addressed(before, after) and _serves(sentence)
        ):
            return True
    return False


def staff(sentence: Sentence) -> bool:
    """One of ours beside a service that another does."""
    named = [service for _, service in sentence.named]
    typed = capitalised((sentence.raw,))
    resources = (one for one in sentence.evidence.business.resources if is_name(one.name.split()[0]))
    people = [one for one in resources if forms_of(one.name.split()[0]) & typed]
    if not people or not named or sentence.denies or not all(service.resources for service in named):
        return False
    return any(all(one.id not in service.resources for service in named) for one in people) or any(
        all(one.id not in service.resources for one in people) for service in named
    )


def _is_addressed(before: str, after: str) -> bool:
    """«Светлана, добрый день», «Спасибо, Светлана!»."""
    return bool(ADDRESSED.search(after.rstrip(".?")) and GREETING.search(before.lower()))


def _serves(sentence: Sentence) -> bool:
    return bool(lexicon.SERVED_BY.search(sentence.text)) and not sentence.denies and not sentence.passes_on


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
