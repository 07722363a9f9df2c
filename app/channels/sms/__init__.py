"""SMS: the last way before a person is asked. Nothing comes in by it, and every text is paid for.

It stands among the channels only where its vendor's key is set. Another vendor is one more file here with the two
steps of `Gateway`, its settings, and its line in runtime.py.
"""

from collections.abc import Sequence
from typing import ClassVar, Protocol

from app.channels.base import Ack, Capabilities, Request, Response, Webhook
from app.channels.sms.sms_ru import SmsRu
from app.domain.failures import Unauthentic
from app.domain.message import Address, Attachment, OutboundMessage, Parsed

MOST_TEXT = 201  # three parts of 67 Cyrillic letters each (docs/reference/channels.md 10)


class Gateway(Protocol):
    """A vendor of SMS. Pure: http.py alone touches the network."""

    def render(self, phone: str, text: str) -> Request:
        """`phone` is E.164. The vendor's key never stands in the address: addresses are logged."""
        ...

    def read(self, response: Response) -> str:
        """The vendor's id of the text. Raises Unavailable, Throttled, Refused or Unusable, never with the number."""
        ...


class Sms:
    """The account is `sms`, the chat is the number."""

    name: ClassVar[str] = "sms"
    capabilities: ClassVar[Capabilities] = Capabilities(max_text=MOST_TEXT, one_way=True)
    max_body_bytes: ClassVar[int] = 1 << 10

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def handshake(self, webhook: Webhook) -> Ack:
        return Ack(status=404)

    def verify(self, webhook: Webhook) -> None:
        raise Unauthentic("sms: nothing comes in by SMS")

    def parse(self, webhook: Webhook) -> list[Parsed]:
        return []

    def acknowledge(self, webhook: Webhook, parsed: Sequence[Parsed], *, bot_owns: bool) -> Ack:
        return Ack()

    def render(self, message: OutboundMessage, to: Address) -> Request:
        return self._gateway.render(to.chat_id, message.text)

    def read(self, response: Response) -> str:
        return self._gateway.read(response)

    def fetch(self, file: Attachment, account: str) -> Request | None:
        return None

    def found(self, response: Response, account: str) -> Request | None:
        return None


__all__ = ["MOST_TEXT", "Gateway", "Sms", "SmsRu"]
