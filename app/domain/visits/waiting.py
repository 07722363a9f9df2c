"""A conversation on the waiting list: how it joins, what it is offered, how it leaves. Pure.

The list is a fact of the conversation; the store keeps a copy of it for whoever fills a freed time (flow/fill.py). One
time is offered to one person, held for them; a no or their silence gives it to the next.
"""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain import moments
from app.domain.booking import Slot, Wish
from app.domain.card import Stage
from app.domain.conversation import Owner
from app.domain.decision import Fact, Said
from app.domain.desk import Desk
from app.domain.mail import Fate, OutKind, SendOutcome, Vacancy
from app.domain.message import Button
from app.domain.qualification import Intent, Understanding
from app.domain.speaking import speak
from app.domain.visits import booking_words
from app.domain.visits.openings import standing
from app.domain.visits.visit import Chance, Command, Do, Freed, ListWord, Offer, Openings, Visit, Waiting
from app.domain.visits.waiters import is_booking, is_one_day, window
from app.domain.words import define, say

SILENT_MOST = 3  # chances in a row that nobody answered: who does not read is not written to any more
TOLD = 3
PASSED = 20

define("wait_button", "В лист ожидания", "Waiting list")
define(
    "wait_asks",
    "На это время свободных мест нет, и рядом тоже. Внести вас в лист ожидания? Напишу, как только освободится.",
    "Nothing is free then, nor around it. Shall I put you on the waiting list? I will write as soon as a time is free.",
)
define(
    "wait_or",
    "Если ничего не подходит, напишите «в лист ожидания»: сообщу, когда освободится ваше время.",
    "If none of them suits, write “waiting list”: I will tell you when your time becomes free.",
)
define(
    "wait_joined",
    "Вы в листе ожидания: {what}, {when}. Напишу, как только освободится время.",
    "You are on the waiting list: {what}, {when}. I will write as soon as a time is free.",
)
define(
    "wait_chance",
    "Освободилось время: {when} ({what}). Записать вас? Держу его для вас {minutes} мин, ответьте «да» или «нет».",
    "A time became free: {when} ({what}). Shall I book it? I am keeping it for {minutes} min: answer “yes” or “no”.",
)
define("wait_yes", "Да, записать", "Yes, book it")
define("wait_no", "Нет", "No")
define(
    "wait_passed",
    "Хорошо, это время предложу другим. Вы остаётесь в листе ожидания.",
    "All right, I will offer that time to others. You stay on the waiting list.",
)
define("wait_left", "Убираю вас из листа ожидания.", "I have taken you off the waiting list.")
define("wait_span", "с {first} по {last}", "{first} to {last}")
define("note_wait_joined", "В листе ожидания: {what}, {when}", "On the waiting list: {what}, {when}")
define("note_wait_left", "Больше не в листе ожидания: {reason}", "Off the waiting list: {reason}")
define("note_wait_chance", "Предложено освободившееся время: {when}", "Offered a time that became free: {when}")
define(
    "note_wait_person",
    "Освободилось время, которого ждёт клиент: {when}. Разговор ведёте вы, поэтому оно предложено другим.",
    "A time that the customer waits for became free: {when}. You lead the conversation, so it went to others.",
)
define(
    "note_wait_unsaid",
    "Освободившееся время не удалось предложить ({reason}): оно предложено другим.",
    "A time that became free could not be offered here ({reason}): it went to others.",
)
define("note_filled", "Окно {time} заполнено за {minutes} мин (лист ожидания)", "{time} filled in {minutes} min (list)")
define("reason_wait_booked", "записан", "booked")
define("reason_wait_refused", "клиент отказался", "the customer declined")
define("reason_wait_opted_out", "клиент попросил не писать", "the customer asked not to be written to")
define("reason_wait_blocked", "клиент заблокировал нас", "the customer blocked us")
define("reason_wait_silent", "клиент не отвечает на предложения", "the customer does not answer offers")
define("reason_wait_over", "время, которого он ждал, прошло", "the time they waited for is over")
define("reason_wait_closed", "сделка закрыта", "the deal is closed")


def understood(understanding: Understanding, openings: Openings | None) -> Understanding:
    """A word to the list is that and nothing else, whatever a bare «нет» reads as elsewhere."""
    if openings is None or openings.word is None:
        return understanding
    means = {ListWord.JOIN: Intent.BOOKING, ListWord.TAKE: Intent.CONFIRM}
    intent = means.get(openings.word, Intent.SMALLTALK)
    reading = replace(understanding.reading, intent=intent, confident=True)
    return replace(understanding, reading=reading, handoff="")


