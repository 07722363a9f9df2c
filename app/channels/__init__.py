"""The messengers we speak: a folder each, a line each."""

from app.channels.base import Channel
from app.channels.site import Site
from app.channels.telegram import Telegram

CHANNELS: dict[str, type[Channel]] = {
    "telegram": Telegram,
    "site": Site,
}
