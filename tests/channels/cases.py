"""What the tests of all channels share: channels with demo secrets, a payload file → the request as it travels."""

import hashlib
import hmac
import json
import os
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from app.channels import CHANNELS, Channel
from app.channels.base import Webhook

APP_CHANNELS = Path(__file__).parents[2] / "app" / "channels"
REFEREES = Path(os.environ.get("OTKLIK_REFEREES") or Path(__file__).parents[1] / "data") / "payloads"

# The settings that the samples assume: tests/data/payloads/README.md.
TELEGRAM_SECRET = "demo-telegram-secret"
SITE_KEY = "demo-site-key"
APP_SECRET = "demo-app-secret"
SETTINGS: dict[str, dict[str, Any]] = {
    "telegram": {"token": "7000000001:demo-token", "secret": TELEGRAM_SECRET},
    "whatsapp": {
        "tokens": ["demo-whatsapp-token"],
        "phone_number_ids": ["106540000000001"],
        "app_secrets": [APP_SECRET],
        "verify_token": "demo-verify-token",
    },
    "instagram": {
        "tokens": ["IGAA-demo-1", "IGAA-demo-2"],
        "account_ids": ["17841400000000001", "17841400000000002"],
        "app_secrets": [APP_SECRET],
        "verify_token": "demo-verify-token",
    },
    "site": {"secret": SITE_KEY},
}


def channel_of(name: str, **changed: Any) -> Channel:
    return CHANNELS[name](**{**SETTINGS[name], **changed})


def request_of(name: str, payload: dict[str, Any]) -> Webhook:
    """A sample → the request that the vendor would make of it, signed."""
    envelope = payload.get("_http", {})
    if "raw_body" in envelope:
        body = envelope["raw_body"].encode()
    elif envelope:
        body = json.dumps(payload["body"]).encode() if "body" in payload else b""
    else:
        body = json.dumps(payload).encode()  # escaped, as Meta signs it
    headers = {key.lower(): value for key, value in envelope.get("headers", {}).items()}
    return Webhook(
        method=envelope.get("method", "POST"),
        path=envelope.get("path", ""),
        query=envelope.get("query", {}),
        headers={"content-type": "application/json", **headers, **proof(name, body)},
        body=body,
    )


def proof(name: str, body: bytes) -> dict[str, str]:
    match name:
        case "telegram":
            return {"x-telegram-bot-api-secret-token": TELEGRAM_SECRET}
        case "site":
            return {"x-api-key": SITE_KEY}
        case _:
            return {"x-hub-signature-256": "sha256=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()}


def dump(value: Any) -> Any:
    """A value as JSON with its type's name; fields at their default are left out."""
    if isinstance(value, list | tuple):
        return [dump(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value):
        found = {field.name: getattr(value, field.name) for field in fields(value)}
        defaults = {field.name: field.default for field in fields(value)}
        told = {name: dump(item) for name, item in found.items() if item != defaults[name]}
        return {"is": type(value).__name__, **told}
    return value.value if isinstance(value, Enum) else value
