"""What lay in the mailbox: the customer's messages, people's answers, what became of ours."""

from dataclasses import replace
from datetime import datetime

from app.domain import clockwork, consent, invitations, joining, news, pressing, staff, telling, touching, ways
from app.domain.card import Stage
from app.domain.conversation import HISTORY, Conversation, Enquiry, Owner
from app.domain.decision import Fact
from app.domain.desk import Desk
from app.domain.mail import (
    Absence,
    Answered,
    BookingOutcome,
    Fate,
    Folded,
    Joined,
    Mail,
    OutKind,
    PortalNews,
    Pressed,
    Received,
    Seen,
    SendOutcome,
    Undelivered,
    Vacancy,
    is_customers,
    was_typed_in_chat,
)
from app.domain.message import WORDS, InboundMessage, Kind
from app.domain.qualification import Invited
from app.domain.sla import Target
from app.domain.visits import absences, booking_turn, reminding, waiting
from app.domain.visits.openings import standing
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
            desk.line(mail.at, "person", mail.message.text, way=ways.of(desk.c, mail.message).id)
        case Answered():
            _person_wrote(desk, mail.text, mail.at, door="portal")
        case Pressed():
            pressing.take(desk, mail)
        case PortalNews():
            news.take(desk, mail)
            if mail.is_a_sign:
                _person_acted(desk, mail)
        case SendOutcome():
            _sent(desk, mail)
        case Undelivered():
            if not reminding.lost(desk, mail):
                _undelivered(desk, mail.reason, mail.at, way=mail.way)
        case Seen():
            reminding.seen(desk, mail)
        case BookingOutcome():
            booking_turn.hear(desk, mail)
        case Vacancy():
            waiting.hear(desk, mail)
        case Absence():
            absences.hear(desk, mail)
        case Joined():
            joining.hear(desk, mail)
        case Folded():
            joining.folded(desk, mail)


def _hear(desk: Desk, mail: Received) -> None:
    message = mail.message
    if staff.is_ours(desk, message):
        staff.hear(desk, message)
        return
    spoken, here = ways.spoken(desk.c), ways.of(desk.c, message)
    is_new = ways.way(desk.c, here.id) is None
    desk.c = _learned(ways.turned(ways.added(desk.c, here), here.id), message)
    _take_in(desk, mail, spoken)
    if message.kind not in WORDS:
        desk.c = ways.turned(desk.c, spoken)
    if is_new:
        joining.new_way(desk, here, mail.at)


def _take_in(desk: Desk, mail: Received, spoken: str) -> None:
    """`spoken`: messenger that the customer wrote in before."""
    message = mail.message
    match message.kind:
        case Kind.BLOCKED | Kind.UNBLOCKED:
            desk.c = replace(desk.c, blocked=message.kind is Kind.BLOCKED)
            if desk.c.blocked and ways.spoken(desk.c) == spoken:
                clockwork.blocked(desk, mail.at)
            desk.note(mail.at, say(message.kind, desk.business.locale))
        case Kind.OPT_OUT | Kind.OPT_IN:
            invitations.decide(desk, Invited.STOP if message.kind is Kind.OPT_OUT else Invited.YES, door="messenger")
        case Kind.EDITED | Kind.DELETED:
            desk.note(mail.at, say(message.kind, desk.business.locale, text=message.text))
        case kind if kind in WORDS:
            _begin(desk, mail)
            desk.heard.append(mail)
            desk.c = replace(
                ways.wrote(desk.c, mail.at),
                history=(*desk.c.history, ("customer", message.text))[-2 * HISTORY :],
            )
            if message.consent:
                desk.facts.append(Fact(kind="consent", values={"what": "form", "channel": message.channel}))
            if message.invites:
                invitations.decide(desk, Invited.YES, door="form")


def _begin(desk: Desk, mail: Received) -> None:
    """A message after silence starts an enquiry; the card is the same while its deal is open."""
    enquiry = desk.c.enquiry
    last = max(filter(None, (desk.c.last_customer_at, desk.c.last_ours_at)), default=None)
    if enquiry is not None and not enquiry.has_ended and not desk.c.fell_silent(mail.at):
        if enquiry.source is None and mail.message.source:
            desk.change(source=mail.message.source)
        return
    if enquiry is not None:
        clockwork.cancel(desk, (Target.RESOLUTION,), last or mail.at)
    over = news.ENDED if standing(desk.c, mail.at) else (*news.ENDED, Stage.BOOKED)
    begin_anew(desk, mail, enquiry if enquiry and enquiry.stage not in over else None)


