"""One turn: a conversation and what lay in its mailbox → everything that follows. Pure.

Learn `take_turn` and you know what the product decides. It never looks at a clock, a network or a setting.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain import (
    escalation,
    phrases,  # noqa: F401  the catalogue's own entries for a turn
    summary,
)
from app.domain.business import Act, Binds, Business
from app.domain.card import Card, Line, Notice, Role, Stage
from app.domain.conversation import HISTORY, SILENCE_ENDS, Conversation, Enquiry, Owner, opened
from app.domain.mail import Answered, Fate, Mail, OutKind, Received, SendOutcome, Undelivered, is_customers
from app.domain.message import InboundMessage, Kind, OutboundMessage, Phone
from app.domain.qualification import Heat, Intent, Reading, Understanding
from app.domain.roster import Roster
from app.domain.sla import Clock, Outcome, Target, cancel, retarget, start_clock, stop
from app.domain.words import say

PRIVACY_VERSION = "2026-11"  # of the privacy line; journalled with the moment it was said

# The customer said something that deserves an answer.
WORDS = frozenset(Kind) - {
    Kind.REACTION, Kind.EDITED, Kind.DELETED, Kind.BLOCKED, Kind.UNBLOCKED, Kind.OPT_OUT, Kind.OPT_IN,
    Kind.IDENTITY, Kind.REFERRAL, Kind.CONNECTION,
}  # fmt: skip
# There is no chat to answer in: a form is called back, a public comment is a person's to answer.
NO_CHAT = frozenset({Kind.FORM, Kind.COMMENT})
# With these the conversation passes to a person as soon as the customer was told so.
PASSED_ON = frozenset({"asked", "complaint", "emergency"})
FORWARD = tuple(Stage)  # a stage only moves forward
FIRST_PROMISES = (Target.FIRST_RESPONSE, Target.FIRST_CALL)
CLOCKS = 12  # of one enquiry that are remembered
HEATS = (None, Heat.COLD, Heat.WARM, Heat.HOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One event of the journal (docs/journal.md): ids and words from closed sets, no personal data."""

    kind: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """One text that leaves through the outbox."""

    kind: OutKind
    message: OutboundMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Everything that a turn decided. `owner`: set only where it changes. `wake_at`: aware, or nothing to wait for."""

    conversation: Conversation
    outs: tuple[Out, ...] = ()
    lines: tuple[Line, ...] = ()
    facts: tuple[Fact, ...] = ()
    card: Card | None = None
    owner: Owner | None = None
    wake_at: datetime | None = None


def take_turn(
    conversation: Conversation | None,
    mails: Sequence[Mail],
    understanding: Understanding | None,
    business: Business,
    *,
    roster: Roster,
    owner: Owner,
    now: datetime,
) -> Turn:
    """conversation    None before the first message
    mails          in order (mail.in_order)
    understanding  of the customer's words among them; None where there are none
    owner          who owned the conversation when it was read
    now            aware; not before any mail's moment
    """
    hand = _Hand(conversation or opened(_first_message(mails)), business, roster, owner, now)
    for mail in mails:
        hand.take(mail)
    if understanding is not None:
        hand.understand(understanding)
    hand.watch()
    return hand.turn()


def answers_itself(conversation: Conversation | None, owner: Owner, business: Business, now: datetime) -> bool:
    """Whether the assistant may answer: no person owns the conversation, or theirs has been silent for too long."""
    if owner is not Owner.PERSON:
        return True
    since = conversation.person_since if conversation else None
    return since is not None and now - since >= business.bot_returns_after


def wants_answer(mails: Sequence[Mail]) -> list[Received]:
    """The customer's words among the mails, in order."""
    return [m for m in mails if isinstance(m, Received) and is_customers(m) and m.message.kind in WORDS]


def _first_message(mails: Sequence[Mail]) -> InboundMessage:
    found = next((mail.message for mail in mails if isinstance(mail, Received)), None)
    if found is None:
        raise ValueError("a conversation begins with a message")
    return found


