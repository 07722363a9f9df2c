"""Who of ours writes: `/start staff_<code>` binds a chat to a role once the code is proven; else no call to Redis."""

import hmac
from dataclasses import replace
from hashlib import sha256

from app.domain.business import Business
from app.domain.card import Role
from app.domain.conversation import conversation_id
from app.domain.message import STAFF_LEAVES, STAFF_REFUSED, Author, InboundMessage, Kind
from app.runtime import Runtime
from app.settings import Settings
from app.store.staff import StaffChat

PREFIX = "staff_"
OFF = PREFIX + "off"
CODE_LENGTH = 20  # hex digits, 80 bits: nobody guesses it


def code_of(settings: Settings, role: Role) -> str:
    """`staff_…`, the same for as long as SECRET_KEY is; empty without a key: that door stays closed."""
    key = settings.general.secret_key
    if key is None:
        return ""
    digest = hmac.new(key.get_secret_value().encode(), f"staff:{role}".encode(), sha256).hexdigest()
    return PREFIX + digest[:CODE_LENGTH]


async def recognised(runtime: Runtime, message: InboundMessage) -> InboundMessage:
    """The message, marked if it is one of ours who writes. Raises StoreAway, StoreError: then it is not accepted."""
    if message.author is not Author.CUSTOMER:
        return message
    word = _word(message)
    if not word:
        role = _named_in_profile(runtime.business, message)
        return replace(message, staff=role) if role else message
    bare = replace(message, text="", source=None)  # a code is a secret: it goes no further
    chat = conversation_id(message.channel, message.account, message.customer_id)
    if word == OFF:
        was_bound = await runtime.staff.unbind(chat)
        return replace(bare, staff=STAFF_LEAVES if was_bound else STAFF_REFUSED)
    proven = _proven(runtime.settings, word)
    if proven is None:
        return replace(bare, staff=STAFF_REFUSED)
    await runtime.staff.bind(
        proven,
        StaffChat(
            conversation_id=chat,
            channel=message.channel,
            account=message.account,
            chat_id=message.chat_id or message.customer_id,
        ),
    )
    return replace(bare, staff=proven)


def _word(message: InboundMessage) -> str:
    """`staff_…` of a link or of «/start staff_…» as text, or nothing."""
    if message.kind is Kind.START and message.source:
        word = message.source.ref
    else:
        first, _, word = message.text.strip().partition(" ")
        word = word.strip() if first == "/start" else ""
    return word if word.startswith(PREFIX) else ""


def _proven(settings: Settings, word: str) -> Role | None:
    """Every code is compared, each in constant time."""
    fits = [role for role in Role if _same(word, code_of(settings, role))]
    return fits[0] if fits else None


def _same(word: str, code: str) -> bool:
    return bool(code) and hmac.compare_digest(word.encode(errors="replace"), code.encode())


def _named_in_profile(business: Business, message: InboundMessage) -> str:
    """The profile may name the supervisor's and the owner's Telegram: they are ours without a code."""
    if message.channel != "telegram":
        return ""
    named = {business.team.owner.telegram: Role.OWNER, business.team.supervisor.telegram: Role.SUPERVISOR}
    return named.get(message.customer_id, "") if message.customer_id else ""
