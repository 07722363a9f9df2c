"""Our reply → sendMessage; Telegram's answer → the message's id or a failure."""

from datetime import timedelta
from typing import Any

from app.channels.base import Capabilities, Request, Response
from app.channels.choices import fits, numbered
from app.channels.telegram.parse import key
from app.channels.telegram.shapes import Chat
from app.channels.untrusted import Maybe, Text, Vendor, loads
from app.domain.failures import Failure, Malformed, Refusal, Refused, Throttled, Unavailable, Unusable
from app.domain.message import Address, Button, OutboundMessage

SHARE_PHONE = "Отправить мой номер"
PAUSE = timedelta(seconds=1)
MAX_ID_DIGITS = 17

# What descriptions say: reference in docs/reference/channels.md 0.3. Lower case, first match wins.
DESCRIPTIONS = (
    ("business_", Refusal.WINDOW_CLOSED),  # unsure: the exact words after 24 h of a business chat
    ("bot was blocked", Refusal.BLOCKED),
    ("user is deactivated", Refusal.BLOCKED),
    ("can't initiate conversation", Refusal.BLOCKED),
    ("chat not found", Refusal.BLOCKED),
    ("bot was kicked", Refusal.BLOCKED),
)
STATUSES = {401: Refusal.TOKEN, 404: Refusal.TOKEN, 403: Refusal.BLOCKED, 409: Refusal.ACCOUNT}


class Parameters(Vendor):
    retry_after: Maybe[float] = None


class Sent(Vendor):
    message_id: int
    chat: Chat
    business_connection_id: Text = ""


class Answer(Vendor):
    ok: bool
    result: Maybe[Sent] = None
    description: Text = ""
    parameters: Maybe[Parameters] = None


def render(message: OutboundMessage, to: Address, *, url: str, can: Capabilities) -> Request:
    """Buttons go inline. The keyboard that asks for the phone takes their place, and a business chat has none."""
    body: dict[str, Any] = {"chat_id": number_or_name(to.chat_id), "text": message.text}
    if to.connection_id:
        body["business_connection_id"] = to.connection_id
    asks = message.ask_phone and not to.connection_id
    if asks:
        body["reply_markup"] = {
            "keyboard": [[{"text": SHARE_PHONE, "request_contact": True}]],
            "resize_keyboard": True,
            "one_time_keyboard": True,
        }
    inline = not asks and fits(message.buttons, can.max_buttons, can.max_button_title, can.max_button_payload_bytes)
    if message.buttons and inline:
        body["reply_markup"] = {"inline_keyboard": [[_inline(button)] for button in message.buttons]}
    elif message.buttons:
        body["text"] = numbered(message.text, message.buttons, can)
    return Request(method="POST", url=url, json=body)


def number_or_name(chat_id: str) -> int | str:
    """Telegram's ids have at most 52 bits (core.telegram.org/bots/api#chat); anything longer is no number of its."""
    is_number = chat_id.removeprefix("-").isdecimal() and len(chat_id) <= MAX_ID_DIGITS
    return int(chat_id) if is_number else chat_id


def _inline(button: Button) -> dict[str, str]:
    return {"text": button.title, "callback_data": button.payload}


def read(response: Response) -> str:
    """The id in the same form as in updates, so that a reply or an echo finds it."""
    try:
        answer = Answer.model_validate(loads(response.body))
    except (Malformed, ValueError):
        answer = None
    if response.status == 200 and answer and answer.ok:
        if not answer.result:
            raise Unusable("telegram", "accepted without a message id", executed=None)
        return key(answer.result.chat.id, answer.result.message_id, answer.result.business_connection_id)
    raise _failure(response.status, answer)


def _failure(status: int, answer: Answer | None) -> Failure:
    detail = f"{status} {answer.description if answer else 'without JSON'}"[:200]
    if status == 429:
        wait = answer.parameters.retry_after if answer and answer.parameters else None
        return Throttled("telegram", detail, max(timedelta(seconds=min(wait or 0, 86400)), PAUSE))
    if status >= 500 or status == 408:
        return Unavailable("telegram", detail, PAUSE, executed=None)
    if answer is None and status not in STATUSES:
        return Unusable("telegram", detail, executed=None if status == 200 else False)
    description = answer.description.lower() if answer else ""
    reason = next((reason for words, reason in DESCRIPTIONS if words in description), None)
    return Refused("telegram", detail, reason or STATUSES.get(status, Refusal.REFUSED))
