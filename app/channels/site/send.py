"""Our reply → a local delivery, which the flow writes to the visitor's stream instead of calling anyone."""

from datetime import timedelta

from app.channels.base import Capabilities, Request, Response
from app.channels.choices import fits, numbered, with_file
from app.channels.untrusted import Id, Vendor, loads
from app.domain.failures import Malformed, Refusal, Refused, Unavailable, Unusable
from app.domain.message import Address, OutboundMessage

FORM = "form:"  # begins the id of a customer who left a form
PAUSE = timedelta(seconds=1)


class Delivered(Vendor):
    id: Id


def render(message: OutboundMessage, to: Address, can: Capabilities) -> Request:
    """`url` is `chat:<session id>`; the page shows `text` and sends a button's payload back with its title.

    Raises Refused for who left a form: nobody reads a chat there.
    """
    if to.chat_id.startswith(FORM):
        raise Refused("site", "a form has no chat", Refusal.NO_CHAT)
    shown = fits(message.buttons, can.max_buttons, can.max_button_title, can.max_button_payload_bytes)
    return Request(
        method="POST",
        url=f"chat:{to.chat_id}",
        json={
            "text": with_file(message) if shown else numbered(message.text, message.buttons, can),
            "buttons": [{"title": b.title, "payload": b.payload} for b in message.buttons] if shown else [],
        },
    )


def read(response: Response) -> str:
    """`{"id": …}` of what was written."""
    if response.status != 200:
        raise Unavailable("site", f"local delivery answered {response.status}", PAUSE, executed=None)
    try:
        return Delivered.model_validate(loads(response.body)).id
    except (Malformed, ValueError):
        raise Unusable("site", "local delivery gave no id", executed=None) from None
