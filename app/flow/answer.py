"""The stream entry is the lock: read the mailbox in order, coalesce the burst, take the turn, commit it."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from app.assistant import rules
from app.channels.base import fit
from app.domain.business import Business, Mode
from app.domain.conversation import Conversation, opened
from app.domain.decision import Out, Turn
from app.domain.desk import answers_itself
from app.domain.invitations import awaited
from app.domain.mail import Received, Unreadable, is_customers
from app.domain.message import Kind
from app.domain.modes import mode_of
from app.domain.qualification import Heat, Intent, Known, Question, Understanding
from app.domain.qualification import Reading as Read
from app.domain.turn import take_turn, wants_answer
from app.domain.visits.visit import Openings
from app.domain.words import say
from app.flow.join import join
from app.flow.openings import with_openings
from app.observe.metrics import counted, observed
from app.runtime import Runtime
from app.store.codec import dump_mail, to_json
from app.store.mailbox import Reading

log = logging.getLogger("otklik.answer")

QUIET_MS = 1000  # a burst ends after this much silence (machine time)
BURST_MS = 3000  # and is never waited for longer than this from its first message
ANSWER_MS = 4400  # from the first message of a burst to its commit: 5 s are promised to the reply
PARKED = timedelta(hours=1)
POISON = 5  # at this try the batch is parked and a person is asked
STRUCTURED = frozenset(
    {Kind.BUTTON, Kind.FORM, Kind.START, Kind.CONTACT, Kind.COMMENT}
)  # nothing follows these at once


async def answer(runtime: Runtime, conversation_id: str, entry: str, tries: int) -> None:
    """Take turns until the mailbox is empty. Ends early when another worker was faster: nothing is changed then."""
    while True:
        reading = await runtime.mailbox.read(conversation_id)
        if tries >= POISON:
            outcome = await _park(runtime, reading, entry, tries)
        elif wants_answer(reading.mails):
            outcome = await _turn(runtime, reading, entry)
        else:  # hundreds of clocks may strike in one second, and who has written must not wait behind them
            async with runtime.unhurried:
                outcome = await _turn(runtime, reading, entry)
        if outcome != "more":
            return
        tries = 1


async def _turn(runtime: Runtime, reading: Reading, entry: str) -> str:
    if reading.host != reading.id:
        return "joined"  # its mails are the host's, and so was its entry
    if not reading.mails:
        return await runtime.mailbox.commit(reading, entry, None)
    if reading.conversation is None and not any(isinstance(mail, Received) for mail in reading.mails):
        log.warning("news of a conversation that nobody began is dropped", extra={"conversation_id": reading.id})
        return await runtime.mailbox.commit(reading, entry, None, dead_letter=_unreadable(reading))
    phone = _proven_phone(reading)
    if await join(runtime, reading, phone):
        return "more"
    reading, understanding, openings = await _understood(runtime, reading)
    started = time.monotonic()
    if phone != (phone := _proven_phone(reading)) and await join(runtime, reading, phone):
        return "more"
    person = reading.person_id if reading.person_id and not phone else await runtime.mailbox.identify(reading.id, phone)
    turn = take_turn(
        _known_person(reading, person),
        reading.mails,
        understanding,
        runtime.business,
        roster=await runtime.people.roster(),
        owner=reading.owner,
        now=reading.now,
        openings=openings,
        mode=_mode(runtime, reading),
    )
    turn = _fitted(runtime, turn)
    figures = _figures(turn)
    outcome = await runtime.mailbox.commit(
        reading, entry, turn, person_id=person, figures=figures, dead_letter=_unreadable(reading)
    )
    runtime.meter.observe("otklik_step_duration_seconds", time.monotonic() - started, step="commit", outcome=outcome)
    return outcome


def _mode(runtime: Runtime, reading: Reading) -> Mode:
    """Of the messenger that is answered in: the one that was written in last."""
    words = [mail.message.channel for mail in reading.mails if is_customers(mail) and isinstance(mail, Received)]
    channel = words[-1] if words else reading.conversation.channel if reading.conversation else ""
    return mode_of(channel, runtime.business, reading.switches)


def _may_spend(runtime: Runtime, reading: Reading) -> bool:
    """Past the day's cap the rules answer alone."""
    cap = runtime.settings.assistant.daily_cap
    if cap is None or reading.spent < cap:
        return True
    runtime.meter.count("otklik_models_capped_total")
    return False


def _unreadable(reading: Reading) -> str:
    """A dead letter of what this version cannot read, or nothing."""
    texts = [mail.text for mail in reading.mails if isinstance(mail, Unreadable)]
    return to_json({"step": "answer", "reason": "unreadable", "mails": texts}) if texts else ""


def _known_person(reading: Reading, person: str) -> Conversation | None:
    if reading.conversation is not None:
        return replace(reading.conversation, person_id=person)
    first = next((mail for mail in reading.mails if isinstance(mail, Received)), None)
    return replace(opened(first.message), person_id=person) if first else None


def _proven_phone(reading: Reading) -> str:
    phones = (mail.message.phone for mail in reading.mails if isinstance(mail, Received))
    return next((phone.number for phone in phones if phone and phone.proven), "")


