"""The deals' chats forget too: every message of theirs is deleted, whoever wrote it, and their names tell nobody's."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.words import say
from app.flow.bot import Bot, bot_of
from app.runtime import Runtime
from bitrix import BitrixError, Command, Priority, Result, bots
from bitrix.errors import Refused
from bitrix.wire import MAX_COMMANDS


async def clear(runtime: Runtime, chats: Iterable[int]) -> int:
    """How many messages went. A chat that is gone, or that put our bot out, is passed over. Raises BitrixError."""
    dialogs = {chat: f"chat{chat}" for chat in chats}
    bot = await bot_of(runtime) if dialogs else None
    if bot is None:
        return 0
    name = say("forgotten_name", runtime.business.locale)
    known = {chat: bots.bot_chat_get(bot.id, bot.token, dialog_id=each) for chat, each in dialogs.items()}
    named = {
        chat: bots.bot_chat_rename(bot.id, bot.token, dialog_id=each, title=name) for chat, each in dialogs.items()
    }
    found = await _ask(runtime, known)
    await _ask(runtime, {chat: named[chat] for chat in found})
    return await _delete(runtime, bot, {int(row["chat"]["lastMessageId"] or 0) for row in found.values()} - {0})


async def _delete(runtime: Runtime, bot: Bot, ends: set[int]) -> int:
    """From each chat's last message back to its first, a page at a time: what a death leaves is found again."""
    gone = 0
    while ends:
        pages = await _ask(runtime, {end: bots.bot_messages_around(bot.id, bot.token, end) for end in ends})
        ends, numbers = set(), set[int]()
        for page in pages.values():
            rows = [int(row["id"]) for row in page["messages"]]
            numbers |= set(rows[1:] if page["hasPrevPage"] else rows)
            ends |= set(rows[:1] if page["hasPrevPage"] else ())
        gone += len(await _ask(runtime, {n: bots.bot_message_delete(bot.id, bot.token, n) for n in numbers}))
    return gone


async def _ask(runtime: Runtime, asks: Mapping[int, Command]) -> dict[int, Any]:
    """The results by number, fifty commands a call; what is refused is left out."""
    values: dict[int, Any] = {}
    numbers = list(asks)
    for start in range(0, len(numbers), MAX_COMMANDS):
        part = {f"k{number}": asks[number] for number in numbers[start : start + MAX_COMMANDS]}
        assert runtime.crm is not None  # noqa: S101  a bot was found in it
        for key, answer in (await runtime.crm.client.batch(part, priority=Priority.NORMAL)).items():
            if isinstance(answer, Result):
                values[int(key[1:])] = answer.value
            elif isinstance(answer, BitrixError) and not isinstance(answer, Refused):
                raise answer
    return values
