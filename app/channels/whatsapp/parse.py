"""A WhatsApp webhook → messages, statuses, echoes (developers.facebook.com/docs/whatsapp/cloud-api/webhooks).

One POST may hold up to 1 000 updates of several customers and several of our numbers, in any order.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from pydantic import Field

from app.channels.phones import international
from app.channels.untrusted import Id, Items, Many, Maybe, Moment, Text, Vendor, each, load_object
from app.channels.whatsapp.content import Content, Payload, read_content
from app.channels.whatsapp.errors import reason
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

STATUSES = {
    "sent": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.READ,
    "played": Delivery.READ,
    "failed": Delivery.FAILED,
}
PREFERENCES = {"stop": Kind.OPT_OUT, "resume": Kind.OPT_IN, "signup": Kind.OPT_IN}


class Profile(Vendor):
    name: Text = ""
    username: Text = ""


class Contact(Vendor):
    profile: Maybe[Profile] = None
    wa_id: Text = ""
    user_id: Text = ""


class Metadata(Vendor):
    phone_number_id: Id


class Value(Vendor):
    metadata: Metadata
    contacts: Many[Contact] = ()
    messages: Items = Field(default_factory=list)
    message_echoes: Items = Field(default_factory=list)
    statuses: Items = Field(default_factory=list)
    user_preferences: Items = Field(default_factory=list)


class Change(Vendor):
    field: Text = ""
    value: Any = None


class Entry(Vendor):
    changes: Items = Field(default_factory=list)


class Context(Vendor):
    id: Text = ""


class Referral(Vendor):
    source_id: Text = ""
    source_url: Text = ""
    headline: Text = ""


class Envelope(Vendor):
    id: Id
    timestamp: Moment
    sender: Text = Field("", alias="from")
    from_user_id: Text = ""
    to: Text = ""
    to_user_id: Text = ""
    group_id: Text = ""
    context: Maybe[Context] = None
    referral: Maybe[Referral] = None


class Error(Vendor):
    code: Maybe[int] = None


class Status(Vendor):
    id: Id
    status: Text = ""
    timestamp: Moment
    recipient_id: Text = ""
    recipient_user_id: Text = ""
    biz_opaque_callback_data: Text = ""
    errors: Many[Error] = ()


class Preference(Vendor):
    wa_id: Text = ""
    user_id: Text = ""
    value: Text = ""
    timestamp: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Keyed by the business-scoped id, which every payload carries since 2026; the phone comes and goes with usernames.

    phone_digits   where an answer goes when known; sending to the other id is newer
    """

    customer_id: str
    phone_digits: str = ""
    name: str = ""
    username: str = ""

    @property
    def chat_id(self) -> str:
        return self.phone_digits if self.phone_digits != self.customer_id else ""

    @property
    def phone(self) -> Phone | None:
        number = international(self.phone_digits) if self.phone_digits else ""
        return Phone(number=number, proven=True) if number else None


def parse(body: bytes, accounts: Collection[str]) -> list[Parsed]:
    """`accounts` are our numbers' ids; what belongs to others is ignored."""
    update = load_object(body)
    if update.get("object") != "whatsapp_business_account":
        return [Ignored(reason="unknown")]
    found = each(update.get("entry"), lambda raw: each(Entry.model_validate(raw).changes, _change(accounts)))
    return found or [Ignored(reason="empty")]


def _change(accounts: Collection[str]) -> Callable[[Any], list[Parsed]]:
    def read(raw: Any) -> list[Parsed]:
        change = Change.model_validate(raw)
        if change.field not in {"messages", "smb_message_echoes", "user_preferences"}:
            return [Ignored(reason="unknown")]
        value = Value.model_validate(change.value)
        if value.metadata.phone_number_id not in accounts:
            return [Ignored(reason="other_account")]
        return _Reader(value).read()

    return read


