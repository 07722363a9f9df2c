"""Telegram Bot API, as far as a business's bot needs it (channels.md section 2)."""

from __future__ import annotations

import json
import time
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, Router

from sandbox.faults import PROXY_PAGE, Faults, HangUp, hang
from sandbox.messengers.delivery import Delivered, Webhook
from sandbox.messengers.phones import Line, Phone, Sent
from sandbox.messengers.telegram_text import Params, Refusal, buttons_of, markup_of, plain_text
from sandbox.messengers.world import World

CALLBACK_LIFE = timedelta(minutes=10)
PER_CHAT_SECONDS = 1.0
PER_BOT_IN_A_SECOND = 30
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
OWNER = {"id": 5555000111, "is_bot": False, "first_name": "Анна", "username": "anna_owner_demo", "is_premium": True}
BUSINESS_CONNECTION = "bc_Demo0000000000001"


class Telegram:
    """The Bot API server: methods under `/bot<token>/<method>`, files under `/file/bot<token>/<path>`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.clear()
        self.app = Router(
            [
                Route("/bot{token}/{method}", self._serve, methods=["GET", "POST"]),
                Route("/file/bot{token}/{path:path}", self._file),
            ]
        )
        self._methods: dict[str, Callable[[Params], Any]] = {
            "getme": self._get_me,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._get_webhook_info,
            "sendmessage": self._send_message,
            "senddocument": lambda params: self._send_file(params, "document"),
            "sendphoto": lambda params: self._send_file(params, "photo"),
            "editmessagetext": self._edit_message_text,
            "sendchataction": self._send_chat_action,
            "answercallbackquery": self._answer_callback_query,
            "getfile": self._get_file,
        }

    def clear(self) -> None:
        self.webhook: dict[str, Any] = {}
        self.files: set[str] = set()
        self.callbacks: dict[str, datetime] = {}
        self._update_id = int(self.world.clock.now().timestamp() * 1000)  # grows over restarts, as ids do
        self._message_ids: dict[str, int] = defaultdict(int)
        self._chat_times: dict[str, float] = {}
        self._bot_times: deque[float] = deque(maxlen=PER_BOT_IN_A_SECOND)

    # What customers do ------------------------------------------------------------------------------------------------

    def next_message_id(self, phone: Phone) -> int:
        self._message_ids[phone.id] += 1
        return self._message_ids[phone.id]

    def update(self, **content: Any) -> dict[str, Any]:
        self._update_id += 1
        return {"update_id": self._update_id, **content}

    def as_webhook(self, update: dict[str, Any], phone_id: str) -> Webhook:
        """Where `setWebhook` said, else the gateway's own address; one chat's updates go one after another."""
        secret = self.webhook.get("secret_token", self.world.secrets.telegram_webhook_secret)
        return Webhook(
            channel="telegram",
            url=self.webhook.get("url") or f"{self.world.gateway}/webhooks/telegram",
            body=json.dumps(update, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret},
            queue=f"telegram:{phone_id}",
        )

    def obey(self, delivered: Delivered) -> None:
        """The 2xx body may itself be one call; its result is told to nobody (channels.md 2.2)."""
        try:
            call = json.loads(delivered.body)
        except ValueError:
            return
        method = self._methods.get(str(call.pop("method", "")).lower()) if isinstance(call, dict) else None
        if method is not None:
            try:
                method(Params(call))
            except Refusal:
                return

    # What the bot calls -----------------------------------------------------------------------------------------------

    async def _serve(self, request: Request) -> Response:
        kind = await self.faults.strike()
        if kind == "away":
            return HangUp()
        if kind == "timeout":
            return await hang(request)
        if kind in ("500", "html", "garbage"):
            return _broken(kind)
        if kind == "429":
            return _refused(too_many(self.faults.fault.retry_after))
        try:
            method = self._method(request.path_params["token"], request.path_params["method"])
            result = method(await Params.read(request))
        except Refusal as refusal:
            return _refused(refusal)
        return HangUp() if kind == "lost" else JSONResponse({"ok": True, "result": result})

    def _method(self, token: str, name: str) -> Callable[[Params], Any]:
        if token not in self.world.secrets.telegram_tokens:
            raise Refusal(401, "Unauthorized")
        if name.lower() not in self._methods:
            raise Refusal(404, "Not Found")
        return self._methods[name.lower()]

    def _get_me(self, params: Params) -> dict[str, Any]:
        return self.bot() | {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": True,
            "has_main_web_app": False,
        }

    def bot(self) -> dict[str, Any]:
        bot_id = self.world.secrets.telegram_tokens[0].partition(":")[0]
        number = int(bot_id) if bot_id.isdigit() else 7000000001
        return {"id": number, "is_bot": True, "first_name": "Салон «Ромашка»", "username": "romashka_demo_bot"}

    def _set_webhook(self, params: Params) -> bool:
        """HTTPS only, as the vendor asks; plain HTTP to this machine passes, as with a Bot API server in local mode."""
        url = params.text("url")
        parts = urlsplit(url)
        if url and parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        secret = params.text("secret_token")
        if len(secret) > 256 or not all(c.isascii() and (c.isalnum() or c in "_-") for c in secret):
            raise Refusal(400, "Bad Request: secret token contains unallowed characters")
        self.webhook = {
            "url": url,
            "secret_token": secret,
            "max_connections": int(params.text("max_connections") or 40),
        }
        if (allowed := params.json("allowed_updates")) is not None:
            self.webhook["allowed_updates"] = allowed
        return True

    def _delete_webhook(self, params: Params) -> bool:
        self.webhook = {}
        return True

    def _get_webhook_info(self, params: Params) -> dict[str, Any]:
        shown = {key: value for key, value in self.webhook.items() if key != "secret_token"}
        return {"url": "", "has_custom_certificate": False, "pending_update_count": 0} | shown

    def _send_message(self, params: Params) -> dict[str, Any]:
        phone = self._chat(params)
        text = plain_text(params)
        markup = markup_of(params)
        self._pace(phone)
        message_id = self.next_message_id(phone)
        line = Line(at=self._now(), by="business", id=str(message_id), text=text, buttons=buttons_of(markup))
        self.world.phones.write(phone, line)
        phone.typing_at = None
        self._record(phone, line, "text")
        return self.message(phone, line, markup if markup and "inline_keyboard" in markup else None)

    def _send_file(self, params: Params, kind: str) -> dict[str, Any]:
        """By address; of documents only GIF, PDF and ZIP are fetched (core.telegram.org/bots/api#sending-files)."""
        phone, address = self._chat(params), params.text(kind)
        if urlsplit(address).scheme not in ("http", "https"):
            raise Refusal(400, f"Bad Request: there is no {kind} in the request")
        if kind == "document" and not urlsplit(address).path.lower().endswith((".gif", ".pdf", ".zip")):
            raise Refusal(400, "Bad Request: wrong type of the web page content")
        self._pace(phone)
        text = "\n".join(part for part in (params.text("caption"), address) if part)
        line = Line(at=self._now(), by="business", id=str(self.next_message_id(phone)), text=text, buttons=[])
        self.world.phones.write(phone, line)
        self._record(phone, line, "text")
        return self.message(phone, line)

    def _edit_message_text(self, params: Params) -> dict[str, Any]:
        phone = self._chat(params)
        line = phone.line(params.text("message_id"))
        if line is None or line.by != "business":
            raise Refusal(400, "Bad Request: message to edit not found")
        text, markup = plain_text(params), markup_of(params)
        if (text, buttons_of(markup)) == (line.text, line.buttons):
            raise Refusal(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message",
            )
        line.text, line.buttons = text, buttons_of(markup)
        self._record(phone, line, "edit")
        return self.message(phone, line, markup) | {"edit_date": int(self._now().timestamp())}

    def _send_chat_action(self, params: Params) -> bool:
        phone = self._chat(params)
        if not params.text("action"):
            raise Refusal(400, "Bad Request: wrong parameter action in request")
        phone.typing_at = self._now()
        return True

    def _answer_callback_query(self, params: Params) -> bool:
        pressed_at = self.callbacks.get(params.text("callback_query_id"))
        if pressed_at is None or self._now() - pressed_at > CALLBACK_LIFE:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(params.text("text")) > 200:
            raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
        return True

    def _get_file(self, params: Params) -> dict[str, Any]:
        file_id = params.text("file_id")
        if file_id not in self.files:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        return {
            "file_id": file_id,
            "file_unique_id": file_id[-12:],
            "file_size": len(_file_bytes(file_id)),
            "file_path": f"files/{file_id}",
        }

    async def _file(self, request: Request) -> Response:
        file_id = request.path_params["path"].removeprefix("files/")
        if request.path_params["token"] not in self.world.secrets.telegram_tokens or file_id not in self.files:
            return _refused(Refusal(404, "Not Found"))
        return Response(_file_bytes(file_id), media_type="application/octet-stream")

    # ------------------------------------------------------------------------------------------------------------------

    def message(self, phone: Phone, line: Line, markup: dict[str, Any] | None = None) -> dict[str, Any]:
        """A message of the bot as the Bot API shows it; only inline keyboards are shown back."""
        shown: dict[str, Any] = {
            "message_id": int(line.id),
            "from": self.bot(),
            "chat": chat_of(phone),
            "date": int(line.at.timestamp()),
            "text": line.text,
        }
        if phone.connection:
            shown["business_connection_id"] = phone.connection
        return shown | ({"reply_markup": markup} if markup else {})

    def _chat(self, params: Params) -> Phone:
        """The chat written to, or the vendor's reason why not (channels.md 0.3, 2.7)."""
        chat_id = params.text("chat_id")
        if not chat_id:
            raise Refusal(400, "Bad Request: chat_id is empty")
        phone = self.world.find("telegram", chat_id)
        if phone is None:
            raise Refusal(400, "Bad Request: chat not found")
        if phone.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        connection = params.text("business_connection_id")
        if not connection and phone.connection:
            raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")
        if connection and connection != BUSINESS_CONNECTION:
            raise Refusal(400, "Bad Request: BUSINESS_CONNECTION_INVALID")
        if connection and not phone.connection:
            raise Refusal(400, "Bad Request: BUSINESS_PEER_INVALID")
        if connection and not phone.window_is_open(self._now()):
            raise Refusal(400, "Bad Request: BUSINESS_PEER_USAGE_MISSING")
        return phone

    def _pace(self, phone: Phone) -> None:
        """About one message a second to a chat, thirty to all (channels.md 2.6); machine time."""
        if not self.world.rules.rate_limits:
            return
        now = time.monotonic()
        wait = self._chat_times.get(phone.id, now - PER_CHAT_SECONDS) + PER_CHAT_SECONDS - now
        if len(self._bot_times) == PER_BOT_IN_A_SECOND:
            wait = max(wait, self._bot_times[0] + 1.0 - now)
        if wait > 0:
            raise too_many(ceil(wait))
        self._chat_times[phone.id] = now
        self._bot_times.append(now)

    def _record(self, phone: Phone, line: Line, kind: str) -> None:
        self.world.phones.record(
            Sent(
                number=self.world.phones.count + 1,
                at=self._now(),
                received_at=datetime.now(UTC),
                channel="telegram",
                chat=phone.id,
                kind="edit" if kind == "edit" else "text",
                text=line.text,
                buttons=line.buttons,
                id=line.id,
            )
        )

    def _now(self) -> datetime:
        return self.world.clock.now()


def chat_of(phone: Phone) -> dict[str, Any]:
    return {"id": int(phone.id), "first_name": phone.name, "type": "private"}


def too_many(retry_after: int) -> Refusal:
    return Refusal(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


def _refused(refusal: Refusal) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    return JSONResponse(body | ({"parameters": refusal.parameters} if refusal.parameters else {}), refusal.code)


def _broken(kind: str) -> Response:
    if kind == "html":
        return HTMLResponse(PROXY_PAGE, 502)
    if kind == "garbage":
        return Response('{"ok": tr', media_type="application/json")
    return _refused(Refusal(500, "Internal Server Error"))


def _file_bytes(file_id: str) -> bytes:
    """Stands for the content: nobody here looks into it, but size and bytes are stable."""
    return f"file {file_id}\n".encode()
