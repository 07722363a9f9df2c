"""Dialogue lines → the open line's chat: customers' and our own words, what reached whom, and what did not.

A conversation's lines wait in a queue of its own; its live entry on the stream is the lock. Up to fifty commands of
many conversations travel in one call. The portal does not recognise a message that it has had: after a call whose end
nobody saw, the chat's history is read first.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import app.domain.line_words  # noqa: F401 - fills the catalogue
from app.domain.card import Line
from app.domain.conversation import Conversation
from app.domain.markup import escaped
from app.domain.summary import channel_name
from app.domain.words import say
from app.flow.files import customer_file
from app.jobs import Entry
from app.runtime import Runtime
from app.store.lines import OpenLine, Talk
from app.store.mailbox import Reading
from bitrix import BitrixError, Command, Priority, Result, lines, methods
from bitrix.errors import Denied, Refused, Unanswered
from bitrix.lines import Guest, Hint, Said

log = logging.getLogger("otklik.line")

GROUP = 20  # conversations a turn
COMMANDS = 48  # of one call; the portal takes 50
CONTACT_WAIT = timedelta(seconds=20)  # for the contact that the chat is to be bound to
LOOK = 0.25
MOST_BACKOFF = 10.0
OFF = frozenset({"NOT_ACTIVE_LINE", "IMCONNECTOR_NO_CORRECT_PROVIDER"})  # a person switched the line off


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One command and the lines that it takes over; 0 for one that only prepares."""

    command: Command
    lines: int = 0
    says: tuple[str, ...] = ()  # texts of ours that will come back in an operator's name
    fallback: Command | None = None


@dataclass(slots=True, kw_only=True)
class Work:
    entry: Entry
    reading: Reading
    conversation: Conversation
    lines: list[Line]
    talk: Talk
    contact: int | None
    parts: list[Part] = field(default_factory=list)
    done: int = 0

    @property
    def id(self) -> str:
        return self.reading.id


async def talk(runtime: Runtime, entries: list[Entry]) -> None:
    """Bring the chats up to date. Ends when these conversations have nothing left, or the portal is away for long."""
    left, failures, unsure = {entry.subject: entry for entry in entries}, 0, any(entry.tries > 1 for entry in entries)
    while left:
        line = await runtime.lines.line()
        if line is None or runtime.crm is None:
            await asyncio.gather(*(_drop(runtime, entry) for entry in left.values()))
            return
        works = [work for entry in left.values() if (work := await _work(runtime, entry)) is not None]
        ready = [work for work in works if not _waits_for_contact(work)]
        try:
            if unsure:
                await _skip_known(runtime, line, ready)
            await _say(runtime, line, ready)
            failures, unsure = 0, False
        except BitrixError as error:
            unsure, failures = unsure or isinstance(error, Unanswered), failures + 1
            log.warning("the open line was not reached: %s", error)
            await asyncio.sleep(min(MOST_BACKOFF, error.retry_after or 0.5 * 2 ** min(failures, 5)))
        left = await _left(runtime, works)
        if left and not ready:
            await asyncio.sleep(LOOK)


async def _work(runtime: Runtime, entry: Entry) -> Work | None:
    """None for a conversation that is not there any more: its lines go with it."""
    reading = await runtime.mailbox.through(entry.subject)
    if reading.conversation is None:
        await _drop(runtime, entry)
        return None
    return Work(
        entry=entry,
        reading=reading,
        conversation=reading.conversation,
        lines=await runtime.lines.waiting(entry.subject),
        talk=await runtime.lines.talk(entry.subject),
        contact=await runtime.cards.contact_of(reading.person_id),
    )


def _waits_for_contact(work: Work) -> bool:
    """The chat is bound to the contact by its first message; a line that makes no leads does no harm without it."""
    if work.talk.chat or work.contact or not work.lines:
        return False
    return work.reading.now - work.lines[0].at < CONTACT_WAIT


async def _say(runtime: Runtime, line: OpenLine, works: Sequence[Work]) -> None:
    commands: dict[str, tuple[Work, Part]] = {}
    for number, work in enumerate(works):
        work.parts = list(_parts(runtime, line, work))
        for place, part in enumerate(work.parts[: COMMANDS - len(commands)]):
            commands[f"c{number}_{place}"] = (work, part)
            await runtime.lines.note_ours(work.id, part.says)
    if not commands or runtime.crm is None:
        return
    asked = {key: part.command for key, (_, part) in commands.items()}
    answers = await runtime.crm.client.batch(asked, priority=Priority.URGENT)
    stopped: set[str] = set()
    for key, (work, part) in commands.items():
        if work.id not in stopped and not await _took(runtime, work, part, answers.get(key)):
            stopped.add(work.id)
    if stopped:
        await asyncio.sleep(1.0)  # the rest of these is tried again


