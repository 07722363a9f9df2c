"""The deal's chat: made when a person is asked, it shows them what the customer says, where they answer.

Lines lie in the conversation's own list until the chat has them. A call whose end nobody saw is repeated: a line shown
twice is known by its number, a line lost would be a customer nobody reads. The chat itself is made once: it is noted
before, and after such a call the portal's own word of it is looked for (`hear_bot.py`) before another is made.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import app.domain.phrases  # noqa: F401 - fills the catalogue
from app.domain.brief import brief_of
from app.domain.card import Card, Line
from app.domain.mail import Button
from app.domain.markup import escaped
from app.domain.pressing import TALK, VISIT
from app.domain.summary import speaker
from app.domain.words import say
from app.flow.bot import COMMANDS, Bot, bot_of
from app.jobs import Entry
from app.runtime import Runtime
from app.store import codec
from app.store.cards import Overtaken
from app.store.talks import DealChat, Talk
from bitrix import SETTLES, BitrixError, Command, Priority, Reference, Result, bots
from bitrix.errors import Refused
from bitrix.wire import MAX_COMMANDS

log = logging.getLogger("otklik.deal_chat")

GROUP = 50  # conversations a turn
COALESCE_SECONDS = 0.2
NO_DEAL = timedelta(seconds=0.5)  # the card is being registered; in a crowd it takes longer
AWAY = timedelta(seconds=5)
CHARACTERS = 3000  # of one line
TITLE = 200  # characters of a name, which ends with the deal's number and must not be cut there
FAILURES = 3


@dataclass(slots=True)
class _Work:
    talk: Talk
    entry: Entry
    chat: DealChat
    shown: int = 0
    again_after: timedelta | None = None
    opening: str = ""
    overtaken: bool = False
    refused: bool = False

    @property
    def card(self) -> Card | None:
        return self.talk.card

    @property
    def deal(self) -> int | None:
        """None while the portal has no deal for this card."""
        written = self.talk.written
        found = written.get("deal") if self.card and written.get("card") == self.card.id else None
        return int(found) if found else None


_Before = Callable[[Sequence[_Work]], Awaitable[None]]
_Failed = Callable[[_Work, BitrixError | None], None]
_Step = tuple[Callable[[_Work, str], Command], Callable[[_Work, Any], None]]  # of a work and its key in the call


async def show(runtime: Runtime, entries: list[Entry]) -> None:
    """Show every chat of these conversations what it lacks. Raises Overtaken, all others having had their turn."""
    await asyncio.sleep(COALESCE_SECONDS)
    talks = await asyncio.gather(*(runtime.talks.read(entry.subject) for entry in entries))
    works = [_Work(talk=one, entry=entry, chat=one.chat) for one, entry in zip(talks, entries, strict=True)]
    try:
        bot = await bot_of(runtime)
        if bot is None:  # nobody can see a chat: the card has it all
            for work in works:
                work.shown = len(work.talk.lines)
        else:
            await _show(
                runtime, bot, [work for work in works if _is_ready(work, AWAY if len(works) == GROUP else NO_DEAL)]
            )
    except BitrixError as error:
        log.warning("the deals' chats wait for the portal: %s", error)
        for work in works:
            work.again_after = AWAY
    for work in works:
        await _end(runtime, work)
    if overtaken := sum(work.overtaken for work in works):
        raise Overtaken(f"another worker has {overtaken} of {len(works)} chats")


def _is_ready(work: _Work, again_after: timedelta) -> bool:
    if work.deal is None:
        work.again_after = again_after
    return work.deal is not None


async def _show(runtime: Runtime, bot: Bot, works: Sequence[_Work]) -> None:
    """Chats that are missing, their first words in the same call; then what the others lack in another."""
    for work in works:
        await _settle(runtime, work)
    works = [work for work in works if work.again_after is None]
    new = [work for work in works if work.card and work.chat.card_id != work.card.id]
    for work in new:
        work.opening = await _opening(runtime, work)
    opened = (lambda work, _: _chat(runtime, bot, work), _opened)
    begun = (lambda work, key: _words(runtime, bot, work, Reference(f"{key}_0", "[chat][dialogId]")), _shown)
    await _each(runtime, new, opened, begun, before=partial(_note, runtime))
    old = [work for work in works if work not in new]
    await _each(runtime, [work for work in old if _strangers(work)], (lambda work, _: _invite(bot, work), _joined))
    words = (lambda work, _: _words(runtime, bot, work, f"chat{work.chat.chat_id}"), _shown)
    await _each(runtime, [work for work in old if work.again_after is None], words)
    gone = (lambda work, _: bots.bot_chat_get(bot.id, bot.token, dialog_id=f"chat{work.chat.chat_id}"), _stands)
    await _each(runtime, [work for work in works if work.refused and work.chat.chat_id], gone, failed=_gone)


async def _settle(runtime: Runtime, work: _Work) -> None:
    """A chat that may have been made: taken over when the portal tells of it, made anew when it would have told."""
    if work.chat.attempted is None or work.card is None:
        return
    (deal, at), chat = work.chat.attempted, replace(work.chat, attempted=None)
    is_told = await runtime.talks.told_until() >= at + SETTLES / timedelta(milliseconds=1)  # asked before what was told
    found = [one for one in await runtime.talks.told_of(deal) if one not in chat.all]
    if not found and not is_told:
        work.again_after = AWAY
    elif not found or deal != work.deal:
        work.chat = replace(chat, earlier=(*chat.earlier, *found))
    else:
        first, *others = found
        work.chat = replace(chat, card_id=work.card.id, chat_id=first, users=(), earlier=(*chat.all, *others))
        work.opening = await _opening(runtime, work)


async def _note(runtime: Runtime, works: Sequence[_Work]) -> None:
    """What is about to be made. Raises Overtaken, with whoever was: then nothing of this call is sent."""
    at = codec.milliseconds(await runtime.cards.machine_now())
    await asyncio.gather(*(_attempt(runtime, work, at) for work in works))
    if any(work.overtaken for work in works):
        raise Overtaken("another worker has a chat of these")


async def _attempt(runtime: Runtime, work: _Work, at: int) -> None:
    chat = replace(work.chat, attempted=(work.deal or 0, at))
    talk = await runtime.talks.attempt(work.talk, work.entry.id, chat)
    if talk is None:
        work.overtaken = True
    else:
        work.talk, work.chat = talk, chat


def _failed(work: _Work, error: BitrixError | None) -> None:
    """Tried again; what the portal refuses three times is given up."""
    work.again_after = AWAY
    _clear(work, error)
    if isinstance(error, Refused):
        log.warning("the deal's chat is refused: %s", error, extra={"conversation_id": work.talk.conversation_id})
        work.refused, work.chat = True, replace(work.chat, failures=work.chat.failures + 1)
        if work.chat.failures >= FAILURES:
            work.shown, work.again_after = len(work.talk.lines), None


def _clear(work: _Work, error: BitrixError | None) -> None:
    """What was certainly not made need not be looked for."""
    if error is not None and error.executed == "no":
        work.chat = replace(work.chat, attempted=None)


def _gone(work: _Work, error: BitrixError | None) -> None:
    """Somebody deleted the chat, or put us out of it: another is made."""
    if isinstance(error, Refused):
        work.chat = replace(work.chat, card_id="", chat_id=0, users=(), earlier=work.chat.all)


def _stands(work: _Work, _: Any) -> None:
    """Only the words are at fault."""


async def _each(
    runtime: Runtime,
    works: Sequence[_Work],
    *steps: _Step,
    before: _Before | None = None,
    failed: _Failed = _failed,
) -> None:
    """The steps of each, fifty commands in a call; what the portal refuses concerns its own chat alone.

    before   awaited in front of the call, with its works; the overtaken are left out of the next try
    """
    assert runtime.crm is not None  # noqa: S101  a bot was found in it
    most = MAX_COMMANDS // len(steps)
    left = list(works)
    while left := [work for work in left if not work.overtaken]:
        part = {f"t{n}": work for n, work in enumerate(left[:most])}
        commands = {
            f"{key}_{number}": command(work, key)
            for key, work in part.items()
            for number, (command, _) in enumerate(steps)
        }
        hot = any(work.card and work.card.hot for work in part.values())  # a person answers there, or it is urgent
        priority = Priority.HOT if hot else Priority.NORMAL
        noted = partial(before, list(part.values())) if before else None
        try:
            answers: Mapping[str, Result | BitrixError] = await runtime.crm.client.batch(
                commands, priority=priority, before=noted
            )
        except Overtaken:
            continue
        except BitrixError as error:
            for work in part.values():
                _clear(work, error)
            raise
        left = left[most:]
        for key, work in part.items():
            for number, (_, done) in enumerate(steps):
                answer = answers.get(f"{key}_{number}")
                if not isinstance(answer, Result):
                    failed(work, answer)
                    break
                done(work, answer.value)


def _chat(runtime: Runtime, bot: Bot, work: _Work) -> Command:
    assert work.card is not None  # noqa: S101  _show takes those with a card
    title = say("chat_title", runtime.business.locale, title=work.card.title[:TITLE], deal=work.deal)
    return bots.bot_chat_add(bot.id, bot.token, title=title, user_ids=_people(work))


def _opened(work: _Work, value: Any) -> None:
    card_id = work.card.id if work.card else ""
    users = tuple(_people(work))
    made, before = int(value["chat"]["id"]), replace(work.chat, attempted=None)
    work.chat = replace(before, card_id=card_id, chat_id=made, users=users, earlier=before.all)


def _people(work: _Work) -> list[int]:
    return [work.card.assignee] if work.card and work.card.assignee is not None else []


def _strangers(work: _Work) -> list[int]:
    return [user for user in _people(work) if user not in work.chat.users]


def _invite(bot: Bot, work: _Work) -> Command:
    dialog = f"chat{work.chat.chat_id}"
    return bots.bot_chat_invite(bot.id, bot.token, dialog_id=dialog, user_ids=_strangers(work))


def _joined(work: _Work, _: Any) -> None:
    work.chat = replace(work.chat, users=(*work.chat.users, *_strangers(work)))


async def _opening(runtime: Runtime, work: _Work) -> str:
    """How the chat works, the card's address, and the brief where no line brings one."""
    locale = runtime.business.locale
    parts = (
        [say("chat_opened", locale), f"[URL=/crm/deal/details/{work.deal}/]{escaped(work.card.title)}[/URL]"]
        if work.card
        else []
    )
    if not any(line.who == "brief" for line in work.talk.lines):
        conversation = (await runtime.mailbox.read(work.talk.conversation_id)).conversation
        parts.append(escaped(brief_of(conversation, runtime.business)) if conversation else "")
    return "\n".join(part for part in parts if part)


