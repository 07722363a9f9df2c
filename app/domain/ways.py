"""The messengers of one conversation: the customer is answered in the one they wrote in last, each keeps its own."""

from dataclasses import replace
from datetime import datetime

from app.domain.conversation import Conversation, Way, conversation_id
from app.domain.message import InboundMessage

SMS = "sms"  # no messenger: the channel by which alone a reminder goes, before a person is asked


def spoken(conversation: Conversation) -> str:
    """Id of the messenger that the customer wrote in last."""
    return conversation.way or conversation.id


def known(conversation: Conversation) -> tuple[Way, ...]:
    """All of them; where there is one only, that one."""
    return conversation.ways or (_here(conversation),)


def way(conversation: Conversation, id_: str) -> Way | None:
    return next((each for each in known(conversation) if each.id == id_), None)


def of(conversation: Conversation, message: InboundMessage) -> Way:
    """The messenger that brought it, known or not."""
    named = (message.channel, message.account, message.customer_id)
    found = (each for each in known(conversation) if (each.channel, each.account, each.customer_id) == named)
    return next(found, None) or Way(
        id=conversation_id(*named),
        channel=message.channel,
        account=message.account,
        customer_id=message.customer_id,
        chat_id=message.chat_id or message.customer_id,
        connection_id=message.connection_id,
        username=message.username,
    )


def added(conversation: Conversation, *more: Way) -> Conversation:
    """With these; what is known of a messenger already stays."""
    held = known(conversation)
    new = tuple(each for each in more if each.id not in {one.id for one in held})
    return replace(conversation, ways=(*held, *new)) if new else conversation


def turned(conversation: Conversation, id_: str) -> Conversation:
    """Answers leave through this messenger from now on. Law: there and back again changes nothing."""
    to = way(conversation, id_)
    if to is None or id_ == spoken(conversation):
        return conversation
    here = _here(conversation)
    return replace(
        conversation,
        way="" if to.id == conversation.id else to.id,
        ways=tuple(here if each.id == here.id else each for each in conversation.ways),
        channel=to.channel,
        account=to.account,
        customer_id=to.customer_id,
        chat_id=to.chat_id,
        connection_id=to.connection_id,
        username=to.username,
        blocked=to.blocked,
    )


def through(conversation: Conversation, id_: str) -> Conversation:
    """The conversation as this messenger alone has it, its id and its window included: for what is sent there."""
    seen = turned(conversation, id_)
    to = way(seen, id_)
    if to is None or not conversation.ways:
        return conversation
    return replace(seen, id=to.id, last_customer_at=to.heard_at)


def wrote(conversation: Conversation, at: datetime) -> Conversation:
    """The customer wrote in the messenger that is spoken through: its window is open from now."""
    last = max(at, conversation.last_customer_at or at)
    here = replace(_here(conversation), heard_at=last)
    ways = tuple(here if each.id == here.id else each for each in conversation.ways)
    return replace(conversation, last_customer_at=last, ways=ways)


def blocked(conversation: Conversation, id_: str) -> Conversation:
    """The customer blocked us in this one, which is not the one they write in."""
    ways = tuple(replace(each, blocked=True) if each.id == id_ else each for each in conversation.ways)
    return replace(conversation, ways=ways)


def _here(conversation: Conversation) -> Way:
    """The messenger that is spoken through, as the conversation has it now."""
    held = next((each for each in conversation.ways if each.id == spoken(conversation)), None)
    return Way(
        id=spoken(conversation),
        channel=conversation.channel,
        account=conversation.account,
        customer_id=conversation.customer_id,
        chat_id=conversation.chat_id,
        connection_id=conversation.connection_id,
        username=conversation.username,
        blocked=conversation.blocked,
        heard_at=held.heard_at if held else conversation.last_customer_at,
        cards=held.cards if held else 0,
    )
