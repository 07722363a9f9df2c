"""What all messengers share: time, secrets, the customers' phones, the road to the gateway, the switches."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from sandbox.clock import Clock
from sandbox.messengers.delivery import Delivery, Webhook, meta_bytes, meta_signature
from sandbox.messengers.phones import Channel, Phone, Phones
from sandbox.secrets import Secrets


class Rules(BaseModel):
    """Switches of the messengers' behaviour.

    rate_limits       the vendors' send rates (channels.md 2.6, 3.5, 4.5)
    strangers         whoever is written to counts as known, window open (for benches that post webhooks themselves)
    receipts          `sent`, `delivered`, `read` and Instagram's echo come back as webhooks
    refuse_by_status  WhatsApp takes free text outside the window and tells of the failure by status, as it also may
    templates         names of approved WhatsApp templates; None: every name
    """

    model_config = ConfigDict(extra="forbid")

    rate_limits: bool = False
    strangers: bool = False
    receipts: bool = True
    refuse_by_status: bool = False
    templates: list[str] | None = None


@dataclass(slots=True, kw_only=True)
class World:
    """One per sandbox process; the vendors' servers and the customers look at the same one."""

    clock: Clock
    secrets: Secrets
    gateway: str
    phones: Phones = field(default_factory=Phones)
    delivery: Delivery = field(default_factory=Delivery)
    rules: Rules = field(default_factory=Rules)
    _later: set[asyncio.Task[None]] = field(default_factory=set)

    async def clear(self) -> None:
        """Forget conversations and switches, and whatever was still to be told."""
        for task in self._later:
            task.cancel()
        await self.delivery.drop()
        self.phones.clear()
        self.rules = Rules()

    def later(self, telling: Coroutine[None, None, None]) -> None:
        """Receipts and echoes, which come after the answer."""
        if not self.rules.receipts:
            telling.close()
            return
        task = asyncio.create_task(telling)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    def find(self, channel: Channel, vendor_id: str) -> Phone | None:
        """The phone that a send goes to; with `rules.strangers` nobody is unknown."""
        phone = self.phones.find(channel, vendor_id)
        if self.rules.strangers and vendor_id:
            phone = phone or self.phones.meet(channel, vendor_id)
            phone.last_word_at = phone.last_word_at or self.clock.now()
        return phone

    def meta_webhook(self, channel: Channel, body: dict[str, object], *, queue: str | None = None) -> Webhook:
        raw = meta_bytes(body)
        whatsapp = channel == "whatsapp"
        secret = self.secrets.whatsapp_app_secret if whatsapp else self.secrets.instagram_app_secret
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": meta_signature(secret, raw)}
        return Webhook(
            channel=channel, url=f"{self.gateway}/webhooks/{channel}", body=raw, headers=headers, queue=queue
        )
