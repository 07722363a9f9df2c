"""Our reply → an Instagram message; Graph's answer → the mid or a failure."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from app.channels import meta
from app.channels.base import Capabilities, Response
from app.channels.choices import fits, numbered, with_file
from app.channels.instagram.parse import COMMENT
from app.channels.untrusted import Id, Vendor, loads
from app.domain.failures import Malformed, Refusal, Unusable
from app.domain.message import Address, Kind, OutboundMessage

VERDICTS: Mapping[int | tuple[int, int], str] = {  # …/messenger-platform/error-codes; subcodes from practice
    551: Refusal.BLOCKED,
    (10, 2534014): Refusal.BLOCKED,
    (10, 2534022): Refusal.WINDOW_CLOSED,
    (10, 2534025): Refusal.WINDOW_CLOSED,  # a second answer to a comment before its author wrote
}


MEDIA = (Kind.IMAGE, Kind.VIDEO)


class Login(Enum):
    """The kind of login that a token came from; its first letters tell (practice, no page says so)."""

    INSTAGRAM = "https://graph.instagram.com"
    FACEBOOK = "https://graph.facebook.com"

    @classmethod
    def of(cls, token: str) -> "Login":
        return cls.FACEBOOK if token.startswith("EAA") else cls.INSTAGRAM

    @property
    def host(self) -> str:
        return self.value

    def sender(self, account: str) -> str:
        return "me" if self is Login.FACEBOOK else account  # a Page token knows its own account


class Sent(Vendor):
    message_id: Id


def render(message: OutboundMessage, to: Address, can: Capabilities, login: Login) -> dict[str, Any]:
    """Never tagged HUMAN_AGENT: that is for words written by a person. A file other than a picture is its address."""
    shown = fits(message.buttons, can.max_buttons, can.max_button_title, can.max_button_payload_bytes)
    text = with_file(message) if shown else numbered(message.text, message.buttons, can)
    replies = [
        {"content_type": "text", "title": button.title, "payload": button.payload}
        for button in (message.buttons if shown else ())
    ]
    if message.ask_phone and login is Login.INSTAGRAM and len(replies) < can.max_buttons:
        replies.append({"content_type": "user_phone_number"})
    private_reply = to.chat_id.startswith(COMMENT)
    recipient = {"comment_id": to.chat_id.removeprefix(COMMENT)} if private_reply else {"id": to.chat_id}
    messaging_type = {"messaging_type": "RESPONSE"} if login is Login.FACEBOOK else {}
    if message.file is not None and message.file.kind in MEDIA:
        media = {"type": message.file.kind, "payload": {"url": message.file.url}}
        return {"recipient": recipient, **messaging_type, "message": {"attachment": media}}
    quick_replies = {"quick_replies": replies} if replies else {}
    return {"recipient": recipient, **messaging_type, "message": {"text": text, **quick_replies}}


def read(response: Response) -> str:
    """The id is the mid of the echo that follows."""
    if response.status != 200:
        raise meta.failure("instagram", response, VERDICTS, {})
    try:
        return Sent.model_validate(loads(response.body)).message_id
    except (Malformed, ValueError):
        raise Unusable("instagram", "accepted without a message id", executed=None) from None
