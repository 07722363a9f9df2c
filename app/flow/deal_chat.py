"""The deal's chat: made when a person is asked, it shows them what the customer says, where they answer.

Lines lie in the conversation's own list until the chat has them. A call whose end nobody saw is repeated: a line shown
twice is known by its number, a line lost would be a customer nobody reads.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
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
from app.store.talks import DealChat, Talk
from bitrix import BitrixError, Command, Priority, Reference, Result, bots
from bitrix.errors import Refused
from bitrix.wire import MAX_COMMANDS

log = logging.getLogger("otklik.deal_chat")

GROUP = 50  # conversations a turn
COALESCE_SECONDS = 0.2
NO_DEAL = timedelta(seconds=0.5)  # the card is being registered; in a crowd it takes longer
AWAY = timedelta(seconds=5)
CHARACTERS = 3000  # of one line
FAILURES = 3


@dataclass(slots=True)
class _Work:
    talk: Talk
    entry: Entry
    chat: DealChat
    shown: int = 0
    again_after: timedelta | None = None
    opening: str = ""

    @property
    def card(self) -> Card | None:
        return self.talk.card

    @property
    def deal(self) -> int | None:
        """None while the portal has no deal for this card."""
        written = self.talk.written
        found = written.get("deal") if self.card and written.get("card") == self.card.id else None
        return int(found) if found else None


_Step = tuple[Callable[[_Work, str], Command], Callable[[_Work, Any], None]]  # of a work and its key in the call


async def show(runtime: Runtime, entries: list[Entry]) -> None:
    """Show every chat of these conversations what it lacks."""
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


def _is_ready(work: _Work, again_after: timedelta) -> bool:
    if work.deal is None:
        work.again_after = again_after
    return work.deal is not None


async def _show(runtime: Runtime, bot: Bot, works: Sequence[_Work]) -> None:
    """Chats that are missing, their first words in the same call; then what the others lack in another."""
    new = [work for work in works if work.card and work.chat.card_id != work.card.id]
    for work in new:
        work.opening = await _opening(runtime, work)
    opened = (lambda work, _: _chat(runtime, bot, work), _opened)
    begun = (lambda work, key: _words(runtime, bot, work, Reference(f"{key}_0", "[chat][dialogId]")), _shown)
    await _each(runtime, new, opened, begun)
    old = [work for work in works if work not in new]
    await _each(runtime, [work for work in old if _strangers(work)], (lambda work, _: _invite(bot, work), _joined))
    words = (lambda work, _: _words(runtime, bot, work, f"chat{work.chat.chat_id}"), _shown)
    await _each(runtime, [work for work in old if work.again_after is None], words)


async def _each(runtime: Runtime, works: Sequence[_Work], *steps: _Step) -> None:
    """The steps of each, fifty commands in a call; what the portal refuses concerns its own chat alone."""
    assert runtime.crm is not None  # noqa: S101  a bot was found in it
    most = MAX_COMMANDS // len(steps)
    for start in range(0, len(works), most):
        part = {f"t{n}": work for n, work in enumerate(works[start : start + most])}
        commands = {
            f"{key}_{number}": command(work, key)
            for key, work in part.items()
            for number, (command, _) in enumerate(steps)
        }
        hot = any(work.card and work.card.hot for work in part.values())  # a person answers there, or it is urgent
        priority = Priority.HOT if hot else Priority.NORMAL
        answers: Mapping[str, Result | BitrixError] = await runtime.crm.client.batch(commands, priority=priority)
        for key, work in part.items():
            for number, (_, done) in enumerate(steps):
                answer = answers.get(f"{key}_{number}")
                if not isinstance(answer, Result):
                    _failed(work, answer)
                    break
                done(work, answer.value)


def _failed(work: _Work, error: BitrixError | None) -> None:
    """A chat that somebody deleted or put us out of is made anew; one that cannot be made is given up."""
    work.again_after = AWAY
    if isinstance(error, Refused):
        log.warning("the deal's chat is refused: %s", error, extra={"conversation_id": work.talk.conversation_id})
        work.chat = DealChat(failures=work.chat.failures + 1, earlier=work.chat.all)
        if work.chat.failures >= FAILURES:
            work.shown, work.again_after = len(work.talk.lines), None


def _chat(runtime: Runtime, bot: Bot, work: _Work) -> Command:
    assert work.card is not None  # noqa: S101  _show takes those with a card
    title = say("chat_title", runtime.business.locale, title=work.card.title, deal=work.deal)
    return bots.bot_chat_add(bot.id, bot.token, title=title, user_ids=_people(work))


def _opened(work: _Work, value: Any) -> None:
    card_id = work.card.id if work.card else ""
    users = tuple(_people(work))
    chat, before = int(value["chat"]["id"]), work.chat
    work.chat = DealChat(card_id=card_id, chat_id=chat, users=users, failures=before.failures, earlier=before.all)


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
    awaits = bool(work.chat.chat_id and work.card and work.card.answer_by)
    await runtime.talks.end(
        work.talk, work.entry.id, work.chat, shown=work.shown, awaits=awaits, again_after=work.again_after
    )
