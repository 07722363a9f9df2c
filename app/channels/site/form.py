"""The fields of any form → what we keep of it: known names by meaning, all others as «имя: значение» lines."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.channels.phones import e164
from app.channels.site.source import form_source
from app.channels.untrusted import UNSTAMPED, Moment, clean
from app.domain.message import Source

NAME = ("name", "your-name", "имя", "фио", "fio", "first_name")
PHONE = ("phone", "tel", "your-phone", "your-tel", "telephone", "телефон")
EMAIL = ("email", "e-mail", "your-email", "mail", "почта")
TEXT = ("textarea", "comment", "comments", "message", "your-message", "text", "комментарий", "сообщение", "вопрос")
CONSENT = ("consent", "checkbox", "agree", "agreement", "согласие")
INVITES = (
    "marketing", "advertising", "newsletter", "subscribe", "promo", "marketing_consent", "рассылка", "реклама",
    "согласие на рассылку", "согласие на рекламу",
)  # fmt: skip
SUBMISSION = ("submission_id", "tranid")
SENT = ("ts", "timestamp")
PAGE = ("page_url", "referer", "url")
NOT_WORDS = {  # read elsewhere, or of no use to a person; foreign cookies are never kept
    *CONSENT, *INVITES, *SUBMISSION, *SENT, *PAGE, "test", "formid", "formname", "cookies", "utm", "form-spec-comments",
    "session_id",
}  # fmt: skip
YES = {"yes", "true", "1", "on", "да"}
MAX_LINE_CHARS = 1000

_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    submission_id: str
    sent_at: datetime
    name: str
    phone: str
    email: str
    text: str
    consent: bool | None
    invites: bool
    source: Source | None


class Fields:
    """A form's fields by name, in lower case; the spelling of a label is kept for the eye."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.values = {name.strip().lower(): _words(value) for name, value in raw.items()}

    def first(self, names: tuple[str, ...]) -> str:
        return next((found for name in names if (found := self.values.get(name, ""))), "")


def read_form(fields: Fields) -> Form:
    phone, extension = e164(fields.first(PHONE))
    email = fields.first(EMAIL) if "@" in fields.first(EMAIL) else ""
    known = NOT_WORDS | {*NAME, *TEXT} | ({*PHONE} if phone else set()) | ({*EMAIL} if email else set())
    lines = [fields.values[name] for name in TEXT if fields.values.get(name)]
    lines += [f"доб. {extension}"] if extension else []
    lines += [
        f"{label.strip()}: {value}"
        for label in fields.raw
        if (value := fields.values[label.strip().lower()]) and not _is_known(label.strip().lower(), known)
    ]
    return Form(
        submission_id=fields.first(SUBMISSION)[:200],
        sent_at=_sent_at(fields.first(SENT)),
        name=fields.first(NAME)[:200],
        phone=phone,
        email=email[:254],
        text="\n".join(lines),
        consent=fields.first(CONSENT).lower() in YES if fields.first(CONSENT) else None,
        invites=fields.first(INVITES).lower() in YES,
        source=form_source(fields.values, fields.raw.get("utm"), fields.first(PAGE)),
    )


def _is_known(name: str, known: set[str]) -> bool:
    return name in known or name.startswith(("_", "utm_"))  # `_fbc`, `_wpcf7`: of counters and plugins


def _words(value: object) -> str:
    if isinstance(value, str):
        return clean(value).strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        return clean(", ".join(str(item) for item in value))
    return clean(json.dumps(value, ensure_ascii=False))[:MAX_LINE_CHARS]


def _sent_at(written: str) -> datetime:
    """ISO 8601 with a zone, or Unix seconds or milliseconds; most forms give none."""
    try:
        return _MOMENT.validate_python(written)
    except ValidationError:
        pass
    try:
        moment = datetime.fromisoformat(written)
        return moment.astimezone(UTC) if moment.tzinfo else UNSTAMPED
    except (ValueError, OverflowError):
        return UNSTAMPED
