"""Is every price, time and claim of this reply traceable? (pure)"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from app.assistant.evidence import DAYS, MINUTE, Evidence
from app.assistant.figures import Figure, Kind, fold, read
from app.assistant.phrases import EMERGENCY, UNSURE
from app.assistant.privacy import HOUSE, LEFT_OVER, STREET, WORD, is_name
from app.domain.business import Business, Service
from app.domain.qualification import Question
from app.domain.words import say

MAX_REPLY = 700  # characters

SENTENCE = re.compile(r"(?<!\bул\.)(?<!\bпр\.)(?<!\bпер\.)(?<!\bнаб\.)(?<!\bд\.)(?<!\bг\.)(?<=[.!?…])\s+|\n+")
LEAK = re.compile(
    r"промпт|системн\w+ (?:инструкц|сообщени|подсказ)|мо[ийх]\w* инструкци|инструкци\w+ (?:мне|для меня)|"
    r"системн\w+ настройк|языков\w+ модел|system (?:prompt|message)|my instructions|language model|json|<<<|>>>|"
    r"\bhandoff\b|\bintent\b|gpt|openai|yandexgpt|gigachat"
)
DANGER = re.compile(
    r"бол\w* (?:в|за) (?:груди|грудин\w+|сердц\w+)|(?:груд\w*|сердце) (?:очень |сильно )?(?:бол|жм|дав)\w+|"
    r"сильн\w+ кровотечени|кровотечени\w+ не останавл|(?:хлещет|льется|идет) кровь|истека\w+ кровью|"
    r"не (?:могу|может) (?:вдохнуть|дышать)|не дыш(?:ит|у)\b|задыха(?:юсь|ется)|нечем дышать|"
    r"потерял\w* сознание|без сознания|инсульт|инфаркт|судороги|анафила|отек квинке|"
    r"передозировк|наглотал\w+ таблет|покончить с собой|не хочу жить|суицид|"
    r"chest pain|can'?t breathe|heavy bleeding|unconscious|heart attack|overdose|suicide"
)
BOOKED = re.compile(
    r"(?<!не )\b(?:за|пере)?(?:запис(?:ала?|али|ан[аоы]?|ываю|ываем)|бронир(?:овал[аи]?|ован[аоы]?|ую|уем))\b|"
    r"(?<!не )\b(?:перен(?:ес|есла|если|есен[аоы]?|ошу|осим)|отмен(?:ил[аи]?|ен[аоы]?|яю|яем))\b|"
    r"(?<!не )\b(?:оформил[аи]?|оформлен[аоы]?|подтвердил[аи]?|подтвержден[аоы]?|закрепил[аи]?|поставил[аи]? вас)\b|"
    r"(?<!не )\bвнесл[аи] вас\b|"
    r"вы (?:уже )?в (?:записи|расписании)|ваша (?:запись|бронь) |место за вами|"
    r"\b(?:booked|rescheduled|cancell?ed|confirmed|reserved)\b|your (?:appointment|booking) is"
)
EXPECTED = re.compile(r"\bжд(?:ем|у)\b|будем ждать|приходите|до встречи|увидимся|see you")
AVAILABLE = re.compile(
    r"свобод|окошк|\bокн[оа]\b|есть (?:мест|врем|запис)|доступн|могу предложить|можем предложить|предлагаю|"
    r"можно (?:в|на|к)\b|"
    r"запишу|available|free slot"
)
HOURS = re.compile(
    r"работа(?:ем|ет|ют)|открыт|откры(?:ваем|вает)|закры|график|режим|часы работы|принима(?:ем|ет)|выходной|open|close"
)
CLOSED = re.compile(r"не работа|закрыт[оыа]?\b|выходной\b|\bclosed\b")
ALWAYS_OPEN = re.compile(r"круглосуточн|\b24/7|24 часа в сутки")
EVERY_DAY = re.compile(r"ежедневно|без выходных|каждый день|every day")
PROMOTION = re.compile(
    r"бесплатн|подар(?:ок|к)|скид(?:к|оч)|\bакци[яиюей]|бонус|"
    r"промокод|полцены|верн[еу]\w* деньги|возврат|гарантир|кешб|кэшб|\bfree\b|discount"
)
UNSURE_WORDS = re.compile(
    r"уточн|узна(?:ю|ем)|провер|передам|передаю|администратор|\bне\b|\bнет\b|к сожалению|check with|ask"
)
NEGATED = re.compile(r"\bне\b|\bнет\b|к сожалению|unfortunately|\bnot?\b")
PROMISED = re.compile(r"(?:через|в течение)\s+(?:\S+\s+){0,3}\S*$")
PHONE = re.compile(
    r"\+\d[\d\s()-]{7,}\d|\b[78][\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d\d[\s-]*\d\d\b|\(?\b\d{3,4}\)[\d\s-]{6,}\d|\b\d{3}-\d\d-\d\d\b"
)
LINK = re.compile(
    r"https?://\S+|www\.\S+|\b[a-zа-я0-9-]+\.(?:ru|com|рф|org|net|me|io)\b\S*|(?<![\w.])@\w{3,}|[\w.+-]+@[\w-]+\.\w+"
)
TITLE = r"[А-ЯЁ][А-Яа-яЁё-]+"
PLACE = re.compile(
    rf"\b(?i:{STREET})\s*{TITLE}|{TITLE}\s+(?i:{STREET})(?!\w)|(?i:метро)\s+«?{TITLE}|(?<!\w)(?i:дом{HOUSE})"
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
    return bool(DANGER.search(fold(" ".join(question.texts))))


def check(reply: str, question: Question, business: Business, *, booked: str | None = None) -> Verdict:
    """Keeps the sentences that are traceable, puts one honest sentence in the place of the others.

    booked   id of the standing booking that the reply may speak of
    """
    locale = question.known.language
    if is_emergency(question):
        return Verdict(text=say(EMERGENCY, locale), fired=("emergency",))
    if LEFT_OVER.search(reply) or LEAK.search(fold(reply)):
        return Verdict(text="", fired=("leak",), blocked=True)
    evidence, kept, fired = Evidence(question, business), list[str](), list[str]()
    before = ""  # services are named once and priced in the next sentence
    for sentence in filter(None, map(str.strip, SENTENCE.split(reply))):
        faults = _faults(_Sentence(sentence, before, evidence, booked))
        before = f"{before} {sentence}"
        if not faults:
            kept.append(sentence)
        elif not fired:
            kept.append(say(UNSURE, locale, seed=len(question.history)))
        fired += faults
    text = " ".join(kept)
    if len(text) > MAX_REPLY:
        text, fired = _shortened(text), [*fired, "length"]
    return Verdict(text=text, fired=tuple(dict.fromkeys(fired)), blocked=not text)


def _shortened(text: str) -> str:
    """Whole sentences as far as they fit; one endless sentence is cut at a word."""
    head = text[: MAX_REPLY + 1]
    ends = [found.start() for found in SENTENCE.finditer(head)]
    return head[: ends[-1]] if ends else head[: MAX_REPLY - 1].rsplit(" ", 1)[0] + "…"


class _Sentence:
    """One sentence with what may be asked of it."""

    def __init__(self, text: str, before: str, evidence: Evidence, booked: str | None) -> None:
        self.raw, self.evidence, self.booked = text, evidence, booked
        self.text, self.before = fold(text), fold(before)
        self.phones = PHONE.findall(self.text)
        self.figures = read(PHONE.sub(lambda found: " " * len(found[0]), self.text))
        self.days = [figure for figure in self.figures if figure.kind in DAYS]
        self.is_question = text.rstrip(" )»").endswith("?")
        self.negated = bool(NEGATED.search(self.text))
        self.claims_booking = bool(BOOKED.search(self.text))
        self.offers = bool(AVAILABLE.search(self.text) or EXPECTED.search(self.text))
        self.tells_hours = bool(HOURS.search(self.text)) and not self.offers


def _faults(sentence: _Sentence) -> list[str]:
    return [name for name, guard in GUARDS.items() if guard(sentence)]


def _booking(sentence: _Sentence) -> bool:
    if sentence.booked:
        return False
    timed = bool(sentence.days) or any(figure.kind is Kind.TIME for figure in sentence.figures)
    return sentence.claims_booking or (timed and bool(EXPECTED.search(sentence.text)))


def _phone(sentence: _Sentence) -> bool:
    evidence = sentence.evidence
    known = [evidence.business.phone, evidence.question.known.phone, *evidence.question.texts]
    known += [text for who, text in evidence.question.history if who == "customer"]
    digits = [_digits(text) for text in known if text]
    return any(not any(_digits(phone)[-10:] in other for other in digits) for phone in sentence.phones)


def _link(sentence: _Sentence) -> bool:
    known = fold(f"{sentence.evidence.approved} {sentence.evidence.business.privacy_url}")
    return any(found[0].rstrip(".,!?)") not in known for found in LINK.finditer(sentence.text))


def _place(sentence: _Sentence) -> bool:
    """Each word of a street must be the profile's."""
    words = (word for found in PLACE.finditer(sentence.raw) for word in WORD.findall(fold(found[0])))
    street = re.compile(rf"(?:{STREET}|дом|метро|корп\w*|стр|кв|на|в)", re.IGNORECASE)
    return any(not street.fullmatch(word) and not _stands(word, sentence.evidence.approved) for word in words)


