"""Two conversations of one person become one: the host goes on, with the messengers, the clocks and the visit of both.

The store folds the guest into the host in one step (flow/join.py); what it held comes to the host's next turn as mail.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from app.domain import ways
from app.domain.business import Business
from app.domain.calendar import FOREVER
from app.domain.card import Card, Line, Stage
from app.domain.conversation import HISTORY, Conversation, Enquiry, Way
from app.domain.decision import Fact
from app.domain.desk import FORWARD, Desk
from app.domain.mail import Folded, Joined
from app.domain.qualification import Intent, hotter
from app.domain.sla import Target, cancel, merged
from app.domain.summary import card_of, channel_name
from app.domain.visits.openings import standing
from app.domain.words import define, say

define(
    "joined",
    "Тот же клиент пишет и в {channel}: разговор, сделка и срок ответа общие",
    "The same customer writes in {channel} too: one dialogue, one deal, one deadline",
)
define(
    "deal_folded",
    "Сделка № {deal} ({channel}) закрыта как дубль этой",
    "Deal {deal} ({channel}) was closed as a duplicate of this one",
)
define(
    "deal_kept",
    "Сделка № {deal} ({channel}) того же клиента оставлена открытой: с ней уже работали. Ответ и срок ведутся здесь",
    "Deal {deal} ({channel}) of this customer was left open: somebody had worked on it. Answers and deadlines are here",
)
define(
    "duplicate_closed",
    "Дубль: тот же клиент. Разговор продолжается в сделке{deal}, эта закрыта",
    "A duplicate: the same customer. The dialogue goes on in deal{deal}, this one was closed",
)
define(
    "duplicate_kept",
    "Тот же клиент: разговор и срок ответа ведутся в сделке{deal}. Эта оставлена: с ней уже работали",
    "The same customer: dialogue and deadline are in deal{deal}. This one was left: somebody had worked on it",
)
T = TypeVar("T")


def host_of(one: Conversation, elder: Conversation, now: datetime) -> Conversation | None:
    """Which goes on: that with an open deal, of two the older. None: each has a visit to come, or one is staff's."""
    if one.staff or elder.staff or (_has_visit(one, now) and _has_visit(elder, now)):
        return None
    return min((elder, one), key=lambda each: each.enquiry.started_at if each.enquiry and is_open(each) else FOREVER)


def is_open(conversation: Conversation) -> bool:
    return conversation.enquiry is not None and not conversation.spam and not conversation.enquiry.has_ended


def farewell(guest: Conversation, host: Conversation, deal: int | None, business: Business) -> tuple[Card, Line] | None:
    """The last state of a guest's open card, and its last line; None where it has none.

    A person who answered there, or changed it, works with that deal: it is not closed over their head.

    deal   the host's, if it is made
    """
    if guest.enquiry is None or host.enquiry is None or not is_open(guest):
        return None
    enquiry = replace(guest.enquiry, clocks=(), lines=guest.enquiry.lines + 1)
    card = card_of(replace(guest, enquiry=enquiry), business)
    if card is None:
        return None
    worked = enquiry.human_replied_at or enquiry.accepted_at or enquiry.touched
    stage = enquiry.stage if worked else Stage.LOST
    last = max(filter(None, (guest.last_customer_at, guest.last_ours_at)), default=enquiry.started_at)
    line = Line(number=enquiry.lines, at=last, who="joined", text=f" № {deal}" if deal else "")
    return replace(card, stage=stage, duplicate_of=host.enquiry.card_id), line


def hear(desk: Desk, mail: Joined) -> None:
    guest = mail.guest
    anew = not is_open(desk.c) or desk.c.fell_silent(_first(guest, desk.now))
    desk.facts.append(Fact(kind="joined", values={"from": guest.id, "channel": guest.channel, "anew": anew}))
    theirs = guest.enquiry if is_open(guest) else None
    if theirs:
        _go_on(desk, theirs, anew=anew, later=_last(guest) > _last(desk.c))
    _remember(desk, guest)
    for line in mail.lines:
        way = line.way or guest.id
        desk.line(line.at, line.who, line.text, ref=line.ref, files=line.files, way=way, moved=True)
    _note(desk, guest.channel, mail.at)
    desk.told = True


def folded(desk: Desk, mail: Folded) -> None:
    words = "deal_kept" if mail.kept else "deal_folded"
    desk.note(
        mail.at,
        say(words, desk.business.locale, deal=mail.deal, channel=channel_name(mail.channel, desk.business.locale)),
    )


def new_way(desk: Desk, way: Way, at: datetime) -> None:
    """The first words from a messenger in which nothing was said before: it holds nothing of its own."""
    desk.facts.append(Fact(kind="joined", values={"from": way.id, "channel": way.channel, "anew": False}))
    _note(desk, way.channel, at)


def _note(desk: Desk, channel: str, at: datetime) -> None:
    desk.note(at, say("joined", desk.business.locale, channel=channel_name(channel, desk.business.locale)))


