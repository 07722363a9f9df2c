"""A manager answers from Bitrix24: a timeline comment that begins with the agreed mark goes to the customer."""

import logging

from app.domain.conversation import Owner
from app.runtime import Runtime
from bitrix import BitrixError, Priority, methods
from bitrix.methods import Entity

log = logging.getLogger("otklik.handoff")


async def comment_added(runtime: Runtime, comment_id: int) -> Owner | None:
    """Read the comment again by its id; its author's text goes to the customer and the conversation is theirs.

    None where the comment is not for a customer. Delivered twice, it is accepted once. Raises StoreAway, StoreError.
    """
    if runtime.crm is None:
        return None
    try:
        comment = (await runtime.crm.client.call(methods.comment_get(comment_id), priority=Priority.URGENT)).value
        text = str(comment.get("COMMENT", "")).strip()
        mark = runtime.business.comment_mark
        if not text.casefold().startswith(mark.casefold()) or str(comment.get("ENTITY_TYPE")) != Entity.DEAL.word:
            return None
        deal = (await runtime.crm.client.call(methods.deal_get(int(comment["ENTITY_ID"])), priority=Priority.URGENT)).value
    except BitrixError as error:
        log.warning("a comment could not be read: %s", error)
        return None
    conversation = str(deal["item"].get("originId") or "").rpartition("-")[0]
    if not conversation:
        return None
    words = text[len(mark) :].strip()
    reading = await runtime.mailbox.read(conversation)
    if not words or reading.conversation is None:
        return None
    manager = int(comment["AUTHOR_ID"]) if str(comment.get("AUTHOR_ID", "")).isdigit() else None
    accepted = await runtime.mailbox.answer(
        conversation, reading.conversation.channel, f"comment:{comment_id}", words, manager, reading.now
    )
    return accepted.owner