class _Hand:
    """The working copy of one turn."""

    def __init__(self, start: Conversation, business: Business, roster: Roster, owner: Owner, now: datetime) -> None:
        self.c, self.business, self.roster, self.now = start, business, roster, now
        self.before = start
        self.owner, self.owner_before = owner, owner
        self.outs: list[Out] = []
        self.lines: list[Line] = []
        self.facts: list[Fact] = []
        self.heard: list[Received] = []
        self.answered_at: datetime | None = None  # a person's last answer among the mails
        self.told = False  # there is a reason to bring the card up to date

    # --- what lay in the mailbox

    def take(self, mail: Mail) -> None:
        match mail:
            case Received() if is_customers(mail):
                self._hear(mail)
            case Received():
                self._person_wrote(mail.message.text, mail.at, door="app")
                self._line(mail.at, "person", mail.message.text)
            case Answered():
                self._person_wrote(mail.text, mail.at, door="portal")
            case SendOutcome():
                self._sent(mail)
            case Undelivered():
                self._undelivered(mail.reason, mail.at)

    def _hear(self, mail: Received) -> None:
        message = mail.message
        self.c = _learned(self.c, message)
        match message.kind:
            case Kind.BLOCKED | Kind.UNBLOCKED:
                self.c = replace(self.c, blocked=message.kind is Kind.BLOCKED)
                self._note(mail.at, say(message.kind, self.business.locale))
            case Kind.OPT_OUT | Kind.OPT_IN:
                self.c = replace(self.c, opted_out=message.kind is Kind.OPT_OUT)
                self.facts.append(
                    Fact(kind="opted_out" if self.c.opted_out else "consent", values={"what": "advertising"})
                )
            case Kind.EDITED | Kind.DELETED:
                self._note(mail.at, say(message.kind, self.business.locale, text=message.text))
            case kind if kind in WORDS:
                self._begin(mail)
                self.heard.append(mail)
                self.c = replace(
                    self.c,
                    last_customer_at=max(mail.at, self.c.last_customer_at or mail.at),
                    history=(*self.c.history, ("customer", message.text))[-2 * HISTORY :],
                )
                if message.consent:
                    self.facts.append(Fact(kind="consent", values={"what": "form", "channel": message.channel}))

    def _begin(self, mail: Received) -> None:
        """A message after silence starts an enquiry; the card is the same while its deal is open."""
        enquiry = self.c.enquiry
        last = max(filter(None, (self.c.last_customer_at, self.c.last_ours_at)), default=None)
        silent = last is not None and mail.at - last >= SILENCE_ENDS
        if enquiry is not None and not (silent and not enquiry.running()):
            if enquiry.source is None and mail.message.source:
                self._enquiry(source=mail.message.source)
            return
        number = enquiry.number + 1 if enquiry else 1
        open_card = enquiry if enquiry and enquiry.stage not in (Stage.WON, Stage.LOST, Stage.BOOKED) else None
        card_id = open_card.card_id if open_card else f"{self.c.id}-{number}"
        begun = Enquiry(number=number, card_id=card_id, started_at=mail.at, source=mail.message.source)
        if open_card:
            begun = replace(
                begun,
                lines=open_card.lines,
                stage=open_card.stage,
                assignee=open_card.assignee,
                source=open_card.source or begun.source,
                notices=open_card.notices,
            )
        if begun.assignee is None:
            begun = replace(begun, assignee=self.roster.first_for(card_id))
        self.c = replace(self.c, enquiry=begun)

    def _person_wrote(self, text: str, at: datetime, *, door: str) -> None:
        """A person's answer stops what waits for one."""
        self.answered_at = at
        if self.owner is not Owner.PERSON or self.c.person_since is None:
            self.facts.append(Fact(kind="taken", values={"door": door}))
        self.owner = Owner.PERSON
        self.c = replace(
            self.c, person_since=at, last_ours_at=at, history=(*self.c.history, ("person", text))[-2 * HISTORY :]
        )
        enquiry = self.c.enquiry
        if enquiry is None:
            return
        for clock in enquiry.running():
            self._stop(clock, at)
        self._enquiry(human_replied_at=enquiry.human_replied_at or at)
        self._move(Stage.IN_WORK)
        self._replied("human", at)

    def _sent(self, mail: SendOutcome) -> None:
        who = "person" if mail.kind is OutKind.PERSON else "assistant"
        if mail.fate is Fate.SENT:
            self._line(mail.at, who, mail.text)
            if mail.kind is OutKind.REPLY:
                self._bot_replied(mail)
        elif mail.fate is not Fate.STRUCK:
            self._undelivered(mail.reason or mail.fate, mail.at, mail.text)
        if self.c.enquiry and self.c.enquiry.handed_over in PASSED_ON and mail.kind is OutKind.REPLY:
            self._pass_on(mail.at)

    def _bot_replied(self, mail: SendOutcome) -> None:
        self.c = replace(self.c, last_ours_at=mail.at)
        enquiry = self.c.enquiry
        if enquiry is None:
            return
        for clock in enquiry.running():
            if clock.target is Target.BOT_REPLY or self.business.sla.binds is Binds.ANY:
                self._stop(clock, mail.at)
        first = enquiry.bot_replied_at is None
        self._enquiry(bot_replied_at=enquiry.bot_replied_at or mail.at)
        self._move(Stage.ANSWERED)
        self._replied("bot", mail.at, first=first, doubled=mail.doubled)

    def _replied(self, by: str, at: datetime, *, first: bool | None = None, doubled: bool = False) -> None:
        enquiry = self.c.enquiry
        if enquiry is None:
            return
        already = enquiry.human_replied_at != at if first is None else not first
        values: dict[str, object] = {"by": by, "channel": self.c.channel, "first": not already}
        if not already:
            values["seconds"] = round((at - enquiry.started_at).total_seconds(), 3)
        if doubled:
            values["maybe_doubled"] = True
        self.facts.append(Fact(kind="replied", values=values))
        self.told = True

    def _undelivered(self, reason: str, at: datetime, text: str = "") -> None:
        """A text that did not reach the customer is told where the manager works, never in silence."""
        self._note(at, say("undelivered", self.business.locale, reason=reason, text=text))
        if reason == "blocked":
            self.c = replace(self.c, blocked=True)
            return
        self._notice(f"undelivered@{at.timestamp():.0f}", Role.ASSIGNEE, "notice_undelivered", reason=reason)

    # --- what the customer wants

    def understand(self, understanding: Understanding) -> None:
        reading, enquiry = understanding.reading, self.c.enquiry
        if enquiry is None or not self.heard:
            return
        if reading.intent is Intent.SPAM and enquiry.lines == 0:
            self.c = replace(self.c, spam=True)
            self.facts.append(Fact(kind="closed", values={"reason": "spam"}))
            return
        self.c = replace(self.c, spam=False)
        for mail in self.heard:
            self._line(mail.at, "customer", _shown(mail.message, self.business.locale))
        self._qualify(reading)
        if self._starts_clocks(reading):
            self._promise(reading)
        self._hand_over(understanding.handoff)
        self._reply(understanding)

    def _qualify(self, reading: Reading) -> None:
        enquiry = self._known_enquiry()
        small = reading.intent in (Intent.SMALLTALK, Intent.CONFIRM, Intent.SPAM)
        heat = max(enquiry.heat, reading.heat, key=HEATS.index)
        was_qualified = _is_qualified(self.c, enquiry)
        if reading.phone and not (self.c.phone and self.c.phone.proven):
            self.c = _typed_phone(self.c, reading.phone)
        self.c = replace(
            self.c,
            name=reading.name or self.c.name,
            email=reading.email or self.c.email,
            language=reading.language,
            misunderstood=0 if reading.confident else self.c.misunderstood + 1,
        )
        self._enquiry(
            intent=enquiry.intent if small and enquiry.intent is not Intent.SMALLTALK else reading.intent,
            heat=heat,
            services=reading.services or enquiry.services,
            when=reading.when or enquiry.when,
        )
        enquiry = self._known_enquiry()
        if not was_qualified and _is_qualified(self.c, enquiry):
            self.facts.append(
                Fact(kind="qualified", values={"channel": self.c.channel, "class": enquiry.heat or "cold"})
            )

    def _starts_clocks(self, reading: Reading) -> bool:
        """A polite «спасибо» after an answer starts nothing."""
        enquiry = self._known_enquiry()
        answered = enquiry.bot_replied_at or enquiry.human_replied_at
        return not (answered and reading.intent in (Intent.SMALLTALK, Intent.SPAM))

    def _promise(self, reading: Reading) -> None:
        """Words that a person answered in the same batch waited until then; those after the answer wait now."""
        answered_at = self.answered_at
        before = [mail for mail in self.heard if answered_at and mail.at <= answered_at]
        waited = self.before.enquiry is not None and any(
            clock.target in escalation.HUMAN_TARGETS for clock in self.before.enquiry.running()
        )
        if answered_at and before and not waited:
            self._start_clocks(before, reading)
            for clock in self._known_enquiry().running():
                self._stop(clock, answered_at)
        if after := [mail for mail in self.heard if mail not in before]:
            self._start_clocks(after, reading)

    def _start_clocks(self, heard: Sequence[Received], reading: Reading) -> None:
        enquiry = self._known_enquiry()
        at = min(mail.at for mail in heard)
        chat = [mail for mail in heard if mail.message.kind not in NO_CHAT]
        running = {clock.target for clock in enquiry.running()}
        if chat and self.answers and Target.BOT_REPLY not in running:
            self._start(Target.BOT_REPLY, at)
        human = enquiry.clock(Target.FIRST_RESPONSE) or enquiry.clock(Target.FIRST_CALL)
        if human is None:
            self._start(Target.FIRST_RESPONSE if chat else Target.FIRST_CALL, at)
        elif human.stopped_at is not None and Target.NEXT_RESPONSE not in running:
            self._start(Target.NEXT_RESPONSE, at)
        elif reading.heat:
            self._retarget(reading.heat, heard[0].at, reading.when.earliest if reading.when else None)

    @property
    def answers(self) -> bool:
        if self.answered_at or self.owner is not self.owner_before:  # a person came among these mails
            return False
        return answers_itself(self.before, self.owner_before, self.business, self.now)

    def _start(self, target: Target, at: datetime) -> None:
        enquiry = self._known_enquiry()
        wanted = enquiry.when.earliest if enquiry.when else None
        clock = start_clock(
            target,
            at=at,
            heat=enquiry.heat,
            policy=self.business.sla,
            calendar=self.business.calendar,
            wanted_visit=wanted if target is not Target.BOT_REPLY else None,
        )
        self._enquiry(clocks=_kept((*enquiry.clocks, clock)))
        self._clock_fact(clock, "started")

    def _retarget(self, heat: Heat, at: datetime, visit: datetime | None) -> None:
        enquiry, sla, calendar = self._known_enquiry(), self.business.sla, self.business.calendar
        wanted = visit if visit and visit > at else None
        clocks = tuple(
            retarget(clock, heat, sla, calendar, at=at, wanted_visit=wanted)
            if clock.target in (Target.FIRST_RESPONSE, Target.NEXT_RESPONSE)
            else clock
            for clock in enquiry.clocks
        )
        self._enquiry(clocks=clocks)

    def _hand_over(self, reason: str) -> None:
        if not reason or self.owner is Owner.PERSON:
            return
        self._enquiry(handed_over=reason)
        self._move(Stage.WAITING)
        self._notice(f"handoff:{reason}@{self.now.timestamp():.0f}", Role.ASSIGNEE, "notice_handoff", reason=reason)

    def _pass_on(self, at: datetime) -> None:
        if self.owner is not Owner.PERSON:
            self.owner = Owner.PERSON
            self.c = replace(self.c, person_since=at)
            self.facts.append(Fact(kind="taken", values={"door": "handoff"}))

    def _reply(self, understanding: Understanding) -> None:
        """One answer for the whole burst, unless a person owns the conversation or there is no chat to answer in."""
        chat = [mail for mail in self.heard if mail.message.kind not in NO_CHAT]
        if not chat or self.c.blocked or not self.answers:
            return
        if self.owner is Owner.PERSON:
            self.facts.append(Fact(kind="returned", values={"rule": "silence"}))
        self.owner = Owner.BOT
        enquiry = self._known_enquiry()
        text = understanding.reply
        if not text and enquiry.bot_replied_at is None and enquiry.human_replied_at is None:
            text = say("greeting", self.c.language, name=self.business.name)
        if not text:
            self._enquiry(clocks=tuple(self._without_bot_promise()))
            return
        if self.c.privacy_said_at is None:
            text = f"{text}\n\n{self._privacy_line()}"
            self.c = replace(self.c, privacy_said_at=self.now)
            self.facts.append(Fact(kind="consent", values={"what": "privacy_line", "version": PRIVACY_VERSION}))
        asks = understanding.asks
        self.outs.append(Out(kind=OutKind.REPLY, message=OutboundMessage(text=text, ask_phone=asks == "phone")))
        self.facts.append(
            Fact(kind="drafted", values={"source": understanding.by, "guards": list(understanding.guards)})
        )
        self.c = replace(
            self.c,
            greeted=True,
            asked=(*self.c.asked, asks)[-8:] if asks else self.c.asked,
            history=(*self.c.history, ("assistant", understanding.reply or text))[-2 * HISTORY :],
        )

    def _privacy_line(self) -> str:
        url = f" {self.business.privacy_url}" if self.business.privacy_url else ""
        return say("privacy_line", self.c.language, name=self.business.name) + url

    def _without_bot_promise(self) -> list[Clock]:
        """Nothing need be said, so nothing was promised."""
        clocks = self._known_enquiry().clocks
        return [
            cancel(clock, self.now) if clock.target is Target.BOT_REPLY and clock.stopped_at is None else clock
            for clock in clocks
        ]

    # --- what the clocks say

    def watch(self) -> None:
        """Deadlines that have passed, and the steps of the ladder that are due."""
        if self.c.enquiry is None or self.c.spam:
            return
        enquiry, missed = escalation.judge(self.c.enquiry, self.now)
        self.c = replace(self.c, enquiry=enquiry)
        for clock in missed:
            self._clock_fact(clock, "missed")
        for due in escalation.steps_due(enquiry, self.business, self.now):
            self._enquiry(steps_done=escalation.done(self._known_enquiry(), due.key))
            self.facts.append(Fact(kind="escalated", values={"target": due.clock.target, "step": due.number}))
            for act in due.step.acts:
                self._act(act, due)

    def _act(self, act: Act, due: escalation.Due) -> None:
        late = due.step.after >= 1
        match act:
            case Act.REMIND_ASSIGNEE:
                self._notice(f"{due.key}:{act}", Role.ASSIGNEE, "notice_late" if late else "notice_soon", due=due)
            case Act.NOTIFY_SUPERVISOR:
                bot = due.clock.target is Target.BOT_REPLY
                self._notice(
                    f"{due.key}:{act}", Role.SUPERVISOR, "notice_bot_failed" if bot else "notice_late", due=due
                )
            case Act.NOTIFY_OWNER:
                self._notice(f"{due.key}:{act}", Role.OWNER, "notice_late", due=due)
            case Act.CREATE_TASK:
                self._notice(f"{due.key}:{act}", Role.ASSIGNEE, "task_late", due=due, task=True)
            case Act.REASSIGN_NEXT:
                self._reassign(due)
            case Act.APOLOGISE:
                self._apologise()

    def _reassign(self, due: escalation.Due) -> None:
        enquiry = self._known_enquiry()
        had = (*enquiry.tried, *((enquiry.assignee,) if enquiry.assignee else ()))
        taker = self.roster.next_after(enquiry.assignee, had)
        if taker is not None:
            self._enquiry(assignee=taker, tried=had)
            self._notice(f"{due.key}:taker", Role.ASSIGNEE, "notice_yours", due=due)

    def _apologise(self) -> None:
        if self._known_enquiry().apologised or self.owner is Owner.PERSON or self.c.blocked:
            return
        self._enquiry(apologised=True)
        text = say("apology", self.c.language)
        self.outs.append(Out(kind=OutKind.APOLOGY, message=OutboundMessage(text=text)))

    # --- small tools

    def _known_enquiry(self) -> Enquiry:
        if self.c.enquiry is None:
            raise ValueError("the conversation has no enquiry")
        return self.c.enquiry

    def _enquiry(self, **changes: object) -> None:
        self.c = replace(self.c, enquiry=replace(self._known_enquiry(), **changes))  # type: ignore[arg-type]
        self.told = True

    def _move(self, stage: Stage) -> None:
        if FORWARD.index(stage) > FORWARD.index(self._known_enquiry().stage):
            self._enquiry(stage=stage)

    def _stop(self, clock: Clock, at: datetime) -> None:
        stopped = stop(clock, at)
        enquiry = self._known_enquiry()
        self._enquiry(clocks=tuple(stopped if each == clock else each for each in enquiry.clocks))
        if clock.outcome is Outcome.RUNNING:
            self._clock_fact(stopped, "met" if stopped.outcome is Outcome.MET else "missed")

    def _clock_fact(self, clock: Clock, what: str) -> None:
        values: dict[str, object] = {
            "target": clock.target,
            "class": clock.sla_class,
            "what": what,
            "manager": self._known_enquiry().assignee,
        }
        self.facts.append(Fact(kind="clock", values=values))

    def _line(self, at: datetime, who: str, text: str) -> None:
        if self.c.enquiry is None or self.c.spam:
            return
        number = self.c.enquiry.lines + 1
        self._enquiry(lines=number)
        self.lines.append(Line(number=number, at=at, who=who, text=text))

    def _note(self, at: datetime, text: str) -> None:
        self._line(at, "note", text)

    def _notice(
        self,
        key: str,
        role: Role,
        words: str,
        *,
        due: escalation.Due | None = None,
        task: bool = False,
        **values: str,
    ) -> None:
        if self.c.enquiry is None:
            return
        enquiry = self.c.enquiry
        user = {
            Role.ASSIGNEE: enquiry.assignee,
            Role.SUPERVISOR: self.roster.supervisor,
            Role.OWNER: self.roster.owner,
        }[role]
        facts = {
            "title": summary.title_of(self.c, enquiry, self.business),
            "since": _local(due.clock.started_at if due else self.now, self.business),
            "due": _local(due.clock.due_at if due else self.now, self.business),
            **values,
        }
        text = say(words, self.business.locale, seed=0, **facts)
        notice = Notice(id=key, role=role, user=user, text=text, task=task, at=self.now)
        self._enquiry(notices=(*enquiry.notices, notice)[-20:])

    def turn(self) -> Turn:
        enquiry = self.c.enquiry
        wake = escalation.next_wake(enquiry, self.business, self.now) if enquiry and not self.c.spam else None
        changed = self.told or self.lines
        return Turn(
            conversation=self.c,
            outs=tuple(self.outs),
            lines=tuple(self.lines),
            facts=tuple(self.facts),
            card=summary.card_of(self.c, self.business, self.owner) if changed else None,
            owner=self.owner if self.owner is not self.owner_before else None,
            wake_at=wake,
        )


