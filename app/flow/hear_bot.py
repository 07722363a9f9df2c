"""What managers write and press in the deals' chats, read by offset: nothing is lost, each answer leaves once.

An event is accepted under its message's id before the offset moves, and the portal forgets only what is below the
offset: whatever dies in between is read again and found accepted.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.domain.mail import Button
from app.domain.markup import read_bb
from app.domain.message import Attachment, Kind, OutboundMessage
from app.domain.pressing import button_of
from app.domain.words import say
from app.flow.bot import COMMANDS, Bot, bot_of
from app.runtime import Runtime
from app.store.link import StoreError
from app.store.mailbox import Reading
from bitrix import BitrixError, Priority, Result, bots, methods
from bitrix.errors import Refused

log = logging.getLogger("otklik.hear_bot")

WAITING, CALM = timedelta(seconds=1.8), timedelta(seconds=9.8)  # asked on the second: each 2 s, else each 10
FORGOTTEN = timedelta(hours=12)  # a customer who waits for longer hurries nobody
INSIDE = "//"  # begins what stays among colleagues
BUTTONS = {f"/{command}": button for button, command in COMMANDS.items()}

Event = Mapping[str, Any]


async def hear(runtime: Runtime) -> int:
    """Ask for the bot's events if it is time to. How many were read. The portal away: the next asking brings them."""
    turn = await runtime.talks.turn(waiting=WAITING, calm=CALM, forgotten=FORGOTTEN)
    if turn is None or runtime.crm is None:
        return 0
    (offset, asked), read = turn, 0
    try:
        bot = await bot_of(runtime)
        while bot is not None:
            command = bots.bot_events(bot.id, bot.token, offset=offset)
            page = (await runtime.crm.client.call(command, priority=Priority.URGENT)).value
            for event in page["events"]:
                await _take(runtime, bot, event)
            read += len(page["events"])
            offset = int(page["nextOffset"] or 0)
            await runtime.talks.read_until(offset, None if page["hasMore"] else asked)
            if not page["hasMore"]:
                break
    except BitrixError as error:
        log.warning("the bot's events wait for the portal: %s", error)
    return read


async def _take(runtime: Runtime, bot: Bot, event: Event) -> None:
    """One event into its mailbox. What cannot be taken is a dead letter: the others go on."""
    try:
        match event["type"]:
            case "ONIMBOTV2MESSAGEADD":
                await _message(runtime, bot, event["data"])
            case "ONIMBOTV2COMMANDADD":
                await _command(runtime, event)
            case "ONIMBOTV2MESSAGEUPDATE" | "ONIMBOTV2MESSAGEDELETE":
                await _changed(runtime, bot, event["data"])
            case "ONIMBOTV2JOINCHAT":
                await _joined(runtime, bot, event["data"])
    except StoreError as error:
        if error.code != "BADTYPE":
            raise
        await _put_aside(runtime, event, str(error))
    except (LookupError, TypeError, ValueError, AttributeError) as error:  # it, or what it is about, cannot be read
        log.exception("an event of the bot is put aside")
        await _put_aside(runtime, event, type(error).__name__)


async def _put_aside(runtime: Runtime, event: Event, reason: str) -> None:
    await runtime.dead_letters.add("", {"step": "hear_bot", "reason": reason, "event": event["eventId"]})


async def _message(runtime: Runtime, bot: Bot, data: Event) -> None:
    message = data["message"]
    source = str(message["text"] or "")
    if _is_not_a_persons(bot, data) or source.lstrip().startswith(INSIDE):
        return
    files = _files(message)
    reading = await _whose(runtime, data["chat"])
    if reading is None or reading.conversation is None:
        await _say(runtime, bot, data["chat"]["dialogId"], "chat_stranger", mark=runtime.business.comment_mark)
        return
    if button := button_of(source):
        await _press(runtime, reading, f"chat:{message['id']}", button, int(message["authorId"]))
        return
    outs = [OutboundMessage(text=marked.text, spans=marked.spans)] if (marked := read_bb(source)).text else []
    outs += [OutboundMessage(text="", file=file) for file in await _attachments(runtime, bot, files)]
    for place, out in enumerate(outs):
        await runtime.mailbox.answer(
            reading.id,
            reading.conversation.channel,
            f"chat:{message['id']}" + (f":{place}" if place else ""),
            out.text or (out.file.name if out.file else ""),
            int(message["authorId"]),
            reading.now,
            spans=out.spans,
            file=out.file,
        )