def answer(desk: Desk, openings: Openings) -> Said | None:
    """What is said to a word to the list; None: it is no word to it, or there is something better to say."""
    match openings.word:
        case ListWord.JOIN:
            return _joined(desk, openings)
        case ListWord.DECLINE if desk.c.waiting and desk.c.waiting.chance:
            let_go(desk)
            return Said(text=say("wait_passed", desk.c.language))
        case ListWord.LEAVE if desk.c.waiting:
            leave(desk, "refused")
            return Said(text=say("wait_left", desk.c.language))
    return None


def asks(desk: Desk, offer: Offer) -> Said:
    """The day is full: shall they wait?"""
    desk.c = replace(desk.c, offer=replace(offer, lists=True))
    return Said(text=say("wait_asks", desk.c.language), buttons=(button(desk, offer),))


def button(desk: Desk, offer: Offer) -> Button:
    return Button(title=say("wait_button", desk.c.language), payload=f"wait:{offer.id}")


def _joined(desk: Desk, openings: Openings) -> Said | None:
    offer = desk.c.offer
    wish = openings.wish or (offer.wish if offer else None)
    taken = standing(desk.c, desk.now) or desk.c.pending
    if wish is None or not wish.services or taken or (openings.slots and openings.fits and openings.wish):
        return None
    wish = window(wish, desk.business, desk.now)
    before = desk.c.waiting
    if before and before.chance:
        let_go(desk)
    since = before.since if before and before.wish == wish else desk.now
    kept = offer if offer and offer.slots else None
    desk.c = replace(desk.c, waiting=Waiting(wish=wish, since=since), offer=kept)
    desk.facts.append(Fact(kind="waiting", values={"what": "joined", "service": ",".join(wish.services)}))
    what, when = _what(wish, desk), _when(wish, desk, desk.c.language)
    desk.note(desk.now, say("note_wait_joined", desk.business.locale, what=what, when=when))
    return Said(text=say("wait_joined", desk.c.language, what=what, when=when))


def hear(desk: Desk, mail: Vacancy) -> None:
    """A time is held for them: offered, unless they may not be written to or want it no more."""
    waiting, chance = desk.c.waiting, mail.chance
    known = (waiting.chance.hold if waiting and waiting.chance else "", desk.c.visit.id if desk.c.visit else "")
    if chance.hold in known:
        return  # told twice
    if waiting is None or waiting.chance or desk.c.pending or _why_over(desk, waiting) or chance.until <= desk.now:
        _give_back(desk, chance)
        return
    if not desk.answers:
        when = moments.full(chance.slot.starts, desk.business, desk.business.locale)
        desk.note(mail.at, say("note_wait_person", desk.business.locale, when=when))
        desk.c = replace(desk.c, waiting=replace(waiting, passed=_passed(waiting, chance)))
        _give_back(desk, chance)
        return
    _offer(desk, waiting, chance)


def _offer(desk: Desk, waiting: Waiting, chance: Chance) -> None:
    if desk.owner is Owner.PERSON:
        desk.facts.append(Fact(kind="returned", values={"rule": "silence"}))
    desk.owner = Owner.BOT
    number, locale = desk.c.commands + 1, desk.c.language
    offer = Offer(
        id=f"{desk.open_enquiry().card_id}-o{number}",
        slots=(chance.slot,),
        wish=waiting.wish,
        made_at=desk.now,
        hold=chance.hold,
    )
    told = (*waiting.told, desk.now)[-TOLD:]
    desk.c = replace(desk.c, offer=offer, commands=number, waiting=replace(waiting, chance=chance, told=told))
    when = moments.moment(chance.slot.starts, desk.now, desk.business, locale)
    minutes = max(1, round((chance.until - desk.now).total_seconds() / 60))
    buttons = (
        Button(title=say("wait_yes", locale), payload=booking_words.payload(offer.id, 1)),
        Button(title=say("wait_no", locale), payload=f"pass:{offer.id}"),
    )
    what = booking_words.what(chance.slot, desk.business)
    text = say("wait_chance", locale, when=when, what=what, minutes=minutes)
    speak(desk, OutKind.OFFER, text, buttons=buttons)
    _fact(desk, "offered", chance)
    shown = moments.full(chance.slot.starts, desk.business, desk.business.locale)
    desk.note(desk.now, say("note_wait_chance", desk.business.locale, when=shown))


def let_go(desk: Desk, *, silent: bool = False) -> None:
    """The time goes to the next; a late yes still books it if it is free then."""
    waiting = desk.c.waiting
    if waiting is None or waiting.chance is None:
        return
    chance, offer = waiting.chance, desk.c.offer
    quiet = waiting.silent + 1 if silent else 0
    kept = replace(offer, hold="", chosen=None) if offer and offer.hold == chance.hold else offer
    after = replace(waiting, chance=None, passed=_passed(waiting, chance), silent=quiet)
    desk.c = replace(desk.c, waiting=after, offer=kept)
    _fact(desk, "silent" if silent else "passed", chance)
    _give_back(desk, chance)
    if quiet >= SILENT_MOST:
        leave(desk, "silent")


