"""`otklik setup` and `otklik check` for a local application: before, half-way, complete, and what breaks it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import httpx
import pytest

from app.crm import Crm, open_crm
from app.flow import setup
from app.flow.check import Finding, check
from app.flow.rebuild import end_blindness, until_born
from app.flow.setup import Plan
from app.flow.setup.portal import State
from app.observe.metrics import Meter
from app.portal import Installation, Installed, access_of
from app.runtime import opened
from app.settings import Settings
from app.store import birth, keys
from app.store.lines import Lines
from app.store.link import Link
from app.store.vault import Vault
from bitrix import Tokens
from bitrix.pace import Bucket, LocalPace
from sandbox.portal.access import SCOPES
from tests.flow.ops_house import SALON, House, opened_house

KEY = "s" * 32
CHANNELS = ("telegram",)


class Application:
    """A house whose portal is entered as an application; installed when told so."""

    def __init__(self, house: House, link: Link, redis_url: str) -> None:
        self.house, self.link, self.redis_url = house, link, redis_url
        self.installed = Installed(Vault(link, KEY))
        self.lines = Lines(link)

    def settings(self, **changed: str) -> Settings:
        variables = {
            "BITRIX_WEBHOOK_URL": "",
            "BITRIX_DOMAIN": self.house.url.removeprefix("http://"),
            "BITRIX_CLIENT_ID": "local.otklik",
            "BITRIX_CLIENT_SECRET": "application-secret",
            "BITRIX_OAUTH_URL": self.house.url,
            "SECRET_KEY": KEY,
        }
        return self.house.settings(variables | changed)

    def crm(self) -> Crm:
        access, pace = access_of(self.settings(), self.installed), LocalPace(Bucket(drain_per_second=300))
        crm = open_crm(self.settings(), SALON, access, pace, Meter())
        assert crm is not None
        self.house.crms.append(crm)
        return crm

    async def install(self, *, scopes: frozenset[str] = SCOPES) -> None:
        body = {"client_id": "local.otklik", "client_secret": "application-secret", "scopes": sorted(scopes)}
        async with httpx.AsyncClient() as client:
            given = (await client.post(f"{self.house.url}/_sandbox/portal/oauth", json=body)).json()
        await self.installed.install(Installation(tokens=Tokens.read(given), application_token="t"))

    async def plan(self) -> Plan:
        return await setup.plan(self.crm(), SALON, self.settings(), CHANNELS, self.installed)

    async def found(self, **changed: str) -> list[Finding]:
        findings = await check(self.settings(**changed), self.redis_url)
        return [finding for finding in findings if finding.part == "portal"]


@pytest.fixture
async def application(tmp_path: Path, redis_url: str) -> AsyncIterator[Application]:
    link = Link(redis_url)
    await birth.open_store(link)
    async with opened_house(tmp_path) as house:
        yield Application(house, link, redis_url)
    await link.close()


async def test_application_that_is_not_installed_is_told_what_to_click(application: Application) -> None:
    plan = await application.plan()
    assert not plan.has_work
    assert "https://gate.example.com/bitrix/install" in "\n".join(setup.lines(plan))
    [finding] = await application.found()
    assert "не установлено" in finding.found
    assert "https://gate.example.com/bitrix/install" in finding.cure


async def test_door_opens_to_an_application_that_is_yet_to_be_installed(application: Application) -> None:
    await application.link.command("DEL", keys.BIRTH)
    async with opened(application.settings(), application.redis_url, prepare=False) as runtime:
        async with asyncio.timeout(10):
            await until_born(runtime)
        assert await application.link.command("EXISTS", keys.BLIND)  # until its cards can be read
        await end_blindness(runtime)
        assert await application.link.command("EXISTS", keys.BLIND)
        await application.install()
        await end_blindness(runtime)
        assert not await application.link.command("EXISTS", keys.BLIND)


async def test_installed_application_is_set_up_once_and_whole(application: Application) -> None:
    await application.install()
    plan = await application.plan()
    assert {"line", "event", "field"} <= {item.part for item in plan.of(State.MISSING)}
    made = await setup.apply(application.crm(), plan, application.lines)
    assert () == made.of(State.MISSING, State.WRONG)
    again = await application.plan()
    assert () == again.of(State.MISSING, State.WRONG)
    line = await application.lines.line()
    assert line is not None
    params = application.house.sandbox.portal.world.lines.lines[line.line]
    assert "none" == params["CRM_CREATE"]
    assert ["5", "7", "9"] == [str(row["ENTITY_ID"]) for row in params["QUEUE"]]
    told = [finding.found for finding in await application.found()]
    assert any("приложение работает" in text for text in told)
    assert any("открытая линия и события на месте" in text for text in told)


async def test_what_a_person_took_away_is_named_and_made_again(application: Application) -> None:
    await application.install()
    await setup.apply(application.crm(), await application.plan(), application.lines)
    world = application.house.sandbox.portal.world
    [number] = world.lines.lines
    world.lines.lines[number]["CRM_CREATE"] = "lead"  # second leads would follow
    world.lines.links.clear()
    world.events.hooks = [hook for hook in world.events.hooks if "ONIMCONNECTORMESSAGEADD" not in hook.events]
    missing = {item.name for item in (await application.plan()).of(State.MISSING)}
    assert {"Отклик", "otklik", "ONIMCONNECTORMESSAGEADD"} == missing
    named = "\n".join(finding.found for finding in await application.found())
    assert all(name in named for name in missing)
    await setup.apply(application.crm(), await application.plan(), application.lines)
    assert () == (await application.plan()).of(State.MISSING, State.WRONG)
    assert [number] == list(world.lines.lines)


@pytest.mark.parametrize(
    ("changed", "words", "cure"),
    [
        ({"BITRIX_CLIENT_SECRET": ""}, "не до конца: нет BITRIX_CLIENT_SECRET", "BITRIX_WEBHOOK_URL"),
        ({"SECRET_KEY": ""}, "нечем шифровать", "SECRET_KEY"),
        ({"SECRET_KEY": "o" * 32}, "другим SECRET_KEY", "верните прежний SECRET_KEY"),
    ],
)
async def test_what_keeps_the_application_out_is_named_with_its_cure(
    application: Application, changed: dict[str, str], words: str, cure: str
) -> None:
    await application.install()
    [finding] = await application.found(**changed)
    assert words in finding.found
    assert cure in finding.cure


async def test_lacking_rights_and_refused_tokens_are_named(application: Application) -> None:
    await application.install(scopes=SCOPES - {"imopenlines"})
    assert any("imopenlines" in finding.found for finding in await application.found())
    application.house.sandbox.portal.world.access.forget("local.otklik")
    assert any("не принимает токены" in finding.found for finding in await application.found())


async def test_no_token_is_readable_where_values_are_shown(application: Application) -> None:
    await application.install()
    installation = await application.installed.installation()
    assert installation is not None
    tokens = asdict(installation.tokens)
    assert tokens["access_token"] not in repr(installation)
    assert tokens["refresh_token"] not in repr(installation)
