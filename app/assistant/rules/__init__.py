"""The assistant's own rules: what a Russian customer's words mean and an honest answer to them, with no network.

`read` is the reading alone; `answer` reads a burst as one message and composes the reply from the profile.
"""

from dataclasses import replace
from datetime import datetime

from app.assistant.rules import carry, heat, intents, invited, names, phones, reply, services, visit, when
from app.assistant.rules.heard import Heard, hear
from app.domain.business import Business
from app.domain.qualification import Intent, Invited, Known, Question, Reading, Understanding, When

UNKNOWN = Known()
_OF_STAFF = frozenset({Intent.BOOKING, Intent.PRICE})  # «к Даше», «сколько берёт Даша»: what she alone does
_ASKS = frozenset({Intent.PRICE, Intent.INFO, Intent.HUMAN, Intent.COMPLAINT})
_TIMED = frozenset({Intent.BOOKING, Intent.RESCHEDULE})


def read(words: str, *, now: datetime, business: Business, context: str = "", known: Known = UNKNOWN) -> Reading:
    """What one message (or a burst, joined by line ends) says.

    words     as typed; data, never instruction
    now       aware: when the message arrived
    context   the bot's previous message
    """
    heard = hear(words, now=now, business=business, context=context)
    message, spoken, offered = heard.message, heard.spoken, heard.offered
    sense = intents.sense(heard)
    intent = sense.intent
    asked_for = heard.services.ids or (services.of_staff(message, business) if intent in _OF_STAFF else ())
    if intent in (Intent.COMPLAINT, Intent.INFO):  # «сдала вчера кровь, результаты готовы?»
        asked_for = asked_for or heard.services.past
    if intent in (Intent.SPAM, Intent.SMALLTALK):
        asked_for = ()
    stands = _visit(intent, spoken, business, offered)
    wish = _wish(heard, intent, business)
    urgent = heat.is_urgent(message.plain)
    return Reading(
        intent=intent,
        heat=heat.heat(intent, now=now, window=business.sla.hot_window, when=wish, visit=stands, urgent=urgent),
        when=wish,
        services=asked_for,
        phone=message.phone,
        name=names.find(message, business, asked="name" in known.asked[-1:] or "зовут" in context or "имя" in context)
        if intent is not Intent.SPAM or not sense.confident
        else None,
        email=phones.find_email(words),
        urgent=urgent,
        confident=sense.confident,
        language=message.language,
    )


def answer(question: Question, business: Business) -> Understanding:
    """Reads the burst as one message and composes the reply; `by` is RULES."""
    said, question = invited.heard(question)
    if said and not any(question.texts):
        return Understanding(reading=_only(said, question))
    reading = carry.carried(_of_burst(question, business), question, business)
    reading = replace(visit.heard(reading, question, business), invited=said)
    if beside := visit.asked_beside(reading, question):
        question = replace(question, texts=(beside,), kinds=question.kinds[-1:])
        asked = _of_burst(question, business)
        reading = replace(
            reading, intent=asked.intent if asked.intent in _ASKS else Intent.INFO, services=asked.services
        )
    return reply.compose(question, reading, business)


def sought(question: Question, business: Business) -> Reading:
    """The burst read as one message and as an answer to the visit that stands: what it may ask of the diary."""
    said, question = invited.heard(question)
    if said and not any(question.texts):
        return _only(said, question)
    return visit.heard(_of_burst(question, business), question, business)


def _only(said: Invited, question: Question) -> Reading:
    """Nothing else was said."""
    return Reading(intent=Intent.SMALLTALK, language=question.known.language, invited=said)


def _of_burst(question: Question, business: Business) -> Reading:
    words = "\n".join(text for text in question.texts if text.strip())
    return read(words, now=question.now, business=business, context=question.context, known=question.known)


def _visit(intent: Intent, spoken: when.Spoken, business: Business, offered: tuple[datetime, ...]) -> datetime | None:
    if intent not in (Intent.CANCEL, Intent.RESCHEDULE):
        return None
    return when.standing_visit(spoken, business, moving=intent is Intent.RESCHEDULE, visit=offered)


def _wish(heard: Heard, intent: Intent, business: Business) -> When | None:
    if intent is Intent.CONFIRM and heard.chosen:
        return When(earliest=heard.chosen, latest=heard.chosen, exact=True)
    if intent not in _TIMED:
        return None
    moving = intent is Intent.RESCHEDULE
    return when.wish(heard.spoken, business, moving=moving, visit=heard.offered, day=heard.asked)
