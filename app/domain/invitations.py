"""The yes to advertising, apart from every other: asked once, after a booking, and heard by a button or in words. Pure.

Without it nobody is invited anew (visits/after_visit.py). The question, and what was answered, is journalled with the
version of its words. «Стоп» ends whatever the assistant writes of its own accord, but for what a standing visit needs.
"""

from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from app.domain.business import Business
from app.domain.conversation import Conversation, Owner
from app.domain.decision import Fact, Said
from app.domain.desk import Desk
from app.domain.mail import Fate, OutKind, SendOutcome
from app.domain.message import Button
from app.domain.qualification import Intent, Invited, Understanding
from app.domain.speaking import speak
from app.domain.visits.openings import standing
from app.domain.words import CATALOGUE, define, say

VERSION = "2026-11"  # of our own words; the profile's are known by their digest

define(
    "invite_asks",
    "Можно иногда приглашать вас: когда придёт время повторить визит или будет интересное предложение? "
    "На запись это не влияет, отказаться можно в любой момент словом «стоп».",
    "May we invite you now and then: when it is time for another visit, or when there is an offer worth knowing? "
    "Your visit does not depend on it, and the word “stop” ends it at any time.",
)
define("invite_button_yes", "Да, пишите", "Yes, do write")
define("invite_button_no", "Нет, не нужно", "No, thank you")
define("invite_yes", "Спасибо, договорились! Передумаете – напишите «стоп».", "Thank you! To end it, write “stop”.")
define("invite_no", "Хорошо, приглашать не будем.", "All right, we will not invite you.")
define("invite_stop", "Хорошо, больше не пишем, пока вы не напишете сами.", "All right, we write no more.")
define(
    "invite_stop_visit",
    "Хорошо, приглашений больше не будет. Ваша запись остаётся, о ней мы напомним.",
    "All right, no more invitations. Your visit stands, and we will remind you of it.",
)
define("note_invite_yes", "Клиент согласился получать приглашения", "The customer agreed to be invited")
define("note_invite_no", "Клиент отказался от приглашений", "The customer does not want to be invited")
define("note_invite_stop", "Клиент попросил больше не писать", "The customer asked to be written to no more")

_PRESSES = {"invite:yes": Invited.YES, "invite:no": Invited.NO}


def ask(desk: Desk) -> None:
    """Once in the life of a conversation, and only while the assistant leads it."""
    c, business = desk.c, desk.business
    decided = c.advertising or c.opted_out or c.invites_asked_at
    if decided or not business.asks_to_invite or desk.owner is Owner.PERSON or not desk.answers:
        return
    desk.c = replace(c, invites_asked_at=desk.now)
    _journal(desk, "written")
    titles = zip(_PRESSES, ("invite_button_yes", "invite_button_no"), strict=True)
    buttons = [Button(title=say(title, c.language), payload=payload) for payload, title in titles]
    speak(desk, OutKind.INVITATION, business.consent_text or say("invite_asks", c.language), buttons=buttons)


def heard_outcome(desk: Desk, outcome: SendOutcome) -> None:
    """What became of the question. One that did not arrive was not asked."""
    if outcome.fate is Fate.SENT:
        _journal(desk, "said")
    elif desk.c.invites_asked_at and not desk.c.advertising:
        desk.c = replace(desk.c, invites_asked_at=None)
        _journal(desk, "struck")


def awaited(conversation: Conversation | None, business: Business, at: datetime) -> bool:
    """The question was the last thing we said before these words of that moment: a bare «да» answers it."""
    if conversation is None or conversation.invites_asked_at is None:
        return False
    if at < conversation.invites_asked_at.replace(microsecond=0):  # messengers stamp whole seconds
        return False
    said = next((text for who, text in reversed(conversation.history) if who != "customer"), "")
    return said in {business.consent_text, *(say("invite_asks", locale) for locale in CATALOGUE["invite_asks"])} - {""}


def take(desk: Desk, understanding: Understanding) -> tuple[Understanding, Said | None]:
    """What the customer decided, if they did; the answer is ours where they said nothing else."""
    presses = [_PRESSES.get(mail.message.payload) for mail in desk.heard]
    choice = next(filter(None, presses), understanding.reading.invited)
    if choice is None:
        return understanding, None
    decide(desk, choice)
    if not all(presses) and understanding.reading.intent is not Intent.SMALLTALK:
        return understanding, None
    said = "invite_stop_visit" if choice is Invited.STOP and standing(desk.c, desk.now) else f"invite_{choice}"
    reading = replace(understanding.reading, intent=Intent.SMALLTALK, heat=None, when=None, services=(), confident=True)
    text = say(said, desk.c.language)
    return replace(understanding, reading=reading, reply=text, asks="", handoff=""), Said(text=text)


def decide(desk: Desk, choice: Invited, *, door: str = "chat") -> None:
    """The last word counts, a press of an old button too. `door`: `chat`, `form` or the `messenger`'s own switch."""
    desk.c = replace(
        desk.c,
        advertising=choice is Invited.YES,
        opted_out=choice is Invited.STOP or (desk.c.opted_out and choice is Invited.NO),
    )
    if choice is Invited.STOP:
        desk.facts.append(Fact(kind="opted_out", values={"what": "advertising"}))
    else:
        desk.facts.append(Fact(kind="consent", values={"what": "advertising", "fate": choice, "door": door}))
    desk.note(desk.now, say(f"note_invite_{choice}", desk.business.locale))


def _journal(desk: Desk, fate: str) -> None:
    own = desk.business.consent_text
    version = blake2b(own.encode(), digest_size=6).hexdigest() if own else VERSION
    desk.facts.append(Fact(kind="consent", values={"what": "advertising", "version": version, "fate": fate}))
