"""Every vendor over real HTTP in this process, and settings and a portal that point at them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from app.crm import Crm, open_crm
from app.domain.business import Business
from app.observe.metrics import Meter
from app.portal import access_of
from app.profiles import load
from app.settings import Settings
from bitrix import Command
from bitrix.pace import Bucket, LocalPace
from sandbox.app import Sandbox
from sandbox.secrets import read_secrets

ROOT = Path(__file__).parents[2]
PROFILE = ROOT / "profiles" / "salon.yaml"
SALON = load(PROFILE)
BOT_TOKEN = "7000000001:demo-telegram-token"
TELEGRAM = {"TELEGRAM_BOT_TOKEN": BOT_TOKEN, "TELEGRAM_WEBHOOK_SECRET": "demo-telegram-secret"}
WHATSAPP = {
    "WHATSAPP_ACCESS_TOKEN": "demo-whatsapp-token",
    "WHATSAPP_PHONE_NUMBER_ID": "106540000000001",
    "WHATSAPP_APP_SECRET": "demo-whatsapp-app-secret",
    "WHATSAPP_VERIFY_TOKEN": "demo-verify-token",
    "WHATSAPP_TEMPLATE": "otklik_message:ru",
}
INSTAGRAM = {
    "INSTAGRAM_ACCESS_TOKEN": "demo-instagram-token",
    "INSTAGRAM_ACCOUNT_ID": "17841400000000001",
    "INSTAGRAM_APP_SECRET": "demo-instagram-app-secret",
    "INSTAGRAM_VERIFY_TOKEN": "demo-verify-token",
}
SMS = {"SMS_RU_API_ID": "demo-sms-ru-key"}
MODEL = {"OPENAI_API_KEY": "demo-model-key", "OPENAI_MODEL": "sandbox-small"}


@asynccontextmanager
async def served(app: ASGIApp, **options: Any) -> AsyncIterator[int]:
    """The port of a real server. `options` are uvicorn's."""
    sock = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", **options))
    serving = asyncio.create_task(server.serve([sock]))
    try:
        yield sock.getsockname()[1]
    finally:
        server.should_exit = True
        await serving
        sock.close()


@dataclass(slots=True)
class House:
    """`url` is the sandbox's; settings have the portal's webhook unless told otherwise."""

    sandbox: Sandbox
    url: str
    folder: Path
    crms: list[Crm] = field(default_factory=list)

    def settings(self, variables: Mapping[str, str] | None = None) -> Settings:
        own = {
            "PROFILE": str(PROFILE),
            "PUBLIC_URL": "https://gate.example.com",
            "BITRIX_WEBHOOK_URL": f"{self.url}/rest/1/sandbox/",
            "TELEGRAM_API_URL": f"{self.url}/telegram",
            "GRAPH_API_URL": f"{self.url}/graph",
            "SMS_BASE_URL": f"{self.url}/sms_ru",
            "OPENAI_BASE_URL": f"{self.url}/openai/v1",
        }
        file = self.folder / ".env"
        file.write_text("".join(f"{name}={value}\n" for name, value in (own | dict(variables or {})).items()))
        return Settings.load(file)

    def crm(self, business: Business | None = None, settings: Settings | None = None) -> Crm:
        settings, pace = settings or self.settings(), LocalPace(Bucket(drain_per_second=300))
        crm = open_crm(settings, business or SALON, access_of(settings, None), pace, Meter())
        assert crm is not None
        self.crms.append(crm)
        return crm

    async def portal(self, method: str, **params: Any) -> Any:
        """A call of somebody else's to the portal."""
        return await self.call(Command(method=method, params=params))

    async def call(self, command: Command) -> Any:
        crm = self.crms[0] if self.crms else self.crm()
        return (await crm.client.call(command)).value


@asynccontextmanager
async def opened_house(folder: Path) -> AsyncIterator[House]:
    sandbox = Sandbox(gateway="http://127.0.0.1:9", secrets=read_secrets({}), timezone="Europe/Moscow")
    sandbox.portal.limits.bucket = None
    async with served(sandbox.app) as port:
        house = House(sandbox, f"http://127.0.0.1:{port}", folder)
        try:
            yield house
        finally:
            for crm in house.crms:
                await crm.aclose()
