"""A Bitrix24 portal over real HTTP, written from the vendor's pages.

A rule names its number in section 11 of the project's Bitrix24 reference, which cites the vendor's own pages.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from sandbox.portal import (  # noqa: F401
    bookings,
    bots,
    calendars,
    catalogue,
    connector,
    human,
    items,
    legacy,
    lookups,
    openlines,
    people,
    placements,
    system,
    tasks,
    timeline,
    userfields,
)
from sandbox.portal.access import Access, InboundWebhook
from sandbox.portal.content import furnish
from sandbox.portal.control import routes
from sandbox.portal.dispatch import Desk, Tally
from sandbox.portal.faults import Faults
from sandbox.portal.limits import Bucket, Limits, Operating
from sandbox.portal.server import Door
from sandbox.portal.snapshot import NEWEST, snapshot
from sandbox.portal.world import World

__all__ = ["Portal"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Portal:
    """`now` is business time: cards, comments and tokens live by it; limits and delays live by the machine's clock."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = _utc_now,
        timezone: str = "Europe/Moscow",
        crm_mode: int = 1,
        webhook_user: int = 1,
        webhook_code: str = "sandbox",
    ) -> None:
        self._now, self._timezone, self._crm_mode = now, timezone, crm_mode
        self._webhook = InboundWebhook(user_id=webhook_user, code=webhook_code)
        self.limits = Limits()
        self.world = self._new_world()
        self.door = Door(Desk(self.world, self.limits))
        self.app = Starlette(
            routes=[
                *routes(self),
                Route("/oauth/token/", self.door.token, methods=["GET", "POST"]),
                Mount("/rest", app=self.door),
            ]
        )

    def reset(self) -> None:
        """A fresh portal at the same address: content, subscriptions, faults, limits and counts."""
        road = self.world.events
        self.world = self._new_world()
        road.forget()
        self.world.events = road  # its delivery is under way and must go on
        self.limits.bucket, self.limits.operating = Bucket(), Operating()
        self.door.desk.world, self.door.desk.tally, self.door.faults = self.world, Tally(), Faults()
        self.door.require_https, self.door.moved_to, self.door.refusal = False, None, None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver events in the background for as long as the block lasts."""
        async with self.world.events.running():
            yield

    def snapshot(self, newest: int = NEWEST) -> dict[str, Any]:
        """Everything a page shows; the newest cards of a kind, and how many there are in all."""
        return snapshot(self.world, newest)

    def calls(self) -> dict[str, Any]:
        tally = self.door.desk.tally
        names = sorted({*tally.single, *tally.batched})
        methods = {name: {"single": tally.single[name], "batched": tally.batched[name]} for name in names}
        return {"http": tally.http, "throttled": tally.throttled, "methods": methods}

    def forget_calls(self) -> None:
        self.door.desk.tally = Tally()

    def _new_world(self) -> World:
        access = Access()
        access.add(self._webhook)
        world = World(now=self._now, timezone=self._timezone, crm_mode=self._crm_mode, access=access)
        furnish(world)
        return world
