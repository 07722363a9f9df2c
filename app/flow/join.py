"""One person, one card: what a person says in several messengers goes on as one conversation.

docs/decisions/0050-one-conversation.md says why they are joined and not kept in step.
"""

import logging

from app.domain.conversation import Conversation
from app.domain.joining import farewell, host_of
from app.domain.mail import Joined, Received
from app.runtime import Runtime
from app.store.mailbox import Reading

log = logging.getLogger("otklik.join")

TRIES = 20  # either may take a turn meanwhile


async def join(runtime: Runtime, reading: Reading, phone: str) -> bool:
    """Whoever proves this phone has written before, elsewhere: both are one from now on. False: nothing has changed."""
    if not phone or any(isinstance(mail, Received) and mail.message.staff for mail in reading.mails):
        return False
    person = await runtime.mailbox.identify(reading.id, phone)
    others = await runtime.mailbox.conversations_of(person) - {reading.id}
    return any([await _join(runtime, reading.id, other) for other in sorted(others)])


async def _join(runtime: Runtime, conversation: str, other: str) -> bool:
    for _ in range(TRIES):
        here, there = await runtime.mailbox.read(conversation), await runtime.mailbox.read(other)
        if there.conversation is None or there.host != other or here.host != conversation:
            return here.host != conversation
        if here.conversation is None:
            if there.conversation.staff:
                return False
            if await runtime.mailbox.join(other, here, None, "leave", None, ""):
                return True
            continue
        host = host_of(here.conversation, there.conversation, here.now)
        if host is None:
            return False
        into, guest = (here, there) if host is here.conversation else (there, here)
        if await _fold(runtime, into, host, guest):
            log.info("two messengers of one person are one conversation", extra={"conversation_id": into.id})
            return True
    return False


async def _fold(runtime: Runtime, into: Reading, host: Conversation, guest: Reading) -> bool:
    """In one step; False: one of them has taken a turn since it was read."""
    assert guest.conversation is not None  # noqa: S101  _join looked
    begun = await runtime.cards.begun(guest.id)
    told = Joined(guest=guest.conversation, lines=() if begun.stands else begun.lines, at=into.now)
    last = farewell(guest.conversation, host, await runtime.cards.deal_of(into.id), runtime.business)
    what = "drop" if not begun.stands and begun.revision else "last" if last else "leave"
    return await runtime.mailbox.join(into.id, guest, told, what, last if what == "last" else None, begun.revision)
