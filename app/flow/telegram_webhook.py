"""Telegram's webhook: what it is, what it should be, and how it is set."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from app.channels.base import Request
from app.channels.http import Wire
from app.domain.failures import Refusal, Refused, Unavailable
from app.settings import Settings

SECONDS = 4.5
# Named one by one: left out, the list stays as it was; empty, it would lack none of these but bring what we ignore.
ALLOWED_UPDATES = (  # core.telegram.org/bots/api#setwebhook
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookInfo:
    """`last_error` is the vendor's own text and may be old; it is empty once a webhook is set anew."""

    url: str
    allowed_updates: frozenset[str]
    pending: int
    last_error: str

    @property
    def lacks(self) -> frozenset[str]:
        return frozenset(ALLOWED_UPDATES) - self.allowed_updates

    @property
    def is_refused(self) -> bool:
        """We answered 401: the secret that Telegram sends is not the one we expect."""
        return "401" in self.last_error


def address(settings: Settings) -> str:
    return f"{settings.general.public_url}/webhooks/telegram"


def is_reachable(settings: Settings) -> bool:
    """Telegram delivers to https only; the sandbox to this machine, too."""
    return settings.general.sandbox or settings.general.public_url.startswith("https://")


async def webhook_info(settings: Settings) -> WebhookInfo:
    found = await ask(settings, "getWebhookInfo")
    return WebhookInfo(
        url=str(found.get("url", "")),
        allowed_updates=frozenset(map(str, found.get("allowed_updates", ()))),
        pending=int(found.get("pending_update_count", 0)),
        last_error=str(found.get("last_error_message", "")),
    )


async def set_webhook(settings: Settings) -> None:
    secret = settings.telegram.webhook_secret
    await ask(
        settings,
        "setWebhook",
        url=address(settings),
        secret_token=secret.get_secret_value() if secret else "",
        allowed_updates=list(ALLOWED_UPDATES),
    )


async def ask(settings: Settings, method: str, **params: Any) -> Any:
    """The result of one method of the Bot API. Raises Unavailable or Refused, whose texts hold no secret."""
    room = settings.telegram
    token = room.bot_token.get_secret_value() if room.bot_token else ""
    proxy = room.proxy.get_secret_value() if room.proxy else ""
    wire = Wire("telegram", proxy=proxy, ca_bundle=str(room.ca_bundle or ""), total_seconds=SECONDS)
    try:
        response = await wire.send(Request(method="POST", url=f"{room.api_url}/bot{token}/{method}", json=params))
    finally:
        await wire.close()
    try:
        answer = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, Mapping):
        raise Unavailable("telegram", f"HTTP {response.status} without JSON")
    if answer.get("ok") is True:
        return answer["result"]
    dead = response.status in (401, 404)  # 404: what stands before the method is no token at all
    detail = str(answer.get("description", f"HTTP {response.status}"))
    raise Refused("telegram", detail, Refusal.TOKEN if dead else Refusal.REFUSED)