async def _took(runtime: Runtime, work: Work, part: Part, answer: Result | BitrixError | None) -> bool:
    """Whether the next line of this conversation may follow."""
    if isinstance(answer, Denied) and part.fallback is not None and runtime.crm is not None:
        await runtime.lines.note_ours(work.id, part.says)
        answer = await _alone(runtime, part.fallback)
    if isinstance(answer, Result):
        if part.command.method == "imconnector.send.messages":
            await _entered(runtime, work, lines.read_sent(answer.value))
        elif part.command.method == "crm.contact.update":
            await _bound(runtime, work)
    elif answer is None or answer.retry_after is not None or answer.code in OFF:
        if answer is not None:
            log.warning("a line of the dialogue waits: %s", answer, extra={"conversation_id": work.id})
        return False
    elif part.lines:
        log.error("the open line took no line of a dialogue: %s", answer, extra={"conversation_id": work.id})
        runtime.meter.count("otklik_logged_errors_total", where="talk")
    work.done += part.lines
    return True


async def _bound(runtime: Runtime, work: Work) -> None:
    """Kept at once: the portal adds a row for each time it is told."""
    work.talk = replace(work.talk, bound=True)
    await runtime.lines.save(work.id, work.talk, work.reading.machine_ms)


async def _alone(runtime: Runtime, command: Command) -> Result | BitrixError:
    if runtime.crm is None:
        raise ValueError("no portal")
    try:
        return await runtime.crm.client.call(command, priority=Priority.URGENT)
    except Refused as error:
        return error


async def _entered(runtime: Runtime, work: Work, taken: Sequence[tuple[int, int] | BitrixError]) -> None:
    for one in taken:
        if isinstance(one, BitrixError):
            log.error("the open line took no message: %s", one, extra={"conversation_id": work.id})
            runtime.meter.count("otklik_logged_errors_total", where="talk")
        else:
            work.talk = work.talk.entered(*one)
    await runtime.lines.save(work.id, work.talk, work.reading.machine_ms)


async def _left(runtime: Runtime, works: Sequence[Work]) -> dict[str, Entry]:
    left = {}
    for work in works:
        if await runtime.lines.done(work.id, work.entry.id, work.done) == "more":
            left[work.id] = work.entry
    return left


async def _drop(runtime: Runtime, entry: Entry) -> None:
    while await runtime.lines.done(entry.subject, entry.id, 1000) == "more":
        pass


async def _skip_known(runtime: Runtime, line: OpenLine, works: Sequence[Work]) -> None:
    """Lines that already stand in the chat, by the ids that its messages carry."""
    await _find(runtime, line, works)
    begun = [(work, work.talk.session) for work in works if work.talk.session]
    for (work, _), value in await _answers(runtime, begun, lines.history):
        known = {name for row in lines.read_history(value).messages for name in row.external_ids}
        while work.lines and message_id(work.id, work.lines[0]) in known:
            work.lines.pop(0)
            work.done += 1


async def _find(runtime: Runtime, line: OpenLine, works: Sequence[Work]) -> None:
    """Their chats as they are now: whoever died, or heard no answer, could not keep what its message had begun."""
    free = [(work, work.contact) for work in works if work.contact and not work.talk.bound]
    for (work, _), value in await _answers(runtime, free, methods.contact_get):
        if any(row["VALUE"] == _code(line, work) for row in value.get("IM") or ()):
            await _bound(runtime, work)
    chats = [(work, work.talk.chat) for work in works if work.talk.chat]
    strangers = [(work, work.contact) for work in works if work.contact and not work.talk.chat]
    for (work, _), value in await _answers(runtime, strangers, lines.chats_of):
        chats += [(work, chat) for chat in lines.read_chats(value, line.connector)]
    for (work, chat), value in await _answers(runtime, chats, lines.dialog):
        if lines.read_guest(value) == work.id and lines.read_session(value) not in (0, work.talk.session):
            work.talk = work.talk.entered(chat, lines.read_session(value))
            await runtime.lines.save(work.id, work.talk, work.reading.machine_ms)


async def _answers(
    runtime: Runtime, about: Sequence[tuple[Work, int]], ask: Callable[[int], Command]
) -> list[tuple[tuple[Work, int], Any]]:
    """What the portal says of each, those left out that it refuses."""
    found: list[tuple[tuple[Work, int], Any]] = []
    if runtime.crm is None:
        return found
    for start in range(0, len(about), COMMANDS):
        part = about[start : start + COMMANDS]
        asks = {f"q{n}": ask(number) for n, (_, number) in enumerate(part)}
        answers = await runtime.crm.client.batch(asks, priority=Priority.HOT)
        found += [
            (one, answer.value) for n, one in enumerate(part) if isinstance(answer := answers.get(f"q{n}"), Result)
        ]
    return found


