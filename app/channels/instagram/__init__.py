"""Instagram Direct and comments, through Instagram login or Facebook login."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from app.channels import meta
from app.channels.base import Ack, Capabilities, Request, Response, Webhook
from app.channels.instagram import parse, send
from app.domain.message import Address, Attachment, OutboundMessage, Parsed

API_VERSION = "v25.0"


class Instagram:
    """The account is the professional account's id, `entry.id` of a webhook.

    tokens         of `account_ids`, in the same order; a single one serves all
    app_secrets    of the Instagram app, the Facebook app or both: any of them signs
    api_url        empty: by the token's kind of login
    """

    name: ClassVar[str] = "instagram"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_text=1000,  # developers.facebook.com/documentation/instagram-platform/…/messaging-api
        text_unit="bytes",  # the same page; others say characters: the smaller is safe
        window=timedelta(hours=24),  # …/messenger-platform/policy; after an ad click it may be longer
        max_buttons=13,  # …/messaging-api/quick-replies
        max_button_title=20,  # the same page
        max_button_payload_bytes=1000,  # the same page
        account_per_second=300,  # …/messenger-platform/overview/rate-limiting
        echoes=True,  # …/instagram-platform/webhooks/examples
    )
    max_body_bytes: ClassVar[int] = meta.MAX_BODY_BYTES

    def __init__(
        self,
        *,
        tokens: Sequence[str],
        account_ids: Sequence[str],
        app_secrets: Sequence[str],
        verify_token: str,
        api_url: str = "",
    ) -> None:
        self._tokens, self._accounts = tuple(tokens), tuple(account_ids)
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
        token = meta.token_for(to.account, self._accounts, self._tokens)
        login = send.Login.of(token)
        return Request(
            method="POST",
            url=f"{self._api_url or login.host}/{API_VERSION}/{login.sender(to.account)}/messages",
            headers={"authorization": f"Bearer {token}"},
            json=send.render(message, to, self.capabilities, login),
        )

    def read(self, response: Response) -> str:
        return send.read(response)

    def fetch(self, file: Attachment, account: str) -> Request | None:
        """The signed webhook brings an address of the vendor's own store; it dies soon."""
        return Request(method="GET", url=file.url) if file.url.startswith("https://") else None

    def found(self, response: Response, account: str) -> Request | None:
        return None