def _name(sentence: _Sentence) -> bool:
    """A person whom neither the profile nor the customer named."""
    evidence = sentence.evidence
    staff = " ".join(resource.name for resource in evidence.business.resources)
    known = fold(f"{staff} {evidence.question.known.name} {evidence.approved} {evidence.spoken}")
    names = (found[0] for found in WORD.finditer(sentence.raw) if found[0][0].isupper() and is_name(found[0]))
    return any(not _stands(fold(name), known) for name in names)


def _subject(sentence: _Sentence) -> bool:
    subjects = sentence.evidence.business.never_say
    return any(_stands(fold(subject), sentence.text) for subject in subjects) and not UNSURE_WORDS.search(sentence.text)


def _promotion(sentence: _Sentence) -> bool:
    """A discount or a gift that the business does not give today, or not for this."""
    if UNSURE_WORDS.search(sentence.text):
        return False
    gifts = {found[0][:6] for found in PROMOTION.finditer(sentence.text)}
    subjects = {_stem(word) for word in WORD.findall(sentence.text) if len(word) > 4}
    return not all(_is_given(gift, subjects, sentence.evidence.clauses) for gift in gifts)


def _is_given(gift: str, subjects: set[str], clauses: tuple[str, ...]) -> bool:
    """One statement of the business names both the gift and what it is given for."""
    others = [word for word in subjects if not word.startswith(gift[:5])]
    return any(gift in clause and any(word in clause for word in others) for clause in clauses)


