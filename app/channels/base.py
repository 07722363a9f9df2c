"""The contract of a channel: verify, parse, render, read are pure; only http.py touches the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, Protocol

from app.domain.message import Address, Attachment, OutboundMessage, Parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A request as it arrived. Header names in lower case; `body` is the raw bytes, which signatures cover."""

    method: str = "POST"
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """What we answer a webhook with once its content is safe."""

    status: int = 200
    body: bytes = b""
    media_type: str = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A call to the vendor, described: `json` or `form` body."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, object] | None = None
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the channel can do; each number carries the vendor's page where it is set.

    max_text             of one message, in `text_unit`
    window               how long free text is allowed after the customer's last word; None: always
    templates            pre-approved text works outside the window
    max_buttons, max_button_title, max_button_payload_bytes    0 buttons: they are written as text
    chat_interval        least time between two messages to one chat, once `chat_burst` of them went at once
    account_per_second   most messages a second from one account
    echoes               our own sends come back and must be told from a person's
    local                delivered by ourselves through Redis (the site's chat), not over a vendor's API
    one_way              nobody answers there and every character is paid for: reminders alone, in their short form
    """

    max_text: int
    text_unit: str = "characters"  # or `bytes`
    window: timedelta | None = None
    templates: bool = False
    max_buttons: int = 0
    max_button_title: int = 20
    max_button_payload_bytes: int = 64
    chat_interval: timedelta = timedelta(0)
    chat_burst: int = 1
    account_per_second: float = 30.0
    echoes: bool = False
    local: bool = False
    one_way: bool = False


class Channel(Protocol):
    """One messenger. Built from its secrets in runtime.py; without its secret the door is closed."""

    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    max_body_bytes: ClassVar[int]

    def handshake(self, webhook: Webhook) -> Ack:
        """The vendor's GET that checks our address. Raises Unauthentic; a channel without one answers 404."""
        ...

    def verify(self, webhook: Webhook) -> None:
        """Proves the sender over the raw bytes in constant time. Raises Unauthentic."""
        ...

    def parse(self, webhook: Webhook) -> list[Parsed]:
        """Their bytes → our messages. Pure; one bad item never loses the others. Raises Malformed."""
        ...

    def acknowledge(self, webhook: Webhook, parsed: Sequence[Parsed], *, bot_owns: bool) -> Ack:
        """The 200 that this vendor expects (Telegram: `typing` when no person owns the conversation)."""
        ...

    def render(self, message: OutboundMessage, to: Address) -> Request:
        """Our reply → their request. The text already fits `max_text`."""
        ...

    def read(self, response: Response) -> str:
        """Their response → the vendor's message id. Raises Unavailable, Throttled, Refused or Unusable."""
        ...

    def fetch(self, file: Attachment, account: str) -> Request | None:
        """How a customer's file is asked for; None where we must not fetch what is named."""
        ...

    def found(self, response: Response, account: str) -> Request | None:
        """The request that brings the file, after the answer to `fetch`; None: that answer is the file.

        Raises Unusable when it tells of none.
        """
        ...


def fit(text: str, capabilities: Capabilities) -> list[str]:
    """Cut a text into pieces that the channel takes, at paragraph, sentence or word ends where there are any."""
    pieces: list[str] = []
    rest = text.strip()
    while rest and length(rest, capabilities) > capabilities.max_text:
        head = _head(rest, capabilities)
        cut = max(head.rfind(mark) + len(mark.rstrip()) for mark in ("\n\n", "\n", ". ", "! ", "? ", " "))
        cut = cut if cut > len(head) // 2 else len(head)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces


def length(text: str, capabilities: Capabilities) -> int:
    """As the vendor counts it, against `max_text`."""
    return len(text.encode()) if capabilities.text_unit == "bytes" else len(text)


def _head(text: str, capabilities: Capabilities) -> str:
    if capabilities.text_unit == "bytes":
        return text.encode()[: capabilities.max_text].decode(errors="ignore")
    return text[: capabilities.max_text]