def _go_on(desk: Desk, theirs: Enquiry, *, anew: bool, later: bool) -> None:
    """The guest's enquiry in the host's deal; where that is closed, in a new one of the host's."""
    mine = desk.c.enquiry
    if mine is None or not is_open(desk.c):
        number = mine.number + 1 if mine else 1
        card_id = f"{desk.c.id}-{number}"
        fresh = replace(theirs, number=number, card_id=card_id, lines=0, notices=(), held=())
        desk.c = replace(desk.c, spam=False, enquiry=fresh)
        desk.change(joined=(theirs.card_id, *theirs.joined))
        return
    if anew:
        calm = tuple(cancel(clock, theirs.started_at) for clock in mine.clocks if clock.target is Target.RESOLUTION)
        desk.c = replace(desk.c, enquiry=replace(mine.again(theirs.started_at), clocks=calm))
        mine = desk.open_enquiry()
    new, old = (theirs, mine) if later else (mine, theirs)
    desk.change(
        started_at=mine.started_at if anew else min(mine.started_at, theirs.started_at),
        intent=old.intent if new.intent is Intent.SMALLTALK else new.intent,
        heat=hotter(mine.heat, theirs.heat),
        services=new.services or old.services,
        when=new.when or old.when,
        source=mine.source or theirs.source,
        stage=max(mine.stage, theirs.stage, key=FORWARD.index),
        assignee=mine.assignee if mine.assignee is not None else theirs.assignee,
        tried=_both(mine.tried, theirs.tried),
        clocks=merged(mine.clocks, theirs.clocks, desk.business.calendar),
        steps_done=_both(mine.steps_done, theirs.steps_done),
        held=_both(mine.held, theirs.held),
        bot_replied_at=_pick(min, mine.bot_replied_at, theirs.bot_replied_at),
        human_replied_at=_pick(min, mine.human_replied_at, theirs.human_replied_at),
        touches=max(mine.touches, theirs.touches),
        series_over=mine.series_over or theirs.series_over,
        accepted_at=_pick(max, mine.accepted_at, theirs.accepted_at),
        touched=mine.touched or theirs.touched,
        apologised=mine.apologised or theirs.apologised,
        handed_over=mine.handed_over or theirs.handed_over,
        joined=_both(mine.joined, (theirs.card_id, *theirs.joined)),
    )


def _remember(desk: Desk, guest: Conversation) -> None:
    """What belongs to the person: who they are, their visit, what was agreed; of what both know the host's stays."""
    c = ways.added(desk.c, *_ways(guest))
    proven = guest.phone if guest.phone and guest.phone.proven else None
    later, visited = _last(guest) > _last(c), _has_visit(c, desk.now)
    histories = (c.history, guest.history) if later else (guest.history, c.history)
    desk.c = replace(
        c,
        name=c.name or guest.name,
        phone=c.phone if c.phone and c.phone.proven else proven or c.phone or guest.phone,
        email=c.email or guest.email,
        last_customer_at=_pick(max, c.last_customer_at, guest.last_customer_at),
        last_ours_at=_pick(max, c.last_ours_at, guest.last_ours_at),
        touched_at=_pick(max, c.touched_at, guest.touched_at),
        person_since=_pick(max, c.person_since, guest.person_since),
        history=tuple(word for history in histories for word in history)[-2 * HISTORY :],
        asked=_both(c.asked, guest.asked),
        greeted=c.greeted or guest.greeted,
        privacy_written_at=c.privacy_written_at or guest.privacy_written_at,
        privacy_said_at=c.privacy_said_at or guest.privacy_said_at,
        advertising=c.advertising or guest.advertising,
        invites_asked_at=_pick(min, c.invites_asked_at, guest.invites_asked_at),
        opted_out=c.opted_out or guest.opted_out,
        pending=c.pending or guest.pending,
        offer=c.offer or guest.offer,
        waiting=c.waiting or guest.waiting,
        commands=max(c.commands, guest.commands),
    )
    if guest.visit and not visited and (c.visit is None or _has_visit(guest, desk.now)):
        desk.c = replace(desk.c, visit=guest.visit, attendance=guest.attendance)
    if later:
        desk.c = ways.turned(desk.c, ways.spoken(guest))


def _ways(guest: Conversation) -> tuple[Way, ...]:
    cards = guest.enquiry.number if guest.enquiry else 0
    return tuple(replace(way, cards=cards) if way.id == guest.id else way for way in ways.known(guest))


def _has_visit(conversation: Conversation, now: datetime) -> bool:
    return conversation.pending is not None or standing(conversation, now) is not None


def _first(guest: Conversation, now: datetime) -> datetime:
    return guest.enquiry.started_at if guest.enquiry else now


def _last(conversation: Conversation) -> float:
    return conversation.last_customer_at.timestamp() if conversation.last_customer_at else 0.0


def _pick(
    choose: Callable[[datetime, datetime], datetime], one: datetime | None, other: datetime | None
) -> datetime | None:
    return choose(one, other) if one and other else one or other


def _both(one: tuple[T, ...], other: tuple[T, ...]) -> tuple[T, ...]:
    return (*one, *(each for each in other if each not in one))