class _Reader:
    """Reads one change; contacts are matched by id, since their order says nothing."""

    def __init__(self, value: Value) -> None:
        self.value, self.account = value, value.metadata.phone_number_id
        contacts = [contact for contact in value.contacts if contact]
        self.contacts = {contact.wa_id: contact for contact in contacts if contact.wa_id}
        self.contacts |= {contact.user_id: contact for contact in contacts if contact.user_id}

    def read(self) -> list[Parsed]:
        return [
            *each(self.value.messages, self._message),
            *each(self.value.message_echoes, self._echo),
            *each(self.value.statuses, self._status),
            *each(self.value.user_preferences, self._preference),
        ]

    def _customer(self, wa_id: str, user_id: str) -> Customer | None:
        contact = self.contacts.get(user_id) or self.contacts.get(wa_id) or Contact()
        phone, scoped = wa_id or contact.wa_id, user_id or contact.user_id
        if not (phone or scoped):
            return None
        profile = contact.profile or Profile()
        return Customer(customer_id=scoped or phone, phone_digits=phone, name=profile.name, username=profile.username)

    def _message(self, raw: Any) -> list[Parsed]:
        envelope, content = Envelope.model_validate(raw), read_content(Payload.model_validate(raw))
        if envelope.group_id:
            return [Ignored(reason="group")]
        if content.kind is Kind.IDENTITY:
            return self._identity(envelope, content)
        return self._inbound(self._customer(envelope.sender, envelope.from_user_id), envelope, content)

    def _echo(self, raw: Any) -> list[Parsed]:
        envelope, content = Envelope.model_validate(raw), read_content(Payload.model_validate(raw))
        customer = self._customer(envelope.to, envelope.to_user_id)
        return self._inbound(customer, envelope, content, author=Author.PERSON)

    def _inbound(
        self, customer: Customer | None, envelope: Envelope, content: Content, *, author: Author = Author.CUSTOMER
    ) -> list[Parsed]:
        if not customer:
            return [Ignored(reason="unreadable")]
        referral = envelope.referral
        return [
            InboundMessage(
                channel="whatsapp",
                account=self.account,
                customer_id=customer.customer_id,
                message_id=envelope.id,
                sent_at=envelope.timestamp,
                kind=content.kind,
                author=author,
                text=content.text,
                chat_id=customer.chat_id,
                name=customer.name,
                username=customer.username,
                phone=content.phone or customer.phone,
                source=_source(referral) if referral else None,
                attachments=content.attachments,
                reply_to=envelope.context.id if envelope.context else "",
                payload=content.payload,
                target_id=content.target_id,
            )
        ]

    def _identity(self, envelope: Envelope, content: Content) -> list[Parsed]:
        """The old id is the customer's; the new one stands in `phone` and `chat_id`, or in `target_id`."""
        customer = self._customer(envelope.sender, content.previous_id or envelope.from_user_id)
        if customer and content.phone:
            customer = replace(customer, phone_digits=content.phone.number.removeprefix("+"))
        return self._inbound(customer, envelope, content)

    def _status(self, raw: Any) -> list[Parsed]:
        status = Status.model_validate(raw)
        customer = self._customer(status.recipient_id, status.recipient_user_id)
        if status.status not in STATUSES or not customer:
            return [Ignored(reason="unknown" if customer else "unreadable")]
        code = next((error.code for error in status.errors if error and error.code is not None), None)
        failed = status.status == "failed"
        return [
            DeliveryStatus(
                channel="whatsapp",
                account=self.account,
                customer_id=customer.customer_id,
                message_id=status.id,
                status=STATUSES[status.status],
                at=status.timestamp,
                outbox_id=status.biz_opaque_callback_data,
                reason=reason(code if code is not None else -1) if failed else "",
                detail=str(code) if failed and code is not None else "",
            )
        ]

    def _preference(self, raw: Any) -> list[Parsed]:
        wish = Preference.model_validate(raw)
        customer = self._customer(wish.wa_id, wish.user_id)
        if wish.value not in PREFERENCES or not customer:
            return [Ignored(reason="unknown" if customer else "unreadable")]
        return [
            InboundMessage(
                channel="whatsapp",
                account=self.account,
                customer_id=customer.customer_id,
                message_id=f"preference:{customer.customer_id}:{wish.value}:{int(wish.timestamp.timestamp())}",
                sent_at=wish.timestamp,
                kind=PREFERENCES[wish.value],
                chat_id=customer.chat_id,
                name=customer.name,
                username=customer.username,
                phone=customer.phone,
            )
        ]


def _source(referral: Referral) -> Source:
    return Source(kind="ad", ref=referral.source_id, title=referral.headline, page_url=referral.source_url)
