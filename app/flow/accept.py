"""A webhook becomes safe: verified, parsed, and every message of it in its mailbox before the 200."""

import asyncio
import logging
from collections.abc import Sequence

from app.channels.base import Ack, Channel, Webhook
from app.domain.conversation import Owner
from app.domain.failures import Malformed, Unauthentic
from app.domain.message import DeliveryStatus, Ignored, InboundMessage, Kind, Parsed
from app.flow.staff import recognised
from app.runtime import Runtime
from app.store import keys

log = logging.getLogger("otklik.accept")

KEPT_BYTES = 64 * 1024  # of a payload that we could not read


async def accept(runtime: Runtime, channel: Channel, webhook: Webhook) -> Ack:
    """Raises Unauthentic (401), StoreAway or StoreError (503: the messenger tries again)."""
    try:
        channel.verify(webhook)
    except Unauthentic:
        runtime.meter.count("otklik_webhooks_refused_total", channel=channel.name, reason="unauthentic")
        raise
    try:
        parsed = channel.parse(webhook)
    except Malformed as fault:
        log.warning("a signed payload could not be read: %s", fault, extra={"channel": channel.name})
        await _keep(runtime, channel, webhook, "malformed")
        return Ack()
    owners = await asyncio.gather(*(_accept_one(runtime, channel, webhook, item) for item in parsed))
    return channel.acknowledge(webhook, parsed, bot_owns=_bot_owns(parsed, owners))


async def _accept_one(runtime: Runtime, channel: Channel, webhook: Webhook, item: Parsed) -> Owner | None:
    match item:
        case InboundMessage(kind=Kind.CONNECTION):
            runtime.meter.count("otklik_messages_ignored_total", channel=channel.name, reason="connection")
        case InboundMessage():
            return (await runtime.mailbox.accept(await recognised(runtime, item))).owner
        case DeliveryStatus():
            await runtime.mailbox.status(item)
        case Ignored(reason=reason):
            runtime.meter.count("otklik_messages_ignored_total", channel=channel.name, reason=reason)
            if reason in ("unknown", "unreadable"):
                await _keep(runtime, channel, webhook, reason)
    return None


def _bot_owns(parsed: Sequence[Parsed], owners: Sequence[Owner | None]) -> bool:
    said = [owner for item, owner in zip(parsed, owners, strict=True) if isinstance(item, InboundMessage)]
    return bool(said) and Owner.PERSON not in said


async def _keep(runtime: Runtime, channel: Channel, webhook: Webhook, reason: str) -> None:
    """Genuine but not understood is our fault: it waits for a developer, and is swept after 30 days."""
    body = webhook.body[:KEPT_BYTES].decode("utf-8", "replace")
    words = ("channel", channel.name, "reason", reason, "path", webhook.path, "body", body)
    await runtime.link.command("XADD", keys.UNPARSED, "*", *words)
