"""Telegram: a bot's private chats and, through Telegram Business, the owner's personal ones."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

import orjson

from app.channels.base import Ack, Capabilities, Request, Response, Webhook
from app.channels.telegram import parse, send
from app.domain.message import Address, Attachment, Author, InboundMessage, Kind, OutboundMessage, Parsed

NOT_ANSWERED = {Kind.EDITED, Kind.DELETED, Kind.BLOCKED, Kind.UNBLOCKED, Kind.CONNECTION, Kind.REACTION}


class Telegram:
    """The account is the bot's id, the part of its token before the colon.

    api_url    of the vendor, a relay or a local Bot API server
    """

    name: ClassVar[str] = "telegram"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_text=4096,  # core.telegram.org/bots/api#sendmessage
        max_buttons=100,  # core.telegram.org/bots/api#inlinekeyboardmarkup
        max_button_title=64,  # not documented; longer ones are cut on a phone
        max_button_payload_bytes=64,  # core.telegram.org/bots/api#inlinekeyboardbutton
        chat_interval=timedelta(seconds=1),  # core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
        account_per_second=30,  # the same page
        echoes=True,  # core.telegram.org/bots/api#update: `business_message` of the account's owner
    )
    max_body_bytes: ClassVar[int] = 1 << 20

    def __init__(self, *, token: str, secret: str, api_url: str = "https://api.telegram.org") -> None:
        self._token, self._secret, self._api_url = token, secret, api_url.rstrip("/")
        self._account = token.partition(":")[0]

    def handshake(self, webhook: Webhook) -> Ack:
        return Ack(status=404)

    def verify(self, webhook: Webhook) -> None:
        parse.verify(webhook, self._secret)

    def parse(self, webhook: Webhook) -> list[Parsed]:
        return parse.parse(webhook.body, self._account)

    def acknowledge(self, webhook: Webhook, parsed: Sequence[Parsed], *, bot_owns: bool) -> Ack:
        """One call may ride in the answer, its outcome unknown: a press is confirmed, or «typing» shown."""
        for item in parsed:
            if isinstance(item, InboundMessage) and item.author is Author.CUSTOMER:
                call = _riding(item, bot_owns=bot_owns)
                return Ack(body=orjson.dumps(call), media_type="application/json") if call else Ack()
        return Ack()

    def render(self, message: OutboundMessage, to: Address) -> Request:
        return send.render(message, to, url=f"{self._api_url}/bot{self._token}/", can=self.capabilities)

    def read(self, response: Response) -> str:
        return send.read(response)

    def fetch(self, file: Attachment, account: str) -> Request | None:
        """core.telegram.org/bots/api#getfile; the path that it names holds our token and stays with us."""
        if not file.ref:
            return None
        return Request(method="POST", url=f"{self._api_url}/bot{self._token}/getFile", json={"file_id": file.ref})

    def found(self, response: Response, account: str) -> Request | None:
        path = send.file_path(response)
        return Request(method="GET", url=f"{self._api_url}/file/bot{self._token}/{path}")


def _riding(message: InboundMessage, *, bot_owns: bool) -> dict[str, object] | None:
    """A call that rides in the acknowledgement: core.telegram.org/bots/api#making-requests-when-getting-updates."""
    if message.kind is Kind.BUTTON:
        return {"method": "answerCallbackQuery", "callback_query_id": message.message_id.removeprefix(parse.PRESS)}
    if not bot_owns or message.kind in NOT_ANSWERED:
        return None
    chat = {"chat_id": send.number_or_name(message.chat_id or message.customer_id), "action": "typing"}
    business = {"business_connection_id": message.connection_id} if message.connection_id else {}
    return {"method": "sendChatAction", **chat, **business}
