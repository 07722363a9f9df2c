"""Why a deadline is where it is: the slices of open time that add up to the target, in words and as JSON."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain import sla
from app.domain.business import Business
from app.domain.conversation import Conversation
from app.domain.sla import Clock, Explanation
from app.domain.words import define, say
from app.runtime import Runtime

define("clock_bot_reply", "ответ ассистента", "the assistant's reply")
define("clock_first_response", "первый ответ человека", "a person's first response")
define("clock_next_response", "следующий ответ человека", "a person's next response")
define("clock_first_call", "первый звонок", "the first call")
define("clock_booking_confirmation", "подтверждение записи", "the booking's confirmation")
define("clock_resolution", "решение вопроса", "resolution")
define("outcome_running", "идёт", "running")
define("outcome_met", "выполнено", "met")
define("outcome_missed", "просрочено", "missed")
define("outcome_cancelled", "снято", "cancelled")
define("explain_head", "{clock} ({heat}): {outcome}", "{clock} ({heat}): {outcome}")
define("explain_start", "  начало    {at}", "  started  {at}")
define("explain_pause", "  пауза     {starts} – {ends}  {seconds} с", "  pause    {starts} – {ends}  {seconds} s")
define("explain_open", "  считается {starts} – {ends}  {seconds} с", "  counted  {starts} – {ends}  {seconds} s")
define("explain_due", "  срок      {at}", "  due      {at}")
define("explain_target", "  цель      {seconds} с", "  target   {seconds} s")
define("explain_target_always", "  цель      {seconds} с круглосуточно", "  target   {seconds} s round the clock")
define("explain_now", "сейчас", "now")


async def explain(runtime: Runtime, conversation_id: str) -> tuple[Conversation, datetime] | None:
    """The conversation whose clocks are asked about, and now; None for one that nobody began."""
    reading = await runtime.mailbox.read(conversation_id)
    return (reading.conversation, reading.now) if reading.conversation and reading.conversation.enquiry else None


def lines(conversation: Conversation, business: Business, now: datetime) -> list[str]:
    """For a person, in the business's language and zone."""
    told: list[str] = []
    for clock in _clocks(conversation):
        told += _lines(sla.explain(clock, now, business.calendar), business)
    return told


def as_json(conversation: Conversation, business: Business, now: datetime) -> dict[str, Any]:
    """Moments are ISO 8601 in the business's zone, lengths whole seconds; the slices add up to `target_seconds`."""
    zone = ZoneInfo(business.zone)
    return {
        "conversation": conversation.id,
        "now": _iso(now, zone),
        "clocks": [_clock(sla.explain(clock, now, business.calendar), zone) for clock in _clocks(conversation)],
    }


def _clocks(conversation: Conversation) -> tuple[Clock, ...]:
    return conversation.enquiry.clocks if conversation.enquiry else ()


def _lines(told: Explanation, business: Business) -> list[str]:
    clock, locale, zone = told.clock, business.locale, ZoneInfo(business.zone)
    name, heat = say(f"clock_{clock.target}", locale), say(f"class_{clock.sla_class}", locale)
    outcome = say(f"outcome_{clock.outcome}", locale)
    found = [say("explain_head", locale, clock=name, heat=heat, outcome=outcome)]
    found.append(say("explain_start", locale, at=_at(clock.started_at, zone)))
    for held in clock.pauses:
        ends = _at(held.ends, zone) if held.ends else say("explain_now", locale)
        seconds = _seconds(held.starts, held.ends) if held.ends else "…"
        found.append(say("explain_pause", locale, starts=_at(held.starts, zone), ends=ends, seconds=seconds))
    for starts, ends_at in told.slices:
        seconds = _seconds(starts, ends_at)
        found.append(say("explain_open", locale, starts=_at(starts, zone), ends=_at(ends_at, zone), seconds=seconds))
    found.append(say("explain_due", locale, at=_at(told.due_at, zone)))
    target = "explain_target_always" if clock.always else "explain_target"
    found.append(say(target, locale, seconds=f"{clock.budget.total_seconds():.0f}"))
    return found


def _clock(told: Explanation, zone: ZoneInfo) -> dict[str, Any]:
    clock = told.clock
    return {
        "target": clock.target,
        "class": clock.sla_class,
        "outcome": clock.outcome,
        "started_at": _iso(clock.started_at, zone),
        "due_at": _iso(told.due_at, zone),
        "stopped_at": _iso(clock.stopped_at, zone) if clock.stopped_at else None,
        "missed_at": _iso(clock.missed_at, zone) if clock.missed_at else None,
        "always": clock.always,
        "target_seconds": clock.budget.total_seconds(),
        "spent_seconds": told.spent.total_seconds(),
        "slices": [
            {"from": _iso(starts, zone), "to": _iso(ends, zone), "seconds": (ends - starts).total_seconds()}
            for starts, ends in told.slices
        ],
        "pauses": [
            {"from": _iso(held.starts, zone), "to": _iso(held.ends, zone) if held.ends else None}
            for held in clock.pauses
        ],
    }


def _seconds(starts: datetime, ends: datetime) -> str:
    return f"{(ends - starts).total_seconds():.0f}"


def _at(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%d.%m.%Y %H:%M:%S")


def _iso(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat()
