"""What a customer's or an owner's act looks like on the wire of each vendor (shapes: the sample payloads)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sandbox.messengers.delivery import Webhook, meta_bytes, meta_signature
from sandbox.messengers.graph import Graph
from sandbox.messengers.instagram import mid
from sandbox.messengers.phones import Channel, Line, Phone
from sandbox.messengers.telegram import BUSINESS_CONNECTION, OWNER, Telegram, chat_of
from sandbox.messengers.whatsapp import DISPLAY_NUMBER, wamid
from sandbox.messengers.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One act of a customer: a text, a shared phone, or a pressed button (`payload`, titled `text`)."""

    text: str
    phone: str | None = None
    payload: str | None = None


class Bodies:
    """Builds and signs; sends nothing."""

    def __init__(self, world: World, telegram: Telegram, graph: Graph) -> None:
        self.world = world
        self.telegram = telegram
        self.graph = graph

    def new_id(self, phone: Phone) -> str:
        match phone.channel:
            case "telegram":
                return str(self.telegram.next_message_id(phone))
            case "whatsapp":
                return wamid(phone.id, "in")
            case "instagram":
                return mid()
            case "site":
                return f"m_{uuid4().hex[:12]}"

    def of_customer(self, phone: Phone, word: Word, message_id: str, at: datetime) -> Webhook:
        match phone.channel:
            case "telegram":
                return self.telegram.as_webhook(self._telegram(phone, word, message_id, at), phone.id)
            case "whatsapp":
                message = self._whatsapp(phone, word) | {"id": message_id, "timestamp": str(int(at.timestamp()))}
                return self.world.meta_webhook("whatsapp", self.graph.whatsapp.message_body(phone, message))
            case "instagram":
                event = {"message": _instagram(word) | {"mid": message_id}}
                return self.world.meta_webhook("instagram", self.graph.instagram.customer_body(phone, event, at))
            case "site":
                return self.raw("site", _site(phone, word, message_id, at))

    def of_owner(self, phone: Phone, line: Line) -> Webhook:
        """A person answered in the messenger's own app."""
        if phone.channel == "telegram":
            message = self._message(phone, line.id, line.at) | {"from": OWNER, "text": line.text}
            return self.telegram.as_webhook(self.telegram.update(business_message=message), phone.id)
        if phone.channel == "whatsapp":
            return self.world.meta_webhook("whatsapp", self.graph.whatsapp.echo_body(phone, line))
        return self.world.meta_webhook("instagram", self.graph.instagram.echo_body(phone, line))

    def raw(
        self, channel: Channel, body: dict[str, Any] | str, *, path: str | None = None, content_type: str | None = None
    ) -> Webhook:
        """Any body, proved as the vendor proves it."""
        secrets, headers = self.world.secrets, {"Content-Type": content_type or "application/json"}
        if isinstance(body, str):
            written = body.encode()
        elif channel in ("whatsapp", "instagram"):
            written = meta_bytes(body)
        else:
            written = json.dumps(body, ensure_ascii=False).encode()
        match channel:
            case "telegram":
                secret = self.telegram.webhook.get("secret_token", secrets.telegram_webhook_secret)
                headers["X-Telegram-Bot-Api-Secret-Token"] = secret
            case "whatsapp":
                headers["X-Hub-Signature-256"] = meta_signature(secrets.whatsapp_app_secret, written)
            case "instagram":
                headers["X-Hub-Signature-256"] = meta_signature(secrets.instagram_app_secret, written)
            case "site":
                headers["X-Api-Key"] = secrets.site_secret
        url = self.world.gateway + (path or f"/webhooks/{channel}")
        return Webhook(channel=channel, url=url, body=written, headers=headers)

    def business_connection(self, phone: Phone) -> Webhook:
        """The owner lets the bot into a personal account."""
        connection = {
            "id": BUSINESS_CONNECTION,
            "user": OWNER,
            "user_chat_id": OWNER["id"],
            "date": int(self.world.clock.now().timestamp()),
            "rights": {"can_reply": True, "can_read_messages": True},
            "is_enabled": True,
        }
        return self.telegram.as_webhook(self.telegram.update(business_connection=connection), phone.id)

    def membership(self, phone: Phone) -> Webhook:
        """The customer blocked the bot or let it back."""
        before, after = ("member", "kicked") if phone.blocked else ("kicked", "member")
        changed = {
            "chat": chat_of(phone),
            "from": _user(phone),
            "date": int(self.world.clock.now().timestamp()),
            "old_chat_member": self._as_member(before),
            "new_chat_member": self._as_member(after),
        }
        return self.telegram.as_webhook(self.telegram.update(my_chat_member=changed), phone.id)

    def _as_member(self, status: str) -> dict[str, Any]:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"user": self.telegram.bot(), "status": status, **until}

    # One vendor each --------------------------------------------------------------------------------------------------

    def _telegram(self, phone: Phone, word: Word, message_id: str, at: datetime) -> dict[str, Any]:
        if word.payload is not None:
            return self.telegram.update(callback_query=self._press(phone, word.payload))
        message = self._message(phone, message_id, at) | {"from": _user(phone)}
        if word.phone is not None and not word.text:
            contact = {"phone_number": word.phone, "first_name": phone.name, "user_id": int(phone.id)}
            return self.telegram.update(message=message | {"contact": contact})
        message["text"] = word.text
        if word.text.startswith("/"):
            length = len(word.text.split()[0])
            message["entities"] = [{"offset": 0, "length": length, "type": "bot_command"}]
        return self.telegram.update(**{"business_message" if phone.connection else "message": message})

    def _message(self, phone: Phone, message_id: str, at: datetime) -> dict[str, Any]:
        message = {"message_id": int(message_id), "chat": chat_of(phone), "date": int(at.timestamp())}
        return message | ({"business_connection_id": phone.connection} if phone.connection else {})

    def _press(self, phone: Phone, payload: str) -> dict[str, Any]:
        """An inline button pressed under the last message that has it."""
        query_id = str(uuid4().int % 10**18)
        self.telegram.callbacks[query_id] = self.world.clock.now()
        query = {"id": query_id, "from": _user(phone), "chat_instance": f"-{phone.id}", "data": payload}
        under = _line_with(phone, payload)
        if under is None:  # the message is too old to be shown: Telegram gives date 0 and no text
            return query | {"message": {"message_id": 1, "chat": chat_of(phone), "date": 0}}
        keyboard = [[{"text": button["text"], "callback_data": button["payload"]} for button in under.buttons]]
        return query | {"message": self.telegram.message(phone, under, {"inline_keyboard": keyboard})}

    def _whatsapp(self, phone: Phone, word: Word) -> dict[str, Any]:
        if word.payload is None:
            return {"type": "text", "text": {"body": word.text}}
        under = _line_with(phone, word.payload)
        context = {"context": {"from": DISPLAY_NUMBER, "id": under.id}} if under is not None else {}
        if under is not None and under.text.startswith("["):  # a template's own button is of another type
            return context | {"type": "button", "button": {"payload": word.payload, "text": word.text}}
        pressed = {"type": "button_reply", "button_reply": {"id": word.payload, "title": word.text}}
        return context | {"type": "interactive", "interactive": pressed}


def _user(phone: Phone) -> dict[str, Any]:
    return {"id": int(phone.id), "is_bot": False, "first_name": phone.name, "language_code": "ru"}


def _line_with(phone: Phone, payload: str) -> Line | None:
    mine = (line for line in reversed(phone.lines) if line.by == "business")
    return next((line for line in mine if any(button["payload"] == payload for button in line.buttons)), None)


def _instagram(word: Word) -> dict[str, Any]:
    if word.payload is not None:
        return {"text": word.text, "quick_reply": {"payload": word.payload}}
    if word.phone is not None:
        return {"text": word.text or word.phone, "quick_reply": {"payload": word.phone}}
    return {"text": word.text}


def _site(phone: Phone, word: Word, message_id: str, at: datetime) -> dict[str, Any]:
    known = phone.name if phone.name != phone.customer else None
    message = {
        "session_id": phone.id,
        "message_id": message_id,
        "visitor": {"name": known, "phone": phone.phone},
        "text": word.text,
        "page_url": "https://example.com/",
        "referrer": "https://yandex.ru/",
        "ts": int(at.timestamp()),
    }
    return message | ({"payload": word.payload} if word.payload is not None else {})