def _price(sentence: _Sentence) -> bool:
    return any(
        not _is_price(sentence, figure) for figure in sentence.figures if figure.kind in (Kind.MONEY, Kind.PERCENT)
    )


def _is_price(sentence: _Sentence, figure: Figure) -> bool:
    evidence = sentence.evidence
    if evidence.approves(figure) or (sentence.negated and evidence.was_said(figure)):
        return True
    if figure.kind is Kind.PERCENT:
        return False
    services = _services_of(sentence, figure)
    named = _named(evidence.business, sentence.text)
    prices = {float(service.price.amount) for service in services}
    total = float(sum(service.price.amount for service in {service.id: service for _, service in named}.values()))
    return figure.values[0] in prices or (len(named) > 1 and figure.values[0] == total)


def _duration(sentence: _Sentence) -> bool:
    return any(not _is_duration(sentence, figure) for figure in sentence.figures if figure.kind is Kind.DURATION)


def _is_duration(sentence: _Sentence, figure: Figure) -> bool:
    evidence, business = sentence.evidence, sentence.evidence.business
    if evidence.approves(figure) or ((sentence.is_question or sentence.negated) and evidence.was_said(figure)):
        return True
    promised = PROMISED.search(sentence.text[: figure.end])  # «перезвонит через час» is no service's length
    allowed = [] if promised else [service.duration for service in _services_of(sentence, figure)]
    if "отмен" in sentence.text or "перен" in sentence.text:
        allowed.append(business.booking.free_cancel)
    if "напомн" in sentence.text:
        allowed += business.reminders.offsets
    return figure.values[0] in {duration / MINUTE for duration in allowed}


def _time(sentence: _Sentence) -> bool:
    """A time or day that is neither an offered slot, nor an opening hour, nor already agreed on."""
    evidence = sentence.evidence
    pairs = zip(sentence.figures, sentence.figures[1:], strict=False)
    if any(evidence.contradicts(left, right, sentence.text[left.end : right.start]) for left, right in pairs):
        return True
    if sentence.tells_hours:
        return _wrong_hours(sentence)
    times = [figure for figure in sentence.figures if figure.kind is Kind.TIME]
    if any(not _is_visit(sentence, time) for time in times):
        return True
    return not times and any(not _is_day(sentence, day) for day in sentence.days)


