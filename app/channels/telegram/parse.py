"""A Telegram update → what happened. Shapes: core.telegram.org/bots/api#update (Bot API 10.2)."""

from typing import Any

from app.channels.base import Webhook
from app.channels.phones import international
from app.channels.telegram.shapes import CallbackQuery, Chat, Connection, Deleted, File, Membership, Message, User
from app.channels.untrusted import (
    UNSTAMPED,
    clean,
    each,
    is_one_of,
    load_object,
)
from app.domain.failures import Unauthentic
from app.domain.message import Attachment, Author, Ignored, InboundMessage, Kind, Parsed, Phone, Source

HEADER = "x-telegram-bot-api-secret-token"
PRESS = "callback:"  # begins the id of a pressed button; the rest is the vendor's callback id
START = "/start"

OTHERS = {  # kinds that concern no customer of ours; named so that a new kind of Telegram's is seen as `unknown`
    "channel_post", "edited_channel_post", "message_reaction", "message_reaction_count", "inline_query",
    "chosen_inline_result", "shipping_query", "pre_checkout_query", "purchased_paid_media", "poll", "poll_answer",
    "chat_member", "chat_join_request", "chat_boost", "removed_chat_boost", "guest_message", "managed_bot",
    "subscription",
}  # fmt: skip

ENVELOPE = {
    "message_id", "from", "chat", "date", "edit_date", "business_connection_id", "reply_to_message", "quote",
    "external_reply", "media_group_id", "entities", "reply_markup", "has_protected_content", "is_from_offline",
    "via_bot", "forward_origin", "sender_boost_count", "effect_id", "link_preview_options",
}  # fmt: skip

SERVICE = {"pinned_message", "message_auto_delete_timer_changed", "write_access_allowed", "chat_background_set"}


FILES = (  # `animation` is repeated as `document`, so it stands first
    ("voice", Kind.VOICE), ("video_note", Kind.VIDEO), ("video", Kind.VIDEO), ("animation", Kind.VIDEO),
    ("sticker", Kind.STICKER), ("audio", Kind.DOCUMENT), ("document", Kind.DOCUMENT),
)  # fmt: skip


def verify(webhook: Webhook, secret: str) -> None:
    """The header equals what we gave to setWebhook; there is no signature over the body."""
    if not secret:
        raise Unauthentic("telegram: TELEGRAM_WEBHOOK_SECRET is empty, the door is closed")
    if not is_one_of(webhook.headers.get(HEADER, ""), [secret]):
        raise Unauthentic("telegram: the secret header is wrong or missing")


def parse(body: bytes, account: str) -> list[Parsed]:
    """One update a POST. `account` is the bot's id."""
    update = load_object(body)
    update_id = clean(str(update.get("update_id", ""))[:32])
    readers = {
        "message": lambda raw: [_message(raw, account)],
        "business_message": lambda raw: [_message(raw, account)],
        "edited_message": lambda raw: [_message(raw, account, edited=True)],
        "edited_business_message": lambda raw: [_message(raw, account, edited=True)],
        "callback_query": lambda raw: [_press(raw, account)],
        "my_chat_member": lambda raw: [_membership(raw, account, update_id)],
        "business_connection": lambda raw: [_connection(raw, account, update_id)],
        "deleted_business_messages": lambda raw: _deleted(raw, account),
    }
    for kind, read in readers.items():
        if kind in update:
            return each([update[kind]], read) or [Ignored(reason="empty")]
    return [Ignored(reason="other_kind" if OTHERS & update.keys() else "unknown")]


def key(chat_id: str, message_id: int, connection_id: str = "") -> str:
    """Telegram counts messages per chat, and an owner's personal chat apart from the bot's with the same person."""
    return f"{connection_id}:{chat_id}:{message_id}" if connection_id else f"{chat_id}:{message_id}"


def _message(raw: dict[str, Any], account: str, *, edited: bool = False) -> Parsed:
    message = Message.model_validate(raw)
    if ignored := _uninteresting(message, raw):
        return Ignored(reason=ignored)
    chat, connection = message.chat, message.business_connection_id
    own = key(chat.id, message.message_id, connection)
    stamp = message.edit_date or message.date
    kind, text, attachments = _content(message, raw)
    source = None
    if kind is Kind.TEXT and text.split(maxsplit=1)[:1] and text.split(maxsplit=1)[0].partition("@")[0] == START:
        payload = text.split(maxsplit=1)[1].strip() if len(text.split(maxsplit=1)) > 1 else ""
        kind, text, source = Kind.START, "", Source(kind="start", ref=payload[:64]) if payload else None
    return InboundMessage(
        channel="telegram",
        account=account,
        customer_id=chat.id,  # equals the sender's id in a private chat, whoever of the two wrote
        message_id=f"{own}:edit:{int(stamp.timestamp())}" if edited else own,
        sent_at=stamp,
        kind=Kind.EDITED if edited else kind,
        author=Author.PERSON if message.sender and message.sender.id != chat.id else Author.CUSTOMER,
        text=text,
        sequence=message.message_id,
        connection_id=connection,
        name=_name(chat),
        username=chat.username,
        language=_language(message),
        phone=_phone(message),
        source=source,
        attachments=attachments,
        reply_to=_reply_to(message),
        quote=_quote(message),
        target_id=own if edited else "",
    )


def _uninteresting(message: Message, raw: dict[str, Any]) -> str:
    if message.chat.type != "private":
        return "group"
    if message.sender_business_bot:
        return "own"  # what we, or another bot, wrote for the owner
    if message.sender and message.sender.is_bot:
        return "bot"
    return "service" if SERVICE & raw.keys() else ""


