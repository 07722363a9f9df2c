"""What a person must know who takes a conversation over: who, what, when, what was promised, what is missing."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain import moments
from app.domain.business import Business
from app.domain.conversation import Conversation, Enquiry
from app.domain.sla import Target
from app.domain.summary import channel_name, has_visit
from app.domain.words import define, say

WORDS = 200  # characters of the customer's last words that are shown

define("brief_who", "Кто: {name}, {channel}{phone}", "Who: {name}, {channel}{phone}")
define("brief_what", "Что: {services}. «{words}»", "What: {services}. “{words}”")
define("brief_when", "Когда: {wanted}", "When: {wanted}")
define("brief_promised", "Обещано: {promised}", "Promised: {promised}")
define("brief_missing", "Не хватает: {missing}", "Missing: {missing}")
define("brief_no_service", "услуга не названа", "no service named")
define("brief_no_time", "время не названо", "no time named")
define("brief_wish", "{at} (просьба, не запись)", "{at} (a wish, not a booking)")
define("brief_visit", "{at} (запись)", "{at} (booked)")
define("brief_until", "ответ человека до {due}", "a person's answer by {due}")
define("brief_nothing", "ничего", "nothing")
define("missing_name", "имя", "name")
define("missing_phone", "телефон", "phone")
define("missing_service", "услуга", "service")
define("missing_time", "время", "time")


def brief_of(conversation: Conversation, business: Business) -> str:
    """Five lines in the business's language, times in its zone. Empty before the first enquiry."""
    enquiry, locale = conversation.enquiry, business.locale
    if enquiry is None:
        return ""
    phone = f", {conversation.phone.number}" if conversation.phone else ""
    services = [service for service in map(business.service, enquiry.services) if service]
    shown = ", ".join(f"{service.name} ({moments.money((service.price,), business, locale)})" for service in services)
    values: dict[str, object] = {
        "name": conversation.name or say("title_customer", locale),
        "channel": channel_name(conversation.channel, locale),
        "phone": phone,
        "services": shown or say("brief_no_service", locale),
        "words": _last_words(conversation),
        "wanted": _wanted(conversation, business),
        "promised": _promised(enquiry, business),
        "missing": ", ".join(say(f"missing_{word}", locale) for word in missing(conversation))
        or say("brief_nothing", locale),
    }
    lines = ("brief_who", "brief_what", "brief_when", "brief_promised", "brief_missing")
    return "\n".join(say(line, locale, seed=0, **values) for line in lines)


def missing(conversation: Conversation) -> list[str]:
    """What the assistant has not learned: `name`, `phone`, `service`, `time`."""
    enquiry = conversation.enquiry
    known = {
        "name": conversation.name,
        "phone": conversation.phone,
        "service": enquiry and enquiry.services,
        "time": enquiry and enquiry.when,
    }
    return [word for word, value in known.items() if not value]


def _last_words(conversation: Conversation) -> str:
    said = (text for who, text in reversed(conversation.history) if who == "customer" and text)
    words = " ".join(next(said, "").split())
    return words if len(words) <= WORDS else words[: WORDS - 1] + "…"


def _wanted(conversation: Conversation, business: Business) -> str:
    """What is booked tells more than what was asked for."""
    enquiry = conversation.enquiry
    if enquiry and conversation.visit and has_visit(conversation, enquiry):
        return say("brief_visit", business.locale, at=_local(conversation.visit.starts, business))
    earliest = enquiry.when.earliest if enquiry and enquiry.when else None
    if earliest is None:
        return say("brief_no_time", business.locale)
    return say("brief_wish", business.locale, at=_local(earliest, business))


def _promised(enquiry: Enquiry, business: Business) -> str:
    """The earliest deadline that a person still has to keep."""
    due = [clock.due_at for clock in enquiry.running() if clock.target is not Target.BOT_REPLY]
    if not due:
        return say("brief_nothing", business.locale)
    return say("brief_until", business.locale, due=_local(min(due), business))


def _local(at: datetime, business: Business) -> str:
    return at.astimezone(ZoneInfo(business.zone)).strftime("%d.%m %H:%M")
