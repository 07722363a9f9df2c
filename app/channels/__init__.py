"""The messengers we speak: a folder each, a line each."""

from app.channels.base import Channel
from app.channels.instagram import Instagram
from app.channels.site import Site
from app.channels.telegram import Telegram
from app.channels.whatsapp import WhatsApp

CHANNELS: dict[str, type[Channel]] = {
    "telegram": Telegram,
    "whatsapp": WhatsApp,
    "instagram": Instagram,
    "site": Site,
}

__all__ = ["CHANNELS", "Instagram", "Site", "Telegram", "WhatsApp"]
