"""The ways by which a reminder may reach a person: their conversation, their other messengers, SMS where there is one.

A page that is open in a browser comes last: whoever closed it hears nothing there.
"""

from dataclasses import replace

from app.domain.conversation import Conversation
from app.domain.ways import SMS, known, through
from app.runtime import Runtime


async def ways(runtime: Runtime, conversation: Conversation, *, own: bool) -> list[Conversation]:
    """Where to say it, in this order, as if it were said there. `own`: the conversation's own way comes first."""
    ids = await runtime.mailbox.conversations_of(conversation.person_id)
    mine = {way.id for way in known(conversation)}
    others = [(await runtime.mailbox.read(one)).conversation for one in sorted(ids) if one not in mine]
    heard = [other for other in others if other and not other.spam and not other.staff]
    heard += [through(conversation, way) for way in mine if way != conversation.id]
    found = [*([conversation] if own else []), *sorted(heard, key=_last_heard, reverse=True)]
    if conversation.phone:
        number = conversation.phone.number
        found.append(replace(conversation, channel=SMS, account=SMS, chat_id=number, connection_id="", blocked=False))
    there = [one for one in found if one.channel in runtime.channels]
    return sorted(there, key=lambda one: runtime.channels[one.channel].capabilities.local)


def _last_heard(conversation: Conversation) -> float:
    return conversation.last_customer_at.timestamp() if conversation.last_customer_at else 0.0
