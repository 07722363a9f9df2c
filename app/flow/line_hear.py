"""What operators write in the open line → the customer. An event says where to look; the chat's history says what.

Whatever stands in the history and was not taken over yet is taken over once: an event that was lost, came twice or too
early changes nothing. Chats without an event are read in turn.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

import app.domain.line_words  # noqa: F401 - fills the catalogue
from app.channels.base import fit
from app.domain.card import Line
from app.domain.mail import Button
from app.domain.markup import Marked, cut, read_bb, without_signature
from app.domain.message import Attachment, Kind
from app.domain.pressing import button_of
from app.domain.words import say
from app.flow.files import portal_file
from app.flow.line_talk import answer_id, said_by_us
from app.jobs import Entry
from app.runtime import Runtime
from app.store import keys
from app.store.lines import OpenLine, Talk
from app.store.mailbox import Reading, text_hash
from bitrix import BitrixError, Command, Priority, Result, lines
from bitrix.events import Event
from bitrix.lines import MESSAGE_EVENTS, Hint, History, Written

log = logging.getLogger("otklik.line")

GROUP = 50  # hints read at once
SWEEP = 50  # chats read in one call without an event
OWN = "own"  # stands for the hash of a text of ours


async def take_event(runtime: Runtime, event: Event) -> bool:
    """Keep where to look. False: of a connector or line that is not ours. Raises StoreAway, StoreError."""
    line = await runtime.lines.line()
    if line is None:
        return False
    if event.name in MESSAGE_EVENTS:
        hints = lines.hints(event.data, line.connector, line.line)
        for hint in hints:
            await runtime.lines.hint({"chat": hint.chat_id, "message": hint.message_id})
        return bool(hints)
    if event.name == "ONIMCONNECTORDIALOGFINISH":
        chats = lines.finished(event.data, line.connector, line.line)
        for chat in chats:
            await runtime.lines.hint({"chat": chat, "finished": True})
        return bool(chats)
    await runtime.lines.hint({"state": event.name})
    return True


async def hear(runtime: Runtime, entries: list[Entry]) -> None:
    """Read the chats that events told of. Raises BitrixError: tried again."""
    line = await runtime.lines.line()
    hints = [orjson.loads(entry.subject) for entry in entries]
    if line is not None and runtime.crm is not None:
        if any("state" in hint for hint in hints):
            await _look_at_line(runtime, line)
        wanted = {int(hint["chat"]): int(hint.get("message", 0)) for hint in hints if "chat" in hint}
        await _read(runtime, line, wanted)
        finished = {int(hint["chat"]) for hint in hints if hint.get("finished")}
        for chat in finished:
            await _finished(runtime, chat)
        await runtime.lines.unsweep(sorted(finished))
    for entry in entries:
        await runtime.link.command("XACK", entry.stream, keys.GROUP, entry.id)
        await runtime.link.command("XDEL", entry.stream, entry.id)


async def sweep_lines(runtime: Runtime) -> None:
    """Read chats that no event told of, in turn: the portal tries once, and not always. Silent ones are forgotten."""
    line = await runtime.lines.line()
    if line is None or runtime.crm is None:
        return
    now_ms = round((await runtime.cards.machine_now()).timestamp() * 1000)
    chats = await runtime.lines.longest_unread(SWEEP, now_ms)
    owners = await runtime.lines.of_chats(chats)
    kept = [chat for chat in chats if chat in owners and (await runtime.lines.talk(owners[chat])).chat]
    await runtime.lines.forget([chat for chat in chats if chat not in kept])
    if not kept:
        return
    try:
        await _read(runtime, line, dict.fromkeys(kept, 0), Priority.NORMAL)
    except BitrixError as error:
        log.warning("open dialogues were not read: %s", error)


async def _read(
    runtime: Runtime, line: OpenLine, wanted: Mapping[int, int], priority: Priority = Priority.URGENT
) -> None:
    """`wanted`: chat → a message that must be in its history, or 0. Another session is asked for where it is not."""
    owners = await runtime.lines.of_chats(list(wanted))
    talks = {chat: await runtime.lines.talk(conversation) for chat, conversation in owners.items()}
    found = await _histories(runtime, {chat: talk.session for chat, talk in talks.items()}, priority)
    moved = [chat for chat in owners if not _holds(found.get(chat), wanted[chat])]
    for chat, session in (await _sessions(runtime, moved, priority)).items():
        if session and session != talks[chat].session:
            talks[chat] = replace(talks[chat], session=session)
            found |= await _histories(runtime, {chat: session}, priority)
    ours: dict[str, Command] = {}
    for chat, history in found.items():
        for message in await _take_over(runtime, line, owners[chat], talks[chat], history):
            hint, name = Hint(chat_id=chat, message_id=message.id), message_id(message)
            at = round((await runtime.cards.machine_now()).timestamp())
            ours[f"m{message.id}"] = lines.delivered(line.connector, line.line, owners[chat], hint, name, at)
    await _values(runtime, ours, priority)


async def _take_over(
    runtime: Runtime, line: OpenLine, conversation: str, talk: Talk, history: History
) -> list[Written]:
    """Returns what turned out to be ours: it stands there because the customer has it already."""
    reading = await runtime.mailbox.through(conversation)
    if reading.conversation is None:
        return []
    taken, ours = await runtime.lines.taken(conversation), list[Written]()
    for message in history.messages:
        if message.internal or message.author in history.guests:
            continue
        if message.id in taken:
            await _changed(runtime, reading, talk, message, taken[message.id])
        elif await _is_ours(runtime, line, reading, message):
            await runtime.lines.take(reading.id, message.id, OWN)
            ours.append(message)
        else:
            if not message.deleted:
                await _answer(runtime, reading, talk, message, message.text)
            await runtime.lines.take(reading.id, message.id, "" if message.deleted else text_hash(message.text))
    return ours


async def _is_ours(runtime: Runtime, line: OpenLine, reading: Reading, message: Written) -> bool:
    """By the id that we gave it, or by its text where it stands in the name of our own user."""
    if said_by_us(message.external_ids, reading.id):
        return True
    return message.author == line.author and await runtime.lines.is_ours(reading.id, message.text)


async def _changed(runtime: Runtime, reading: Reading, talk: Talk, message: Written, before: str) -> None:
    """What a customer has read cannot be taken back: a change goes after it, a deletion is told to its author."""
    if before in (OWN, "") or (not message.deleted and before == text_hash(message.text)):
        return
    locale = runtime.business.locale
    if message.deleted:
        await _tell(runtime, reading, say("line_deleted", locale), reading.now)
        await runtime.lines.take(reading.id, message.id, "")
        return
    text = say("line_correction", locale, text=without_signature(message.text))
    await _answer(runtime, reading, talk, message, text, part=f"edit{text_hash(message.text)}")
    await runtime.lines.take(reading.id, message.id, text_hash(message.text))


async def _answer(
    runtime: Runtime, reading: Reading, talk: Talk, message: Written, text: str, *, part: str = ""
) -> None:
    """The takeover and the text in one step; a long text in pieces, each file after it."""
    conversation = reading.conversation
    if conversation is None:
        return
    if button := button_of(text):
        name = answer_id(talk.chat, message.id, part)
        await runtime.mailbox.press(reading.id, conversation.channel, name, button, message.author, reading.now)
        return
    channel = runtime.channels[conversation.channel]
    marked = read_bb(without_signature(text))
    pieces = cut(marked, fit(marked.text, channel.capabilities))
    files = [_attachment(runtime, row) for row in message.files]
    outs: list[tuple[Marked, Attachment | None]] = [(piece, None) for piece in pieces]
    outs += [(Marked(text=""), file) for file in files if file is not None]
    for number, (words, file) in enumerate(outs):
        name = answer_id(talk.chat, message.id, "-".join(filter(None, (part, str(number) if number else ""))))
        await runtime.mailbox.answer(
            reading.id,
            conversation.channel,
            name,
            words.text,
            message.author,
            reading.now,
            spans=words.spans,
            file=file,
            aimed=True,
        )


async def _finished(runtime: Runtime, chat: int) -> None:
    """The operator closed the dialogue: the next words of the customer are the assistant's to answer."""
    for conversation in (await runtime.lines.of_chats([chat])).values():
        reading = await runtime.mailbox.read(conversation)
        talk = await runtime.lines.talk(conversation)
        if reading.conversation is not None:
            name, channel = f"line:{chat}:finished:{talk.session}", reading.conversation.channel
            await runtime.mailbox.press(conversation, channel, name, Button.RETURN, None, reading.now)


