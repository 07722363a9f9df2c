"""A whole town on one machine: embedded Redis, sandbox, gateways, workers, each a real process that may be killed.

The demo lives in one, so do the end-to-end tests and the benches.
"""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from app.flow.events import BOOKINGS, DIRTY
from app.store.embedded import Embedded, die_with_the_launcher

ROOT = Path(__file__).parents[2]
START_SECONDS = 40.0
STOP_SECONDS = 12.0  # a process finishes its work within 10


class TownError(Exception):
    """A process of the town did not come up; the text ends with the last lines of every log."""


class Town:
    """
    profile      the business's file
    portal       False: no Bitrix24 is configured
    application  the portal is entered as a local application, which is installed once the gateway stands
    model        True: the sandbox's model is configured
    sms          True: reminders may go by SMS
    zone         the portal's
    directory    where Redis, logs and the profile's copy lie; a temporary one by default
    """

    def __init__(
        self,
        *,
        profile: Path = ROOT / "profiles" / "salon.yaml",
        gateways: int = 1,
        workers: int = 1,
        port: int = 0,
        portal: bool = True,
        application: bool = False,
        model: bool = False,
        sms: bool = False,
        zone: str = "Europe/Moscow",
        directory: Path | None = None,
        appendfsync: str = "always",
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="otklik-") if directory is None else None
        self.directory = directory or Path(self._temporary.name if self._temporary else ".")
        self._redis = Embedded(self.directory / "redis", appendfsync=appendfsync)
        self._counts, self._port, self._portal, self._model = (gateways, workers), port, portal, model
        self._sms = sms
        self._application, self._zone = application, zone
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, list[str]] = {}
        self.redis_url = self.sandbox_url = self.portal_url = ""
        self.gateway_urls: list[str] = []
        self.http = httpx.AsyncClient(timeout=30, trust_env=False)
        self.env = _environment(profile, sms=sms) | dict(extra or {})

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def _start(self) -> None:
        self.redis_url = self._redis.start()
        self.env["REDIS_URL"] = self.redis_url
        gateway = self._port or free_port()
        self.gateway_urls = [f"http://127.0.0.1:{gateway}"]
        self.gateway_urls += [f"http://127.0.0.1:{free_port()}" for _ in range(self._counts[0] - 1)]
        self.env["PUBLIC_URL"] = self.gateway_urls[0]
        await self.start_sandbox()
        self.env["WIDGET_ORIGINS"] = self.sandbox_url
        for number, url in enumerate(self.gateway_urls):
            self._commands[f"gateway{number}"] = ["app.cli", "serve", "--port", url.rsplit(":", 1)[1]]
        for number in range(self._counts[1]):
            self._commands[f"worker{number}"] = ["workers"]
        for name in self._commands:
            self.start(name)
        await asyncio.gather(*(self.ready(url) for url in self.gateway_urls))
        if self._application:
            await self._install()

    async def _install(self) -> None:
        """An admin of the portal makes our application; its connector stands when the portal knows it."""
        body = {
            "client_id": self.env["BITRIX_CLIENT_ID"],
            "client_secret": self.env["BITRIX_CLIENT_SECRET"],
            "install_url": f"{self.gateway_urls[0]}/bitrix/install",
        }
        await self.control("portal/application", body)
        until = time.monotonic() + START_SECONDS
        while not (await self.control("portal/state"))["connectors"]:
            if time.monotonic() > until:
                raise TownError(f"the application was not installed\n{self.log('gateway0')[-2000:]}")
            await asyncio.sleep(0.05)

    async def _stop(self) -> None:
        await self.http.aclose()
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            try:
                await asyncio.to_thread(process.wait, STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._redis.stop()
        if self._temporary:
            self._temporary.cleanup()

    async def start_sandbox(self) -> None:
        """On a free port; the product's addresses of every vendor lead to it."""
        port = free_port()
        self.sandbox_url = f"http://127.0.0.1:{port}"
        self.env |= {
            "TELEGRAM_API_URL": f"{self.sandbox_url}/telegram",
            "GRAPH_API_URL": f"{self.sandbox_url}/graph",
            "SANDBOX_URL": self.sandbox_url,
        }
        if self._portal:
            self.portal_url = f"{self.sandbox_url}/rest/1/sandbox/"
            self.env |= self._way_in(port)
        if self._sms:
            self.env["SMS_BASE_URL"] = f"{self.sandbox_url}/sms_ru"
        if self._model:
            self.env |= {"OPENAI_API_KEY": "sandbox", "OPENAI_BASE_URL": f"{self.sandbox_url}/openai/v1"}
        words = ["--port", str(port), "--gateway", self.gateway_urls[0], "--redis", self.redis_url]
        self._commands_of_sandbox = ["sandbox", *words, "--timezone", self._zone]
        self._spawn("sandbox", self._commands_of_sandbox)
        await self._until(f"{self.sandbox_url}/_sandbox/time", "sandbox")
        if self._portal and not self._application:
            hook = {
                "url": f"{self.gateway_urls[0]}/bitrix/events",
                "token": self.env["BITRIX_APPLICATION_TOKEN"],
                "events": [*sorted(DIRTY), *BOOKINGS],
            }
            await self.control("portal/webhooks", hook)

    def _way_in(self, port: int) -> dict[str, str]:
        if not self._application:
            return {"BITRIX_WEBHOOK_URL": self.portal_url}
        return {
            "BITRIX_DOMAIN": f"127.0.0.1:{port}",
            "BITRIX_CLIENT_ID": "local.otklik",
            "BITRIX_CLIENT_SECRET": secrets.token_hex(16),
            "BITRIX_OAUTH_URL": self.sandbox_url,
        }

    async def set_up(self) -> None:
        """`otklik setup --yes`, as an integrator runs it."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "app.cli", "setup", "--yes"),
            env=self.env,
            cwd=self.directory,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await process.communicate()
        if process.returncode:
            raise TownError(f"otklik setup failed:\n{told.decode(errors='replace')}")

    def start(self, name: str) -> None:
        """(Re)start a gateway, a worker or `redis`; one that was told to end is waited for."""
        if name == "redis":
            self._redis.start()
            return
        if name in self.processes:
            self.processes[name].wait(STOP_SECONDS)
        self._spawn(name, self._commands[name])

    def kill(self, name: str, sign: signal.Signals = signal.SIGKILL) -> None:
        if name == "redis":
            os.kill(int((self.directory / "redis" / "valkey.pid").read_text()), sign)
            return
        process = self.processes[name]
        if process.poll() is None:
            process.send_signal(sign)

    def log(self, name: str) -> str:
        path = self.directory / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    async def ready(self, url: str) -> None:
        await self._until(f"{url}/health/ready", f"gateway{self.gateway_urls.index(url)}")

    async def control(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """A control of the sandbox: POST with a body, GET without."""
        url = f"{self.sandbox_url}/_sandbox/{path}"
        answer = await (self.http.get(url) if body is None else self.http.post(url, json=body))
        answer.raise_for_status()
        return answer.json()

    async def say(self, channel: str, customer: str, text: str, **more: Any) -> Any:
        return await self.control("customers/say", {"channel": channel, "customer": customer, "text": text, **more})

    def _spawn(self, name: str, module: list[str]) -> None:
        with (self.directory / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(  # noqa: S603  our own modules
                [sys.executable, "-m", *module],
                env=self.env,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                preexec_fn=die_with_the_launcher(),
            )

    async def _until(self, url: str, name: str) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if any(process.poll() is not None for process in self.processes.values()):
                break
            try:
                if (await self.http.get(url)).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
        logs = "".join(f"\n{each}: {self.log(each)[-2000:]}" for each in self.processes)
        raise TownError(f"{name} did not come up{logs}")


def _environment(profile: Path, *, sms: bool) -> dict[str, str]:
    """Of every process of a town: secrets drawn anew, each door open that the sandbox answers behind."""
    return {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")},
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(ROOT),
        "PROFILE": str(profile.absolute()),
        "SANDBOX": "1",
        "LOG_LEVEL": "warning",
        "SECRET_KEY": secrets.token_hex(32),
        "DASHBOARD_TOKEN": secrets.token_hex(8),
        "TELEGRAM_BOT_TOKEN": f"7000000001:{secrets.token_hex(16)}",
        "TELEGRAM_WEBHOOK_SECRET": secrets.token_hex(16),
        "WHATSAPP_ACCESS_TOKEN": secrets.token_hex(16),
        "WHATSAPP_PHONE_NUMBER_ID": "106540000000001",
        "WHATSAPP_APP_SECRET": secrets.token_hex(16),
        "WHATSAPP_VERIFY_TOKEN": secrets.token_hex(8),
        "INSTAGRAM_ACCESS_TOKEN": secrets.token_hex(16),
        "INSTAGRAM_ACCOUNT_ID": "17841400000000001",
        "INSTAGRAM_APP_SECRET": secrets.token_hex(16),
        "INSTAGRAM_VERIFY_TOKEN": secrets.token_hex(8),
        "SITE_WEBHOOK_SECRET": secrets.token_hex(16),
        "BITRIX_APPLICATION_TOKEN": secrets.token_hex(16),
        **({"SMS_RU_API_ID": secrets.token_hex(16)} if sms else {}),
    }


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
