"""WhatsApp Cloud API: what it takes, what it refuses, and the statuses it sends back (channels.md section 3)."""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from sandbox.messengers.graph_errors import GraphError
from sandbox.messengers.phones import Line, Phone, Sent, vendor_id
from sandbox.messengers.whatsapp_text import shown_text_and_buttons
from sandbox.messengers.world import World

WABA = "102290000000001"
DISPLAY_NUMBER = "79990000001"
OPAQUE_LIMIT = 512
PAIR_SECONDS = 6.0  # one message in 6 s to one user, 45 at once (channels.md 3.5)
PAIR_BURST = 45
STATUS_PAUSES = {"sent": 0.02, "delivered": 0.1, "read": 0.5}
RE_ENGAGEMENT = (
    "Message failed to send because more than 24 hours have passed since the customer last replied to this number."
)


class WhatsApp:
    """One business number or several, all in one account."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clear()

    def clear(self) -> None:
        self._pairs: dict[str, tuple[float, float]] = defaultdict(lambda: (float(PAIR_BURST), time.monotonic()))

    def phone_number(self, named: str) -> dict[str, Any]:
        return {
            "id": named,
            "display_phone_number": f"+{DISPLAY_NUMBER}",
            "verified_name": "Салон «Ромашка»",
            "quality_rating": "GREEN",
            "code_verification_status": "VERIFIED",
            "platform_type": "CLOUD_API",
        }

    # What the business sends ------------------------------------------------------------------------------------------

    def send(self, body: dict[str, Any], *, phone_number_id: str) -> dict[str, Any]:
        if body.get("messaging_product") != "whatsapp":
            raise GraphError.parameter("The parameter messaging_product is required.")
        if body.get("status") == "read":
            return self._read(body)
        phone = self._recipient(body)
        text, buttons = shown_text_and_buttons(body)
        mark = body.get("biz_opaque_callback_data")
        if mark is not None and len(str(mark)) > OPAQUE_LIMIT:
            raise GraphError.parameter(f"biz_opaque_callback_data must be at most {OPAQUE_LIMIT} characters long.")
        template = body.get("type") == "template"
        if template:
            self._check_template(body["template"])
        closed = not template and not phone.window_is_open(self.world.clock.now())
        if closed and not self.world.rules.refuse_by_status:
            raise GraphError(131047, "(#131047) Re-engagement message", details=RE_ENGAGEMENT)
        self._pace(phone)
        line = Line(at=self.world.clock.now(), by="business", id=wamid(phone.id, "out"), text=text, buttons=buttons)
        self.world.phones.write(phone, line)
        phone.typing_at = None
        self._record(phone, line, "template" if template else "text", mark)
        self.world.later(self._receipts_of(phone, line, phone_number_id, mark, failed=closed))
        contact = {"input": str(body.get("to") or body.get("recipient")), "wa_id": phone.id, "user_id": bsuid(phone)}
        message = {"id": line.id} | ({"message_status": "accepted"} if template else {})
        return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]}

    def _recipient(self, body: dict[str, Any]) -> Phone:
        if body.get("recipient"):
            phone = next(
                (p for p in self.world.phones if p.channel == "whatsapp" and bsuid(p) == body["recipient"]), None
            )
            if phone is None:
                raise GraphError(131026, "(#131026) Message undeliverable", details="Message undeliverable.")
            return phone
        digits = "".join(filter(str.isdigit, str(body.get("to") or "")))
        if not digits:
            raise GraphError.parameter("The parameter to is required.")
        if digits in self.world.secrets.whatsapp_phone_number_ids or digits == DISPLAY_NUMBER:
            raise GraphError(131021, "(#131021) Recipient cannot be sender", details="Recipient cannot be sender.")
        found = vendor_id("whatsapp", digits, digits)
        return self.world.find("whatsapp", found) or self.world.phones.meet("whatsapp", found)

    def _check_template(self, template: Any) -> None:
        if not isinstance(template, dict) or not template.get("name"):
            raise GraphError.parameter("The parameter template['name'] is required.")
        if not (template.get("language") or {}).get("code"):
            raise GraphError.parameter("The parameter template['language']['code'] is required.")
        approved = self.world.rules.templates
        if approved is not None and template["name"] not in approved:
            details = f"template name ({template['name']}) does not exist in {template['language']['code']}"
            raise GraphError(
                132001, "(#132001) Template name does not exist in the translation", status=404, details=details
            )

    def _read(self, body: dict[str, Any]) -> dict[str, Any]:
        """Read mark, perhaps with typing; only for a message the customer sent."""
        message_id = str(body.get("message_id"))
        phone = self.world.phones.holding("whatsapp", message_id)
        line = phone.line(message_id) if phone is not None else None
        if phone is not None and line is not None and line.by == "customer":
            phone.mark(message_id, "read")
            phone.typing_at = self.world.clock.now() if body.get("typing_indicator") else None
            return {"success": True}
        raise GraphError.parameter("Invalid parameter: message_id")

    def _pace(self, phone: Phone) -> None:
        if not self.world.rules.rate_limits:
            return
        left, at = self._pairs[phone.id]
        now = time.monotonic()
        left = min(PAIR_BURST, left + (now - at) / PAIR_SECONDS)
        if left < 1:
            details = (
                "Message failed to send because there were too many messages sent from this phone number to the same"
            )
            raise GraphError(
                131056,
                "(#131056) (Business Account, Consumer Account) pair rate limit hit",
                details=details + " number.",
            )
        self._pairs[phone.id] = (left - 1, now)

    def _record(self, phone: Phone, line: Line, kind: str, mark: Any) -> None:
        self.world.phones.record(
            Sent(
                number=self.world.phones.count + 1,
                at=line.at,
                received_at=datetime.now(UTC),
                channel="whatsapp",
                chat=phone.id,
                kind="template" if kind == "template" else "text",
                text=line.text,
                buttons=line.buttons,
                id=line.id,
                mark=None if mark is None else str(mark),
            )
        )

    # What comes back --------------------------------------------------------------------------------------------------

    async def _receipts_of(self, phone: Phone, line: Line, number: str, mark: Any, *, failed: bool) -> None:
        """`sent`, `delivered`, `read`; to a customer who blocked us only `sent`: the block itself is silent."""
        reached = ["failed"] if failed else ["sent"] if phone.blocked else list(STATUS_PAUSES)
        for status in reached:
            await asyncio.sleep(STATUS_PAUSES.get(status, 0.05))
            phone.mark(line.id, status)
            body = self.status_body(phone, line.id, status, number, mark)
            self.world.delivery.start(self.world.meta_webhook("whatsapp", body))

    def status_body(self, phone: Phone, line_id: str, status: str, number: str, mark: Any) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "id": line_id,
            "status": status,
            "timestamp": str(int(self.world.clock.now().timestamp())),
            "recipient_id": phone.id,
            "recipient_user_id": bsuid(phone),
        }
        if mark is not None:
            entry["biz_opaque_callback_data"] = mark
        if status == "failed":
            title = "Re-engagement message"
            error = {"code": 131047, "title": title, "message": title, "error_data": {"details": RE_ENGAGEMENT}}
            return self._change({"statuses": [entry | {"errors": [error]}]}, number)  # failed ones have no `contacts`
        if status != "read":
            entry["pricing"] = {
                "billable": False,
                "pricing_model": "PMP",
                "type": "free_customer_service",
                "category": "service",
            }
        contact = {"wa_id": phone.id, "user_id": bsuid(phone)}
        return self._change({"contacts": [contact], "statuses": [entry]}, number)

    def message_body(self, phone: Phone, message: dict[str, Any]) -> dict[str, Any]:
        """A customer's message; `message` is its type and content."""
        contact = {"profile": {"name": phone.name}, "wa_id": phone.id, "user_id": bsuid(phone)}
        whole = {"from": phone.id, "from_user_id": bsuid(phone), **message}
        return self._change({"contacts": [contact], "messages": [whole]})

    def echo_body(self, phone: Phone, line: Line) -> dict[str, Any]:
        """A person answered in the WhatsApp Business app (coexistence)."""
        contact = {"profile": {"name": phone.name}, "wa_id": phone.id, "user_id": bsuid(phone)}
        echo = {
            "from": DISPLAY_NUMBER,
            "to": phone.id,
            "to_user_id": bsuid(phone),
            "id": line.id,
            "timestamp": str(int(line.at.timestamp())),
            "type": "text",
            "text": {"body": line.text},
        }
        return self._change({"contacts": [contact], "message_echoes": [echo]}, field="smb_message_echoes")

    def _change(self, content: dict[str, Any], number: str | None = None, field: str = "messages") -> dict[str, Any]:
        metadata = {
            "display_phone_number": DISPLAY_NUMBER,
            "phone_number_id": number or self.world.secrets.whatsapp_phone_number_ids[0],
        }
        value = {"messaging_product": "whatsapp", "metadata": metadata, **content}
        entry = {"id": WABA, "changes": [{"value": value, "field": field}]}
        return {"object": "whatsapp_business_account", "entry": [entry]}


def wamid(phone_id: str, direction: str) -> str:
    """An id in the vendor's shape: opaque, base64, unique."""
    raw = f"{phone_id}:{direction}:".encode() + secrets.token_bytes(12)
    return "wamid." + base64.b64encode(raw).decode()


def bsuid(phone: Phone) -> str:
    """The business-scoped user id; stable for a phone (channels.md 3.4)."""
    return f"RU.{int(phone.id) * 7919 + 10**16}" if phone.id.isdigit() else phone.id
