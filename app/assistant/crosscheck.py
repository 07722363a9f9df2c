"""The rules' reading checks the model's (pure): where they disagree on a fact we would act upon, we ask instead."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.assistant.model import AnswerWhen, ModelAnswer
from app.assistant.rules.heat import HEATLESS
from app.domain.business import Business
from app.domain.qualification import Heat, Intent, Reading, When

EXPLICIT = frozenset({Intent.COMPLAINT, Intent.HUMAN, Intent.CANCEL})  # said in so many words: the rules are certain
CHANGING = frozenset({Intent.CANCEL, Intent.RESCHEDULE, Intent.CONFIRM})  # they change a standing visit
DATED = frozenset({Intent.BOOKING, Intent.RESCHEDULE, Intent.CONFIRM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """doubt: what the two disagree on (`intent`, `when`, `service`) or empty; the reading is then not confident."""

    reading: Reading
    doubt: str = ""


def check(answer: ModelAnswer, rules: Reading, business: Business, words: str) -> Checked:
    """One reading of two. The rules' phone and e-mail always stand; a name must be the customer's own word.

    words   all that the customer wrote, as typed
    """
    intent, intent_doubt = _intent(answer.intent, rules)
    when, when_doubt = _when(_local(answer.when, business), rules) if intent in DATED else (None, False)
    services, service_doubt = _services(answer, rules, business)
    doubts = {"intent": intent_doubt, "when": when_doubt, "service": service_doubt and intent in DATED}
    doubt = next((name for name, there in doubts.items() if there), "")
    reading = replace(
        rules,
        intent=intent,
        heat=_heat(intent, answer, rules),
        when=when,
        services=services,
        name=rules.name or _own_name(answer.name, words),
        confident=not doubt,
        language=answer.language if len(answer.language) == 2 and answer.language.isalpha() else rules.language,
    )
    return Checked(reading=reading, doubt=doubt)


def _intent(model: Intent, rules: Reading) -> tuple[Intent, bool]:
    if model == rules.intent or not rules.confident:
        return model, model != rules.intent and model in CHANGING
    if rules.intent in EXPLICIT:
        return rules.intent, False
    return model, bool({model, rules.intent} & CHANGING)


def _when(model: When | None, rules: Reading) -> tuple[When | None, bool]:
    """A date only the model sees is a doubt too: nobody checked it. Of two that agree the narrower one stands."""
    ours = rules.when
    if model is None or ours is None:
        return ours or model, ours is None and model is not None
    if model.exact and ours.exact:
        return ours, model.earliest != ours.earliest
    apart = model.earliest > ours.latest or ours.earliest > model.latest
    return ours, apart


def _local(when: AnswerWhen | None, business: Business) -> When | None:
    if when is None:
        return None
    zone = ZoneInfo(business.zone)

    def local(at: datetime) -> datetime:
        return at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(zone)

    earliest, latest = sorted((local(when.earliest), local(when.latest)))
    return When(earliest=earliest, latest=latest, exact=when.exact and earliest == latest)


def _services(answer: ModelAnswer, rules: Reading, business: Business) -> tuple[tuple[str, ...], bool]:
    """Slang that only the model knows is welcome: the reply names the service, so the customer sees it."""
    known = tuple(dict.fromkeys(id_ for id_ in answer.services if business.service(id_)))
    if not known or not rules.services:
        return rules.services or known, False
    return rules.services, not set(known) & set(rules.services)


def _heat(intent: Intent, answer: ModelAnswer, rules: Reading) -> Heat | None:
    if intent in HEATLESS:
        return None
    if intent is Intent.COMPLAINT or rules.urgent:
        return Heat.HOT
    return rules.heat if intent == rules.intent else answer.heat or rules.heat or Heat.WARM


def _own_name(name: str | None, words: str) -> str | None:
    """The stem of each part must stand in the customer's words: a model may change its case, not invent it."""
    if not name or len(name) > 60:
        return None
    typed = words.casefold()
    return name if all(part[: max(3, len(part) - 2)] in typed for part in name.casefold().split()) else None
