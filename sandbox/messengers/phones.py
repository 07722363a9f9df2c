"""The customers' phones: every conversation as the customer sees it, and all that the product sent."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Literal

Channel = Literal["telegram", "whatsapp", "instagram", "site"]
CHANNELS: tuple[Channel, ...] = ("telegram", "whatsapp", "instagram", "site")

EPOCH = datetime.fromtimestamp(0, UTC)
WINDOW = timedelta(hours=24)
LINES_KEPT = 200
SENT_KEPT = 200_000

RANK = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "failed": 4}


@dataclass(slots=True, kw_only=True)
class Line:
    """One message on the customer's screen.

    by       `customer`, `business` (our product sent it) or `app` (a person wrote it in the messenger's own app)
    buttons  [{"text", "payload"}], as the customer would press them
    """

    at: datetime
    by: Literal["customer", "business", "app"]
    id: str
    text: str
    buttons: list[dict[str, str]] = field(default_factory=list)
    status: str = "accepted"


@dataclass(slots=True, kw_only=True)
class Phone:
    """One customer in one messenger.

    id            how the vendor names the customer: chat id, wa_id, IGSID or the site's session id
    last_word_at  the customer's last message or press; opens the 24-hour window
    connection    Telegram Business: the conversation runs in the owner's personal chat
    """

    channel: Channel
    customer: str
    id: str
    name: str
    phone: str | None = None
    last_word_at: datetime | None = None
    blocked: bool = False
    connection: str | None = None
    typing_at: datetime | None = None
    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))

    def window_is_open(self, now: datetime) -> bool:
        return self.last_word_at is not None and now - self.last_word_at < WINDOW

    def line(self, line_id: str) -> Line | None:
        return next((line for line in reversed(self.lines) if line.id == line_id), None)

    def mark(self, line_id: str, status: str) -> None:
        """Statuses come in any order and never step back."""
        line = self.line(line_id)
        if line is not None and RANK[status] > RANK[line.status]:
            line.status = status

    def view(self) -> dict[str, Any]:
        return asdict(self) | {"lines": [asdict(line) for line in self.lines]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One thing the product sent and the vendor executed; `received_at` is machine time, `at` business time."""

    number: int
    at: datetime
    received_at: datetime
    channel: Channel
    chat: str
    kind: Literal["text", "template", "typing", "read", "edit"]
    text: str
    buttons: list[dict[str, str]]
    id: str
    mark: str | None = None


class Phones:
    """All conversations by channel and by both names of the customer, ours and the vendor's."""

    def __init__(self) -> None:
        self._by_id: dict[tuple[str, str], Phone] = {}
        self._by_customer: dict[tuple[str, str], Phone] = {}
        self._by_line: dict[tuple[str, str], Phone] = {}
        self.sent: deque[Sent] = deque(maxlen=SENT_KEPT)
        self.count = 0

    def clear(self) -> None:
        self._by_id.clear()
        self._by_customer.clear()
        self._by_line.clear()
        self.sent.clear()
        self.count = 0

    def __iter__(self) -> Iterator[Phone]:
        return iter(self._by_id.values())

    def find(self, channel: Channel, vendor_id: str) -> Phone | None:
        return self._by_id.get((channel, vendor_id))

    def newest(self, count: int) -> list[Phone]:
        """Of each channel the `count` conversations with the latest word of the customer."""
        spoken = sorted((phone for phone in self if phone.last_word_at), key=lambda phone: phone.last_word_at or EPOCH)
        return [phone for name in CHANNELS for phone in [p for p in spoken if p.channel == name][-count:]]

    def of(self, channel: Channel, customer: str, *, name: str | None = None, phone: str | None = None) -> Phone:
        """The customer's phone, made at the first word; `customer` may also be the vendor's own id."""
        known = self._by_customer.get((channel, customer)) or self._by_id.get((channel, customer))
        if known is None:
            known = self._add(channel, customer, vendor_id(channel, customer, phone), name or customer)
        if name:
            known.name = name
        if phone:
            known.phone = phone
        return known

    def meet(self, channel: Channel, found_id: str, name: str | None = None) -> Phone:
        """A customer known only by the vendor's id, out of a body that somebody else wrote."""
        return self.find(channel, found_id) or self._add(channel, found_id, found_id, name or found_id)

    def _add(self, channel: Channel, customer: str, found_id: str, name: str) -> Phone:
        phone = Phone(channel=channel, customer=customer, id=found_id, name=name)
        self._by_customer[channel, customer] = self._by_id[channel, found_id] = phone
        return phone

    def write(self, phone: Phone, line: Line) -> None:
        """A new line on the customer's screen; one that already stands there is left alone."""
        if phone.line(line.id) is None:
            phone.lines.append(line)
            self._by_line[phone.channel, line.id] = phone

    def holding(self, channel: Channel, line_id: str) -> Phone | None:
        """Whose conversation has this message; ids of Meta are unique in a channel, Telegram's only in a chat."""
        return self._by_line.get((channel, line_id))

    def record(self, sent: Sent) -> None:
        self.sent.append(sent)
        self.count += 1

    def sent_since(self, number: int, channel: str | None, limit: int) -> list[dict[str, Any]]:
        """The oldest `limit` things sent after `number`, in order."""
        start = max(0, number - (self.count - len(self.sent)))
        rows = (sent for sent in islice(self.sent, start, None) if channel in (None, sent.channel))
        return [asdict(sent) for sent in islice(rows, limit)]


def vendor_id(channel: Channel, customer: str, phone: str | None) -> str:
    """The id a vendor would give: stable for a customer, in the vendor's shape; digits are taken as they are."""
    if channel == "site":
        return customer
    if channel == "whatsapp" and phone:
        return "".join(filter(str.isdigit, phone))
    if customer.isdigit():
        return customer
    digest = int.from_bytes(hashlib.sha256(customer.encode()).digest()[:8], "big")
    if channel == "telegram":
        return str(5_000_000_000 + digest % 2_000_000_000)
    if channel == "whatsapp":
        return f"7999{digest % 10_000_000:07d}"
    return f"{1_000_000_000_000_000 + digest % 9_000_000_000_000_000}"
