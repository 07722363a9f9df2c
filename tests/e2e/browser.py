"""A real Chromium, driven over its DevTools protocol as a person would use a page: look, type, click.

`chromium()` skips the test, and says why, where there is none.
"""

import asyncio
import base64
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"),
    *("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--remote-debugging-port=0", "--lang=ru-RU", "--accept-lang=ru-RU"),
)
START_SECONDS, LOOK_SECONDS = 30.0, 0.1


class Tab:
    """One page. `within`: seconds until what is waited for must be there."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._ids = socket, itertools.count(1)

    async def open(self, url: str) -> None:
        await self._call("Page.enable")
        await self._call("Page.navigate", url=url)
        await self.until("document.readyState === 'complete'", within=START_SECONDS)

    async def js(self, expression: str) -> Any:
        """What it is, as JSON; what a promise resolves to."""
        asked = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        told = await self._call("Runtime.evaluate", **asked)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    async def until(self, expression: str, *, within: float = 15.0) -> Any:
        """The first true value of the expression."""
        ends = time.monotonic() + within
        while not (found := await self.js(expression)):
            shown = await self.js("document.body?.innerText.slice(-1500)")
            assert time.monotonic() < ends, f"not within {within} s: {expression}\n{shown}"
            await asyncio.sleep(LOOK_SECONDS)
        return found

    async def click(self, selector: str, *, within: float = 15.0) -> None:
        """A real press of the mouse in its middle, once it is shown."""
        quoted = orjson.dumps(selector).decode()
        await self.until(f"document.querySelector({quoted})?.offsetParent !== undefined", within=within)
        await self.until(f"document.querySelector({quoted}) !== null", within=within)
        await self.js(f"document.querySelector({quoted}).scrollIntoView({{block: 'nearest'}})")
        box = await self.js(f"document.querySelector({quoted}).getBoundingClientRect().toJSON()")
        at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            await self._call("Input.dispatchMouseEvent", type=kind, **at)

    async def type(self, selector: str, text: str) -> None:
        """Typed into the field, and Enter."""
        await self.click(selector)
        await self._call("Input.insertText", text=text)
        for kind in ("keyDown", "keyUp"):
            enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
            await self._call("Input.dispatchKeyEvent", type=kind, **enter)

    async def shot(self, path: Path) -> None:
        """As it looks now."""
        told = await self._call("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(told["data"]))

    async def _call(self, method: str, **params: Any) -> Any:
        mine = next(self._ids)
        await self._socket.send(orjson.dumps({"id": mine, "method": method, "params": params}).decode())
        while True:
            told = orjson.loads(await self._socket.recv())
            if told.get("id") == mine:
                assert "error" not in told, f"{method}: {told['error']}"
                return told["result"]


class Browser:
    def __init__(self, port: int) -> None:
        self._port = port

    @asynccontextmanager
    async def tab(self, url: str, *, zone: str, width: int = 1400, height: int = 1000) -> AsyncIterator[Tab]:
        async with httpx.AsyncClient(trust_env=False) as http:
            made = (await http.put(f"http://127.0.0.1:{self._port}/json/new")).json()
        async with connect(made["webSocketDebuggerUrl"], max_size=None, proxy=None) as socket:
            tab = Tab(socket)
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            await tab._call("Emulation.setDeviceMetricsOverride", **size)
            await tab._call("Emulation.setTimezoneOverride", timezoneId=zone)
            await tab.open(url)
            yield tab


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser of its own, with nothing remembered. Skips where none is installed."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on the path")
    with tempfile.TemporaryDirectory(prefix="otklik-browser-", ignore_cleanup_errors=True) as home:
        told = Path(home) / "DevToolsActivePort"
        env = os.environ | {"HOME": home}
        quiet = asyncio.subprocess.DEVNULL
        flags = (*FLAGS, f"--user-data-dir={home}", "about:blank")
        process = await asyncio.create_subprocess_exec(
            program, *flags, env=env, stdout=quiet, stderr=quiet, start_new_session=True
        )
        try:
            ends = time.monotonic() + START_SECONDS
            while not (told.exists() and told.read_text().strip()):
                if process.returncode is not None or time.monotonic() > ends:
                    raise AssertionError(f"{program} did not come up")
                await asyncio.sleep(LOOK_SECONDS)
            yield Browser(int(told.read_text().split()[0]))
        finally:
            os.killpg(process.pid, 15)
            await process.wait()
