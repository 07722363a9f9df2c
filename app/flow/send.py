"""Outbox → channel: one text of a conversation in flight, marked before the call, settled after it."""

import asyncio
import logging
import time
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from random import random

from app.channels.base import Channel
from app.domain.conversation import Conversation
from app.domain.failures import Failure, Refusal, Refused
from app.domain.mail import BOTS_OWN, Fate, OutKind, SendOutcome
from app.domain.message import Address, OutboundMessage, Template
from app.domain.visits import reminder_words, reminders
from app.domain.visits.attendance import Reminder
from app.flow.ways import ways
from app.runtime import Runtime
from app.store.mailbox import Reading
from app.store.outbox import Claim, Pace

log = logging.getLogger("otklik.send")

SETTLES = timedelta(seconds=15)  # a status, an echo or a callback tells of an unknown outcome within this
LONGEST_WAIT = timedelta(seconds=2)  # waited for here; longer ones give the slot back
SPREAD = timedelta(seconds=0.5)  # of all who wait for one account: at once they would ask in vain thousands of times
BUSINESS_WINDOW = timedelta(hours=24)  # Telegram Business may answer for so long (docs/reference/channels.md 2.7)
MOST_BACKOFF = timedelta(seconds=30)
SMS_PATIENCE = timedelta(minutes=1)  # with a vendor of SMS that is away: a person can call meanwhile

_failures: dict[str, int] = defaultdict(int)  # in a row, per channel: how long this process backs off


async def send(runtime: Runtime, conversation_id: str, entry: str, tries: int) -> None:
    """Send what the outbox holds, in order, until it is empty or has to wait."""
    while True:
        reading = await runtime.mailbox.through(conversation_id)
        conversation = reading.conversation
        channel = runtime.channels.get(conversation.channel) if conversation else None
        claim = await runtime.outbox.claim(conversation_id, entry, _pace(conversation, channel))
        match claim.state:
            case "send":
                outcome = await _transmit(runtime, reading, channel, entry, claim)
            case "flight":
                outcome = await _resolve(runtime, reading, channel, entry, claim)
            case "wait":
                await asyncio.sleep((min(claim.wait, LONGEST_WAIT) + claim.crowded * random() * SPREAD).total_seconds())
                outcome = "more"
            case _:
                return
        if outcome in ("done", "later", "stale"):
            return


async def _transmit(runtime: Runtime, reading: Reading, channel: Channel | None, entry: str, claim: Claim) -> str:
    conversation, message = reading.conversation, claim.message
    if conversation is not None and message is not None and claim.kind is OutKind.REMINDER:
        return await _remind(runtime, reading, entry, claim)
    if conversation is None or channel is None or message is None:
        return await _settle(runtime, reading, entry, claim, Fate.FAILED, reason=Refusal.REFUSED)
    if conversation.blocked:
        return await _settle(runtime, reading, entry, claim, Fate.FAILED, reason=Refusal.BLOCKED)
    allowed = in_window(channel, conversation, message, reading.now, runtime.template(channel.name))
    if allowed is None:
        return await _settle(runtime, reading, entry, claim, Fate.FAILED, reason=Refusal.WINDOW_CLOSED)
    sent = await _attempt(runtime, channel, conversation, claim, allowed)
    if isinstance(sent, Failure):
        return await _failed(runtime, reading, entry, claim, sent)
    return await _settle(runtime, reading, entry, claim, Fate.SENT, vendor_id=sent)