async def _command(runtime: Runtime, event: Event) -> None:
    """A button under the bot's message, or its word typed: each press counts once."""
    data = event["data"]
    button, typed = BUTTONS.get(data["command"]["command"]), data["command"]["context"] == "textarea"
    reading = await _whose(runtime, data["chat"])
    if button is not None and reading is not None:
        press_id = f"chat:{data['message']['id']}" if typed else f"press:{event['eventId']}"
        await _press(runtime, reading, press_id, button, int(data["user"]["id"]))


async def _press(runtime: Runtime, reading: Reading, press_id: str, button: Button, manager: int) -> None:
    if reading.conversation is not None:
        await runtime.mailbox.press(reading.id, reading.conversation.channel, press_id, button, manager, reading.now)


async def _changed(runtime: Runtime, bot: Bot, data: Event) -> None:
    """Words that left cannot be called back: whoever changed them is told."""
    words = str(data.get("message", {}).get("text") or "")
    person = not _is_not_a_persons(bot, data) if "message" in data else True
    if person and not words.lstrip().startswith(INSIDE) and await _whose(runtime, data["chat"]):
        await _say(runtime, bot, data["chat"]["dialogId"], "chat_changed")


async def _joined(runtime: Runtime, bot: Bot, data: Event) -> None:
    """A chat that we made and do not remember: who made it heard no answer, or has not kept it yet (deal_chat.py)."""
    chat = data["chat"]
    if bot.id not in (chat.get("owner"), data["user"]["id"]) or await runtime.talks.conversation_of(int(chat["id"])):
        return
    deal = _deal_of(chat.get("name") or await _name(runtime, bot, data["dialogId"]))
    if deal is not None:
        await runtime.talks.told(deal, int(chat["id"]))


async def _name(runtime: Runtime, bot: Bot, dialog: str) -> str:
    """Of a chat whose event does not bring it; empty if the chat is gone. Raises BitrixError: the event comes again."""
    assert runtime.crm is not None  # noqa: S101  it brought the event
    try:
        command = bots.bot_chat_get(bot.id, bot.token, dialog_id=dialog)
        return str((await runtime.crm.client.call(command, priority=Priority.URGENT)).value["chat"]["name"])
    except Refused:
        return ""


def _deal_of(name: object) -> int | None:
    """A chat's name ends with the number of its deal."""
    _, mark, deal = str(name).rpartition("№ ")
    return int(deal) if mark and deal.isdigit() else None


def _is_not_a_persons(bot: Bot, data: Event) -> bool:
    message = data["message"]
    return bool(message["isSystem"] or int(message["authorId"]) in (0, bot.id) or data.get("user", {}).get("bot"))


def _files(message: Event) -> list[int]:
    params = message["params"]  # an empty list where it holds nothing
    return [int(file) for file in params.get("FILE_ID", ())] if isinstance(params, Mapping) else []


async def _attachments(runtime: Runtime, bot: Bot, files: list[int]) -> list[Attachment]:
    """Addresses for one download each; the messenger fetches them. A file that is gone is left out."""
    if not files or runtime.crm is None:
        return []
    asks = {f"f{file}": bots.file_link(bot.id, bot.token, file) for file in files}
    answers = await runtime.crm.client.batch(asks, priority=Priority.URGENT)
    links = [answer.value["downloadUrl"] for answer in answers.values() if isinstance(answer, Result)]
    return [Attachment(kind=Kind.DOCUMENT, url=link) for link in links]


async def _whose(runtime: Runtime, chat: Event) -> Reading | None:
    """The conversation of a chat: as we remember it, else by the deal that the chat's name ends with."""
    conversation = await runtime.talks.conversation_of(int(chat["id"]))
    deal = _deal_of(chat.get("name", ""))
    if not conversation and deal is not None and runtime.crm is not None:
        try:
            item = (await runtime.crm.client.call(methods.deal_get(deal), priority=Priority.URGENT)).value["item"]
            conversation = str(item.get("originId") or "").rpartition("-")[0]
        except Refused:
            return None
    reading = await runtime.mailbox.read(conversation) if conversation else None
    return reading if reading is not None and reading.conversation is not None else None


async def _say(runtime: Runtime, bot: Bot, dialog: str, words: str, **values: object) -> None:
    """To whoever typed, where they typed. Lost if the portal loses it: the words are a comfort, not a promise."""
    if runtime.crm is None:
        return
    text = say(words, runtime.business.locale, seed=0, **values)
    try:
        await runtime.crm.client.call(bots.bot_say(bot.id, bot.token, dialog_id=dialog, message=text))
    except BitrixError as error:
        log.warning("the chat was not told: %s", error)
