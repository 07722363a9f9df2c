"""What lay in the mailbox: the customer's messages, people's answers, what became of ours."""

from dataclasses import replace
from datetime import datetime

from app.domain import booking_turn, clockwork, consent, pressing, staff, telling, touching
from app.domain.card import Stage
from app.domain.conversation import HISTORY, SILENCE_ENDS, Conversation, Enquiry, Owner
from app.domain.decision import Fact
from app.domain.desk import Desk
from app.domain.mail import (
    Answered,
    BookingOutcome,
    Fate,
    Mail,
    OutKind,
    Pressed,
    Received,
    SendOutcome,
    Undelivered,
    is_customers,
)
from app.domain.message import WORDS, InboundMessage, Kind
from app.domain.openings import standing
from app.domain.sla import Target
from app.domain.words import CATALOGUE, say

# With these the conversation passes to a person as soon as the customer was told so.
PASSED_ON = frozenset({"asked", "complaint", "emergency"})
ANSWERS = (OutKind.REPLY, OutKind.OFFER, OutKind.CONFIRMATION)  # each of these is our answer to what was asked


def take(desk: Desk, mail: Mail) -> None:
    match mail:
        case Received() if is_customers(mail):
            _hear(desk, mail)
        case Received():
            _person_wrote(desk, mail.message.text, mail.at, door="app")
            desk.line(mail.at, "person", mail.message.text)
        case Answered():
            _person_wrote(desk, mail.text, mail.at, door="portal")
        case Pressed():
            pressing.take(desk, mail)
        case SendOutcome():
            _sent(desk, mail)
        case Undelivered():
            _undelivered(desk, mail.reason, mail.at)
        case BookingOutcome():
            booking_turn.hear(desk, mail)


def _hear(desk: Desk, mail: Received) -> None:
    message = mail.message
    if staff.is_ours(desk, message):
        staff.hear(desk, message)
        return
    desk.c = _learned(desk.c, message)
    match message.kind:
        case Kind.BLOCKED | Kind.UNBLOCKED:
            desk.c = replace(desk.c, blocked=message.kind is Kind.BLOCKED)
            if desk.c.blocked:
                clockwork.blocked(desk, mail.at)
            desk.note(mail.at, say(message.kind, desk.business.locale))
        case Kind.OPT_OUT | Kind.OPT_IN:
            stops = message.kind is Kind.OPT_OUT
            desk.c = replace(desk.c, opted_out=stops, advertising=not stops)
            desk.facts.append(Fact(kind="opted_out" if desk.c.opted_out else "consent", values={"what": "advertising"}))
        case Kind.EDITED | Kind.DELETED:
            desk.note(mail.at, say(message.kind, desk.business.locale, text=message.text))
        case kind if kind in WORDS:
            _begin(desk, mail)
            desk.heard.append(mail)
            desk.c = replace(
                desk.c,
                last_customer_at=max(mail.at, desk.c.last_customer_at or mail.at),
                history=(*desk.c.history, ("customer", message.text))[-2 * HISTORY :],
            )
            if message.consent:
                desk.facts.append(Fact(kind="consent", values={"what": "form", "channel": message.channel}))


def _begin(desk: Desk, mail: Received) -> None:
    """A message after silence starts an enquiry; the card is the same while its deal is open."""
    enquiry = desk.c.enquiry
    last = max(filter(None, (desk.c.last_customer_at, desk.c.last_ours_at)), default=None)
    silent = last is not None and mail.at - last >= SILENCE_ENDS
    waits = enquiry is not None and any(clock.target is not Target.RESOLUTION for clock in enquiry.running())
    if enquiry is not None and not (silent and not waits):
        if enquiry.source is None and mail.message.source:
            desk.change(source=mail.message.source)
        return
    if enquiry is not None:
        clockwork.cancel(desk, (Target.RESOLUTION,), last or mail.at)
    over = (Stage.WON, Stage.LOST) if standing(desk.c, mail.at) else (Stage.WON, Stage.LOST, Stage.BOOKED)
    begin_anew(desk, mail, enquiry if enquiry and enquiry.stage not in over else None)