async def _remind(runtime: Runtime, reading: Reading, entry: str, claim: Claim) -> str:
    """By the first way that takes it. Why the nearest did not is what a person hears when none does."""
    reading, message = await runtime.mailbox.through(reading.id), claim.message
    conversation = reading.conversation
    waiting = reminders.waits(conversation, message.about) if conversation and message else None
    if conversation is None or message is None or waiting is None:
        return await _settle(runtime, reading, entry, claim, Fate.STRUCK, reason="stale")
    if conversation.attendance is None or reading.now >= conversation.attendance.starts:
        return await _settle(runtime, reading, entry, claim, Fate.FAILED, reason="late")
    refused, by_sms = waiting.lost, ""
    for way in await ways(runtime, conversation, own=not waiting.lost):
        channel = runtime.channels[way.channel]
        sms, allowed = channel.capabilities.one_way, None
        if sms:
            allowed = _short(runtime, conversation, waiting, reading.now)
        elif not way.blocked:
            allowed = in_window(channel, way, message, reading.now, runtime.template(channel.name))
        if allowed is None:
            refused = refused or ("" if sms else Refusal.BLOCKED if way.blocked else Refusal.WINDOW_CLOSED)
            continue
        sent = await _attempt(runtime, channel, way, claim, allowed)
        if isinstance(sent, str):
            via = way.channel if (way.id, way.channel) != (conversation.id, conversation.channel) else ""
            if via:
                await runtime.outbox.wrote(way.id, sent, claim.outbox_id)
            said = allowed.text if sms else ""
            return await _settle(runtime, reading, entry, claim, Fate.SENT, vendor_id=sent, via=via, said=said)
        if isinstance(sent, Refused):
            refused, by_sms = (refused, f"sms_{sent.reason}") if sms else (refused or sent.reason, by_sms)
            await _tell_ops(runtime, reading, claim, sent)
        elif sms and sent.executed is False and reading.now - waiting.at > SMS_PATIENCE:
            by_sms = f"sms_{Refusal.AWAY}"
        else:
            return await _failed(runtime, reading, entry, claim, sent)
    reason = f"{refused} {by_sms}".strip() or Refusal.REFUSED
    return await _settle(runtime, reading, entry, claim, Fate.FAILED, reason=reason)


def _short(runtime: Runtime, conversation: Conversation, reminder: Reminder, now: datetime) -> OutboundMessage | None:
    """What an SMS says of the visit; None where it would wake somebody."""
    business, visit = runtime.business, conversation.visit
    if visit is None or not reminders.may_ring(reminder, now, visit.starts, business.reminders, business.zone):
        return None
    return OutboundMessage(text=reminder_words.short(visit, business, conversation.language), about=reminder.id)


async def _tell_ops(runtime: Runtime, reading: Reading, claim: Claim, failure: Refused) -> None:
    """A dead token or an account in trouble is ours to cure."""
    if failure.reason not in (Refusal.TOKEN, Refusal.ACCOUNT):
        return
    log.error("our account needs ops: %s", failure, extra={"channel": failure.vendor})
    letter = {"step": "send", "reason": failure.reason, "outbox_id": claim.outbox_id, "detail": failure.detail}
    await runtime.dead_letters.add(reading.id, letter)


async def _attempt(
    runtime: Runtime, channel: Channel, conversation: Conversation, claim: Claim, message: OutboundMessage
) -> str | Failure:
    """One call, counted: the vendor's message id, or how it failed."""
    started = time.monotonic()
    try:
        vendor_id = await _deliver(runtime, channel, conversation, claim, message)
    except Failure as failure:
        _count(runtime, channel, type(failure).__name__.lower(), started)
        return failure
    _failures.pop(channel.name, None)
    _count(runtime, channel, "ok", started)
    return vendor_id


async def _deliver(
    runtime: Runtime, channel: Channel, conversation: Conversation, claim: Claim, message: OutboundMessage
) -> str:
    """The vendor's message id. Raises Failure."""
    to = Address(
        account=conversation.account,
        chat_id=conversation.chat_id,
        connection_id=conversation.connection_id,
        outbox_id=claim.outbox_id,
    )
    request = channel.render(message, to)
    if channel.capabilities.local:
        who = {"from": "person"} if claim.kind is OutKind.PERSON else {}
        return await runtime.chat.append(conversation.chat_id, claim.outbox_id, {**(request.json or {}), **who})
    return channel.read(await runtime.wires[channel.name].send(request))


async def _failed(runtime: Runtime, reading: Reading, entry: str, claim: Claim, failure: Failure) -> str:
    if failure.executed is None:
        return "more"  # it stays in flight: the next claim waits for a sign of it
    if failure.retry_after is None:
        reason = Refusal.REFUSED
        if isinstance(failure, Refused):
            reason = failure.reason
            await _tell_ops(runtime, reading, claim, failure)
        return await _settle(runtime, reading, entry, claim, Fate.FAILED, reason=reason)
    _failures[failure.vendor] += 1
    backoff = min(MOST_BACKOFF, timedelta(seconds=0.5 * 2 ** min(_failures[failure.vendor], 8)))
    after = max(failure.retry_after, backoff)
    return await runtime.outbox.retry(reading.id, entry, claim.outbox_id, after, tries=claim.tries)


