"""Why a promise was missed: one code for each miss, from what was known at the deadline. Pure."""

from enum import StrEnum

from app.domain.business import Business
from app.domain.conversation import Conversation, Enquiry
from app.domain.roster import Roster
from app.domain.sla import Clock, Target, budget_of
from app.domain.words import define

define("cause_nobody_on_shift", "никого не было на смене", "nobody was on shift")
define("cause_not_accepted", "никто не взял", "nobody took it")
define("cause_accepted_silent", "взяли и не ответили", "taken and not answered")
define("cause_channel_down", "мессенджер не работал", "the messenger was down")
define("cause_crm_down", "Битрикс24 не работал", "Bitrix24 was down")
define("cause_bot_failed", "ассистент не ответил", "the assistant failed")
define("cause_late_by_calendar", "визит хотели слишком скоро", "the visit was wanted too soon")


class Cause(StrEnum):
    """docs/sla.md explains each to an owner."""

    NOBODY_ON_SHIFT = "nobody_on_shift"
    NOT_ACCEPTED = "not_accepted"
    ACCEPTED_SILENT = "accepted_silent"
    CHANNEL_DOWN = "channel_down"
    CRM_DOWN = "crm_down"
    BOT_FAILED = "bot_failed"
    LATE_BY_CALENDAR = "late_by_calendar"


def cause_of(clock: Clock, conversation: Conversation, enquiry: Enquiry, roster: Roster, business: Business) -> Cause:
    """The first that holds, from what nobody could help to what somebody left undone.

    clock   missed: `due_at` is the moment that is judged
    """
    if clock.target in (Target.BOT_REPLY, Target.BOOKING_CONFIRMATION):
        return Cause.CHANNEL_DOWN if _is_unsent(conversation) else Cause.BOT_FAILED
    if roster.portal_away:
        return Cause.CRM_DOWN
    if not roster.on_shift(clock.due_at, business) and not roster.on_shift(clock.started_at, business):
        return Cause.NOBODY_ON_SHIFT
    if enquiry.accepted_at is not None:
        return Cause.ACCEPTED_SILENT
    promised = budget_of(clock.target, clock.sla_class, business.sla, clock.started_at)
    if clock.wanted_visit is not None and promised is not None and clock.budget < promised:
        return Cause.LATE_BY_CALENDAR
    return Cause.NOT_ACCEPTED


def _is_unsent(conversation: Conversation) -> bool:
    """The last word is ours, yet no answer has left since the customer's."""
    ours_is_last = bool(conversation.history) and conversation.history[-1][0] == "assistant"
    heard, sent = conversation.last_customer_at, conversation.last_ours_at
    return ours_is_last and (sent is None or (heard is not None and sent < heard))
