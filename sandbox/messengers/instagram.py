"""Instagram messaging: what it takes, what it refuses, and the echo of every send (channels.md section 4)."""

from __future__ import annotations

import asyncio
import base64
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.messengers.graph_errors import GraphError
from sandbox.messengers.phones import Line, Phone, Sent
from sandbox.messengers.world import World

TEXT_BYTES = 1000
QUICK_REPLIES, QUICK_REPLY_TITLE = 13, 20
TEMPLATE_BUTTONS, TEMPLATE_TEXT = 3, 640
HUMAN_AGENT_WINDOW = timedelta(days=7)
ECHO_SECONDS, READ_SECONDS = 0.05, 0.5
WINDOW_CLOSED = "(#10) This message is sent outside of allowed window."


class Instagram:
    """One professional account; several may be listed, the first speaks."""

    def __init__(self, world: World) -> None:
        self.world = world

    def account(self) -> dict[str, Any]:
        named = self.world.secrets.instagram_account_ids[0]
        return {"id": named, "user_id": named, "username": "romashka_demo", "name": "Салон «Ромашка»"}

    # What the business sends ------------------------------------------------------------------------------------------

    def send(self, body: dict[str, Any]) -> dict[str, Any]:
        phone = self._recipient(body)
        if action := body.get("sender_action"):
            return self._act(phone, str(action))
        message = body.get("message")
        if not isinstance(message, dict):
            raise GraphError(100, "(#100) Param message must be an object")
        text, buttons = _shown(message)
        self._check_window(phone, body)
        line = Line(at=self.world.clock.now(), by="business", id=mid(), text=text, buttons=buttons)
        self.world.phones.write(phone, line)
        phone.typing_at = None
        self._record(phone, line)
        self.world.later(self._receipts_of(phone, line))
        return {"recipient_id": phone.id, "message_id": line.id}

    def _recipient(self, body: dict[str, Any]) -> Phone:
        named = str((body.get("recipient") or {}).get("id") or "")
        if not named:
            raise GraphError(100, "(#100) The parameter recipient is required")
        phone = self.world.find("instagram", named)
        if phone is None:
            raise GraphError(10, "(#10) The requested user cannot be found.", subcode=2534014)
        if phone.blocked:
            raise GraphError(551, "(#551) This person isn't available right now.", subcode=1545041)
        return phone

    def _act(self, phone: Phone, action: str) -> dict[str, Any]:
        if action not in ("typing_on", "typing_off", "mark_seen"):
            raise GraphError(100, "(#100) Param sender_action must be one of {TYPING_ON, TYPING_OFF, MARK_SEEN}")
        phone.typing_at = self.world.clock.now() if action == "typing_on" else None
        return {"recipient_id": phone.id}

    def _check_window(self, phone: Phone, body: dict[str, Any]) -> None:
        now = self.world.clock.now()
        if phone.window_is_open(now):
            return
        human = body.get("messaging_type") == "MESSAGE_TAG" and body.get("tag") == "HUMAN_AGENT"
        if human and phone.last_word_at is not None and now - phone.last_word_at < HUMAN_AGENT_WINDOW:
            return
        raise GraphError(10, WINDOW_CLOSED, subcode=2534022)

    def _record(self, phone: Phone, line: Line) -> None:
        self.world.phones.record(
            Sent(
                number=self.world.phones.count + 1,
                at=line.at,
                received_at=datetime.now(UTC),
                channel="instagram",
                chat=phone.id,
                kind="text",
                text=line.text,
                buttons=line.buttons,
                id=line.id,
            )
        )

    # What comes back --------------------------------------------------------------------------------------------------

    async def _receipts_of(self, phone: Phone, line: Line) -> None:
        await asyncio.sleep(ECHO_SECONDS)
        phone.mark(line.id, "sent")
        self.world.delivery.start(self.world.meta_webhook("instagram", self.echo_body(phone, line)))
        await asyncio.sleep(READ_SECONDS)
        phone.mark(line.id, "read")
        self.world.delivery.start(
            self.world.meta_webhook("instagram", self.customer_body(phone, {"read": {"mid": line.id}}))
        )

    def echo_body(self, phone: Phone, line: Line) -> dict[str, Any]:
        """An outgoing message seen from outside: sender is the business, recipient the customer."""
        account = self.world.secrets.instagram_account_ids[0]
        message = {"mid": line.id, "text": line.text, "is_echo": True}
        return self._event(account, phone.id, line.at, {"message": message})

    def customer_body(self, phone: Phone, content: dict[str, Any], at: datetime | None = None) -> dict[str, Any]:
        account = self.world.secrets.instagram_account_ids[0]
        return self._event(phone.id, account, at or self.world.clock.now(), content)

    def _event(self, sender: str, recipient: str, at: datetime, content: dict[str, Any]) -> dict[str, Any]:
        item = {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": _ms(at), **content}
        account = self.world.secrets.instagram_account_ids[0]
        entry = {"id": account, "time": _ms(self.world.clock.now()), "messaging": [item]}
        return {"object": "instagram", "entry": [entry]}


def mid() -> str:
    """A message id in the vendor's shape: opaque, unique."""
    return "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUl" + base64.urlsafe_b64encode(secrets.token_bytes(24)).decode()


def _shown(message: dict[str, Any]) -> tuple[str, list[dict[str, str]]]:
    """The words and buttons on the customer's screen, or the vendor's refusal."""
    attachment = message.get("attachment")
    if isinstance(attachment, dict):
        payload = attachment.get("payload") or {}
        if attachment.get("type") in ("image", "video", "audio", "file"):
            return str(payload.get("url")), []
        return _template(payload)
    text = message.get("text")
    if not isinstance(text, str) or not text.strip():
        raise GraphError(100, "(#100) Empty text")
    if len(text.encode()) > TEXT_BYTES:  # bytes or characters: sources disagree, the stricter one stands
        raise GraphError(100, f"(#100) Length of param message[text] must be less than or equal to {TEXT_BYTES}")
    return text, _quick_replies(message.get("quick_replies") or [])


def _quick_replies(replies: list[dict[str, Any]]) -> list[dict[str, str]]:
    if len(replies) > QUICK_REPLIES:
        raise GraphError(100, f"(#100) Param message[quick_replies] has too many elements. Maximum: {QUICK_REPLIES}")
    shown = []
    for reply in replies:
        if reply.get("content_type") == "user_phone_number":
            shown.append({"text": "Отправить номер", "payload": "contact:"})
            continue
        title, payload = str(reply.get("title") or ""), str(reply.get("payload") or "")
        if not title or not payload or len(title) > QUICK_REPLY_TITLE:
            raise GraphError(100, f"(#100) Quick reply needs a payload and a title of 1-{QUICK_REPLY_TITLE} characters")
        shown.append({"text": title, "payload": payload})
    return shown


def _template(payload: dict[str, Any]) -> tuple[str, list[dict[str, str]]]:
    cards = payload.get("elements") or [{"title": payload.get("text"), "buttons": payload.get("buttons")}]
    buttons = [button for card in cards for button in card.get("buttons") or []]
    if any(len(card.get("buttons") or []) > TEMPLATE_BUTTONS for card in cards):
        raise GraphError(100, f"(#100) Too many buttons. Maximum: {TEMPLATE_BUTTONS}")
    text = "\n".join(str(card.get("title") or "") for card in cards).strip()
    if not text or len(text) > TEMPLATE_TEXT:
        raise GraphError(100, f"(#100) Template text must have 1-{TEMPLATE_TEXT} characters")
    return text, [
        {"text": str(button.get("title")), "payload": str(button.get("payload") or button.get("url"))}
        for button in buttons
    ]


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