async def _resolve(runtime: Runtime, reading: Reading, channel: Channel | None, entry: str, claim: Claim) -> str:
    """A call whose end nobody saw: ours or a dead sender's. A sign settles it, then a bot's reply goes once more."""
    if claim.vendor_id:
        return await _settle(runtime, reading, entry, claim, Fate.SENT, vendor_id=claim.vendor_id)
    if await _is_local(runtime, reading, channel, claim):  # our own chat takes each outbox id once
        return await _transmit(runtime, reading, channel, entry, claim)
    if claim.age < SETTLES:
        await asyncio.sleep(min(SETTLES - claim.age, timedelta(seconds=1)).total_seconds())
        return "more"
    if claim.kind not in BOTS_OWN or claim.tries > 1:
        return await _settle(runtime, reading, entry, claim, Fate.UNKNOWN, reason="unknown")
    answer = await runtime.outbox.again(reading.id, entry, claim.outbox_id, claim.tries)
    if answer == "person":
        return await _settle(runtime, reading, entry, claim, Fate.UNKNOWN, reason="unknown")
    if answer == "stale":
        return "stale"
    return await _transmit(runtime, reading, channel, entry, replace(claim, tries=claim.tries + 1))


async def _is_local(runtime: Runtime, reading: Reading, channel: Channel | None, claim: Claim) -> bool:
    """Whether the call cannot have been to a vendor. A reminder may have been on its way by any of its ways."""
    if channel is None or not channel.capabilities.local:
        return False
    if claim.kind is not OutKind.REMINDER or reading.conversation is None:
        return True
    tried = await ways(runtime, reading.conversation, own=True)
    return all(runtime.channels[way.channel].capabilities.local for way in tried)


async def _settle(
    runtime: Runtime,
    reading: Reading,
    entry: str,
    claim: Claim,
    fate: Fate,
    *,
    reason: str = "",
    vendor_id: str = "",
    via: str = "",
    said: str = "",
) -> str:
    """`said`: what was sent, where that was not the text of the outbox."""
    channel = reading.conversation.channel if reading.conversation else "none"
    runtime.meter.count("otklik_sent_total", channel=channel, kind=claim.kind, fate=fate)
    outcome = SendOutcome(
        outbox_id=claim.outbox_id,
        kind=claim.kind,
        fate=fate,
        at=reading.now,
        reason=reason,
        text=said or (claim.message.text if claim.message else ""),
        doubled=claim.tries > 1,
        about=claim.message.about if claim.message else "",
        ref=vendor_id if claim.kind is OutKind.REMINDER else "",
        via=via,
        way=reading.id if reading.id != reading.host else "",
    )
    return await runtime.outbox.settle(reading.id, entry, outcome, vendor_id, tries=claim.tries)


def in_window(
    channel: Channel, conversation: Conversation, message: OutboundMessage, now: datetime, template: Template | None
) -> OutboundMessage | None:
    """The message as it may leave now: free text inside the window, a template outside, None if neither is allowed."""
    window = BUSINESS_WINDOW if conversation.connection_id else channel.capabilities.window
    last = conversation.last_customer_at
    if window is None or message.template is not None or (last is not None and now - last < window):
        return message
    if not channel.capabilities.templates or template is None:
        return None
    values = (" ".join(message.text.split()),)  # a template's value holds no line breaks
    return OutboundMessage(
        text=message.text, template=Template(name=template.name, language=template.language, values=values)
    )


def _pace(conversation: Conversation | None, channel: Channel | None) -> Pace:
    if conversation is None or channel is None:
        return Pace(chat_interval=timedelta(0), chat_burst=1, account="none", account_per_second=100)
    can = channel.capabilities
    return Pace(
        chat_interval=can.chat_interval,
        chat_burst=can.chat_burst,
        account=f"{channel.name}:{conversation.account}",
        account_per_second=can.account_per_second,
    )


def _count(runtime: Runtime, channel: Channel, outcome: str, started: float) -> None:
    runtime.meter.count("otklik_vendor_calls_total", vendor=channel.name, operation="send", outcome=outcome)
    runtime.meter.observe("otklik_step_duration_seconds", time.monotonic() - started, step="send", outcome=outcome)
