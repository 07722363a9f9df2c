"""What the customer wants: facts of the lead, clocks that start, a person who is asked, one reply."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain import clockwork, escalation, hearing, invitations, modes, ways
from app.domain.business import Mode
from app.domain.card import Stage
from app.domain.conversation import Conversation, Enquiry, Owner
from app.domain.decision import Fact, Said
from app.domain.desk import Desk
from app.domain.mail import OutKind, Received
from app.domain.message import InboundMessage, Kind, Phone
from app.domain.qualification import Intent, Reading, Understanding, hotter
from app.domain.sla import Target
from app.domain.speaking import hand_over, speak
from app.domain.visits import attending, booking_turn, waiting
from app.domain.visits.visit import Openings
from app.domain.words import say

# There is no chat to answer in: a form is called back, a public comment is a person's to answer.
NO_CHAT = frozenset({Kind.FORM, Kind.COMMENT})


def understand(desk: Desk, understanding: Understanding, openings: Openings | None = None) -> None:
    understanding = waiting.understood(understanding, openings)
    reading, enquiry = understanding.reading, desk.c.enquiry
    if enquiry is None or not desk.heard:
        return
    if reading.intent is Intent.SPAM and enquiry.lines == 0:
        desk.c = replace(desk.c, spam=True)
        desk.facts.append(Fact(kind="closed", values={"reason": "spam"}))
        return
    desk.c = replace(desk.c, spam=False)
    if reading.intent is Intent.BOOKING and enquiry.stage in (Stage.WON, Stage.LOST):
        hearing.begin_anew(desk, desk.heard[0])
    for mail in desk.heard:
        shown = _shown(mail.message, desk.business.locale)
        way = ways.of(desk.c, mail.message).id
        desk.line(mail.at, "customer", shown, files=mail.message.attachments, way=way)
    understanding, own = invitations.take(desk, understanding)
    settled = own is not None
    if not settled:
        understanding, settled, own = attending.take(desk, understanding, openings)
    reading = understanding.reading
    owed = not settled and _starts_clocks(desk, reading)
    _qualify(desk, reading, heats=owed)
    if owed:
        _promise(desk, reading)
    hand_over(desk, understanding.handoff)
    _reply(desk, understanding, openings, own)


def _qualify(desk: Desk, reading: Reading, *, heats: bool) -> None:
    """`heats`: an answer is owed. What asks for none wakes nobody by night, and no promise tells the journal of it."""
    enquiry = desk.open_enquiry()
    small = reading.intent in (Intent.SMALLTALK, Intent.CONFIRM, Intent.SPAM)
    heat = hotter(enquiry.heat, reading.heat) if heats else enquiry.heat
    was_qualified = _is_qualified(desk.c, enquiry)
    if reading.phone and not (desk.c.phone and desk.c.phone.proven):
        desk.c = _typed_phone(desk.c, reading.phone)
    desk.c = replace(
        desk.c,
        name=reading.name or desk.c.name,
        email=reading.email or desk.c.email,
        language=reading.language,
        misunderstood=0 if reading.confident else desk.c.misunderstood + 1,
    )
    desk.change(
        intent=enquiry.intent if small and enquiry.intent is not Intent.SMALLTALK else reading.intent,
        heat=heat,
        services=reading.services or enquiry.services,
        when=reading.when or enquiry.when,
    )
    enquiry = desk.open_enquiry()
    if not was_qualified and _is_qualified(desk.c, enquiry):
        desk.facts.append(Fact(kind="qualified", values={"channel": desk.c.channel, "class": enquiry.heat or "cold"}))


def _starts_clocks(desk: Desk, reading: Reading) -> bool:
    """A polite «спасибо» after an answer starts nothing."""
    enquiry = desk.open_enquiry()
    answered = enquiry.bot_replied_at or enquiry.human_replied_at
    return not (answered and reading.intent in (Intent.SMALLTALK, Intent.SPAM))


def _promise(desk: Desk, reading: Reading) -> None:
    """Words that a person answered in the same batch waited until then; those after the answer wait now."""
    answered_at = desk.answered_at
    before = [mail for mail in desk.heard if answered_at and mail.at <= answered_at]
    waited = desk.before.enquiry is not None and any(
        clock.target in escalation.HUMAN_TARGETS for clock in desk.before.enquiry.running()
    )
    if answered_at and before and not waited:
        _start_clocks(desk, before, reading)
        clockwork.person_answered(desk, answered_at)
    if after := [mail for mail in desk.heard if mail not in before]:
        _start_clocks(desk, after, reading)


def _start_clocks(desk: Desk, heard: Sequence[Received], reading: Reading) -> None:
    at = min(mail.at for mail in heard)
    chat = [mail for mail in heard if mail.message.kind not in NO_CHAT]
    clockwork.customer_wrote(desk, at)
    if chat and desk.answers:
        clockwork.start(desk, Target.BOT_REPLY, at)
    enquiry = desk.open_enquiry()
    human = enquiry.clock(Target.FIRST_RESPONSE) or enquiry.clock(Target.FIRST_CALL)
    waits = any(clock.target is Target.NEXT_RESPONSE for clock in enquiry.running())
    if human is None:
        clockwork.start(desk, Target.FIRST_RESPONSE if chat else Target.FIRST_CALL, at)
    elif human.stopped_at is not None and not waits:
        clockwork.start(desk, Target.NEXT_RESPONSE, at)
    elif reading.heat:
        clockwork.retarget(desk, reading.heat, heard[0].at, reading.when.earliest if reading.when else None)
    if chat and _gave_a_phone(heard, reading) and enquiry.clock(Target.FIRST_CALL) is None:
        clockwork.start(desk, Target.FIRST_CALL, at)


def _gave_a_phone(heard: Sequence[Received], reading: Reading) -> bool:
    """Not one that the messenger itself knows: whoever gives a number expects a call."""
    return bool(reading.phone) or any(mail.message.kind is Kind.CONTACT for mail in heard)


def _reply(desk: Desk, understanding: Understanding, openings: Openings | None, own: Said | None) -> None:
    """One answer for the whole burst, unless a person owns the conversation or there is no chat to answer in."""
    chat = [mail for mail in desk.heard if mail.message.kind not in NO_CHAT]
    if not chat or desk.c.blocked or not desk.drafts:
        return
    if desk.mode is Mode.SUGGEST:
        modes.suggest(desk, understanding.reply)
        return
    if desk.owner is Owner.PERSON:
        desk.facts.append(Fact(kind="returned", values={"rule": "silence"}))
    desk.owner = Owner.BOT
    said = own or booking_turn.answer(desk, understanding, openings)
    if said.waits:
        return
    enquiry, text = desk.open_enquiry(), said.text
    if not text and enquiry.bot_replied_at is None and enquiry.human_replied_at is None:
        text = say("greeting", desk.c.language, name=desk.business.name)
    if not text:
        clockwork.cancel(desk, (Target.BOT_REPLY,), desk.now)  # nothing need be said, so nothing was promised
        return
    speak(desk, OutKind.REPLY, text, buttons=said.buttons, asks=said.asks, remembered=said.text)
    desk.facts.append(Fact(kind="drafted", values={"source": understanding.by, "guards": list(understanding.guards)}))


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
    return " ".join(part for part in parts if part) or f"[{say(f'shown_{message.kind}', locale)}]"
