"""What one rehearsed week showed, turned into the sections of its report.

Nothing in it depends on the machine: no id, no duration of ours, nothing of how fast it ran.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import app.flow.explain  # noqa: F401 - the names of the clocks
from app.crm import FIELDS
from app.domain.business import Binds, Business
from app.domain.figures import kpi
from app.domain.figures.share import percent
from app.domain.message import WORDS
from app.domain.readiness import Ailment
from app.domain.words import CATALOGUE, say
from app.flow.counted import LINE, SPEAKERS, Shown
from app.flow.rehearse.customers import Scenario
from app.flow.rehearse.play import Played, goes_on_in
from app.flow.rehearse.report import Report, Section, ailing, profile_section
from app.store import codec

NOTICES = 14  # shown one by one
WHOLE = (Scenario.BOOKING, Scenario.RESCHEDULE, Scenario.COMPLAINT, Scenario.FORM)  # a card of each is shown
CARD_FIELDS = ("title", "stageId", "opportunity", "assignedById")


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """Counted by paging. `dead`: letters of what it would not take."""

    cards: Sequence[Shown]
    leads: int
    contacts: int
    dead: int


def of_week(business: Business, found: Sequence[Ailment], played: Played, portal: Portal, seed: int) -> Report:
    teller = _Teller(business, played, portal)
    return Report(
        title=say("rehearse_title", business.locale, name=business.name),
        head=teller.head(seed),
        reasons=(*ailing(found, business.locale), *teller.reasons()),
        sections=(
            profile_section(found, business.locale),
            teller.answers(),
            teller.kinds(),
            teller.promises(),
            *teller.told(),
            teller.cards(),
            *teller.whole(),
            teller.proof(),
        ),
        locale=business.locale,
    )


class _Teller:
    """The facts of one week, turned into sections."""

    def __init__(self, business: Business, played: Played, portal: Portal) -> None:
        self.business, self.played, self.portal, self.locale = business, played, portal, business.locale
        self.zone = ZoneInfo(business.zone)
        self.events = played.events
        self.spam = {e.conversation_id for e in self._of("closed") if e.facts.get("reason") == "spam"}
        hosts = {str(event.facts["from"]): event.conversation_id for event in self._of("joined")}
        self.who = {goes_on_in(hosts, key): who for key, who in reversed(played.who.items())}
        self.answered = {who: self._who_replied(who) for who in ("bot", "human")}
        self.users = {str(user["id"]): user["name"] for user in played.portal["users"]}
        self.cards_of: dict[str, list[Shown]] = defaultdict(list)
        for card in portal.cards:
            self.cards_of[card.conversation].append(card)

    def _of(self, kind: str) -> list[Any]:
        return [event for event in self.events if event.kind == kind]

    def _who_replied(self, who: str) -> set[str]:
        return {event.conversation_id for event in self._of("replied") if event.facts["by"] == who}

    def say(self, key: str, **values: Any) -> str:
        return say(f"rehearse_{key}", self.locale, **values)

    # --- the parts

    def head(self, seed: int) -> str:
        first, last = self.played.starts.astimezone(self.zone), self.played.ends.astimezone(self.zone)
        return self.say(
            "week",
            first=f"{first:%d.%m.%Y}",
            last=f"{last:%d.%m.%Y}",
            zone=self.business.zone,
            customers=len({customer.phone for _, customer, _ in self.played.sent}),
            messages=len(self.played.sent),
            number=seed,
        )

    def reasons(self) -> Iterator[str]:
        lost = self._without_card()
        received, shown = self._received(), self._customer_lines()
        if unanswered := self._unanswered():
            yield say("reason_rehearse_unanswered", self.locale, count=len(unanswered))
        if lost:
            yield say("reason_rehearse_lost", self.locale, count=len(lost))
        if received != shown:
            yield say("reason_rehearse_lines", self.locale, received=received, lines=shown)
        if self.portal.dead:
            yield say("reason_rehearse_dead", self.locale, count=self.portal.dead)
        if untold := self._untold():
            yield say("reason_rehearse_untold", self.locale, count=untold)
        if self.played.unsettled:
            yield say("reason_rehearse_unsettled", self.locale, count=len(self.played.unsettled))

    def answers(self) -> Section:
        drafted = Counter(str(event.facts["source"]) for event in self._of("drafted"))
        by_model = sum(times for source, times in drafted.items() if source != "rules")
        replies = Counter(str(event.facts["by"]) for event in self._of("replied"))
        handed = Counter(reason for card in self.portal.cards if (reason := _handed(card)))
        rows = [
            (self.say("words"), str(len(self.played.sent))),
            (self.say("by_rules"), str(drafted["rules"])),
            (self.say("by_model"), str(by_model)),
            (self.say("by_people"), str(replies["human"])),
            (self.say("touches"), str(len(self._of("followed_up")))),
        ]
        for reason, times in sorted(handed.items()):
            key = f"reason_{reason}"
            told = say(key, self.locale) if key in CATALOGUE else reason
            rows.append((self.say("handed", reason=told), str(times)))
        counts = " / ".join(str(len(self._of(kind))) for kind in ("booked", "moved", "cancelled"))
        rows += [
            (self.say("booked"), counts),
            (self.say("spam"), str(len(self.spam))),
            (self.say("unanswered"), str(len(self._unanswered()))),
        ]
        return Section(title=self.say("answers"), rows=tuple(rows), notes=(self.say("no_model"),))

    def kinds(self) -> Section:
        heads = ("kind", "customers", "answered", "person", "booked_short")
        booked = {event.conversation_id for event in self._of("booked")}
        rows = []
        for scenario in Scenario:
            mine = {key for key, who in self.who.items() if who.scenario is scenario}
            if mine:
                counts = (mine, mine & self.answered["bot"], mine & self.answered["human"], mine & booked)
                rows.append((say(f"scenario_{scenario}", self.locale), *(str(len(found)) for found in counts)))
        return Section(title=self.say("kinds"), heads=tuple(map(self.say, heads)), rows=tuple(rows))

    def promises(self) -> Section:
        outcomes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        last: dict[tuple[str, str, object], tuple[str, str]] = {}
        for event in self._of("clock"):
            target, what = str(event.facts["target"]), str(event.facts["what"])
            key = (event.conversation_id, target, event.facts["start"])
            heat = str(event.facts["class"])
            if what in ("started", "retargeted") and last.get(key, ("", "started"))[1] == "started":
                last[key] = (heat, "started")
            elif what in ("met", "missed", "cancelled") and not (last[key][1] == "missed" and what == "cancelled"):
                last[key] = (last[key][0], what)
        for (_, target, _), (heat, what) in last.items():
            outcomes[target, heat][what] += 1
        rows = []
        for target, heat in sorted(outcomes, key=_promise_order):
            found = outcomes[target, heat]
            judged = found["met"] + found["missed"]
            share = f"{100 * found['met'] / judged:.0f} %" if judged else "–"
            name = f"{say(f'clock_{target}', self.locale)}, {say(f'class_{heat}', self.locale).lower()}"
            counts = (judged + found["started"], found["met"], found["missed"], found["started"])
            rows.append((name, *map(str, counts), share))
        heads = ("target", "total", "met", "missed", "running", "share")
        notes = (*self._score(), self.say("managers"))
        return Section(title=self.say("promises"), heads=tuple(map(self.say, heads)), rows=tuple(rows), notes=notes)

    def _score(self) -> Iterator[str]:
        score = kpi.score(self.events, self.business.sla.binds or Binds.HUMAN)
        goal = self.business.kpi_targets.get("sla")
        yield self.say(
            "sla",
            ratio=percent(score.sla_ratio, self.locale),
            kept=score.kept,
            all=score.enquiries,
            goal=percent(goal, self.locale),
        )
        at_once = sum(seconds <= self.business.sla.bot_reply.total_seconds() for seconds in score.frt_bot)
        yield self.say("first_bot", count=at_once, all=len(score.frt_bot))
        if score.frt_human:
            median, most = (kpi.percentile(score.frt_human, share) or 0.0 for share in (0.5, 0.9))
            yield self.say("first_human", median=_span(median), most=_span(most))
        missed = [event for event in self._of("clock") if event.facts["what"] == "missed"]
        if missed:
            causes = Counter(str(event.facts.get("cause")) for event in missed)
            told = ", ".join(f"{say(f'cause_{cause}', self.locale)} {n}" for cause, n in sorted(causes.items()))
            yield self.say("causes", causes=told)

    def told(self) -> Iterator[Section]:
        notices = sorted(self._notices())
        tasks = Counter(str(row.get("RESPONSIBLE_ID", "")) for row in self.played.portal["tasks"])
        if not notices and not tasks:
            yield Section(title=self.say("told"), notes=(self.say("nobody_told"),))
            return
        counts = Counter(user for _, user, _ in notices)
        rows = [
            (self.users.get(user, user), str(counts[user]), str(tasks[user]))
            for user in sorted({*counts, *tasks}, key=lambda user: (len(user), user))
        ]
        heads = tuple(map(self.say, ("whom", "notices", "tasks")))
        yield Section(title=self.say("told"), heads=heads, rows=tuple(rows))
        shown = [
            (_local(at, self.zone), self.users.get(user, user), " ".join(text.split()))
            for at, user, text in notices[:NOTICES]
        ]
        more = (self.say("more", count=len(notices) - NOTICES),) if len(notices) > NOTICES else ()
        heads = tuple(map(self.say, ("at", "whom", "what")))
        yield Section(title="", heads=heads, rows=tuple(shown), notes=more)

    def _notices(self) -> Iterator[tuple[str, str, str]]:
        """(when, whom, what): several of one moment may have come as one message, which the machine's pace decides."""
        for row in self.played.portal["notifications"]:
            listed = [line.removeprefix("• ") for line in row["text"].splitlines() if line.startswith("• ")]
            for text in listed or [row["text"]]:
                yield row["created"], str(row["user"]), text

    def cards(self) -> Section:
        groups: Counter[tuple[str, str, str]] = Counter()
        sums: Counter[tuple[str, str, str]] = Counter()
        for card in self.portal.cards:
            key = (self._stage(card), str(_field(card, "sla_class")), str(_field(card, "verdict")))
            groups[key] += 1
            sums[key] += round(float(card.deal.get("opportunity") or 0))
        rows = tuple((*key, str(groups[key]), _money(sums[key])) for key in sorted(groups))
        heads = tuple(map(self.say, ("stage", "class", "verdict", "count", "sum")))
        return Section(title=self.say("cards"), heads=heads, rows=rows)

    def whole(self) -> Iterator[Section]:
        """One card each of the kinds that show most."""
        for scenario in WHOLE:
            cards = [
                (who.key, card)
                for key, who in self.who.items()
                if who.scenario is scenario
                for card in self.cards_of.get(key, ())
            ]
            if cards:
                yield self._whole(min(cards, key=lambda pair: (pair[0], pair[1].deal["originId"]))[1], scenario)

    def _whole(self, card: Shown, scenario: Scenario) -> Section:
        rows = [
            (self.say("field_stage"), self._stage(card)),
            (self.say("field_class"), str(_field(card, "sla_class") or "–")),
            (self.say("field_verdict"), str(_field(card, "verdict") or "–")),
            (self.say("field_sum"), _money(round(float(card.deal.get("opportunity") or 0)))),
            (self.say("field_assignee"), self.users.get(str(card.deal.get("assignedById")), "–")),
        ]
        for word in ("answer_by", "bot_replied_at", "human_replied_at", "booked_for"):
            if value := _field(card, word):
                label = FIELDS[word][2 if self.locale == "ru" else 3]
                rows.append((label, _local(str(value), self.zone)))
        dialogue = [
            line for row in card.comments for line in row["COMMENT"].splitlines() if not line.startswith("[otk")
        ]
        kind = say(f"scenario_{scenario}", self.locale)
        title = self.say("whole", title=f"{card.deal.get('title', '')} ({kind})")
        return Section(title=title, rows=tuple(rows), notes=("\n".join(dialogue),))

    def proof(self) -> Section:
        chats = self._chats()
        rows = (
            (self.say("chats"), str(len(chats))),
            (self.say("deals"), str(len(chats) - len(self._without_card()))),
            (self.say("received"), str(self._received())),
            (self.say("lines"), str(self._customer_lines())),
            (self.say("leads"), f"{self.portal.leads} / {self.portal.contacts}"),
            (self.say("dead"), str(self.portal.dead)),
        )
        return Section(title=self.say("proof"), rows=rows)

    # --- what is counted

    def _chats(self) -> set[str]:
        return set(self.who) - self.spam

    def _without_card(self) -> set[str]:
        return {key for key in self._chats() if not self.cards_of.get(key)}

    def _unanswered(self) -> set[str]:
        """A form has no chat: whoever sent it is called."""
        replied = self.answered["bot"] | self.answered["human"]
        forms = {key for key, who in self.who.items() if who.scenario is Scenario.FORM}
        return self._chats() - replied - forms

    def _received(self) -> int:
        return sum(
            event.facts.get("author") == "customer" and event.facts.get("kind") in WORDS
            for event in self._of("received")
            if event.conversation_id not in self.spam
        )

    def _customer_lines(self) -> int:
        """By the marks of the lines: each is numbered and says who spoke."""
        return sum(
            SPEAKERS[found.group(2)] == "customer"
            for card in self.portal.cards
            for row in card.comments
            for found in LINE.finditer(row["COMMENT"])
        )

    def _untold(self) -> int:
        """Missed promises of people while not one notice and not one task ever went out."""
        missed = sum(event.facts["what"] == "missed" for event in self._of("clock"))
        heard = self.played.portal["notifications"] or self.played.portal["tasks"]
        return 0 if heard else missed

    def _stage(self, card: Shown) -> str:
        code = str(card.deal.get("stageId", ""))
        return next((str(row["name"]) for row in self.played.portal["stages"] if row["code"] == code), code)


def _field(card: Shown, word: str) -> Any:
    return card.deal.get(_code(card.deal, FIELDS[word][0]), "")


def _code(deal: Mapping[str, Any], code: str) -> str:
    """As the portal's list spells it: one build answers with `ufCrm…`."""
    return (
        code
        if code in deal
        else next((key for key in deal if key.casefold() == code.replace("_", "").casefold()), code)
    )


def _handed(card: Shown) -> str:
    """Why a person is needed, by the card's own state."""
    conversation, _, _ = codec.load_state(str(_field(card, "state")))
    return conversation.enquiry.handed_over if conversation.enquiry else ""


def _promise_order(key: tuple[str, str]) -> tuple[int, int]:
    targets = ("bot_reply", "first_response", "next_response", "first_call", "booking_confirmation", "resolution")
    return targets.index(key[0]), ("hot", "warm", "cold").index(key[1])


def _local(stamp: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(stamp).astimezone(zone).strftime("%d.%m %H:%M")


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} ч {minutes % 60:02} мин" if minutes >= 60 else f"{minutes} мин"


def _money(amount: int) -> str:
    return f"{amount:,}".replace(",", " ")