def _words(runtime: Runtime, bot: Bot, work: _Work, dialog: str | Reference) -> Command:
    locale = runtime.business.locale
    parts = [work.opening, *(_line(line, locale) for line in work.talk.lines)]
    visit = any(line.asks for line in work.talk.lines)
    talk = any(line.who in ("customer", "brief") for line in work.talk.lines) or (work.opening and not visit)
    return bots.bot_say(
        bot.id,
        bot.token,
        dialog_id=dialog,
        message="\n".join(part for part in parts if part),
        keyboard=keyboard((TALK if talk else ()) + (VISIT if visit else ()), locale),
    )


def _line(line: Line, locale: str) -> str:
    who = speaker(line, locale)
    return f"{line.number} · [b]{who}:[/b] {escaped(line.text[:CHARACTERS])}"


def keyboard(buttons: Sequence[Button], locale: str) -> list[dict[str, str]]:
    return [{"TEXT": say(f"button_{button}", locale), "COMMAND": COMMANDS[button]} for button in buttons]


def _shown(work: _Work, _: Any) -> None:
    work.shown = len(work.talk.lines)
    work.chat = replace(work.chat, failures=0)


async def _end(runtime: Runtime, work: _Work) -> None:
    chat = replace(work.chat, lines=work.chat.lines + work.shown)
    awaits = bool((work.chat.chat_id or work.chat.attempted) and work.card and work.card.answer_by)
    await runtime.talks.end(
        work.talk, work.entry.id, chat, shown=work.shown, awaits=awaits, again_after=work.again_after
    )
