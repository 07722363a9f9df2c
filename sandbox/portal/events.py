"""Events to outgoing webhooks and applications: one attempt each, some time after the answer (reference 11.7)."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

import httpx

from sandbox import php
from sandbox.portal.access import ACCESS_SECONDS, MEMBER_ID

if TYPE_CHECKING:
    from sandbox.portal.world import World

SLOW_SECONDS = 5.0  # a handler slower than this gets its next events later (reference 11.7 (56))
TIMEOUT_SECONDS = 20.0
_APP_ONLY = ("ONCRMDEALMOVETOCATEGORY", "ONIMCONNECTOR", "ONAPP")  # not offered to outgoing webhooks (reference 6.3)


@dataclass(slots=True, kw_only=True)
class Hook:
    id: int
    url: str
    token: str  # application_token
    events: frozenset[str]
    application: str | None = None  # client id; None: an outgoing webhook of the portal's own
    user_id: int = 0  # whose tokens an application gets when nobody else acted
    slowness: int = 0  # slow answers in a row
    not_before: float = 0.0


@dataclass(slots=True, kw_only=True)
class Behaviour:
    """How unreliable the road is; shares are 0–1 (reference 11.7 (58))."""

    delay_ms: float = 20
    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    seed: int = 1


@dataclass(slots=True, kw_only=True)
class Parcel:
    hook: Hook
    event: str
    body: str
    due: float  # monotonic


@dataclass(slots=True)
class Events:
    hooks: list[Hook] = field(default_factory=list)
    behaviour: Behaviour = field(default_factory=Behaviour)
    deliveries: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=1000))
    pending: list[Parcel] = field(default_factory=list)
    under_way: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(1))
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _last_id: int = 700

    def subscribe(
        self, url: str, token: str, events: list[str], application: str | None = None, user_id: int = 0
    ) -> Hook:
        self._last_id += 1
        names = frozenset(name.upper() for name in events)
        hook = Hook(id=self._last_id, url=url, token=token, events=names, application=application, user_id=user_id)
        self.hooks.append(hook)
        return hook

    def behave(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self._random = random.Random(behaviour.seed)

    def forget(self) -> None:
        """No subscribers, nothing on its way, a good road."""
        self.hooks.clear()
        self.pending.clear()
        self.deliveries.clear()
        self.behave(Behaviour())

    def emit(self, world: World, event: str, data: Any, by: int | None, *, only: str | None = None) -> None:
        """Put an event on its way to everyone who asked for it; `by` is None when the system itself acted.

        only   a client id: connectors' events go to their owner alone (reference 11.8 (65))
        """
        for hook in self.hooks:
            wanted = event in hook.events and (only is None or hook.application == only)
            if wanted and not (hook.application is None and event.startswith(_APP_ONLY)) and _may_hear(world, hook):
                self._post(world, hook, event, data, by)

    def deliver_to(self, world: World, hook: Hook, event: str, data: Any, auth: dict[str, Any]) -> None:
        """One event to one address that nobody bound: an application hears so of its installation."""
        body = php.encode(_payload(world, hook, event, data, None, auth))
        self.pending.append(Parcel(hook=hook, event=event, body=body, due=self._due(hook)))
        self._wake.set()

    def _post(self, world: World, hook: Hook, event: str, data: Any, by: int | None) -> None:
        if self._random.random() < self.behaviour.drop:
            self._note(hook, event, "dropped")
            return
        body = php.encode(_payload(world, hook, event, data, by))
        for _ in range(2 if self._random.random() < self.behaviour.duplicate else 1):
            self.pending.append(Parcel(hook=hook, event=event, body=body, due=self._due(hook)))
        self._wake.set()

    def _due(self, hook: Hook) -> float:
        delay = self.behaviour.delay_ms / 1000
        if self._random.random() < self.behaviour.reorder:
            delay += self._random.uniform(1, 3) * max(delay, 0.05)  # later ones overtake it
        return max(monotonic() + delay, hook.not_before)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver in the background for as long as the block lasts."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client,
            asyncio.TaskGroup() as group,
        ):
            while True:
                await self._wait()
                now = monotonic()
                ready = sorted((parcel for parcel in self.pending if parcel.due <= now), key=lambda parcel: parcel.due)
                self.pending = [parcel for parcel in self.pending if parcel.due > now]
                self.under_way += len(ready)
                for parcel in ready:
                    group.create_task(self._deliver(client, parcel))

    async def _wait(self) -> None:
        self._wake.clear()
        earliest = min((parcel.due for parcel in self.pending), default=None)
        pause = None if earliest is None else max(0.0, earliest - monotonic())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), pause)

    async def _deliver(self, client: httpx.AsyncClient, parcel: Parcel) -> None:
        """One attempt: what fails is written down, never sent again (reference 11.7 (56))."""
        began = monotonic()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Bitrix24 Webhook Engine"}
        try:
            response = await client.post(parcel.hook.url, content=parcel.body, headers=headers)
            outcome = str(response.status_code)
        except httpx.HTTPError as error:
            outcome = type(error).__name__
        finally:
            self.under_way -= 1
        self._note(parcel.hook, parcel.event, outcome)
        throttle(parcel.hook, monotonic() - began)

    def _note(self, hook: Hook, event: str, outcome: str) -> None:
        self.deliveries.append({"event": event, "url": hook.url, "outcome": outcome})


def throttle(hook: Hook, seconds: float) -> None:
    """A slow handler is called at growing intervals (reference 11.7 (56))."""
    hook.slowness = hook.slowness + 1 if seconds > SLOW_SECONDS else 0
    hook.not_before = monotonic() + min(2.0**hook.slowness, 60.0) if hook.slowness else 0.0


def _may_hear(world: World, hook: Hook) -> bool:
    """An application whose installation a person has not finished gets nothing (reference 11.7 (59))."""
    return hook.application not in world.access.unfinished


def _payload(
    world: World, hook: Hook, event: str, data: Any, by: int | None, given: dict[str, Any] | None = None
) -> dict[str, Any]:
    """reference 6.1: upper-case name, text values, the `auth` of its kind of handler (reference 11.7 (55))."""
    endpoint = f"{world.scheme}://{world.domain}/rest/"
    auth: dict[str, Any] = {"domain": world.domain, "client_endpoint": endpoint, "server_endpoint": endpoint}
    auth |= {"member_id": MEMBER_ID, "application_token": hook.token}
    if hook.application is not None:
        auth |= {"scope": "crm", "status": "L"} | (_tokens(world, hook, by) if given is None else given)
    return {"event": event, "event_handler_id": hook.id, "data": data, "ts": int(world.now().timestamp()), "auth": auth}


def _tokens(world: World, hook: Hook, by: int | None) -> dict[str, Any]:
    """An application gets the acting user's token, and none when nobody acted (reference 1.4)."""
    if by is None or hook.application is None:
        return {}
    now = world.now()
    access, _ = world.access.issue(hook.application, by, frozenset({"crm"}), now, ACCESS_SECONDS)
    expires = int(now.timestamp()) + ACCESS_SECONDS
    return {"access_token": access, "expires": expires, "expires_in": ACCESS_SECONDS, "user_id": by}
