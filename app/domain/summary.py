"""Conversation → card: what the CRM should show of an enquiry."""

from datetime import datetime
from functools import reduce

from app.domain.business import Binds, Business
from app.domain.card import Card, Line, Verdict
from app.domain.conversation import Conversation, Enquiry
from app.domain.qualification import Heat, Intent
from app.domain.sla import Outcome, Target
from app.domain.visits import reminder_words
from app.domain.why import why
from app.domain.words import define, say

BRANDS = {"telegram": "Telegram", "whatsapp": "WhatsApp", "instagram": "Instagram"}
VISIT_KINDS = {Intent.BOOKING: "visit_booking", Intent.RESCHEDULE: "visit_reschedule", Intent.CANCEL: "visit_cancel"}

define("channel_site", "Сайт", "Site")


def card_of(conversation: Conversation, business: Business) -> Card | None:
    """None where nothing is to be registered: spam, or nothing said yet."""
    enquiry = conversation.enquiry
    if enquiry is None or conversation.spam:
        return None
    services = tuple(service for service in map(business.service, enquiry.services) if service)
    running = [clock for clock in enquiry.running() if clock.target is not Target.BOT_REPLY]
    first = min(running, key=lambda clock: clock.due_at, default=None)
    kind = VISIT_KINDS.get(enquiry.intent)
    return Card(
        id=enquiry.card_id,
        person_id=conversation.person_id,
        conversation_id=conversation.id,
        channel=conversation.channel,
        opened_at=enquiry.started_at,
        title=title_of(conversation, enquiry, business),
        name=conversation.name,
        phone=conversation.phone,
        email=conversation.email,
        username=conversation.username,
        source=enquiry.source,
        sla_class=enquiry.heat or Heat.COLD,
        amount=sum(service.price.amount for service in services) if services else None,
        services=tuple(service.name for service in services),
        visit_kind=say(kind, business.locale) if kind else "",
        wanted_at=enquiry.when.earliest if enquiry.when else None,
        stage=enquiry.stage,
        assignee=enquiry.assignee,
        answer_by=first.due_at if first else None,
        answer_why=why(first, business) if first else "",
        bot_replied_at=enquiry.bot_replied_at,
        human_replied_at=enquiry.human_replied_at,
        verdict=verdict_of(enquiry, business.sla.binds),
        booked_for=_booked_for(conversation, enquiry),
        reminded=reminder_words.fates(conversation.attendance, business) if has_visit(conversation, enquiry) else "",
        came=conversation.attendance.came if conversation.attendance and has_visit(conversation, enquiry) else None,
        step=reduce(max, (int(key.rsplit(":", 1)[1]) for key in enquiry.steps_done), 0),
        notices=tuple(notice for notice in enquiry.notices if notice.task),
        hot=enquiry.heat is Heat.HOT,
    )


def _booked_for(conversation: Conversation, enquiry: Enquiry) -> datetime | None:
    """When the visit of this card is; a card of an earlier enquiry keeps its own."""
    visit = conversation.visit
    return visit.starts if visit and has_visit(conversation, enquiry) else None


def has_visit(conversation: Conversation, enquiry: Enquiry) -> bool:
    """The visit is of this enquiry's card, not of one before."""
    visit = conversation.visit
    return visit is not None and (visit.by == "person" or enquiry.booked(visit.id))


def verdict_of(enquiry: Enquiry, binds: Binds) -> Verdict:
    """Of the promises that bind: one miss is a miss, also when it was cured later."""
    target = {Target.FIRST_RESPONSE, Target.NEXT_RESPONSE, Target.FIRST_CALL}
    if binds is Binds.ANY:
        target |= {Target.BOT_REPLY}
    outcomes = [clock.outcome for clock in enquiry.clocks if clock.target in target]
    if Outcome.MISSED in outcomes:
        return Verdict.MISSED
    if Outcome.RUNNING in outcomes:
        return Verdict.RUNNING
    return Verdict.MET if Outcome.MET in outcomes else Verdict.NONE


def speaker(line: Line, locale: str) -> str:
    """Who says a line of the dialogue, and in which messenger where there are several."""
    where = channel_name(line.channel, locale)
    return say(f"line_{line.who}", locale) + (f", {where}" if where else "")


def channel_name(channel: str, locale: str) -> str:
    """As people call it; empty for none."""
    return say("channel_site", locale) if channel == "site" else BRANDS.get(channel, channel)


def title_of(conversation: Conversation, enquiry: Enquiry, business: Business) -> str:
    service = business.service(enquiry.services[0]) if enquiry.services else None
    what = service.name if service else say("title_enquiry", business.locale)
    name = conversation.name or say("title_customer", business.locale)
    return f"{channel_name(conversation.channel, business.locale)}: {name} — {what}"
