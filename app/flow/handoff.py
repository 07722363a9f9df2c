"""A manager answers from Bitrix24: a timeline comment that begins with the agreed mark goes to the customer, and one
that is a button's word («/принял») presses it.

The portal's event is only a hint: it is kept on a stream, and the comments are read again by their ids, fifty in a
call; those of our own dialogue lines are left out.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.pressing import button_of
from app.jobs import Entry
from app.runtime import Runtime
from app.store import keys
from bitrix import BitrixError, Priority, Result, methods
from bitrix.errors import Refused
from bitrix.methods import Entity

log = logging.getLogger("otklik.handoff")

GROUP = 50  # comments read in one call
COALESCE_SECONDS = 0.2  # by then the writer of a line of ours has noted its id


async def hint(runtime: Runtime, comment_id: int) -> None:
    """A comment was added somewhere. Raises StoreAway, StoreError: then the portal's event is not taken."""
    await runtime.link.command("XADD", keys.HINTS, "*", "h", comment_id)


async def read_hints(runtime: Runtime, entries: list[Entry]) -> None:
    """Take the answers among these comments over; twice told is once accepted. Raises BitrixError: tried again."""
    if runtime.crm is not None:
        await asyncio.sleep(COALESCE_SECONDS)
        comments = await _read(runtime, await runtime.cards.not_ours([int(entry.subject) for entry in entries]))
        await _accept(runtime, {number: row for number, row in comments.items() if _is_answer(runtime, row)})
    for entry in entries:
        await runtime.link.command("XACK", entry.stream, keys.GROUP, entry.id)
        await runtime.link.command("XDEL", entry.stream, entry.id)


def _is_answer(runtime: Runtime, comment: Mapping[str, Any]) -> bool:
    text = str(comment.get("COMMENT", "")).strip().casefold()
    ours = text.startswith(runtime.business.comment_mark.casefold()) or button_of(text) is not None
    return ours and comment.get("ENTITY_TYPE") == Entity.DEAL.word


async def _read(runtime: Runtime, numbers: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    asks = {f"c{number}": methods.comment_get(number) for number in numbers}
    return {int(key[1:]): row for key, row in (await _values(runtime, asks)).items()}


async def _accept(runtime: Runtime, comments: Mapping[int, Mapping[str, Any]]) -> None:
    """Each author's text into its conversation: owner, epoch and outbox change in accept's one step."""
    deals = {int(comment["ENTITY_ID"]) for comment in comments.values()}
    asks = {f"d{deal}": methods.deal_get(deal) for deal in deals}
    found = await _values(runtime, asks)
    for number, comment in comments.items():
        deal = found.get(f"d{comment['ENTITY_ID']}", {"item": {}})
        conversation = str(deal["item"].get("originId") or "").rpartition("-")[0]
        reading = await runtime.mailbox.read(conversation)
        author = str(comment.get("AUTHOR_ID", ""))
        manager = int(author) if author.isdigit() else None
        if (button := button_of(str(comment["COMMENT"]))) and reading.conversation:
            channel = reading.conversation.channel
            await runtime.mailbox.press(conversation, channel, f"comment:{number}", button, manager, reading.now)
            continue
        words = str(comment["COMMENT"]).strip()[len(runtime.business.comment_mark) :].strip()
        if reading.conversation is None or not words:
            continue
        await runtime.mailbox.answer(
            conversation,
            reading.conversation.channel,
            f"comment:{number}",
            words,
            manager,
            reading.now,
        )


async def _values(runtime: Runtime, asks: Mapping[str, Any]) -> dict[str, Any]:
    """The results by key; what the portal refuses (deleted meanwhile) is left out."""
    if not asks or runtime.crm is None:
        return {}
    values: dict[str, Any] = {}
    for key, answer in (await runtime.crm.client.batch(asks, priority=Priority.URGENT)).items():
        if isinstance(answer, Result):
            values[key] = answer.value
        elif isinstance(answer, BitrixError) and not isinstance(answer, Refused):
            raise answer
    return values
