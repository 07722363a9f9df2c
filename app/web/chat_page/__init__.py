"""The chat's page as files: rendered with the business's name and hours, in the visitor's language, without secrets."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.assistant.rules.show import Shown
from app.domain.business import Business
from app.domain.words import EN, RU, say
from app.web.chat_page import words

FOLDER = Path(__file__).parent
MEDIA = {".js": "text/javascript", ".css": "text/css"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    body: bytes
    media_type: str
    etag: str


def _load(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(body=body, media_type=MEDIA[path.suffix], etag=f'"{hashlib.sha256(body).hexdigest()[:16]}"')


ASSETS = {path.name: _load(path) for path in sorted(FOLDER.iterdir()) if path.suffix in MEDIA}
_PAGES = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def html(business: Business, accept_language: str, *, embedded: bool) -> str:
    """`embedded`: inside the frame that widget.js opens, with a button that closes it."""
    language = language_of(accept_language, business.locale)
    shown = Shown(business=business, language=language, now=datetime.now(ZoneInfo(business.zone)))
    return _PAGES.get_template("page.html").render(
        business=business,
        hours=shown.week(),
        language=language,
        embedded=embedded,
        say={name: say(f"chat_{name}", language) for name in words.PAGE},
        script={name: say(f"chat_{name}", language) for name in words.SCRIPT},
        version={name: asset.etag.strip('"') for name, asset in ASSETS.items()},
    )


def language_of(accept_language: str, own: str) -> str:
    """The first of ours that the browser asks for (its order is its preference), else the business's own."""
    for part in accept_language.lower().split(","):
        tag = part.partition(";")[0].strip()[:2]
        if tag in (RU, EN):
            return tag
    return RU if own == RU else EN


def headers(origins: Iterable[str]) -> dict[str, str]:
    """Nothing is fetched from anywhere but here, no script stands in the page, only listed sites may frame it."""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": " ".join(["'self'", *origins]),
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cache-Control": "no-cache",
        "Referrer-Policy": "same-origin",
        "Vary": "Accept-Language",
        "X-Content-Type-Options": "nosniff",
    }
