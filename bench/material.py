"""Signed webhooks made from the sample payloads: every one a new message."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.report import ROOT

PAYLOADS = ROOT / "tests" / "data" / "payloads"
TELEGRAM, WHATSAPP = "X-Telegram-Bot-Api-Secret-Token", "X-Hub-Signature-256"
FIRST_CHAT = 5_100_000_000


@dataclass(frozen=True, slots=True)
class Signed:
    """`proof` is the value of the channel's header of `HEADERS`."""

    channel: str
    proof: str
    body: bytes


HEADERS = {"telegram": TELEGRAM, "whatsapp": WHATSAPP}


def telegram_update(number: int, chat: int, text: str | None = None, at: float | None = None) -> dict[str, Any]:
    """The sample's text message with a new id, from this chat; `at` Unix time, None: now."""
    body: dict[str, Any] = _sample("telegram/01_text.json")
    message = body["message"]
    person = {"id": chat, "username": f"bench_{chat}"}
    message |= {"message_id": number, "from": message["from"] | person, "chat": message["chat"] | person}
    message |= {"date": int(at or time.time())} | ({} if text is None else {"text": text})
    return body | {"update_id": 900_000_000 + number, "message": message}


def telegram(
    count: int, secret: str, *, chats: int, first: int = 1, text: str | None = None, at: float | None = None
) -> Iterator[Signed]:
    for number in range(first, first + count):
        body = telegram_update(number, FIRST_CHAT + number % chats, text, at)
        yield Signed("telegram", secret, encoded(body))


def encoded(body: dict[str, Any]) -> bytes:
    """JSON as Telegram writes it."""
    return json.dumps(body, ensure_ascii=False).encode()


def whatsapp(count: int, app_secret: str, *, chats: int) -> Iterator[Signed]:
    for number in range(1, count + 1):
        body: dict[str, Any] = _sample("whatsapp/01_text.json")
        value = body["entry"][0]["changes"][0]["value"]
        sender = f"7999{number % chats:07d}"
        value["contacts"][0]["wa_id"] = value["messages"][0]["from"] = sender
        value["messages"][0] |= {"id": f"wamid.bench{number}", "timestamp": str(int(time.time()))}
        raw = json.dumps(body, separators=(",", ":")).replace("/", r"\/").encode()
        yield Signed("whatsapp", "sha256=" + hmac.new(app_secret.encode(), raw, hashlib.sha256).hexdigest(), raw)


def write(webhooks: Iterable[Signed], path: Path) -> Path:
    """For wrk.lua: a line each, the proof first."""
    with path.open("wb") as file:
        file.writelines(webhook.proof.encode() + b" " + webhook.body + b"\n" for webhook in webhooks)
    return path


_samples: dict[str, str] = {}


def _sample(name: str) -> Any:
    if name not in _samples:
        _samples[name] = (PAYLOADS / name).read_text(encoding="utf-8")
    sample = json.loads(_samples[name])
    return sample.get("body", sample)