def _learned(conversation: Conversation, message: InboundMessage) -> Conversation:
    """What the messenger itself tells of the customer. A proven phone is never replaced by a typed one."""
    phone = conversation.phone
    if message.phone and not (phone and phone.proven and not message.phone.proven):
        phone = message.phone
    return replace(
        conversation,
        name=conversation.name or message.name,
        username=message.username or conversation.username,
        phone=phone,
        email=message.email or conversation.email,
        chat_id=message.chat_id or conversation.chat_id,
        connection_id=message.connection_id or conversation.connection_id,
        blocked=conversation.blocked and message.kind not in WORDS,
    )


def _kept(clocks: tuple[Clock, ...]) -> tuple[Clock, ...]:
    """Those that run, the first promise and the first miss of each target always; of the rest the newest."""
    misses = {clock.target: clock for clock in reversed(clocks) if clock.outcome is Outcome.MISSED}.values()
    spare = [
        clock for clock in clocks if clock.stopped_at and clock.target not in FIRST_PROMISES and clock not in misses
    ]
    gone = spare[: max(0, len(clocks) - CLOCKS)]
    return tuple(clock for clock in clocks if clock not in gone)


def _typed_phone(conversation: Conversation, number: str) -> Conversation:
    return replace(conversation, phone=Phone(number=number))


def _is_qualified(conversation: Conversation, enquiry: Enquiry) -> bool:
    """A service is known, there is a way to reach the customer, and they wish to come."""
    reachable = bool(conversation.phone or conversation.email or conversation.channel != "site")
    return (
        bool(enquiry.services) and reachable and enquiry.intent in (Intent.BOOKING, Intent.CONFIRM, Intent.RESCHEDULE)
    )


def _shown(message: InboundMessage, locale: str) -> str:
    """A message as the dialogue shows it: words, and what cannot be shown as words in brackets."""
    label = "" if message.kind in (Kind.TEXT, Kind.START, Kind.FORM) else say(f"shown_{message.kind}", locale)
    names = ", ".join(filter(None, (attachment.name or attachment.url for attachment in message.attachments)))
    parts = [f"[{label}{': ' + names if names else ''}]" if label else "", message.text]
    return " ".join(part for part in parts if part) or f"[{say(f'kind_{message.kind}', locale)}]"


def _local(at: datetime, business: Business) -> str:
    return at.astimezone(ZoneInfo(business.zone)).strftime("%d.%m %H:%M")
