"""A form or a line of the chat → our message. Known by its content, not by its path; JSON or form-encoded."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from app.channels.base import Webhook
from app.channels.phones import e164
from app.channels.site.form import Fields, read_form
from app.channels.site.source import page_source
from app.channels.untrusted import UNSTAMPED, Id, Maybe, Moment, Text, Vendor, clean, each, is_one_of, load_object
from app.domain.failures import Malformed, Unauthentic
from app.domain.message import Ignored, InboundMessage, Kind, Parsed, Phone

KEY_FIELDS = ("api_key", "X-Api-Key")
MAX_FIELDS = 200


class Visitor(Vendor):
    name: Text = ""
    phone: Text = ""


class ChatLine(Vendor):
    """`payload` comes with a pressed button, whose title is the text."""

    session_id: Id
    message_id: Text = ""
    text: Text = ""
    payload: Text = ""
    visitor: Maybe[Visitor] = None
    page_url: Text = ""
    referrer: Text = ""
    ts: Maybe[Moment] = None


def verify(webhook: Webhook, secret: str) -> None:
    """The key in a header or in a field, or `X-Signature-256: sha256=<HMAC of the body>`."""
    if not secret:
        raise Unauthentic("site: SITE_WEBHOOK_SECRET is empty, the door is closed")
    if signature := webhook.headers.get("x-signature-256", ""):
        digest = hmac.new(secret.encode(), webhook.body, hashlib.sha256).hexdigest()
        proven = is_one_of(signature.lower(), [f"sha256={digest}"])
    elif given := webhook.headers.get("x-api-key", ""):
        proven = is_one_of(given, [secret])
    else:
        proven = is_one_of(_key_field(webhook), [secret])
    if not proven:
        raise Unauthentic("site: the key or the signature is wrong or missing")


def parse(webhook: Webhook) -> list[Parsed]:
    fields = _fields(webhook)
    if fields.get("test") == "test" and not fields.keys() - {"test", *KEY_FIELDS}:
        return [Ignored(reason="ping")]  # help-ru.tilda.cc/forms/webhook: on saving the address
    if fields.get("form-spec-comments"):
        return [Ignored(reason="honeypot")]
    return each([fields], _chat if "session_id" in fields else _form)


def _fields(webhook: Webhook) -> Mapping[str, Any]:
    body = webhook.body.strip()
    if "json" in webhook.headers.get("content-type", "") or body[:1] in {b"{", b"["}:
        return load_object(body)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise Malformed(f"neither JSON nor a form: {type(error).__name__}") from None
    return dict(pairs)


def _key_field(webhook: Webhook) -> str:
    try:
        fields = _fields(webhook)
    except Malformed:
        return ""
    return next((key for name in KEY_FIELDS if isinstance(key := fields.get(name), str) and key), "")


def _chat(raw: Mapping[str, Any]) -> list[Parsed]:
    line = ChatLine.model_validate(raw)
    if not line.text.strip() and not line.payload:
        return [Ignored(reason="empty")]
    visitor = line.visitor or Visitor()
    number, _ = e164(visitor.phone)
    return [
        InboundMessage(
            channel="site",
            account="site",
            customer_id=line.session_id,
            message_id=f"{line.session_id}:{line.message_id or _hash(raw)}",
            sent_at=line.ts or UNSTAMPED,
            kind=Kind.BUTTON if line.payload else Kind.TEXT,
            text=line.text,
            name=visitor.name,
            phone=Phone(number=number) if number else None,
            source=page_source(line.page_url, line.referrer),
            payload=line.payload,
        )
    ]


def _form(raw: Mapping[str, Any]) -> list[Parsed]:
    """The customer is the typed phone or e-mail, so that a second form meets the first: hashed, as ids reach logs."""
    form = read_form(Fields({clean(str(name)): value for name, value in raw.items() if name not in KEY_FIELDS}))
    if not (form.name or form.phone or form.email or form.text):
        return [Ignored(reason="empty")]
    submission = form.submission_id or _hash(raw)
    person = form.phone or form.email.lower() or submission
    return [
        InboundMessage(
            channel="site",
            account="site",
            customer_id=f"form:{_short(person)}",
            message_id=f"form:{submission}",
            sent_at=form.sent_at,
            kind=Kind.FORM,
            text=form.text,
            name=form.name,
            phone=Phone(number=form.phone) if form.phone else None,
            email=form.email,
            consent=form.consent,
            invites=form.invites,
            source=form.source,
        )
    ]


def _hash(raw: Mapping[str, Any]) -> str:
    return _short(json.dumps(raw, sort_keys=True, default=str))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
