"""An Instagram webhook → messages, comments, statuses (…/instagram-platform/webhooks/examples).

One POST may hold up to 1 000 updates of several accounts, in any order.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from pydantic import Field

from app.channels.instagram.content import Message, Referral, kind_of, read_attachments, source_of
from app.channels.phones import international
from app.channels.untrusted import Id, Items, Maybe, Moment, Text, Vendor, each, load_object
from app.domain.message import (
    Author,
    Delivery,
    DeliveryStatus,
    Ignored,
    InboundMessage,
    Kind,
    Parsed,
    Phone,
    Source,
)

COMMENT = "comment:"  # begins the address of a private reply to a comment
COMMENTS = {"comments", "live_comments"}
HANDOVER = ("pass_thread_control", "take_thread_control", "request_thread_control", "optin")


class Entry(Vendor):
    id: Id
    time: Maybe[Moment] = None
    messaging: Items = Field(default_factory=list)
    standby: Items = Field(default_factory=list)
    changes: Items = Field(default_factory=list)
    field: Text = ""
    value: Any = None


class Party(Vendor):
    id: Id


class Edit(Vendor):
    mid: Id
    text: Text = ""
    num_edit: Text = ""


class Reaction(Vendor):
    mid: Id
    action: Text = ""
    reaction: Text = ""
    emoji: Text = ""


class Postback(Vendor):
    mid: Id
    title: Text = ""
    payload: Text = ""
    referral: Maybe[Referral] = None


class Read(Vendor):
    mid: Id


class Event(Vendor):
    """`timestamp` is the moment of the event; `entry.time` that of sending."""

    sender: Party
    recipient: Party
    timestamp: Moment


class Media(Vendor):
    id: Text = ""
    ad_id: Text = ""
    ad_title: Text = ""


class Commenter(Vendor):
    id: Id
    username: Text = ""


class Comment(Vendor):
    id: Id
    sender: Commenter = Field(alias="from")
    text: Text = ""
    media: Maybe[Media] = None
    parent_id: Text = ""


class Change(Vendor):
    field: Text = ""
    value: Any = None


def parse(body: bytes, accounts: Collection[str]) -> list[Parsed]:
    """`accounts` are ours; what belongs to others (and the dashboard's test, account «0») is ignored."""
    update = load_object(body)
    if update.get("object") != "instagram":
        return [Ignored(reason="unknown")]
    return each(update.get("entry"), _entry(accounts)) or [Ignored(reason="empty")]


def _entry(accounts: Collection[str]) -> Callable[[Any], list[Parsed]]:
    def read(raw: Any) -> list[Parsed]:
        entry = Entry.model_validate(raw)
        if entry.id not in accounts:
            return [Ignored(reason="other_account")]
        changes = [{"field": entry.field, "value": entry.value}] if entry.field else []  # Instagram login's form
        return [
            *each(entry.messaging, lambda item: _event(item, entry.id)),
            *each(entry.changes + changes, lambda item: _change(item, entry)),
            *[Ignored(reason="standby") for _ in entry.standby],  # another app owns the thread: not ours to answer
        ]

    return read


def _event(raw: Any, account: str) -> list[Parsed]:
    event = Event.model_validate(raw)
    readers: dict[str, Callable[[Any, Event, str], Parsed]] = {
        "message": _message,
        "message_edit": _edit,
        "reaction": _reaction,
        "postback": _postback,
        "read": _read,
        "referral": _referral,
    }
    for key, read in readers.items():
        if key in raw:
            return [read(raw[key], event, account)]
    return [Ignored(reason="handover" if any(key in raw for key in HANDOVER) else "unknown")]


def _inbound(event: Event, account: str, message_id: str, **fields: Any) -> InboundMessage:
    """From the customer, unless an echo says otherwise."""
    return InboundMessage(
        **{
            "channel": "instagram",
            "account": account,
            "customer_id": event.sender.id,
            "message_id": message_id,
            "sent_at": event.timestamp,
            **fields,
        }
    )


def _message(raw: Any, event: Event, account: str) -> Parsed:
    message = Message.model_validate(raw)
    if message.is_self:
        return Ignored(reason="own")
    echo = {"author": Author.BUSINESS, "customer_id": event.recipient.id} if message.is_echo else {}
    if message.is_deleted:
        return _inbound(event, account, f"{message.mid}:deleted", kind=Kind.DELETED, target_id=message.mid, **echo)
    chosen = message.quick_reply.payload if message.quick_reply else ""
    return _inbound(
        event,
        account,
        message.mid,
        kind=kind_of(message),
        text=message.text,
        payload=chosen,
        phone=_phone(chosen, message.text),
        source=source_of(message.referral) if message.referral else None,
        attachments=read_attachments(message),
        reply_to=message.reply_to.mid if message.reply_to else "",
        **echo,
    )


def _phone(chosen: str, text: str) -> Phone | None:
    """Of the quick reply that shares the profile's number: payload and text are that number, nothing was typed."""
    number = international(chosen) if chosen.startswith("+") and chosen == text else ""
    return Phone(number=number, proven=True) if number else None


def _edit(raw: Any, event: Event, account: str) -> Parsed:
    edit = Edit.model_validate(raw)
    edited = f"{edit.mid}:edit:{edit.num_edit}"
    return _inbound(event, account, edited, kind=Kind.EDITED, text=edit.text, target_id=edit.mid)


def _reaction(raw: Any, event: Event, account: str) -> Parsed:
    """A reaction that is taken back has no text."""
    reaction = Reaction.model_validate(raw)
    unique = f"{reaction.mid}:{reaction.action}:{_milliseconds(event.timestamp)}"
    shown = (reaction.emoji or reaction.reaction) if reaction.action == "react" else ""
    return _inbound(event, account, unique, kind=Kind.REACTION, text=shown, target_id=reaction.mid)


def _postback(raw: Any, event: Event, account: str) -> Parsed:
    press = Postback.model_validate(raw)
    source = source_of(press.referral) if press.referral else None
    return _inbound(event, account, press.mid, kind=Kind.BUTTON, text=press.title, payload=press.payload, source=source)


def _read(raw: Any, event: Event, account: str) -> Parsed:
    return DeliveryStatus(
        channel="instagram",
        account=account,
        customer_id=event.sender.id,
        message_id=Read.model_validate(raw).mid,
        status=Delivery.READ,
        at=event.timestamp,
    )


def _referral(raw: Any, event: Event, account: str) -> Parsed:
    """Came by a link or an ad into a known thread; it has no id of its own."""
    unique = f"referral:{event.sender.id}:{_milliseconds(event.timestamp)}"
    source = source_of(Referral.model_validate(raw))
    return _inbound(event, account, unique, kind=Kind.REFERRAL, source=source)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _change(raw: Any, entry: Entry) -> list[Parsed]:
    """A public comment; its author's id is not that of Direct, and an answer goes as one private reply."""
    change = Change.model_validate(raw)
    if change.field not in COMMENTS or not entry.time:
        return [Ignored(reason="unknown")]
    comment = Comment.model_validate(change.value)
    if comment.sender.id == entry.id:
        return [Ignored(reason="own")]
    media = comment.media or Media()
    return [
        InboundMessage(
            channel="instagram",
            account=entry.id,
            customer_id=comment.sender.id,
            message_id=comment.id,
            sent_at=entry.time,
            kind=Kind.COMMENT,
            text=comment.text,
            chat_id=COMMENT + comment.id,
            username=comment.sender.username,
            source=Source(kind="comment", ref=media.ad_id or media.id, title=media.ad_title),
            reply_to=comment.parent_id,
        )
    ]
