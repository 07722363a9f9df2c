"""`/_sandbox/…`: how tests, demos and the page look into the sandbox and move it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import httpx
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from sandbox.clock import BackwardTime
from sandbox.customers import Block, Echo, NoSuchDoor, Raw, Say
from sandbox.faults import Fault
from sandbox.managers import Shift
from sandbox.messengers.graph import Graph
from sandbox.messengers.phones import Channel
from sandbox.messengers.sms_ru import SmsRu, Verdicts
from sandbox.messengers.telegram import Telegram
from sandbox.messengers.world import Rules
from sandbox.model import Model, Scripted

if TYPE_CHECKING:
    from sandbox.app import Sandbox

PAGE_REQUESTS = 100
CONVERSATIONS_SHOWN = 40  # of each channel
TEXTS_SHOWN = 20


class Move(BaseModel):
    """One of the two: a step, or a moment (aware, or UTC when it names no zone). `stand`: and there it stays."""

    model_config = ConfigDict(extra="forbid")

    advance_seconds: float | None = None
    to: datetime | None = None
    stand: bool = False


class Meet(BaseModel):
    """Customers that count as having written just now, without a webhook."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    ids: list[str] = Field(max_length=1_000_000)


def controls(sandbox: Sandbox) -> APIRouter:
    router = APIRouter(prefix="/_sandbox")
    world, customers, clock = sandbox.world, sandbox.customers, sandbox.clock
    vendors: dict[str, Telegram | Graph | SmsRu | Model] = {
        "telegram": sandbox.telegram,
        "graph": sandbox.graph,
        "sms_ru": sandbox.sms_ru,
        "model": sandbox.model,
    }

    @router.post("/{vendor}/faults")
    async def set_faults(vendor: Literal["telegram", "graph", "sms_ru", "model"], fault: Fault) -> dict[str, object]:
        vendors[vendor].faults.set(fault)
        return vendors[vendor].faults.view()

    @router.post("/rules")
    async def set_rules(rules: Rules) -> Rules:
        world.rules = rules
        return rules

    @router.get("/sent")
    async def sent(channel: Channel | None = None, since: int = 0, limit: int = 1000) -> dict[str, Any]:
        """What the product sent, oldest first; `count` is of all, page on with `since=<last number>`."""
        return {"count": world.phones.count, "sent": world.phones.sent_since(since, channel, limit)}

    @router.post("/sms_ru/verdicts")
    async def sms_verdicts(verdicts: Verdicts) -> Verdicts:
        sandbox.sms_ru.verdicts = verdicts
        return verdicts

    @router.get("/model/requests")
    async def model_requests(since: int = 0) -> dict[str, Any]:
        kept = [request for request in sandbox.model.requests if request["number"] > since]
        return {"count": sandbox.model.count, "requests": kept[-PAGE_REQUESTS:]}

    @router.post("/model/script")
    async def model_script(script: list[Scripted]) -> dict[str, int]:
        sandbox.model.script = script
        return {"answers": len(script)}

    @router.get("/customers")
    async def conversations() -> dict[str, Any]:
        return customers.view()

    @router.post("/customers/say")
    async def say(act: Say) -> dict[str, Any]:
        return await customers.say(act)

    @router.post("/customers/raw")
    async def raw(act: Raw) -> dict[str, Any]:
        return await customers.raw(act)

    @router.post("/customers/echo")
    async def echo(act: Echo) -> dict[str, Any]:
        try:
            return await customers.echo(act)
        except NoSuchDoor as error:
            raise HTTPException(400, str(error)) from error

    @router.post("/customers/block")
    async def block(act: Block) -> dict[str, Any]:
        return await customers.block(act)

    @router.post("/handshake")
    async def handshake(channel: Literal["whatsapp", "instagram"]) -> dict[str, Any]:
        try:
            return await customers.handshake(channel)
        except httpx.TransportError as error:
            raise HTTPException(502, f"the gateway did not answer: {error}") from error

    @router.post("/customers/meet")
    async def meet(act: Meet) -> dict[str, int]:
        for found in act.ids:
            world.phones.meet(act.channel, found).last_word_at = clock.now()
        return {"met": len(act.ids)}

    @router.get("/quiet")
    async def quiet() -> dict[str, int]:
        """What is still on its way to the gateway."""
        road = sandbox.portal.world.events
        return {"events": len(road.pending) + road.under_way, "webhooks": world.delivery.under_way}

    @router.get("/time")
    async def time() -> dict[str, Any]:
        await clock.refresh()
        return {"now": clock.now(), "offset_seconds": clock.offset.total_seconds()}

    @router.post("/time")
    async def move_time(move: Move) -> dict[str, Any]:
        try:
            if move.to is not None:
                await (clock.stand if move.stand else clock.move_to)(
                    move.to if move.to.tzinfo else move.to.replace(tzinfo=UTC)
                )
            else:
                await clock.advance(timedelta(seconds=move.advance_seconds or 0))
        except BackwardTime as error:
            raise HTTPException(400, str(error)) from error
        return await time()

    @router.post("/managers")
    async def managers(shift: Shift) -> dict[str, Any]:
        sandbox.managers.start(shift)
        return sandbox.managers.view()

    @router.post("/reset")
    async def reset() -> dict[str, bool]:
        await sandbox.clear()
        return {"ok": True}

    @router.get("/view")
    async def view() -> dict[str, Any]:
        """Everything the page shows."""
        return {
            **await time(),
            "gateway": world.gateway,
            "portal": sandbox.portal.snapshot(),
            "faults": {name: vendor.faults.view() for name, vendor in vendors.items()}
            | {"portal": sandbox.portal.door.faults.model_dump()},
            "rules": world.rules.model_dump(),
            "managers": sandbox.managers.view(),
            "sent": world.phones.count,
            "texts": sandbox.sms_ru.newest(TEXTS_SHOWN),
            "model_requests": sandbox.model.count,
            **customers.view(newest=CONVERSATIONS_SHOWN),
        }

    return router