async def _understood(runtime: Runtime, reading: Reading) -> tuple[Reading, Understanding | None, Openings | None]:
    """What the customer wants, what the diary allows, and the mailbox as it stands at the end of the burst.

    The draft is computed while the quiet window runs; a message that comes meanwhile starts both anew.
    """
    words = wants_answer(reading.mails)
    if not words or (reading.conversation and reading.conversation.staff):
        return reading, None, None
    silent = _mode(runtime, reading) is Mode.OFF
    if silent or not answers_itself(reading.conversation, reading.owner, runtime.business, reading.now):
        question = _question(reading, words, runtime.business)
        return reading, rules.answer(question, runtime.business), None
    while True:
        began, at_ms = time.monotonic(), reading.machine_ms
        first_ms = min(mail.arrived_ms for mail in words)
        budget = max(0.05, (first_ms + ANSWER_MS - at_ms) / 1000)
        draft = asyncio.create_task(_draft(runtime, reading, words, began + budget), name="draft")
        try:
            fresh = await _quiet(runtime, reading, words, began)
            if fresh is None:
                return reading, *await draft
        finally:
            if not draft.done():
                draft.cancel()
        reading, words = fresh, wants_answer(fresh.mails)


async def _draft(
    runtime: Runtime, reading: Reading, words: Sequence[Received], deadline: float
) -> tuple[Understanding, Openings | None]:
    """`deadline` by the monotonic clock. The diary is asked first: the words may only name times that it knows free."""
    question, openings = await with_openings(runtime, reading, words, _question(reading, words, runtime.business))
    left = max(0.05, deadline - time.monotonic())
    understanding = await runtime.assistant.understand(
        question, runtime.business, deadline_seconds=left, use_models=_may_spend(runtime, reading)
    )
    return understanding, openings


async def _quiet(runtime: Runtime, reading: Reading, words: Sequence[Received], began: float) -> Reading | None:
    """Wait for the end of the burst. A fresh reading if more came, None if nothing did."""
    last_ms, first_ms = max(mail.arrived_ms for mail in words), min(mail.arrived_ms for mail in words)
    until_ms = min(last_ms + runtime.patience(QUIET_MS), first_ms + runtime.patience(BURST_MS))
    if all(mail.message.kind in STRUCTURED for mail in words):
        return None
    left = (until_ms - reading.machine_ms) / 1000 - (time.monotonic() - began)
    if left <= 0:
        return None
    await asyncio.sleep(left)
    fresh = await runtime.mailbox.read(reading.id)
    return fresh if len(wants_answer(fresh.mails)) > len(words) else None


def _question(reading: Reading, words: Sequence[Received], business: Business) -> Question:
    conversation = reading.conversation
    known = conversation.known() if conversation else Known()
    visit, plan = (conversation.visit, conversation.attendance) if conversation else (None, None)
    named = next((mail.message.name for mail in words if mail.message.name), "")
    phone = next((mail.message.phone.number for mail in words if mail.message.phone), "")
    return Question(
        texts=tuple(mail.message.text for mail in words),
        kinds=tuple(mail.message.kind for mail in words),
        history=conversation.history if conversation else (),
        known=replace(known, name=known.name or named, phone=known.phone or phone),
        channel=words[0].message.channel,
        visit_id=visit.id if visit else "",
        visit_at=visit.slot.starts if visit else None,
        reminded=plan is not None and plan.awaits,
        invites=awaited(conversation, business, min(mail.at for mail in words)),
        now=reading.now,
    )


def _fitted(runtime: Runtime, turn: Turn) -> Turn:
    """Texts cut to what the channel takes; buttons go with the last piece."""
    channel = runtime.channels.get(turn.conversation.channel)
    if channel is None:
        return turn
    outs: list[Out] = []
    for out in turn.outs:
        *heads, last = fit(out.message.text, channel.capabilities) or [""]
        outs += [
            Out(kind=out.kind, message=replace(out.message, text=piece, buttons=(), ask_phone=False)) for piece in heads
        ]
        outs.append(Out(kind=out.kind, message=replace(out.message, text=last)))
    return replace(turn, outs=tuple(outs))


async def _park(runtime: Runtime, reading: Reading, entry: str, tries: int) -> str:
    """A batch that ended its workers again and again becomes a dead letter, and a person is asked."""
    log.error("a batch is parked after %d tries", tries, extra={"conversation_id": reading.id})
    letter = to_json({"step": "answer", "tries": tries, "mails": [dump_mail(mail) for mail in reading.mails]})
    person = reading.person_id or f"p-{reading.id}"
    parked = Understanding(
        reading=Read(intent=Intent.HUMAN, heat=Heat.WARM),
        reply=say("parked", runtime.business.locale),
        handoff="unclear",
    )
    try:
        turn: Turn | None = take_turn(
            _known_person(reading, person),
            reading.mails,
            parked if wants_answer(reading.mails) else None,
            runtime.business,
            roster=await runtime.people.roster(),
            owner=reading.owner,
            now=reading.now,
        )
    except Exception:  # the turn itself is what fails: the letter alone is kept
        log.exception("a parked batch cannot be turned", extra={"conversation_id": reading.id})
        again_at = reading.now + PARKED  # whatever was promised is looked at again
        turn = Turn(conversation=reading.conversation, wake_at=again_at) if reading.conversation else None
    return await runtime.mailbox.commit(reading, entry, turn, person_id=person, dead_letter=letter)


def _figures(turn: Turn) -> dict[str, float]:
    """The journal's facts as metrics, counted in the same commit that writes them."""
    figures: dict[str, float] = {}
    for fact in turn.facts:
        values = fact.values
        grown = counted("otklik_journal_events_total", kind=fact.kind)
        if fact.kind == "clock":
            grown |= counted(
                "otklik_sla_clocks_total",
                policy=str(values["class"]),
                target=str(values["target"]),
                outcome=str(values["what"]),
            )
        if fact.kind == "replied" and "seconds" in values:
            seconds = float(str(values["seconds"]))
            labels = {"channel": str(values["channel"]), "by": str(values["by"])}
            grown |= observed("otklik_first_response_seconds", seconds, **labels)
        for field, by in grown.items():
            figures[field] = figures.get(field, 0) + by
    return figures
