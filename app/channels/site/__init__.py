"""The business's own site: its forms (Tilda's too) and the chat page, which we serve ourselves."""

from collections.abc import Sequence
from typing import ClassVar

from app.channels.base import Ack, Capabilities, Request, Response, Webhook
from app.channels.site import parse, send
from app.domain.message import Address, Attachment, OutboundMessage, Parsed


class Site:
    """One account, `site`. `secret` is both the key of forms and the key of the body's HMAC."""

    name: ClassVar[str] = "site"
    capabilities: ClassVar[Capabilities] = Capabilities(  # our own page, so our own numbers: docs/channels.md
        max_text=4000,
        max_buttons=10,
        max_button_title=40,
        max_button_payload_bytes=256,
        account_per_second=1000,
        local=True,
    )
    max_body_bytes: ClassVar[int] = 1 << 20

    def __init__(self, *, secret: str) -> None:
        self._secret = secret

    def handshake(self, webhook: Webhook) -> Ack:
        return Ack(status=404)

    def verify(self, webhook: Webhook) -> None:
        parse.verify(webhook, self._secret)

    def parse(self, webhook: Webhook) -> list[Parsed]:
        return parse.parse(webhook)

    def acknowledge(self, webhook: Webhook, parsed: Sequence[Parsed], *, bot_owns: bool) -> Ack:
        return Ack(body=b"ok")  # help-ru.tilda.cc/forms/webhook

    def render(self, message: OutboundMessage, to: Address) -> Request:
        return send.render(message, to, self.capabilities)

    def read(self, response: Response) -> str:
        return send.read(response)

    def fetch(self, file: Attachment, account: str) -> Request | None:
        """Anybody may write any address into a form: we do not go there."""
        return None

    def found(self, response: Response, account: str) -> Request | None:
        return None
