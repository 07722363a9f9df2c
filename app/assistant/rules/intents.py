"""What the customer wants: the likeliest learned intent among those that the situation allows."""

import re
from dataclasses import dataclass

from app.assistant.rules import learned, phones
from app.assistant.rules.heard import Heard
from app.domain.qualification import Intent

SURE = 0.45  # share of the likeliest intent, below which the customer is asked what is meant
FAMILIAR = 0.5  # share of a text's grams that were ever seen; below, it is no language that we know

# With one of them in mind a customer who repeats an offered time does not say yes to it.
_ABOVE_YES = frozenset({Intent.COMPLAINT, Intent.HUMAN, Intent.CANCEL})
_MACHINE = re.compile(
    r"\bты (?:\w+ )?бот\b|вы (?:\w+ )?(?:бот|робот)\b|это (?:\w+ )?(?:бот|робот)\b|\bбот (?:или|что ли)|"
    r"робот (?:или|что ли)|(?:с кем|кто) (?:я )?(?:говорю|общаюсь|мне отвечает|тут отвечает)|"
    r"живой (?:вы )?или|человек или|are you (?:a )?(?:bot|robot|human|real)|you a bot"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """The intent, and whether the text speaks for it clearly enough to act."""

    intent: Intent
    confident: bool = True


def sense(heard: Heard) -> Sense:
    plain = not heard.services.ids and not heard.spoken.wanted
    if plain and asks_if_machine(heard.message.plain):
        return Sense(intent=Intent.INFO)
    features = heard.features
    shares = learned.likelihoods(features)
    if heard.chosen is None:
        del shares[Intent.CONFIRM]  # a yes needs something that was asked
    best = max(shares, key=lambda intent: shares[intent])
    if heard.chosen is not None and best not in _ABOVE_YES:
        return Sense(intent=Intent.CONFIRM)
    if plain and phones.has_link(heard.message.raw):
        return Sense(intent=Intent.SPAM)
    if not _is_familiar(features):
        return Sense(intent=Intent.INFO, confident=False)
    return Sense(intent=_in_scene(best, heard), confident=shares[best] >= SURE * sum(shares.values()))


def asks_if_machine(folded: str) -> bool:
    return bool(_MACHINE.search(folded))


def _in_scene(intent: Intent, heard: Heard) -> Intent:
    """An offer is no visit yet, so another time is a booking; a reminder is of one, so another time moves it."""
    if intent is Intent.RESCHEDULE and heard.scene == "offer" and not heard.spoken.standing:
        return Intent.BOOKING
    if intent is Intent.BOOKING and heard.scene == "reminder":
        return Intent.RESCHEDULE
    return intent


def _is_familiar(features: dict[str, float]) -> bool:
    grams = [gram for gram in features if not gram.startswith("#")]
    known = sum(gram in learned.weights().grams for gram in grams)
    return not grams or known >= FAMILIAR * len(grams)
