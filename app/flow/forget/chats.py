"""The deals' chats forget too: every message of theirs is deleted, whoever wrote it, and their names tell nobody's."""

from collections.abc import Iterable

from app.crm import Crm
from app.domain.words import say
from app.flow.bot import Bot, bot_of
from app.flow.forget.portal import ask
from app.runtime import Runtime
from bitrix import bots


async def clear(runtime: Runtime, chats: Iterable[int]) -> int:
    """How many messages went. A chat that is gone, or that put our bot out, is passed over. Raises BitrixError."""
    dialogs = [f"chat{chat}" for chat in chats]
    bot = await bot_of(runtime) if dialogs else None
    if bot is None or runtime.crm is None:
        return 0
    name = say("forgotten_name", runtime.business.locale)
    known = {dialog: bots.bot_chat_get(bot.id, bot.token, dialog_id=dialog) for dialog in dialogs}
    found = await ask(runtime.crm, known, spares="")
    named = {dialog: bots.bot_chat_rename(bot.id, bot.token, dialog_id=dialog, title=name) for dialog in found}
    await ask(runtime.crm, named, spares="")
    return await _delete(runtime.crm, bot, {int(row["chat"]["lastMessageId"] or 0) for row in found.values()} - {0})


async def _delete(crm: Crm, bot: Bot, ends: set[int]) -> int:
    """From each chat's last message back to its first, a page at a time: what a death leaves is found again."""
    gone = 0
    while ends:
        around = {f"m{end}": bots.bot_messages_around(bot.id, bot.token, end) for end in ends}
        pages = await ask(crm, around, spares="")
        ends, numbers = set(), set[int]()
        for page in pages.values():
            rows = [int(row["id"]) for row in page["messages"]]
            numbers |= set(rows[1:] if page["hasPrevPage"] else rows)
            ends |= set(rows[:1] if page["hasPrevPage"] else ())
        deletes = {f"m{number}": bots.bot_message_delete(bot.id, bot.token, number) for number in numbers}
        gone += len(await ask(crm, deletes, spares=""))
    return gone