# --- a line → a command


def _parts(runtime: Runtime, line: OpenLine, work: Work) -> list[Part]:
    """In the order of the dialogue; neighbours travel in one command. What needs a chat waits until there is one."""
    guest = guest_of(work.conversation, runtime.business.locale)
    parts: list[Part] = []
    if not work.talk.bound and work.contact:
        parts.append(_binding(line, work))
    run: list[tuple[Said, str]] = []
    for each in work.lines:
        hint = hint_of(each.ref)
        if each.who == "note" or hint is not None:
            parts += _run(line, guest, run)
            run = []
            if not work.talk.chat:
                return parts
            parts += [_delivered(line, work, each, hint)] if hint else _noted(line, guest, work, each)
        else:
            run.append(_said(runtime, line, work, each))
    return parts + _run(line, guest, run)


def _run(line: OpenLine, guest: Guest, run: Sequence[tuple[Said, str]]) -> list[Part]:
    if not run:
        return []
    command = lines.send(line.connector, line.line, guest, [said for said, _ in run])
    return [Part(command=command, lines=len(run), says=tuple(own for _, own in run if own))]


def _said(runtime: Runtime, line: OpenLine, work: Work, each: Line) -> tuple[Said, str]:
    """The message, and its text where it stands in an operator's name."""
    at, words = int(each.at.timestamp()), escaped(each.text)
    if each.who == "customer":
        files = [(customer_file(runtime, work.conversation, file), file.name or file.kind) for file in each.files]
        shown = tuple({"url": url, "name": name} for url, name in files if url)
        return Said(id=message_id(work.id, each), text=words, at=at, files=shown), ""
    text = f"[b]{say(f'line_{each.who}', runtime.business.locale)}:[/b] {words}"
    return Said(id=message_id(work.id, each), text=text, at=at, author=line.author), text


def _noted(line: OpenLine, guest: Guest, work: Work, each: Line) -> list[Part]:
    """For the operators; where the chat does not let us in, in our own name, which the customer does not get either."""
    text = escaped(each.text)
    said = Said(id=message_id(work.id, each), text=text, at=int(each.at.timestamp()), author=line.author)
    return [
        Part(command=lines.join(work.talk.chat)),
        Part(
            command=lines.system_message(work.talk.chat, text),
            lines=1,
            fallback=lines.send(line.connector, line.line, guest, [said]),
            says=(text,),
        ),
    ]


def _delivered(line: OpenLine, work: Work, each: Line, hint: Hint) -> Part:
    command = lines.delivered(line.connector, line.line, work.id, hint, each.ref, int(each.at.timestamp()))
    return Part(command=command, lines=1)


def _binding(line: OpenLine, work: Work) -> Part:
    """The contact gets the chat's user code before the first message, so that the portal finds it instead of nobody."""
    fields = {"IM": [{"VALUE": _code(line, work), "VALUE_TYPE": "IMOL"}]}
    return Part(command=methods.contact_update(work.contact or 0, fields))


def _code(line: OpenLine, work: Work) -> str:
    return f"imol|{line.connector}|{line.line}|{work.id}|{work.id}"


def guest_of(conversation: Conversation, locale: str) -> Guest:
    name = conversation.name or conversation.username or say("title_customer", locale)
    phone = conversation.phone.number if conversation.phone and conversation.phone.proven else ""
    chat = say("line_chat", locale, channel=channel_name(conversation.channel, locale), name=name)
    return Guest(id=conversation.id, name=name, phone=phone, chat_name=chat)


def message_id(conversation: str, line: Line) -> str:
    """Unique over the enquiries of a conversation; stable, so that it is found again."""
    return f"{conversation}.{int(line.at.timestamp() * 1000)}.{line.number}"


def answer_id(chat: int, message: int, part: str = "") -> str:
    """What an operator's message is called in its conversation."""
    return f"line:{chat}:{message}" + (f":{part}" if part else "")


def hint_of(ref: str) -> Hint | None:
    """The operator's message that this outbox id came from; None for a text of another door."""
    _, _, name = ref.partition(":")
    parts = name.split(":")
    if parts[0] != "line" or len(parts) < 3 or not (parts[1].isdigit() and parts[2].isdigit()):
        return None
    return Hint(chat_id=int(parts[1]), message_id=int(parts[2]))


def said_by_us(external_ids: Sequence[str], conversation: str) -> bool:
    return any(name.startswith(f"{conversation}.") for name in external_ids)