def begin_anew(desk: Desk, mail: Received, open_card: Enquiry | None = None) -> None:
    """Another enquiry, on the card of `open_card` or on one of its own. Who returns reaches the manager they know."""
    if open_card:
        begun = open_card.again(mail.at)
        begun = replace(begun, source=begun.source or mail.message.source)
    else:
        number = desk.c.enquiry.number + 1 if desk.c.enquiry else 1
        card_id = f"{desk.c.id}-{number}"
        begun = Enquiry(number=number, card_id=card_id, started_at=mail.at, source=mail.message.source)
    if begun.assignee is None:
        known = desk.c.enquiry.assignee if desk.c.enquiry else None
        theirs = known if desk.roster.still_works(known, desk.now) else None
        begun = replace(begun, assignee=theirs or desk.roster.first_for(begun.card_id, desk.now, desk.business))
    desk.c = replace(desk.c, enquiry=begun)


def _person_wrote(desk: Desk, text: str, at: datetime, *, door: str) -> None:
    _person_answered(desk, at, door=door)
    desk.c = replace(desk.c, history=(*desk.c.history, ("person", text))[-2 * HISTORY :])


def _person_acted(desk: Desk, mail: PortalNews) -> None:
    """A call answers the customer at its own time; a deal put into work answers nobody, but is a person's now."""
    if mail.called_at is None:
        _pass_on(desk, mail.at, door="stage")
    elif desk.c.enquiry and mail.called_at >= desk.c.enquiry.started_at:
        desk.note(mail.at, say("called", desk.business.locale))
        _person_answered(desk, mail.called_at, door="call")


def _person_answered(desk: Desk, at: datetime, *, door: str) -> None:
    """A person's answer stops what waits for one."""
    desk.answered_at = at
    if desk.owner is not Owner.PERSON or desk.c.person_since is None:
        desk.facts.append(Fact(kind="taken", values={"door": door}))
    desk.owner = Owner.PERSON
    consent.unsaid(desk)
    desk.c = replace(desk.c, person_since=at, last_ours_at=at)
    enquiry = desk.c.enquiry
    if enquiry is None:
        return
    (clockwork.called if door == "call" else clockwork.person_answered)(desk, at)
    desk.change(human_replied_at=enquiry.human_replied_at or at, accepted_at=None)
    desk.move(Stage.IN_WORK)
    _replied(desk, "human", at)


def _sent(desk: Desk, mail: SendOutcome) -> None:
    consent.heard_outcome(desk, mail)
    if mail.kind is OutKind.INVITATION:
        invitations.heard_outcome(desk, mail)
    who = "person" if mail.kind is OutKind.PERSON else "assistant"
    if mail.kind is OutKind.REMINDER:
        reminding.outcome(desk, mail)
    elif mail.fate is Fate.SENT:
        shown, way = was_typed_in_chat(mail.outbox_id), mail.way or desk.c.id
        desk.line(mail.at, who, mail.text, ref=mail.outbox_id, shown=shown, way=way)
        if mail.kind in ANSWERS:
            _bot_replied(desk, mail)
    elif mail.kind is OutKind.FOLLOW_UP and mail.fate is not Fate.STRUCK:
        touching.failed(desk, mail)
    elif mail.kind is not OutKind.INVITATION and not waiting.unsaid(desk, mail) and mail.fate is not Fate.STRUCK:
        _undelivered(desk, mail.reason or mail.fate, mail.at, mail.text, way=mail.way or desk.c.id)
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


def _pass_on(desk: Desk, at: datetime, *, door: str = "handoff") -> None:
    if desk.owner is not Owner.PERSON or desk.c.person_since is None:
        desk.owner = Owner.PERSON
        desk.c = replace(desk.c, person_since=at)
        desk.facts.append(Fact(kind="taken", values={"door": door}))


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


def _undelivered(desk: Desk, reason: str, at: datetime, text: str = "", *, way: str = "") -> None:
    """A text that did not reach the customer is told where the manager works, never in silence."""
    told = say("undelivered", desk.business.locale, reason=desk.reason(reason), text=text)
    desk.note(at, f"{told}\n{_cure(desk, reason)}")
    if reason == "blocked" and desk.c.ways and way != ways.spoken(desk.c):
        desk.c = ways.blocked(desk.c, way)  # they write elsewhere, and are answered there
        return
    if reason == "blocked":
        clockwork.blocked(desk, at)
        return
    if desk.c.enquiry is not None:
        telling.ask(desk, f"undelivered@{at.timestamp():.0f}", "notice_undelivered", reason)


def _cure(desk: Desk, reason: str) -> str:
    """What the manager may do now, with the number to call where we have one."""
    key = f"cure_{reason}" if f"cure_{reason}" in CATALOGUE else "cure_other"
    phone = f" {desk.c.phone.number}" if desk.c.phone else ""
    return say(key, desk.business.locale, phone=phone)


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
