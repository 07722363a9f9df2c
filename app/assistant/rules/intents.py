"""What the customer wants: the likeliest learned intent among those that the situation allows."""

import re
from dataclasses import dataclass

from app.assistant.rules import confirm, learned, morphology, phones, when
from app.assistant.rules.clock import Shift, Times
from app.assistant.rules.heard import Heard
from app.domain.qualification import Intent

SURE = 0.45  # share of the likeliest intent, below which the customer is asked what is meant
SURE_OF_SPAM = 0.8  # a customer taken for one is lost
FAMILIAR_ENGLISH = 0.5  # read through a gloss, which leaves few grams
FAMILIAR = 0.6  # share of a text's grams that were ever seen; below, it is no language that we know

# With one of them in mind a customer who repeats an offered time does not say yes to it.
_ABOVE_YES = frozenset({Intent.COMPLAINT, Intent.HUMAN, Intent.CANCEL})
_STAYS_AWAY = re.compile(r"\bне (?:приду|придем|приеду|приедем|явлюсь)\b")
_MACHINE = re.compile(
    r"\bты (?:\w+ )?бот\b|вы (?:\w+ )?(?:бот|робот)\b|это (?:\w+ )?(?:бот|робот)\b|\bбот (?:или|что ли)|"
    r"робот (?:или|что ли)|(?:с кем|кто) (?:я )?(?:говорю|общаюсь|мне отвечает|тут отвечает)|"
    r"живой (?:вы )?или|человек или|are you (?:a )?(?:bot|robot|human|real)|you a bot"
)
_CALLS_A_PERSON = re.compile(
    r"\b(?:по)?зови|\bсоедини|\bпереключи|\bпригласи|\bперезвони|\bпозвони|\bдайте?\s|\bнуж(?:ен|на)\b"
)
_AGREED = re.compile(
    r"\b(?:записан[аы]?|записал(?:ась|ся|ись)|записывал(?:ась|ся|ись))\b|\bбыл[аи]?\s(?:запис|бронь)|"
    r"\b(?:у\s(?:меня|нас)|моя|мой|наша?)\s(?:[а-я]+\s)?(?:запись|визит|прием|урок|занятие|тренировка)\b"
)
_INSTEAD = re.compile(r"\bлучше\b|\bвместо\b|\bдавайте?\b|\bне\s(?:смог|мог|успе|получ|прид|приед|отпус)")
_MOVES = re.compile(r"перен[её]с|перенос|сдвин|сдвига|передвин|подвин|отодвин|перекин|перестав|смести|отлож")
_CANNOT = re.compile(r"\bне (?:могу|смогу|успе|подход|подойд|получ)")
_BESIDES = re.compile(r"\bеще\b|\bтоже\b|\bтакже\b|\bзаодно\b|\bдобав")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """The intent, and whether the text speaks for it clearly enough to act."""

    intent: Intent
    confident: bool = True


def sense(heard: Heard) -> Sense:
    if not heard.message.raw.strip():
        return Sense(intent=Intent.SMALLTALK)  # a sticker, a photo: nothing was said
    plain = not heard.services.ids and not heard.spoken.wanted
    if plain and asks_if_machine(heard.message.plain) and not _CALLS_A_PERSON.search(heard.message.plain):
        return Sense(intent=Intent.INFO)
    features = heard.features
    shares = learned.likelihoods(features)
    if heard.chosen is None:
        del shares[Intent.CONFIRM]  # a yes needs something that was asked
    if heard.offered:
        del shares[Intent.SPAM]  # an answer to us
    if _says_more(heard):
        del shares[Intent.SMALLTALK]
    best = max(shares, key=lambda intent: shares[intent])
    if heard.chosen is not None and (best not in _ABOVE_YES or _only_declines_others(best, heard)):
        return Sense(intent=Intent.CONFIRM)
    if plain and phones.has_link(heard.message.raw):
        return Sense(intent=Intent.SPAM)
    if not _is_familiar(features, FAMILIAR_ENGLISH if heard.message.language == "en" else FAMILIAR) and not _is_russian(
        heard.message.plain
    ):
        if heard.spoken.names_a_time:  # «7 pm»
            return Sense(intent=_in_scene(Intent.BOOKING, heard))
        return Sense(intent=Intent.INFO, confident=False)
    sure = SURE_OF_SPAM if best is Intent.SPAM else SURE
    return Sense(intent=_in_scene(best, heard), confident=shares[best] >= sure * sum(shares.values()))


def _says_more(heard: Heard) -> bool:
    """A service, an hour or a phone is more than a greeting or thanks."""
    timed = any(isinstance(item, Times) for item in heard.spoken.wanted)
    return bool(timed or heard.message.phone)


def _only_declines_others(best: Intent, heard: Heard) -> bool:
    """«10:00 не могу, давайте 15:00», «3-й, первые два не могу» to an offer."""
    plain = heard.message.plain
    refuses = best is Intent.CANCEL or (
        best is Intent.COMPLAINT and (_CANNOT.search(plain) or confirm.concluded(plain))
    )
    return bool(refuses and heard.scene == "offer" and "отмен" not in plain)


def asks_if_machine(folded: str) -> bool:
    return bool(_MACHINE.search(folded))


def _in_scene(intent: Intent, heard: Heard) -> Intent:
    """An offer is no visit yet, so another time is a booking; a reminder is of one, so another time moves it."""
    if intent is Intent.RESCHEDULE and heard.scene == "offer" and not heard.spoken.standing:
        return Intent.BOOKING
    if intent is Intent.BOOKING and heard.scene == "reminder":
        return Intent.RESCHEDULE
    plain = heard.message.plain
    if intent is Intent.BOOKING and _MOVES.search(plain) and any(isinstance(one, Shift) for one in heard.spoken.wanted):
        return Intent.RESCHEDULE  # «узи 16-го хочу отодвинуть на неделю»
    if intent is Intent.BOOKING and heard.spoken.standing and not heard.offered:
        # «18-го не приду, хочу 22-го», «в 16 не могу, завтра в это же время»
        moved = (
            _STAYS_AWAY.search(plain) or when.repeats_the_time(plain) or _MOVES.search(plain) or _is_other_time(heard)
        )
        return Intent.RESCHEDULE if moved else intent
    return intent


def _is_other_time(heard: Heard) -> bool:
    """«Записывалась на 25-е, давайте лучше 29-го»; «… и ещё 29-го» would be a second visit."""
    plain = heard.message.plain
    agreed = _AGREED.search(plain) and _INSTEAD.search(plain)
    return bool(agreed and heard.spoken.wanted and not _BESIDES.search(plain))


def _is_russian(plain: str) -> bool:
    """Most of its longer words stand in the dictionary, whatever they are about."""
    words = [word for word in re.findall(r"[а-я]+", plain) if len(word) > 2]
    return 2 * sum(map(morphology.is_known, words)) > len(words)


def _is_familiar(features: dict[str, float], least: float) -> bool:
    grams = [gram for gram in features if not gram.startswith("#")]
    known = sum(gram in learned.weights().grams for gram in grams)
    return not grams or known >= least * len(grams)
