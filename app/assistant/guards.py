"""Is every price, time and claim of this reply traceable? (pure)

A figure passes only if something vouches for it: a fact of the profile, a live slot, the standing booking, or the
customer's own words where the sentence merely repeats them. What nothing vouches for is replaced.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.assistant import lexicon, proper
from app.assistant.evidence import MINUTE, Evidence
from app.assistant.figures import Figure, Kind
from app.assistant.leaks import parrots, shows_its_making
from app.assistant.mentions import stem
from app.assistant.phrases import EMERGENCY, UNSURE
from app.assistant.privacy import WORD
from app.assistant.rules import safety
from app.assistant.sentence import Sentence
from app.domain.business import Business
from app.domain.qualification import Question
from app.domain.words import RU, say

MAX_REPLY = 700  # characters

SENTENCE = re.compile(
    r"(?<!\bул\.)(?<!\bпр\.)(?<!\bпер\.)(?<!\bнаб\.)(?<!\bд\.)(?<!\bг\.)(?<!\bруб\.)(?<!\bтыс\.)(?<=[.!?…])\s+|\n+|"
    r"(?<=руб\.)\s+(?=[А-ЯЁ])|(?<=тыс\.)\s+(?=[А-ЯЁ])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """text: what may go out. fired: names of the guards that replaced a sentence. blocked: nothing of it may go out."""

    text: str
    fired: tuple[str, ...] = ()
    blocked: bool = False

    @property
    def handoff(self) -> str:
        """Why a person is needed: `emergency`, `subject`, `guard`, or empty."""
        for reason in ("emergency", "subject"):
            if reason in self.fired:
                return reason
        return "guard" if set(self.fired) - {"length"} else ""


def is_emergency(question: Question) -> bool:
    """Words of this burst that need 103 or 112, not an appointment."""
    return safety.is_emergency(" ".join(question.texts))


def check(reply: str, question: Question, business: Business) -> Verdict:
    """Keeps the sentences that are traceable, puts one honest sentence in the place of the others."""
    locale = question.known.language
    if is_emergency(question):
        return Verdict(text=say(EMERGENCY, locale), fired=("emergency",))
    if shows_its_making(reply, russian=locale == RU and _is_russian(question)):
        return Verdict(text="", fired=("leak",), blocked=True)
    evidence, kept, fired = Evidence(question, business), list[str](), list[str]()
    before = ""
    for raw in filter(None, map(str.strip, SENTENCE.split(reply))):
        sentence = Sentence(raw, before, evidence)
        faults = [name for name, guard in GUARDS.items() if guard(sentence)]
        faults += ["parrot"] * parrots(raw, question.texts)
        before = f"{before} {raw}"
        if not faults:
            kept.append(raw)
        elif not fired:
            kept.append(say(UNSURE, locale, seed=len(question.history)))
        fired += faults
    text = " ".join(kept)
    if len(text) > MAX_REPLY:
        text, fired = _shortened(text), [*fired, "length"]
    return Verdict(text=text, fired=tuple(dict.fromkeys(fired)), blocked=not text)


def _is_russian(question: Question) -> bool:
    letters = "".join(question.texts)
    return bool(re.search(r"[А-Яа-яЁё]", letters)) or not re.search(r"[A-Za-z]", letters)


def _shortened(text: str) -> str:
    """Whole sentences as far as they fit; one endless sentence is cut at a word."""
    head = text[: MAX_REPLY + 1]
    ends = [found.start() for found in SENTENCE.finditer(head)]
    return head[: ends[-1]] if ends else head[: MAX_REPLY - 1].rsplit(" ", 1)[0] + "…"


def _booking(sentence: Sentence) -> bool:
    return sentence.claims_booking and not sentence.evidence.question.visit_id


def _subject(sentence: Sentence) -> bool:
    return not lexicon.UNSURE.search(sentence.text) and bool(
        safety.told_subject(sentence.text, sentence.evidence.business.never_say)
    )


def _promotion(sentence: Sentence) -> bool:
    """A discount or a gift that the business does not give today, or not for this."""
    if sentence.denies or lexicon.UNSURE.search(sentence.text):
        return False
    gifts = {found[0][:6] for found in lexicon.PROMOTION.finditer(sentence.text)}
    if lexicon.UNDOING.search(sentence.text):  # `free_cancel` says that it is free
        gifts -= {"беспла"}
    subjects = {stem(word) for word in WORD.findall(sentence.text) if len(word) > 4}
    clauses = tuple(clause.text for clause in sentence.evidence.clauses)
    return not all(_is_given(gift, subjects, clauses) for gift in gifts)


def _is_given(gift: str, subjects: set[str], clauses: tuple[str, ...]) -> bool:
    """One statement of the business names both the gift and what it is given for."""
    others = [word for word in subjects if not word.startswith(gift[:5])]
    return any(gift in clause and any(word in clause for word in others) for clause in clauses)


def _price(sentence: Sentence) -> bool:
    if "столько же" in sentence.text and len({service.price for _, service in sentence.named}) > 1:
        return True
    return any(not _is_price(sentence, figure) for figure in sentence.of(Kind.MONEY, Kind.PERCENT))


def _is_price(sentence: Sentence, figure: Figure) -> bool:
    evidence = sentence.evidence
    if evidence.approves(figure, sentence.text) or (sentence.denies and evidence.was_said(figure)):
        return True
    if figure.kind is Kind.PERCENT:
        return False
    if lexicon.OFF.search(sentence.text[: figure.start]):
        return False
    prices = {float(service.price.amount) for service in sentence.services_of(figure)}
    named = {service.id: service.price.amount for service in sentence.about}
    return figure.values[0] in prices or (len(named) > 1 and figure.values[0] == float(sum(named.values())))


def _duration(sentence: Sentence) -> bool:
    return any(not _is_duration(sentence, figure) for figure in sentence.of(Kind.DURATION))


def _is_duration(sentence: Sentence, figure: Figure) -> bool:
    evidence, business = sentence.evidence, sentence.evidence.business
    if evidence.approves(figure, sentence.text):
        return True
    if (sentence.is_question or sentence.denies) and evidence.was_said(figure):
        return True
    promised = lexicon.WILL_CALL.search(sentence.text) or (
        lexicon.PROMISED.search(sentence.text[: figure.end]) and not sentence.named
    )  # «перезвонит через час» is no service's length
    allowed = [] if promised else [service.duration for service in sentence.services_of(figure)]
    named = {service.id: service.duration for service in sentence.about}
    total = sum(length / MINUTE for length in named.values()) if len(named) > 1 and not promised else -1
    if "отмен" in sentence.text or "перен" in sentence.text:
        allowed.append(business.booking.free_cancel)
    if "напомн" in sentence.text:
        allowed += business.reminders.offsets
    return figure.values[0] in {*(duration / MINUTE for duration in allowed), total}


def _time(sentence: Sentence) -> bool:
    """A time or day that is neither an offered slot, nor an opening hour, nor already agreed on."""
    evidence = sentence.evidence
    pairs = zip(sentence.figures, sentence.figures[1:], strict=False)
    if any(evidence.contradicts(left, right, sentence.text[left.end : right.start]) for left, right in pairs):
        return True
    if sentence.tells_hours and not sentence.claims_booking:
        told = bool(sentence.times) and all(_is_visit(sentence, time) for time in sentence.times)
        return _wrong_hours(sentence) and not told
    if any(not _is_visit(sentence, time) for time in sentence.times):
        return True
    if lexicon.AT_ONCE.search(sentence.text) and not sentence.denies:
        return True
    return not sentence.times and any(not _is_day(sentence, day) for day in sentence.days)


def _wrong_hours(sentence: Sentence) -> bool:
    evidence = sentence.evidence
    for time in sentence.times:
        day = sentence.hours_day_of(time)
        opens, closes = evidence.hours(_meant(sentence, day) if day else ())
        before = sentence.text[: time.start]
        known = closes if re.search(r"\b(?:до|по|till|until)\s*$", before) else opens | closes
        known = opens if re.search(r"\b(?:с|со|от|from)\s*$", before) else known
        if not evidence.approves(time, sentence.text) and not known & {int(value) for value in time.values}:
            return True
    if lexicon.ALWAYS_OPEN.search(sentence.text) or sentence.times:
        return bool(lexicon.ALWAYS_OPEN.search(sentence.text)) and not lexicon.ALWAYS_OPEN.search(evidence.approved)
    says_closed = bool(lexicon.CLOSED.search(sentence.text))
    if not says_closed and any(found[0] not in evidence.approved for found in lexicon.FESTIVE.finditer(sentence.text)):
        return True
    named = [sorted(evidence.days(day))[: len(day.values)] for day in sentence.days]
    return any(evidence.is_open(day) is says_closed for days in named for day in days)


def _meant(sentence: Sentence, day: Figure) -> list[date]:
    """The nearest dates that a day may mean; said on that day of the week, the next one too."""
    dates = sorted(sentence.evidence.days(day))
    today = sentence.evidence.today in dates and day.kind is Kind.WEEKDAY
    return dates[: len(day.values) * (2 if today else 1)]


def _every_day(sentence: Sentence) -> bool:
    told = lexicon.EVERY_DAY.search(sentence.text)
    return bool(told) and not all(sentence.evidence.business.calendar.weekly)


def _is_visit(sentence: Sentence, time: Figure) -> bool:
    evidence, day = sentence.evidence, sentence.day_of(time)
    days = evidence.days(day) if day else None
    places = evidence.visit if sentence.claims_booking else evidence.slots | evidence.visit
    if any(minute in time.values and (days is None or of_day in days) for of_day, minute in places):
        return True
    if sentence.claims_booking:
        return False
    if not sentence.offers and evidence.approves(time, sentence.text):
        return True
    return sentence.echoes and evidence.was_said(time) and (days is None or bool(days & evidence.said_days))


def _is_day(sentence: Sentence, day: Figure) -> bool:
    evidence = sentence.evidence
    days = evidence.days(day)
    if sentence.claims_booking:
        return bool(days & {of_day for of_day, _ in evidence.visit})
    if days & {of_day for of_day, _ in evidence.slots | evidence.visit} or evidence.approves(day, sentence.text):
        return True
    if sentence.is_question and any(map(evidence.is_open, days)):
        return True
    return bool(days & evidence.said_days) and (sentence.echoes or not sentence.offers)


def _number(sentence: Sentence) -> bool:
    """Any other figure: an item of our list, or one that the profile or the conversation holds."""
    evidence = sentence.evidence
    listed = {float(number) for number in range(1, len(evidence.question.offered) + 1)}
    return any(
        not (set(figure.values) & listed or evidence.approves(figure, sentence.text) or evidence.was_said(figure))
        for figure in sentence.of(Kind.NUMBER)
    )


GUARDS: dict[str, Callable[[Sentence], bool]] = {
    "booking": _booking,
    "phone": proper.phone,
    "link": proper.link,
    "address": proper.place,
    "name": proper.name,
    "staff": proper.staff,
    "subject": _subject,
    "promotion": _promotion,
    "price": _price,
    "duration": _duration,
    "time": _time,
    "every_day": _every_day,
    "number": _number,
}
