"""What a channel cannot show is written into the text: buttons as a numbered list, a file as its address."""

from collections.abc import Sequence

from app.channels.base import Capabilities, length
from app.domain.message import Button, OutboundMessage


def fits(buttons: Sequence[Button], count: int, title_chars: int, payload_bytes: int) -> bool:
    """Whether all of them can be shown; one that does not fit sends all into the text, never half of them."""
    return len(buttons) <= count and all(
        len(button.title) <= title_chars and len(button.payload.encode()) <= payload_bytes for button in buttons
    )


def numbered(text: str, buttons: Sequence[Button], capabilities: Capabilities) -> str:
    """The text with «1. …» lines below. A text that leaves them no room is shortened: the choice matters more."""
    if all(f"\n{number}) " in f"\n{text}" for number in range(1, len(buttons) + 1)):
        return text  # the text tells them already
    lines = "".join(f"\n{number}. {button.title}" for number, button in enumerate(buttons, 1))
    return shorten(text, capabilities.max_text - length(lines, capabilities) - 1, capabilities) + "\n" + lines


def with_file(message: OutboundMessage) -> str:
    """The text, and below it the name and address of the file, if any."""
    if message.file is None:
        return message.text
    return "\n".join(part for part in (message.text, message.file.name, message.file.url) if part)


def shorten(text: str, limit: int, capabilities: Capabilities) -> str:
    if length(text, capabilities) <= limit:
        return text
    if capabilities.text_unit == "bytes":
        return text.encode()[: max(limit - len("…".encode()), 0)].decode(errors="ignore") + "…"
    return text[: max(limit - 1, 0)] + "…"