def _content(message: Message, raw: dict[str, Any]) -> tuple[Kind, str, tuple[Attachment, ...]]:
    for field, kind in FILES:
        if file := getattr(message, field):
            return kind, message.caption, (_attachment(kind, file),)
    if photos := [size for size in message.photo if size]:
        return Kind.IMAGE, message.caption, (_attachment(Kind.IMAGE, photos[-1]),)  # the last is the largest
    if contact := message.contact:
        name = f"{contact.first_name} {contact.last_name}".strip()
        return Kind.CONTACT, "", (Attachment(kind="contact", ref=contact.phone_number, name=name),)
    if place := message.location:
        name = f"{message.venue.title}, {message.venue.address}".strip(", ") if message.venue else ""
        return Kind.LOCATION, "", (Attachment(kind="location", ref=f"{place.latitude},{place.longitude}", name=name),)
    if message.story:
        return Kind.SHARE, "", (Attachment(kind="story"),)
    if message.text:
        return Kind.TEXT, message.text, ()
    unknown = ", ".join(sorted(str(name)[:32] for name in raw.keys() - ENVELOPE))
    return Kind.UNSUPPORTED, message.caption, (Attachment(kind="unsupported", name=unknown[:128]),)


def _attachment(kind: Kind, file: File) -> Attachment:
    return Attachment(
        kind=kind.value,
        ref=file.file_id,
        name=file.file_name or file.emoji,
        mime_type=file.mime_type,
        size_bytes=file.file_size,
    )


def _phone(message: Message) -> Phone | None:
    """Proven by the contact's own id; without an id it is typed; another's id makes it another person's number."""
    contact = message.contact
    if not contact or contact.user_id not in {"", message.chat.id}:
        return None
    proven = contact.user_id != "" and message.sender is not None and message.sender.id == contact.user_id
    number = international(contact.phone_number)
    return Phone(number=number, proven=proven) if number else None


def _reply_to(message: Message) -> str:
    target = message.reply_to_message
    if not target or target.message_id is None:
        return ""
    return key(message.chat.id, target.message_id, message.business_connection_id)


def _quote(message: Message) -> str:
    if message.quote and message.quote.text:
        return message.quote.text
    return (message.reply_to_message.text or message.reply_to_message.caption) if message.reply_to_message else ""


def _name(person: User | Chat) -> str:
    return f"{person.first_name} {person.last_name}".strip()


def _language(message: Message) -> str:
    return message.sender.language_code if message.sender and message.sender.id == message.chat.id else ""


def _press(raw: dict[str, Any], account: str) -> Parsed:
    """Telegram gives no moment of the press."""
    press = CallbackQuery.model_validate(raw)
    carrier = press.message
    if carrier and carrier.chat and carrier.chat.type != "private":
        return Ignored(reason="group")
    connection = carrier.business_connection_id if carrier else ""
    keyboard = carrier.reply_markup.inline_keyboard if carrier and carrier.reply_markup else ()
    titles = {button.callback_data: button.text for row in keyboard for button in row or [] if button}
    carried_by = carrier.message_id if carrier else None
    return InboundMessage(
        channel="telegram",
        account=account,
        customer_id=press.sender.id,
        message_id=PRESS + press.id,
        sent_at=UNSTAMPED,
        kind=Kind.BUTTON,
        text=titles.get(press.data, ""),
        connection_id=connection,
        name=_name(press.sender),
        username=press.sender.username,
        language=press.sender.language_code,
        reply_to=key(press.sender.id, carried_by, connection) if carried_by is not None else "",
        payload=press.data,
    )


def _membership(raw: dict[str, Any], account: str, update_id: str) -> Parsed:
    """In a private chat this comes only when the customer blocks or unblocks the bot."""
    change = Membership.model_validate(raw)
    kinds = {"kicked": Kind.BLOCKED, "member": Kind.UNBLOCKED}
    if change.chat.type != "private":
        return Ignored(reason="group")
    if change.new_chat_member.status not in kinds:
        return Ignored(reason="unknown")
    return InboundMessage(
        channel="telegram",
        account=account,
        customer_id=change.chat.id,
        message_id=f"update:{update_id}",
        sent_at=change.date,
        kind=kinds[change.new_chat_member.status],
        name=_name(change.sender),
        username=change.sender.username,
        language=change.sender.language_code,
    )


def _connection(raw: dict[str, Any], account: str, update_id: str) -> Parsed:
    """`payload` says `enabled` or `disabled`; the «customer» is the account's owner."""
    connection = Connection.model_validate(raw)
    return InboundMessage(
        channel="telegram",
        account=account,
        customer_id=connection.user.id,
        message_id=f"update:{update_id}",
        sent_at=connection.date,
        kind=Kind.CONNECTION,
        author=Author.PERSON,
        chat_id=connection.user_chat_id if connection.user_chat_id != connection.user.id else "",
        connection_id=connection.id,
        name=_name(connection.user),
        username=connection.user.username,
        payload="enabled" if connection.is_enabled else "disabled",
    )


def _deleted(raw: dict[str, Any], account: str) -> list[Parsed]:
    """Telegram tells neither who deleted nor when."""
    deleted = Deleted.model_validate(raw)
    chat, connection = deleted.chat, deleted.business_connection_id
    if chat.type != "private":
        return [Ignored(reason="group")]
    return [
        InboundMessage(
            channel="telegram",
            account=account,
            customer_id=chat.id,
            message_id=f"{key(chat.id, message_id, connection)}:deleted",
            sent_at=UNSTAMPED,
            kind=Kind.DELETED,
            connection_id=connection,
            name=_name(chat),
            username=chat.username,
            target_id=key(chat.id, message_id, connection),
        )
        for message_id in deleted.message_ids
        if message_id is not None
    ]
