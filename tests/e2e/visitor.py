"""Somebody who writes to the site's chat while the sandbox's page is open beside: over HTTP, or in a real browser."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import orjson

from app.flow.town import Town
from tests.e2e.browser import Tab, chromium
from tests.e2e.witness import plain, until

STEPS = (timedelta(days=1), timedelta(hours=1), timedelta(minutes=5))  # the page's buttons, the largest first


class Visitor(Protocol):
    async def say(self, text: str) -> None: ...
    async def heard(self) -> list[str]:
        """What the business has said, oldest first."""

    async def visits(self) -> list[str]:
        """The portal's day view of the day that was booked last, as its cards read."""

    async def notices(self) -> str:
        """What the staff was told."""

    async def press(self, deal: str, title: str) -> None:
        """A manager's button in the deal's chat."""

    async def move_to(self, at: datetime) -> None:
        """Business time; a browser's buttons go past it by less than five minutes."""

    async def look(self, what: str) -> None:
        """For whoever wants to see it."""


class ByHttp:
    """The calls that both pages make."""

    def __init__(self, town: Town, own: dict[str, str]) -> None:
        self.town, self._own, self._lines = town, own, list[dict[str, Any]]()

    async def say(self, text: str) -> None:
        answer = await self.town.http.post(
            f"{self.town.gateway_urls[0]}/chat/messages",
            json={"session": self._own["session"], "id": secrets.token_hex(8), "text": text},
            headers={"X-Chat-Token": self._own["token"]},
        )
        assert 202 == answer.status_code, answer.text

    async def read(self) -> None:
        """The page's stream of events, for as long as it runs."""
        url = f"{self.town.gateway_urls[0]}/chat/events?session={self._own['session']}"
        headers = {"X-Chat-Token": self._own["token"]}
        async with self.town.http.stream("GET", url, headers=headers, timeout=None) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    self._lines.append(orjson.loads(line.removeprefix("data: ")))

    async def heard(self) -> list[str]:
        return [plain(line["text"]) for line in self._lines if line["from"] != "customer"]

    async def visits(self) -> list[str]:
        diary = (await self._portal())["diary"]
        zone = ZoneInfo(diary["zone"])
        starts = [datetime.fromisoformat(one["starts"]).astimezone(zone) for one in diary["bookings"]]
        rows = zip(starts, diary["bookings"], strict=True)
        return [f"{at:%d.%m %H:%M} {one['name']} № {', '.join(one['deals'])}" for at, one in rows]

    async def notices(self) -> str:
        return "\n".join(row["text"] for row in (await self._portal())["notifications"])

    async def press(self, deal: str, title: str) -> None:
        chat = next(one for one in (await self._portal())["chats"] if one["title"].endswith(f"№ {deal}"))
        shown = {button["TEXT"]: button["COMMAND"] for row in chat["messages"] for button in row["keyboard"]}
        deed = {"user": chat["members"][-1], "chat": chat["id"], "do": "press", "command": shown[title]}
        await self.town.control("portal/chat", deed)

    async def move_to(self, at: datetime) -> None:
        await self.town.control("time", {"to": at.isoformat()})

    async def look(self, what: str) -> None:
        return

    async def _portal(self) -> Any:
        return (await self.town.control("view"))["portal"]


class InBrowser:
    """Both pages, side by side, seen and pressed as a person does."""

    def __init__(self, town: Town, chat: Tab, page: Tab, shots: Path | None) -> None:
        self.town, self._chat, self._page, self._shots, self._taken = town, chat, page, shots, 0

    async def say(self, text: str) -> None:
        await self._chat.type("#text", text)

    async def heard(self) -> list[str]:
        texts = "[...document.querySelectorAll('.line:not(.customer) > :nth-child(2)')].map((one) => one.innerText)"
        return [plain(text) for text in await self._chat.js(texts)]

    async def visits(self) -> list[str]:
        day = await self._page.js("document.querySelector('#day-days .on')?.innerText.slice(0, 5)")
        shown = await self._page.js("[...document.querySelectorAll('#day-rows .visit')].map((one) => one.innerText)")
        return [f"{day} {' '.join(text.split())}".replace("–", " – ") for text in shown]

    async def notices(self) -> str:
        return str(await self._page.js("document.querySelector('#notices').innerText"))

    async def press(self, deal: str, title: str) -> None:
        if not await self._page.js(f"document.querySelector('.card.open[data-deal=\"{deal}\"]') !== null"):
            await self._page.click(f"#day-rows [data-deal='{deal}']")
        commands = "[...document.querySelectorAll('#chat-talk [data-command]')]"
        await self._page.until(f"{commands}.some((one) => one.innerText === '{title}')")
        name = await self._page.js(f"{commands}.findLast((one) => one.innerText === '{title}').dataset.command")
        await self.look("asked")
        await self._page.click(f"#chat-talk [data-command='{name}']")

    async def move_to(self, at: datetime) -> None:
        now = await self._now()
        for step in STEPS:
            while now + step <= at or (step == STEPS[-1] and now < at):
                now = await self._step(step)

    async def look(self, what: str) -> None:
        if self._shots:
            self._taken += 1
            await asyncio.sleep(1.5)  # the page asks once a second
            for tab, name in ((self._chat, "chat"), (self._page, "page")):
                await tab.shot(self._shots / f"{self._taken:02}-{what}-{name}.png")

    async def _step(self, step: timedelta) -> datetime:
        """The time after the press of its button."""
        before = await self._now()
        await self._page.click(f"[data-step='{step.total_seconds():.0f}']")

        async def moved() -> datetime | None:
            now = await self._now()
            return now if now >= before + step else None

        now: datetime = await until(moved, 5, "the clock did not move")
        return now

    async def _now(self) -> datetime:
        return datetime.fromisoformat((await self.town.control("time"))["now"])


@asynccontextmanager
async def by_http(town: Town) -> AsyncIterator[Visitor]:
    own = (await town.http.post(f"{town.gateway_urls[0]}/chat/sessions", json={})).json()
    visitor = ByHttp(town, own)
    reading = asyncio.create_task(visitor.read())
    try:
        yield visitor
    finally:
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading


@asynccontextmanager
async def in_browser(town: Town, zone: str, shots: Path | None = None) -> AsyncIterator[Visitor]:
    """Skips where there is no browser. `shots`: a folder for what it looked like."""
    async with (
        chromium() as browser,
        browser.tab(f"{town.gateway_urls[0]}/chat", zone=zone, width=900) as chat,
        browser.tab(town.sandbox_url, zone=zone) as page,
    ):
        yield InBrowser(town, chat, page, shots)
