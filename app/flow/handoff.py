"""A manager answers from Bitrix24: a timeline comment that begins with the agreed mark goes to the customer, and one
that is a button's word («/принял») presses it.

The portal's event is only a hint (flow/events.py): the comments are read again by their ids, fifty in a call; those of
our own dialogue lines are left out.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from app.domain.markup import read_bb
from app.domain.pressing import button_of
from app.runtime import Runtime
from bitrix import BitrixError, Priority, Result, methods
from bitrix.errors import Refused
from bitrix.methods import Entity

Row = Mapping[str, Any]


async def read_comments(runtime: Runtime, numbers: Sequence[int]) -> None:
    """Take the answers among these comments over; twice told is once accepted. Raises BitrixError: tried again."""
    if numbers:
        asks = {f"c{number}": methods.comment_get(number) for number in await runtime.cards.not_ours(numbers)}
        rows = await values_of(runtime, asks)
        await accept_comments(runtime, {int(key[1:]): row for key, row in rows.items()})


async def accept_comments(runtime: Runtime, comments: Mapping[int, Row]) -> None:
    """Of rows as the portal lists them, with what they belong to."""
    answers = {number: row for number, row in comments.items() if _is_answer(runtime, row)}
    if answers:
        await _accept(runtime, answers)


def _is_answer(runtime: Runtime, comment: Row) -> bool:
    text = str(comment.get("COMMENT", "")).strip().casefold()
    ours = text.startswith(runtime.business.comment_mark.casefold()) or button_of(text) is not None
    return ours and comment.get("ENTITY_TYPE") == Entity.DEAL.word


async def _accept(runtime: Runtime, comments: Mapping[int, Row]) -> None:
    """Each author's text into its conversation: owner, epoch and outbox change in accept's one step."""
    whose = await _conversations(runtime, {int(comment["ENTITY_ID"]) for comment in comments.values()})
    for number, comment in comments.items():
        conversation = whose[int(comment["ENTITY_ID"])]
        reading = await runtime.mailbox.read(conversation)
        author = str(comment.get("AUTHOR_ID", ""))
        manager = int(author) if author.isdigit() else None
        if (button := button_of(str(comment["COMMENT"]))) and reading.conversation:
            channel = reading.conversation.channel
            await runtime.mailbox.press(conversation, channel, f"comment:{number}", button, manager, reading.now)
            continue
        marked = read_bb(str(comment["COMMENT"]).strip()[len(runtime.business.comment_mark) :])
        if reading.conversation is None or not marked.text:
            continue
        await runtime.mailbox.answer(
            conversation,
            reading.conversation.channel,
            f"comment:{number}",
            marked.text,
            manager,
            reading.now,
            spans=marked.spans,
        )


async def _conversations(runtime: Runtime, deals: Collection[int]) -> dict[int, str]:
    """As we remember them, else by the deals themselves; empty where a deal is none of ours."""
    whose = {deal: await runtime.talks.deal_of(deal) for deal in deals}
    asks = {f"d{deal}": methods.deal_get(deal) for deal, conversation in whose.items() if not conversation}
    for key, value in (await values_of(runtime, asks)).items():
        whose[int(key[1:])] = str(value["item"].get("originId") or "").rpartition("-")[0]
    return whose


async def values_of(runtime: Runtime, asks: Mapping[str, Any]) -> dict[str, Any]:
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