async def _tell(runtime: Runtime, reading: Reading, text: str, at: datetime) -> None:
    await runtime.lines.add(reading.id, Line(number=0, at=at, who="note", text=text))


async def _look_at_line(runtime: Runtime, line: OpenLine) -> None:
    """An event says that the connector or the line is gone: the portal itself is asked."""
    if runtime.crm is None:
        return
    state = (await runtime.crm.client.call(lines.status(line.connector, line.line))).value
    if not (isinstance(state, dict) and state.get("STATUS")):
        log.error("the open line is switched off; `otklik setup` makes it anew")
        await runtime.lines.disconnect()


async def _histories(runtime: Runtime, sessions: Mapping[int, int], priority: Priority) -> dict[int, History]:
    asks = {f"h{chat}": lines.history(session) for chat, session in sessions.items() if session}
    return {int(key[1:]): lines.read_history(value) for key, value in (await _values(runtime, asks, priority)).items()}


async def _sessions(runtime: Runtime, chats: Sequence[int], priority: Priority) -> dict[int, int]:
    values = await _values(runtime, {f"d{chat}": lines.dialog(chat) for chat in chats}, priority)
    return {int(key[1:]): lines.read_session(value) for key, value in values.items()}


async def _values(runtime: Runtime, asks: Mapping[str, Any], priority: Priority) -> dict[str, Any]:
    """Fifty at a time; what the portal refuses is left out and logged."""
    values: dict[str, Any] = {}
    if runtime.crm is None:
        return values
    names = list(asks)
    for start in range(0, len(names), 50):
        part = {name: asks[name] for name in names[start : start + 50]}
        for name, answer in (await runtime.crm.client.batch(part, priority=priority)).items():
            if isinstance(answer, Result):
                values[name] = answer.value
            elif answer.retry_after is not None:
                raise answer
            else:
                log.warning("an open dialogue was not read: %s", answer)
    return values


def message_id(message: Written) -> str:
    return message.external_ids[0] if message.external_ids else f"own.{message.id}"


def _holds(history: History | None, message: int) -> bool:
    return history is not None and (not message or any(row.id == message for row in history.messages))


def _attachment(runtime: Runtime, row: Mapping[str, Any]) -> Attachment | None:
    """None without SECRET_KEY: an address of the portal's own must not reach a customer."""
    name = str(row.get("name") or "file")
    kind = Kind.IMAGE if str(row.get("type")) == "image" else Kind.DOCUMENT
    url = portal_file(runtime, row)
    return Attachment(kind=kind, name=name, url=url) if url else None