def keep(desk: Desk, hold: str) -> None:
    """A name is still asked for: as long as the time is held, it is theirs."""
    waiting = desk.c.waiting
    if waiting and waiting.chance and waiting.chance.hold == hold:
        until = desk.now + desk.business.booking.hold
        desk.c = replace(desk.c, waiting=replace(waiting, chance=replace(waiting.chance, until=until)))


def leave(desk: Desk, reason: str) -> None:
    waiting = desk.c.waiting
    if waiting is None:
        return
    desk.c = replace(desk.c, waiting=None)
    if waiting.chance:
        _give_back(desk, waiting.chance)
    desk.facts.append(Fact(kind="waiting", values={"what": "left", "reason": reason}))
    desk.note(desk.now, say("note_wait_left", desk.business.locale, reason=desk.reason(f"wait_{reason}")))


def booked(desk: Desk, visit: Visit, at: datetime) -> None:
    """They have a visit and wait no more. One of the list's times is a window that was filled; the rest goes on."""
    waiting = desk.c.waiting
    chance = waiting.chance if waiting else None
    if waiting and chance and chance.hold == visit.id:
        desk.c = replace(desk.c, waiting=replace(waiting, chance=None))
        took = at - chance.freed.at
        values = {"slot": visit.starts.isoformat(), "seconds": round(took.total_seconds())}
        desk.facts.append(Fact(kind="filled", values=dict(values)))
        time = f"{visit.starts.astimezone(ZoneInfo(desk.business.zone)):%H:%M}"
        minutes = max(1, round(took.total_seconds() / 60))
        desk.note(at, say("note_filled", desk.business.locale, time=time, minutes=minutes))
        desk.commands.append(_command(desk, Do.FILL, f"{chance.hold}-rest", chance.slot, chance.freed))
    leave(desk, "booked")


def unsaid(desk: Desk, mail: SendOutcome) -> bool:
    """An offer of the list that did not leave (window closed and no template, refused, a person took over)."""
    chance = desk.c.waiting.chance if desk.c.waiting else None
    offer = desk.c.offer
    ours = chance and offer and offer.hold == chance.hold and mail.kind is OutKind.OFFER
    if not ours or mail.fate not in (Fate.FAILED, Fate.STRUCK):
        return False
    reason = desk.reason(mail.reason or mail.fate)
    desk.note(mail.at, say("note_wait_unsaid", desk.business.locale, reason=reason))
    let_go(desk)
    return True


def watch(desk: Desk) -> None:
    """At the end of each turn: is there still something to wait for, and somebody who answers?"""
    waiting = desk.c.waiting
    if waiting is None:
        return
    if why := _why_over(desk, waiting):
        leave(desk, why)
    elif waiting.chance and not is_booking(desk.c) and desk.now >= waiting.chance.until:
        let_go(desk, silent=desk.c.offer is not None and desk.c.offer.hold == waiting.chance.hold)


def _why_over(desk: Desk, waiting: Waiting) -> str:
    c, when = desk.c, waiting.wish.when
    if c.blocked or c.opted_out:
        return "blocked" if c.blocked else "opted_out"
    if standing(c, desk.now):
        return "booked"
    if c.enquiry is None or c.enquiry.stage in (Stage.WON, Stage.LOST):
        return "closed"
    return "over" if when is None or (when.latest <= desk.now and not waiting.chance) else ""


def _give_back(desk: Desk, chance: Chance) -> None:
    desk.commands.append(_command(desk, Do.NEXT, chance.hold, chance.slot, chance.freed))


def _command(desk: Desk, does: Do, number: str, slot: Slot, freed: Freed) -> Command:
    return Command(id=number, does=does, conversation=desk.c.id, slot=slot, freed=freed, asked_at=desk.now)


def _passed(waiting: Waiting, chance: Chance) -> tuple[datetime, ...]:
    return (*waiting.passed, chance.freed.slot.starts)[-PASSED:]


def _fact(desk: Desk, what: str, chance: Chance) -> None:
    desk.facts.append(Fact(kind="waiting", values={"what": what, "slot": chance.slot.starts.isoformat()}))


def _what(wish: Wish, desk: Desk) -> str:
    services = tuple(service for one in wish.services if (service := desk.business.service(one)))
    return moments.names(services)


def _when(wish: Wish, desk: Desk, locale: str) -> str:
    """«завтра, 27 ноября» or «с … по …»: times of the clock are left out, a yes must not mean one of them."""
    if wish.when is None:
        return ""
    zone = ZoneInfo(desk.business.zone)
    first, last = wish.when.earliest.astimezone(zone).date(), wish.when.latest.astimezone(zone).date()
    today = desk.now.astimezone(zone).date()
    if is_one_day(wish.when, desk.business):
        return moments.day(first, today, locale)
    return say("wait_span", locale, first=moments.brief_day(first, locale), last=moments.brief_day(last, locale))