def _wrong_hours(sentence: _Sentence) -> bool:
    evidence = sentence.evidence
    times = [figure for figure in sentence.figures if figure.kind is Kind.TIME]
    for time in times:
        day = _nearest(sentence.days, time)
        hours = evidence.hours(sorted(evidence.days(day))[: len(day.values)] if day else ())
        if not evidence.approves(time) and not hours & {int(value) for value in time.values}:
            return True
    if ALWAYS_OPEN.search(sentence.text) or times:
        return bool(ALWAYS_OPEN.search(sentence.text)) and not ALWAYS_OPEN.search(evidence.approved)
    says_closed = bool(CLOSED.search(sentence.text))
    named = [sorted(evidence.days(day))[: len(day.values)] for day in sentence.days]
    return any(evidence.is_open(day) is says_closed for days in named for day in days)


def _every_day(sentence: _Sentence) -> bool:
    return bool(EVERY_DAY.search(sentence.text)) and not all(sentence.evidence.business.calendar.weekly)


def _is_visit(sentence: _Sentence, time: Figure) -> bool:
    evidence = sentence.evidence
    day = _nearest(sentence.days, time)
    days = evidence.days(day) if day else None
    places = evidence.slots | (evidence.said_places if sentence.booked or not sentence.offers else frozenset())
    if any(minute in time.values and (days is None or date in days) for date, minute in places):
        return True
    if sentence.offers and not sentence.booked and not sentence.negated:
        return False
    return evidence.approves(time) or (evidence.was_said(time) and (days is None or bool(days & evidence.said_days)))


def _is_day(sentence: _Sentence, day: Figure) -> bool:
    evidence = sentence.evidence
    days = evidence.days(day)
    if days & {date for date, _ in evidence.slots} or evidence.approves(day):
        return True
    if sentence.offers and not sentence.booked and not sentence.negated and not sentence.is_question:
        return False
    return bool(days & evidence.said_days) or (sentence.is_question and any(map(evidence.is_open, days)))


def _number(sentence: _Sentence) -> bool:
    """Any other figure: an item of our list, or one that the profile or the conversation holds."""
    evidence = sentence.evidence
    listed = {float(number) for number in range(1, len(evidence.question.offered) + 1)}
    return any(
        not (set(figure.values) & listed or evidence.approves(figure) or evidence.was_said(figure))
        for figure in sentence.figures
        if figure.kind is Kind.NUMBER
    )


GUARDS: dict[str, Callable[[_Sentence], bool]] = {
    "booking": _booking,
    "phone": _phone,
    "link": _link,
    "address": _place,
    "name": _name,
    "subject": _subject,
    "promotion": _promotion,
    "price": _price,
    "duration": _duration,
    "time": _time,
    "every_day": _every_day,
    "number": _number,
}


def _services_of(sentence: _Sentence, figure: Figure) -> list[Service]:
    """The services that a figure speaks of: the nearest named before it, else after it, else earlier in the reply."""
    business = sentence.evidence.business
    named = _named(business, sentence.text)
    before = [place for place, _ in named if place < figure.start]
    if named:
        place = max(before) if before else min(place for place, _ in named)
    elif named := _named(business, sentence.before):
        place = max(place for place, _ in named)
    else:
        return list(business.services)
    return [service for at, service in named if at == place]


def _named(business: Business, text: str) -> list[tuple[int, Service]]:
    """Services by the end of their mention; of mentions that end at one place only the longest counts."""
    found: dict[int, tuple[int, list[Service]]] = {}
    for service in business.services:
        for words in {fold(service.name), *map(fold, service.aliases)}:
            for match in re.finditer(_inflected(words), text):
                length, services = found.get(match.end(), (0, []))
                if len(match[0]) > length:
                    found[match.end()] = (len(match[0]), [service])
                elif len(match[0]) == length and service not in services:
                    services.append(service)
    return [(place, service) for place, (_, services) in sorted(found.items()) for service in services]


def _inflected(words: str) -> str:
    """A pattern for the words in any case: each keeps its stem."""
    return r"\b" + r"\s+".join(rf"{re.escape(_stem(word))}\w{{0,4}}" for word in words.split())


def _stem(word: str) -> str:
    return word if len(word) < 4 else word[: max(3, len(word) - 2)]


def _stands(word: str, text: str) -> bool:
    return bool(re.search(rf"\b{re.escape(_stem(word))}", text))


def _nearest(days: list[Figure], time: Figure) -> Figure | None:
    """The day a time belongs to: the last one before it, else the first after it."""
    before = [day for day in days if day.start < time.start]
    return before[-1] if before else days[0] if days else None


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
