"""The follow-up series («повторная автосерия»): when who fell silent before booking is written to again. Pure.

The series runs from our last answer. It stands still at a customer's word, and a new silence goes on with the touches
that are left; booking, refusal, a blocked or opted-out customer and a person's takeover end it.
"""

from datetime import datetime, timedelta

from app.domain.business import Business
from app.domain.card import Stage
from app.domain.conversation import Conversation, Enquiry, Owner
from app.domain.nights import awake_at
from app.domain.qualification import Intent

WANTS = frozenset({Intent.BOOKING, Intent.PRICE, Intent.INFO})  # who wanted something that ends in a booking
OPEN = frozenset({Stage.NEW, Stage.ANSWERED})
CLOSES = timedelta(hours=24)  # of silence after the last touch


def offsets(enquiry: Enquiry, business: Business) -> tuple[timedelta, ...]:
    """From our last answer to each touch, ascending; none where the profile names none for what the customer wants."""
    rules = business.follow_ups
    named = rules.by_intent.get(enquiry.intent)
    if named is None:
        named = rules.offsets if enquiry.intent in WANTS else ()
    return tuple(sorted(named))[: rules.stop_after]


def due_at(conversation: Conversation, owner: Owner, business: Business) -> datetime | None:
    """The next touch, by day; after the last one the moment that closes the series. None: nothing is planned."""
    enquiry, base = conversation.enquiry, conversation.last_ours_at
    if enquiry is None or base is None or not _runs(conversation, enquiry, owner):
        return None
    planned = offsets(enquiry, business)
    if enquiry.touches < len(planned):
        return awake_at(base + planned[enquiry.touches], business.reminders.quiet_hours, business.zone)
    last = conversation.touched_at
    return max(last, base) + CLOSES if planned and last is not None else None


def is_last(conversation: Conversation, business: Business) -> bool:
    """Every touch went out: what is due now closes the series."""
    enquiry = conversation.enquiry
    return enquiry is not None and enquiry.touches >= len(offsets(enquiry, business))


def next_wake(conversation: Conversation, owner: Owner, business: Business, now: datetime) -> datetime | None:
    at = due_at(conversation, owner, business)
    return at if at is not None and at > now else None


def _runs(conversation: Conversation, enquiry: Enquiry, owner: Owner) -> bool:
    """The customer is the one to answer, nobody but the assistant speaks with them, and they may be written to."""
    last = conversation.last_customer_at
    if conversation.waiting:  # we are the ones to write, when a time becomes free
        return False
    silent = last is not None and conversation.last_ours_at is not None and conversation.last_ours_at >= last
    welcome = not (conversation.spam or conversation.blocked or conversation.opted_out or enquiry.series_over)
    return silent and welcome and owner is Owner.BOT and not enquiry.handed_over and enquiry.stage in OPEN
