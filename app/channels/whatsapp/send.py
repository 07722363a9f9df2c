"""Our reply → a WhatsApp message; Graph's answer → the wamid or a failure."""

from collections.abc import Mapping
from typing import Any

from app.channels import meta
from app.channels.base import Capabilities, Response
from app.channels.choices import fits, numbered
from app.channels.untrusted import Id, Many, Text, Vendor, loads
from app.channels.whatsapp.errors import PAUSES, VERDICTS
from app.domain.failures import Malformed, Unusable
from app.domain.markup import wrapped
from app.domain.message import Address, Attachment, Button, Kind, OutboundMessage, Style, Template

REPLY_BUTTONS, REPLY_TITLE, REPLY_ID, REPLY_BODY = 3, 20, 256, 1024
MARKS = {
    Style.BOLD: ("*", "*"),
    Style.ITALIC: ("_", "_"),
    Style.STRIKE: ("~", "~"),
    Style.CODE: ("`", "`"),
}  # faq.whatsapp.com/539178204879377
MEDIA: Mapping[str, str] = {Kind.IMAGE: "image", Kind.VIDEO: "video", Kind.VOICE: "audio"}
CHOOSE = "Выбрать"  # on the button that opens a list


class SentMessage(Vendor):
    id: Id


class Sent(Vendor):
    messages: Many[SentMessage] = ()


def render(message: OutboundMessage, to: Address, can: Capabilities) -> dict[str, Any]:
    """A template, else reply buttons, else a list, else text. The outbox id comes back with every status."""
    content = _template(message.template, message.buttons) if message.template else _content(message, can)
    recipient = {"to": to.chat_id} if to.chat_id.isdecimal() else {"recipient": to.chat_id}
    callback = {"biz_opaque_callback_data": to.outbox_id} if to.outbox_id else {}
    return {"messaging_product": "whatsapp", "recipient_type": "individual", **recipient, **content, **callback}


def _content(message: OutboundMessage, can: Capabilities) -> dict[str, Any]:
    text, buttons = wrapped(message.text, message.spans, MARKS), message.buttons
    if message.file is not None:
        return _media(message.file, text)
    if buttons and len(text) <= REPLY_BODY and fits(buttons, REPLY_BUTTONS, REPLY_TITLE, REPLY_ID):
        replies = [{"type": "reply", "reply": {"id": b.payload, "title": b.title}} for b in buttons]
        return _interactive("button", text, {"buttons": replies})
    if buttons and fits(buttons, can.max_buttons, can.max_button_title, can.max_button_payload_bytes):
        rows = [{"id": b.payload, "title": b.title} for b in buttons]
        return _interactive("list", text, {"button": CHOOSE, "sections": [{"rows": rows}]})
    if buttons:
        text = numbered(text, buttons, can)
    if message.ask_phone and not buttons and len(text) <= REPLY_BODY:  # …/whatsapp/business-scoped-user-ids
        return _interactive("request_contact_info", text, {"name": "request_contact_info"})
    return {"type": "text", "text": {"body": text}}


def _media(file: Attachment, text: str) -> dict[str, Any]:
    """Fetched by WhatsApp from its address; a document keeps its name, and an audio has no caption."""
    kind = MEDIA.get(file.kind, "document")
    media = {"link": file.url} | ({"filename": file.name} if kind == "document" and file.name else {})
    return {"type": kind, kind: media | ({"caption": text} if text and kind != "audio" else {})}


def _interactive(kind: str, text: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}


def _template(template: Template, buttons: tuple[Button, ...]) -> dict[str, Any]:
    """Titles of a template's buttons are approved with it; only their payloads are given here, in order."""
    components: list[dict[str, Any]] = []
    if template.values:
        values = [{"type": "text", "text": value} for value in template.values]
        components.append({"type": "body", "parameters": values})
    components += [
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": str(index),
            "parameters": [{"type": "payload", "payload": button.payload}],
        }
        for index, button in enumerate(buttons)
    ]
    body: dict[str, Any] = {"name": template.name, "language": {"code": template.language}}
    return {"type": "template", "template": body | ({"components": components} if components else {})}


class Media(Vendor):
    url: Text = ""


def media_url(response: Response) -> str:
    """Of a media id's answer; it works with our token only. Raises Unusable."""
    try:
        media = Media.model_validate(loads(response.body))
    except (Malformed, ValueError):
        media = Media()
    if response.status != 200 or not media.url.startswith("https://"):
        raise Unusable("whatsapp", f"{response.status} without an address of the file", executed=False)
    return media.url


def read(response: Response) -> str:
    """200 means «accepted»; what became of it comes in statuses."""
    if response.status != 200:
        raise meta.failure("whatsapp", response, VERDICTS, PAUSES)
    try:
        sent = next(filter(None, Sent.model_validate(loads(response.body)).messages), None)
    except (Malformed, ValueError):
        sent = None
    if not sent:
        raise Unusable("whatsapp", "accepted without a message id", executed=None)
    return sent.id
