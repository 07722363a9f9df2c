"""One sentence of a reply, with what may be asked of it: its figures, its services, what it claims."""

import re
from dataclasses import dataclass
from functools import cached_property

from app.assistant import lexicon
from app.assistant.evidence import DAYS, Evidence
from app.assistant.figures import Figure, Kind, fold, read
from app.assistant.mentions import named_services
from app.assistant.rules import morphology
from app.domain.business import Service

PHONE = re.compile(
    r"\+\d[\d\s()-]{7,}\d|\b[78][\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d\d[\s-]*\d\d\b|\(?\b\d{3,4}\)[\d\s-]{6,}\d|\b\d{3}-\d\d-\d\d\b"
)
WORD = re.compile(r"[а-яa-z]+")
CYRILLIC = re.compile(r"[а-я]")
NEGATION = frozenset(("не", "нет", "без"))


@dataclass(frozen=True)
class Sentence:
    """before: the reply up to here: services are named once and priced in the next sentence."""

    raw: str
    preceding: str
    evidence: Evidence

    @cached_property
    def text(self) -> str:
        return fold(self.raw)

    @cached_property
    def phones(self) -> list[str]:
        return PHONE.findall(self.text)

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        return read(PHONE.sub(lambda found: " " * len(found[0]), self.text))

    def of(self, *kinds: Kind) -> list[Figure]:
        return [figure for figure in self.figures if figure.kind in kinds]

    @cached_property
    def days(self) -> list[Figure]:
        return self.of(*DAYS)

    @cached_property
    def times(self) -> list[Figure]:
        return self.of(Kind.TIME)

    @cached_property
    def is_question(self) -> bool:
        return self.raw.rstrip(" )»").endswith("?")

    @cached_property
    def denies(self) -> bool:
        return bool(lexicon.DENIED.search(self.text))

    @cached_property
    def passes_on(self) -> bool:
        return bool(lexicon.PASSED_ON.search(self.text))

    @cached_property
    def offers(self) -> bool:
        return bool(lexicon.AVAILABLE.search(self.text) or lexicon.EXPECTED.search(self.text))

    @cached_property
    def tells_hours(self) -> bool:
        return bool(lexicon.HOURS.search(self.text)) and not lexicon.EXPECTED.search(self.text)

    @cached_property
    def echoes(self) -> bool:
        """May speak of the customer's own wish: it denies it, passes it on, or asks about it; never offers it."""
        if self.claims_booking:
            return False
        asks = self.passes_on and bool(lexicon.WHETHER.search(self.text))  # «уточнит, свободно ли»
        return self.denies or asks or ((self.passes_on or self.is_question) and not self.offers)

    @cached_property
    def claims_booking(self) -> bool:
        """Says that a visit is made, moved or undone."""
        timed = bool(self.days or self.times)
        if timed and (lexicon.EXPECTED.search(self.text) or (lexicon.YOURS.search(self.text) and not self.is_question)):
            return True
        return bool(lexicon.BOOKED.search(self.text)) or self._tells_an_act()

    def _tells_an_act(self) -> bool:
        typed = WORD.findall(self.text)
        of_visit = bool(lexicon.VISIT.search(self.text))
        for place, word in enumerate(typed):
            if NEGATION & set(typed[max(0, place - 2) : place]):
                continue
            done = _done(word)
            if done & lexicon.ACTS or (of_visit and done & lexicon.ACTS_ON):
                return True
        return False

    # services

    @cached_property
    def named(self) -> list[tuple[int, Service]]:
        return named_services(self.evidence.business, self.text)

    @cached_property
    def about(self) -> list[Service]:
        """The services in question: named here, else earlier in the reply, else by the customer; else none."""
        if self.named:
            return [service for _, service in self.named]
        if not CYRILLIC.search(self.text):  # the profile has no English names to tell them by
            return []
        if before := named_services(self.evidence.business, fold(self.preceding)):
            last = max(place for place, _ in before)
            return [service for place, service in before if place == last]
        return self.evidence.asked_services

    def services_of(self, figure: Figure) -> list[Service]:
        """Those that a figure speaks of: the nearest named before it, else after it, else all that are in question."""
        if not self.named:
            return self.about or list(self.evidence.business.services)
        before = [place for place, _ in self.named if place < figure.start]
        nearest = max(before) if before else min(place for place, _ in self.named)
        return [service for place, service in self.named if place == nearest]

    def hours_day_of(self, time: Figure) -> Figure | None:
        """As `day_of`; where the hours come first («с 10 до 21 по будням»), the next day after."""
        after = [day for day in self.days if day.start > time.start]
        first = self.days and self.times and self.times[0].start < self.days[0].start
        return after[0] if first and after else self.day_of(time)

    def day_of(self, time: Figure) -> Figure | None:
        """The day a time belongs to: the last one before it, else the first after it."""
        before = [day for day in self.days if day.start < time.start]
        return before[-1] if before else self.days[0] if self.days else None


def _done(word: str) -> frozenset[str]:
    """Verbs that the word tells as done, or as being done by the speaker."""
    found = set()
    for parse in morphology.parses(word):
        tag = parse.tag
        told = "past" in tag or "PRTS" in tag or ("pres" in tag and "1per" in tag)
        if told and parse.score >= morphology.PLAUSIBLE:
            found.add(parse.normal_form.replace("ё", "е"))
    return frozenset(found)