def begin_anew(desk: Desk, mail: Received, open_card: Enquiry | None = None) -> None:
    """Another enquiry, on the card of `open_card` or on one of its own."""
    number = desk.c.enquiry.number + 1 if desk.c.enquiry else 1
    card_id = open_card.card_id if open_card else f"{desk.c.id}-{number}"
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
        begun = replace(begun, assignee=desk.roster.first_for(card_id, desk.now, desk.business))
    desk.c = replace(desk.c, enquiry=begun)


def _person_wrote(desk: Desk, text: str, at: datetime, *, door: str) -> None:
    """A person's answer stops what waits for one."""
    desk.answered_at = at
    if desk.owner is not Owner.PERSON or desk.c.person_since is None:
        desk.facts.append(Fact(kind="taken", values={"door": door}))
    desk.owner = Owner.PERSON
    consent.unsaid(desk)
    desk.c = replace(
        desk.c, person_since=at, last_ours_at=at, history=(*desk.c.history, ("person", text))[-2 * HISTORY :]
    )
    enquiry = desk.c.enquiry
    if enquiry is None:
        return
    clockwork.person_answered(desk, at)
    desk.change(human_replied_at=enquiry.human_replied_at or at, accepted_at=None)
    desk.move(Stage.IN_WORK)
    _replied(desk, "human", at)


def _sent(desk: Desk, mail: SendOutcome) -> None:
    consent.heard_outcome(desk, mail)
    who = "person" if mail.kind is OutKind.PERSON else "assistant"
    if mail.fate is Fate.SENT:
        desk.line(mail.at, who, mail.text, ref=mail.outbox_id)
        if mail.kind in ANSWERS:
            _bot_replied(desk, mail)
    elif mail.kind is OutKind.FOLLOW_UP and mail.fate is not Fate.STRUCK:
        touching.failed(desk, mail)
    elif mail.fate is not Fate.STRUCK:
        _undelivered(desk, mail.reason or mail.fate, mail.at, mail.text)
    if desk.c.enquiry and desk.c.enquiry.handed_over in PASSED_ON and mail.kind is OutKind.REPLY:
        _pass_on(desk, mail.at)


def _bot_replied(desk: Desk, mail: SendOutcome) -> None:
    desk.c = replace(desk.c, last_ours_at=mail.at)
    enquiry = desk.c.enquiry
    if enquiry is None:
        return
    clockwork.bot_answered(desk, mail.at)
    first = enquiry.bot_replied_at is None
    desk.change(bot_replied_at=enquiry.bot_replied_at or mail.at)
    desk.move(Stage.ANSWERED)
    _replied(desk, "bot", mail.at, first=first, doubled=mail.doubled)


def _pass_on(desk: Desk, at: datetime) -> None:
    if desk.owner is not Owner.PERSON:
        desk.owner = Owner.PERSON
        desk.c = replace(desk.c, person_since=at)
        desk.facts.append(Fact(kind="taken", values={"door": "handoff"}))


def _replied(desk: Desk, by: str, at: datetime, *, first: bool | None = None, doubled: bool = False) -> None:
    enquiry = desk.c.enquiry
    if enquiry is None:
        return
    already = enquiry.human_replied_at != at if first is None else not first
    values: dict[str, object] = {"by": by, "channel": desk.c.channel, "first": not already}
    if not already:
        values["seconds"] = round((at - enquiry.started_at).total_seconds(), 3)
    if doubled:
        values["maybe_doubled"] = True
    desk.facts.append(Fact(kind="replied", values=values))
    desk.told = True


def _undelivered(desk: Desk, reason: str, at: datetime, text: str = "") -> None:
    """A text that did not reach the customer is told where the manager works, never in silence."""
    cure = f"undelivered_{reason}" if f"undelivered_{reason}" in CATALOGUE else "undelivered_otherwise"
    told = say("undelivered", desk.business.locale, reason=desk.reason(reason), text=text)
    desk.note(at, f"{told}\n{say(cure, desk.business.locale)}")
    if reason == "blocked":
        clockwork.blocked(desk, at)
        return
    if desk.c.enquiry is not None:
        telling.ask(desk, f"undelivered@{at.timestamp():.0f}", "notice_undelivered", reason)


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
