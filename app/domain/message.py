"""What customers send, what we send back, and what a messenger says about it, in our own words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a message is. Unknown content is `unsupported`: it still reaches a person."""

    TEXT = "text"
    VOICE = "voice"
    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    SHARE = "share"  # a post, a reel, a story shown to us
    COMMENT = "comment"  # a public comment under our post
    BUTTON = "button"  # `payload` tells which
    START = "start"  # the conversation was opened by a link; `source` tells which
    FORM = "form"  # a form of the site: nobody waits in a chat
    REACTION = "reaction"
    EDITED = "edited"  # `target_id` is the message that changed
    DELETED = "deleted"  # `target_id` is the message that is gone
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    OPT_OUT = "opt_out"  # of advertising
    OPT_IN = "opt_in"
    IDENTITY = "identity"  # the customer's number or id changed: `phone` or `target_id` holds the new one
    REFERRAL = "referral"  # came by a link into a known thread; no words
    CONNECTION = "connection"  # the owner connected or disconnected the account
    UNSUPPORTED = "unsupported"


# The customer said something that deserves an answer.
WORDS = frozenset(Kind) - {
    Kind.REACTION, Kind.EDITED, Kind.DELETED, Kind.BLOCKED, Kind.UNBLOCKED, Kind.OPT_OUT, Kind.OPT_IN,
    Kind.IDENTITY, Kind.REFERRAL, Kind.CONNECTION,
}  # fmt: skip


class Author(StrEnum):
    CUSTOMER = "customer"
    PERSON = "person"  # one of ours: an echo of what was written in the messenger's own app
    BUSINESS = "business"  # an echo that may be ours or a person's: the outbox knows


STAFF_REFUSED, STAFF_LEAVES = "refused", "leaves"  # in place of a role: a code that is not ours, a chat that goes


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """E.164, with or without proof that it is the sender's (docs/reference/channels.md 0.2, point 7)."""

    number: str
    proven: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file or a thing shown. `ref` is the vendor's id, `url` an address that may die within minutes."""

    kind: str
    ref: str = ""
    url: str = ""
    name: str = ""
    mime_type: str = ""
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the customer came from: the first one of an enquiry is kept and never overwritten."""

    kind: str  # `start`, `ad`, `link`, `utm`, `comment`, `page`
    ref: str = ""  # campaign key, ad id, payload of a deep link
    title: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_content: str = ""
    utm_term: str = ""
    page_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """One thing a customer (or one of ours in the messenger's own app) did.

    channel, account   the messenger and which of our accounts there
    customer_id        the messenger's id of the customer on that account
    message_id         unique in (channel, account); what redelivery is recognised by
    sent_at            aware, UTC: the messenger's stamp
    sequence           the channel's own order inside one conversation, where it has one
    chat_id            where an answer goes, if it differs from `customer_id`
    connection_id      Telegram Business: sends must name it
    text               the words, or the caption
    consent            of a form: its box for the keeping of what they wrote
    invites            of a form: its box for invitations and offers
    payload            of a button
    target_id          the message that is edited, deleted, reacted to
    staff              role of one of ours who binds this chat (domain/staff.py); empty for a customer
    """

    channel: str
    account: str
    customer_id: str
    message_id: str
    sent_at: datetime
    kind: Kind = Kind.TEXT
    author: Author = Author.CUSTOMER
    text: str = ""
    sequence: int | None = None
    chat_id: str = ""
    connection_id: str = ""
    name: str = ""
    username: str = ""
    language: str = ""
    phone: Phone | None = None
    email: str = ""
    consent: bool | None = None
    invites: bool = False
    source: Source | None = None
    attachments: tuple[Attachment, ...] = ()
    reply_to: str = ""
    quote: str = ""
    payload: str = ""
    target_id: str = ""
    staff: str = ""


class Delivery(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """What the messenger says about a message of ours. They may come out of order: never step back."""

    channel: str
    account: str
    customer_id: str
    message_id: str
    status: Delivery
    at: datetime
    outbox_id: str = ""  # where the vendor returns what we gave it
    reason: str = ""  # of `failed`: one of Refusal's words
    detail: str = ""  # of `failed`: the vendor's code


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Something genuine that needs no work. `reason` is a word from a small set, used as a metric label."""

    reason: str


Parsed = InboundMessage | DeliveryStatus | Ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    title: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Pre-approved text for outside the window: its name, language code and the values of its body."""

    name: str
    language: str = "ru"
    values: tuple[str, ...] = ()


class Style(StrEnum):
    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKE = "strike"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """`text[start:end]` is to look so; a channel that cannot show it sends the plain words."""

    start: int
    end: int
    style: Style


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """One thing we say. `ask_phone` adds the messenger's own «share my number» button where it has one.

    spans   how a person marked the words
    file    goes along, the text under it; `url` is where the vendor fetches it
    about   of a reminder: its id
    """

    text: str
    buttons: tuple[Button, ...] = ()
    ask_phone: bool = False
    template: Template | None = None
    spans: tuple[Span, ...] = ()
    file: Attachment | None = None
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to send: our account, the customer's chat there, and the business connection if any."""

    account: str
    chat_id: str
    connection_id: str = ""
    outbox_id: str = ""  # given to vendors that return it (statuses, idempotency)
