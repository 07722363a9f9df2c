"""The owner's page: closed without its token, words of nobody in it, the same figures as the command."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from app.store.birth import open_store
from app.store.link import Link
from app.store.mailbox import Mailbox
from tests.domain.story import said
from tests.web.test_chat import gateway
from tests.web.test_explain import BEARER, TOKEN


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    link = Link(redis_url)
    await open_store(link)
    mailbox = Mailbox(link)
    await mailbox.accept(said("<b>Маникюр</b>", at=(await mailbox.read("te-none")).now - timedelta(seconds=1)).message)
    await link.close()
    monkeypatch.setenv("PROFILE", "profiles/salon.yaml")
    monkeypatch.setenv("DASHBOARD_TOKEN", TOKEN)
    async with gateway(redis_url) as client:
        yield client


async def test_it_asks_who_you_are(client: httpx.AsyncClient) -> None:
    assert 401 == (await client.get("/dashboard")).status_code
    assert 401 == (await client.get("/dashboard", headers={"Authorization": "Bearer wrong"})).status_code


async def test_it_shows_day_week_and_month_and_nothing_that_a_customer_wrote(client: httpx.AsyncClient) -> None:
    answer = await client.get("/dashboard", headers=BEARER)
    assert 200 == answer.status_code
    for word in ("День", "Неделя", "Месяц", "Ответили вовремя", "Telegram"):
        assert word in answer.text
    assert "Маникюр" not in answer.text
    assert "no-store" == answer.headers["cache-control"]


async def test_the_routes_are_shown_to_whoever_may_look(client: httpx.AsyncClient) -> None:
    for path in ("/docs", "/openapi.json"):
        assert 401 == (await client.get(path)).status_code
    assert 200 == (await client.get("/docs", headers=BEARER)).status_code
    assert "/sla/{conversation}/explain" in (await client.get("/openapi.json", headers=BEARER)).json()["paths"]
