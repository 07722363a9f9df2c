"""Our reply → sendMessage; Telegram's answer → the message's id or a failure."""

from datetime import timedelta
from typing import Any

from app.channels.base import Capabilities, Request, Response
from app.channels.choices import fits, numbered, with_file
from app.channels.telegram.parse import key
from app.channels.telegram.shapes import Chat
from app.channels.untrusted import Maybe, Text, Vendor, loads
from app.domain.failures import Failure, Malformed, Refusal, Refused, Throttled, Unavailable, Unusable
from app.domain.message import Address, Attachment, Button, Kind, OutboundMessage, Span, Style

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
ENTITIES = {
    Style.BOLD: "bold",
    Style.ITALIC: "italic",
    Style.UNDERLINE: "underline",
    Style.STRIKE: "strikethrough",
    Style.CODE: "code",
}
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
    """`url` ends before the method. Buttons go inline; the keyboard that asks for the phone takes their place.

    A file goes by its address where Telegram fetches such ones, else the address is written.
    """
    body: dict[str, Any] = {"chat_id": number_or_name(to.chat_id)}
    if to.connection_id:
        body["business_connection_id"] = to.connection_id
    if message.file is not None and (call := _fetched(message.file)):
        method, field = call
        return Request(method="POST", url=url + method, json=body | {field: message.file.url, "caption": message.text})
    body["text"] = with_file(message)
    if message.spans:
        body["entities"] = [_entity(message.text, span) for span in message.spans]
    asks = message.ask_phone and not to.connection_id
    if asks:
        body["reply_markup"] = {
            "keyboard": [[{"text": SHARE_PHONE, "request_contact": True}]],  # core.telegram.org/bots/api#keyboardbutton
            "resize_keyboard": True,
            "one_time_keyboard": True,
        }
    inline = not asks and fits(message.buttons, can.max_buttons, can.max_button_title, can.max_button_payload_bytes)
    if message.buttons and inline:
        body["reply_markup"] = {"inline_keyboard": [[_inline(button)] for button in message.buttons]}
    elif message.buttons:
        body["text"] = numbered(message.text, message.buttons, can)
    return Request(method="POST", url=url + "sendMessage", json=body)


def _fetched(file: Attachment) -> tuple[str, str] | None:
    """Method and field for a file that Telegram fetches itself: photos, and of documents only these three kinds."""
    if file.kind == Kind.IMAGE:
        return "sendPhoto", "photo"
    return ("sendDocument", "document") if file.name.lower().endswith((".pdf", ".zip", ".gif")) else None


def _entity(text: str, span: Span) -> dict[str, Any]:
    """Offsets are counted in UTF-16 (core.telegram.org/bots/api#messageentity)."""
    before, inside = (len(part.encode("utf-16-le")) // 2 for part in (text[: span.start], text[span.start : span.end]))
    return {"type": ENTITIES[span.style], "offset": before, "length": inside}


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


class File(Vendor):
    file_path: Text = ""


class FileAnswer(Vendor):
    ok: bool
    result: Maybe[File] = None


def file_path(response: Response) -> str:
    """Of getFile's answer. Raises Unusable."""
    try:
        answer = FileAnswer.model_validate(loads(response.body))
    except (Malformed, ValueError):
        answer = None
    if not answer or not answer.result or not answer.result.file_path:
        raise Unusable("telegram", f"{response.status} without a file path", executed=False)
    return answer.result.file_path


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
