"""WhatsApp Cloud API: our numbers of one business account, with the 24-hour window and templates."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from app.channels import meta
from app.channels.base import Ack, Capabilities, Request, Response, Webhook
from app.channels.whatsapp import parse, send
from app.domain.message import Address, Attachment, OutboundMessage, Parsed

API_VERSION = "v24.0"


class WhatsApp:
    """The account is a phone number's id.

    tokens              of `phone_number_ids`, in the same order; a single one serves all
    app_secrets         any of them signs (rotation); none: the door is closed
    """

    name: ClassVar[str] = "whatsapp"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_text=4096,  # developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages
        window=timedelta(hours=24),  # …/whatsapp/cloud-api/guides/send-messages#customer-service-windows
        templates=True,  # the same page
        max_buttons=10,  # …/cloud-api/messages/interactive-list-messages; up to 3 go as reply buttons
        max_button_title=24,  # of a list's row; of a reply button 20: …/messages/interactive-reply-buttons-messages
        max_button_payload_bytes=200,  # of a list's row; of a reply button 256
        chat_interval=timedelta(seconds=6),  # …/whatsapp/cloud-api/overview#pair-rate-limits
        chat_burst=45,  # the same page
        account_per_second=80,  # …/whatsapp/cloud-api/overview#throughput
        echoes=True,  # …/whatsapp/embedded-signup/custom-flows/onboarding-business-app-users (smb_message_echoes)
    )
    max_body_bytes: ClassVar[int] = meta.MAX_BODY_BYTES

    def __init__(
        self,
        *,
        tokens: Sequence[str],
        phone_number_ids: Sequence[str],
        app_secrets: Sequence[str],
        verify_token: str,
        api_url: str = "https://graph.facebook.com",
    ) -> None:
        self._tokens, self._accounts = tuple(tokens), tuple(phone_number_ids)
        self._app_secrets, self._verify_token = tuple(app_secrets), verify_token
        self._api_url = api_url.rstrip("/")

    def handshake(self, webhook: Webhook) -> Ack:
        return meta.handshake(webhook, self.name, self._verify_token)

    def verify(self, webhook: Webhook) -> None:
        meta.verify(webhook, self.name, self._app_secrets)

    def parse(self, webhook: Webhook) -> list[Parsed]:
        return parse.parse(webhook.body, self._accounts)

    def acknowledge(self, webhook: Webhook, parsed: Sequence[Parsed], *, bot_owns: bool) -> Ack:
        return Ack()

    def render(self, message: OutboundMessage, to: Address) -> Request:
        return Request(
            method="POST",
            url=f"{self._api_url}/{API_VERSION}/{to.account}/messages",
            headers=self._authorised(to.account),
            json=send.render(message, to, self.capabilities),
        )

    def read(self, response: Response) -> str:
        return send.read(response)

    def fetch(self, file: Attachment, account: str) -> Request | None:
        """developers.facebook.com/docs/whatsapp/cloud-api/reference/media: an id gives an address for five minutes."""
        if not file.ref:
            return None
        return Request(method="GET", url=f"{self._api_url}/{API_VERSION}/{file.ref}", headers=self._authorised(account))

    def found(self, response: Response, account: str) -> Request | None:
        return Request(method="GET", url=send.media_url(response), headers=self._authorised(account))

    def _authorised(self, account: str) -> dict[str, str]:
        return {"authorization": f"Bearer {meta.token_for(account, self._accounts, self._tokens)}"}
