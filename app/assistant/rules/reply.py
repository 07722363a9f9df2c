"""Composes the answer to one burst: short, in the profile's voice, only facts of the profile, one question at most."""

import re
import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import app.domain.visits.booking_words  # noqa: F401 - fills the catalogue
from app.assistant.rules import carry, intents, safety, topics
from app.assistant.rules.show import Shown, opening, uncapital
from app.assistant.rules.text import fold
from app.domain.business import Business, ClockMode, Service
from app.domain.calendar import ALWAYS, due_at, is_open, next_opening
from app.domain.message import Kind
from app.domain.qualification import By, Heat, Intent, Question, Reading, Understanding, When, hotter
from app.domain.words import EN, RU, say

PRICES_AT_ONCE = 6  # more would not be read
ELLIPSIS = 3  # words of a question that only names a service
VARIANTS = 2  # tried for another wording
MISUNDERSTANDINGS = 2  # in a row, this one included: then a person

_LEADING = re.compile(r"^(?:во? |on )")  # «перенести визит на субботу», not «на в субботу»
_SEEN = {Kind.VOICE, Kind.IMAGE, Kind.VIDEO, Kind.DOCUMENT, Kind.SHARE, Kind.UNSUPPORTED}
_SHOWN = _SEEN | {Kind.LOCATION, Kind.CONTACT}
_GREETED = {Kind.START, Kind.STICKER, Kind.REFERRAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    text: str = ""
    asks: str = ""
    handoff: str = ""


def compose(question: Question, reading: Reading, business: Business) -> Understanding:
    """The whole answer to a burst that was read as one message."""
    writer = _Writer(question, reading, business)
    draft = writer.draft()
    for _ in range(VARIANTS):
        if draft.text != question.context:
            break
        writer.shown = replace(writer.shown, seed=writer.shown.seed + 1)  # nobody likes to be told the same twice
        draft = writer.draft()
    return Understanding(
        reading=reading, reply=_greeted(draft.text, writer), asks=draft.asks, by=By.RULES, handoff=draft.handoff
    )


def _greeted(text: str, writer: "_Writer") -> str:
    thanked = writer.reading.intent is Intent.SMALLTALK and topics.is_thanks(writer.folded)
    if not text or thanked or writer.question.known.greeted or writer.question.history:
        return text
    return f"{writer.shown.say('hello')} {text}"


class _Writer:
    def __init__(self, question: Question, reading: Reading, business: Business) -> None:
        self.question, self.reading, self.business = question, reading, business
        self.text = "\n".join(text for text in question.texts if text.strip())
        self.folded = fold(self.text)
        zone = ZoneInfo(business.zone)
        self.shown = Shown(
            business=business,
            language=EN if reading.language == EN else RU,
            now=question.now.astimezone(zone),
            seed=zlib.crc32(self.text.encode()) + len(question.history),
        )
        known = question.known
        ids = reading.services or known.services
        self.services = tuple(service for one in ids if (service := business.service(one)))
        self.when = reading.when or known.when
        self.name, self.phone = reading.name or known.name, reading.phone or known.phone

    def draft(self) -> Draft:
        if safety.is_emergency(self.folded):
            return Draft(text=self.shown.say("emergency"), handoff="emergency")
        if safety.forbidden_subject(self.folded, self.business.never_say):
            return Draft(text=_joined(self.shown.say("handing_subject"), self._person()), handoff="subject")
        if not self.text:
            return self._wordless()
        if self.reading.intent is Intent.INFO and intents.asks_if_machine(self.folded):
            return Draft(text=self.shown.say("assistant", business=_bare_name(self.business.name)))
        draft = _BY_INTENT[self.reading.intent](self)
        scenario = self.business.scenarios.get(self.reading.intent, "")
        if scenario and draft.text:
            draft = Draft(
                text=_joined(scenario, draft.text if draft.asks else ""), asks=draft.asks, handoff=draft.handoff
            )
        return self._with_attachment(draft)

    # what each intent says

    def complaint(self) -> Draft:
        return Draft(
            text=_joined(self.shown.say("sorry"), self.shown.say("handing"), self._person()), handoff="complaint"
        )

    def human(self) -> Draft:
        asks = "phone" if topics.wants_call(self.folded) and self._may_ask("phone") and not self.phone else ""
        question = self.shown.say("ask_phone") if asks else ""
        return Draft(text=_joined(self.shown.say("handing"), self._person(), question), asks=asks, handoff="asked")

    def cancel(self) -> Draft:
        what = self.shown.say("cancel_what")
        return Draft(text=_joined(self._request(what)))

    def reschedule(self) -> Draft:
        if self.question.offers:
            return Draft(text=self._offer_of_slots())
        if self.reading.when is None:
            asked = self._ask("when")
            return asked if asked.asks else Draft(text=self._request(self.shown.say("move_what")))
        if problem := self._closed(self.reading.when):
            return problem
        what = self.shown.say("move_to", when=_LEADING.sub("", self.shown.wish(self.reading.when)))
        return Draft(text=self._request(what))

    def booking(self) -> Draft:
        extra = self._prices_asked()
        if self.question.offers and self.services:
            return Draft(text=_joined(extra, self._offer_of_slots()))
        if self.when and (problem := self._closed(self.when)):
            return Draft(text=_joined(extra, problem.text), asks=problem.asks, handoff=problem.handoff)
        missing = self._missing()
        if self._is_told():
            return self._ask(missing, before=self._thanked()) if missing else Draft(text=self._thanked(settled=True))
        if missing in ("service", "when"):
            offer = self._offer() if missing == "service" else extra or self._named_prices()
            return self._ask(missing, before=offer)
        what = self._wish()
        request = self._request(what) if what else self._person()
        return self._ask(missing, before=_joined(extra, request)) if missing else Draft(text=_joined(extra, request))

    def confirm(self) -> Draft:
        stands = bool(self.question.visit_id)
        if self.reading.when is None:
            return Draft(text=self.shown.say("see_you_plain" if stands else "noted"))
        moment = self.shown.wish(self.reading.when)
        if self.question.offered or topics.is_offer(self.question.context):
            done = _joined(self.shown.say("chosen", when=moment), self._confirmation())
            missing = self._missing(without=("when",))
            return self._ask(missing, before=done) if missing in ("name", "phone") else Draft(text=done)
        if stands:
            return Draft(text=self.shown.say("see_you", when=moment))
        begun = self.question.known.intent in (Intent.BOOKING, Intent.PRICE)
        return self.booking() if begun else Draft(text=self.shown.say("noted"))

    def price(self) -> Draft:
        if answer := topics.own_answer(self.folded, self.business, self.shown.now.date()):
            extra = self._prices(self.services) if self.services else ""
            return Draft(text=_joined(extra, answer))
        if self.services:
            return self._then_invite(self._prices(self.services))
        listed = self._prices(self.business.services[:PRICES_AT_ONCE])
        return self._ask("service", before=listed)

    def info(self) -> Draft:
        if carry.follows_hours(self.question, self.folded):
            return Draft(text=topics.hours(self.folded, self.business, self.shown))
        if topics.asks_what_we_can(self.folded):
            return self._ask("service", before=self._offer())
        told = topics.tell(self.folded, self.business, self.shown, self.services, named=bool(self.reading.services))
        if told:
            return Draft(text=told)
        if self.reading.services and len(self.folded.split()) <= ELLIPSIS:  # «а абонемент?»
            return self._then_invite(self._prices(self.services))
        if not self.reading.confident and self.question.known.misunderstood + 1 < MISUNDERSTANDINGS:
            return Draft(text=self.shown.say("ask_more"))
        return Draft(text=_joined(self.shown.say("handing_question"), self._person()), handoff="unclear")

    def smalltalk(self) -> Draft:
        if topics.is_thanks(self.folded):
            return Draft() if topics.is_farewell(self.folded) else Draft(text=self.shown.say("welcome"))
        if topics.is_thinking(self.folded):
            return Draft(text=self.shown.say("noted_later"))
        begun = self.question.known.intent not in (None, Intent.SMALLTALK)
        return Draft(text=self.shown.say("noted" if begun and not topics.greets(self.folded) else "how_help"))

    def spam(self) -> Draft:
        return Draft()

    # pieces

    def _wordless(self) -> Draft:
        kinds = [Kind(kind) for kind in self.question.kinds]
        kind = next((kind for kind in kinds if kind in _SHOWN), None)
        if kind is None:
            greets = any(kind in _GREETED for kind in kinds) and not self.question.known.greeted
            return Draft(text=self.shown.say("how_help") if greets else "")
        text = self.shown.say(f"kind_{kind.value}", address=self.business.address)
        return Draft(
            text=_joined(text, self._person() if kind in _SEEN else ""), handoff="unclear" if kind in _SEEN else ""
        )

    def _with_attachment(self, draft: Draft) -> Draft:
        """Words beside a photo are answered as words; the photo goes to a person."""
        if draft.handoff or not draft.text or not any(Kind(kind) in _SEEN for kind in self.question.kinds):
            return draft
        kind = next(Kind(kind) for kind in self.question.kinds if Kind(kind) in _SEEN)
        seen = self.shown.say(f"kind_{kind.value}").split(". ")[0].rstrip(".") + "."
        return Draft(text=_joined(draft.text, seen), asks=draft.asks, handoff="unclear")

    def _missing(self, without: tuple[str, ...] = ()) -> str:
        there = {"service": self.services, "when": self.when, "name": self.name, "phone": self.phone}
        order = ("service", "when", "name", "phone")
        return next((one for one in order if not there[one] and one not in without and self._may_ask(one)), "")

    def _may_ask(self, what: str) -> bool:
        return what not in self.question.known.asked

    def _ask(self, what: str, before: str = "") -> Draft:
        if not what or not self._may_ask(what):
            return Draft(text=before or self._person(), handoff="" if before else "unclear")
        return Draft(text=_joined(before, self.shown.say(f"ask_{what}")), asks=what)

    def _request(self, what: str) -> str:
        return _joined(self.shown.say("request", what=what), self._confirmation())

    def _wish(self) -> str:
        services = ", ".join(self.shown.wanted(service) for service in self.services)
        if services and self.when:
            return self.shown.say("wish", services=services, when=self.shown.wish(self.when))
        return services or (self.shown.wish(self.when) if self.when else "")

    def _offer(self) -> str:
        names = ", ".join(uncapital(service.name) for service in self.business.services[:PRICES_AT_ONCE])
        return self.shown.say("we_offer", services=names)

    def _prices(self, services: tuple[Service, ...]) -> str:
        if len(services) == 1:
            return self.shown.price(services[0], long=True) + "."
        return "; ".join(self.shown.price(service) for service in services) + "."

    def _named_prices(self) -> str:
        return self._prices(self.services) if self.reading.services else ""

    def _prices_asked(self) -> str:
        return self._prices(self.services) if self.services and topics.asks_price(self.folded) else ""

    def _then_invite(self, text: str) -> Draft:
        if self.when is None and self._may_ask("when"):
            return Draft(text=_joined(text, self.shown.say("ask_when")), asks="when")
        return Draft(text=text)

    def _offer_of_slots(self) -> str:
        """What stands above the list; its numbers and buttons are the turn's (domain/booking_turn.py)."""
        if self.question.offers == "instead" and self.reading.when and (problem := self._closed(self.reading.when)):
            return problem.text
        key = "slots_free" if self.question.offers == "fits" else "slots_instead"
        return say(key, self.shown.language, seed=self.shown.seed)

    def _is_told(self) -> bool:
        """The wish was passed on before; this burst brings only a name or a phone."""
        new = self.reading.services or self.reading.when
        personal = self.reading.name or self.reading.phone
        return bool(personal and not new and self.question.known.services and self.question.known.when)

    def _thanked(self, *, settled: bool = False) -> str:
        name = self.reading.name
        thanks = self.shown.say("nice", name=name) if name else self.shown.say("thank_you")
        return _joined(thanks, self._confirmation("person_confirms") if settled else "")

    def _closed(self, when: When) -> Draft | None:
        """What to say when nobody works at the wanted time; None: somebody does, or it is no single day."""
        wanted = when.earliest.astimezone(self.shown.now.tzinfo)
        if when.exact and wanted < self.shown.now:
            return self._ask("when", before=self.shown.say("past"))
        if when.earliest.date() != when.latest.date():
            return None
        spans = opening(self.business.calendar, wanted.date())
        latest = when.latest.astimezone(self.shown.now.tzinfo)
        day = _upper(self.shown.date(wanted.date()))
        if not spans:
            opens = next_opening(latest, self.business.calendar).astimezone(self.shown.now.tzinfo)
            following = self.shown.spans(opening(self.business.calendar, opens.date()))
            text = _joined(
                self.shown.say("closed_day", day=day),
                self.shown.say("next_open", day=self.shown.date(opens.date()), spans=following),
            )
            return self._ask("when", before=text)
        if any(
            opens <= wanted < closes or (not when.exact and wanted < closes and latest > opens)
            for opens, closes in spans
        ):
            return None
        return self._ask("when", before=self.shown.say("outside", day=day, spans=self.shown.spans(spans)))

    def _confirmation(self, key: str = "confirms") -> str:
        due = self._due(self.business.sla.booking_confirmation)
        if due is None:
            return self.shown.say(key)
        return self.shown.say(f"{key}_by", by=due) if self._is_open() else self._later(due)

    def _person(self) -> str:
        heat = hotter(self.question.known.heat, self.reading.heat) or Heat.WARM
        due = self._due(self.business.sla.first_response.get(heat, timedelta(hours=1)))
        if due is None:
            return ""
        return self.shown.say("person_answers", by=due) if self._is_open() else self._later(due)

    def _later(self, due: str) -> str:
        opens = self._local(next_opening(self.question.now, self.business.calendar))
        text = self.shown.say("opens", day=self._near(opens), time=f"{opens:%H:%M}")
        return self.shown.say("person_later", opens=text, by=due)

    def _due(self, budget: timedelta) -> str | None:
        """«до 10:15», «завтра до 10:30»; None: so far away that a promise of an hour means nothing."""
        calendar = ALWAYS if self.business.sla.clock is ClockMode.ALWAYS else self.business.calendar
        due = self._local(due_at(self.question.now, budget, calendar))
        if due - self.shown.now > timedelta(days=1) and self._is_open():
            return None
        due += timedelta(seconds=-(due.minute * 60 + due.second) % 300, microseconds=-due.microsecond)
        opens = self._local(next_opening(self.question.now, self.business.calendar))
        if due.date() in (self.shown.now.date(), opens.date()):
            return self.shown.say("by_time", time=f"{due:%H:%M}")
        return self.shown.say("by_day", day=self._near(due), time=f"{due:%H:%M}")

    def _near(self, at: datetime) -> str:
        return (
            self.shown.date(at.date()).split(", ")[0]
            if at - self.shown.now < timedelta(days=2)
            else self.shown.date(at.date())
        )

    def _is_open(self) -> bool:
        return is_open(self.question.now, self.business.calendar)

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.shown.now.tzinfo)


_BY_INTENT = {
    Intent.COMPLAINT: _Writer.complaint,
    Intent.HUMAN: _Writer.human,
    Intent.CANCEL: _Writer.cancel,
    Intent.RESCHEDULE: _Writer.reschedule,
    Intent.BOOKING: _Writer.booking,
    Intent.CONFIRM: _Writer.confirm,
    Intent.PRICE: _Writer.price,
    Intent.INFO: _Writer.info,
    Intent.SMALLTALK: _Writer.smalltalk,
    Intent.SPAM: _Writer.spam,
}


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _bare_name(name: str) -> str:
    """«Нева» of «Салон красоты «Нева»», or the whole."""
    return name.split("«", 1)[1].rstrip("»") if "«" in name else name


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
