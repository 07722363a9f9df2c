"""What a browser is shown where there is nothing to see: words in its language; a program gets JSON."""

import base64
from collections.abc import AsyncIterator

import httpx
import pytest

from app.store.birth import open_store
from app.store.link import Link
from tests.web.test_chat import gateway
from tests.web.test_explain import TOKEN

RUSSIAN = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "ru-RU,ru;q=0.9"}
ENGLISH = RUSSIAN | {"Accept-Language": "en-GB"}
OWNER = {"Authorization": "Basic " + base64.b64encode(f"owner:{TOKEN}".encode()).decode()}


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    link = Link(redis_url)
    await open_store(link)
    await link.close()
    monkeypatch.setenv("PROFILE", "profiles/salon.yaml")
    monkeypatch.setenv("DASHBOARD_TOKEN", TOKEN)
    async with gateway(redis_url) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "words"),
    [
        ("GET", "/nothing-here", RUSSIAN, 404, "Такой страницы нет"),
        ("GET", "/nothing-here", ENGLISH, 404, "no such page"),
        ("GET", "/dashboard", RUSSIAN, 401, "Нужен пароль"),
        ("GET", "/sla/te-none/explain", RUSSIAN | OWNER, 404, "Такого диалога нет"),
        ("GET", "/bitrix/install", RUSSIAN, 405, "не человек"),
        ("POST", "/bitrix/install", RUSSIAN, 400, "открывает Битрикс24"),
        ("POST", "/bitrix/install?LANG=en", RUSSIAN, 400, "Bitrix24 opens this page"),
        ("POST", "/bitrix/placement", RUSSIAN, 400, "открывает Битрикс24"),
    ],
)
async def test_a_person_reads_what_is_wrong(
    client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], status: int, words: str
) -> None:
    answer = await client.request(method, path, headers=headers)
    assert (status, True) == (answer.status_code, answer.headers["content-type"].startswith("text/html"))
    assert words in answer.text


async def test_an_application_without_its_settings_says_which(client: httpx.AsyncClient) -> None:
    opened = {"AUTH_ID": "a", "REFRESH_ID": "r", "AUTH_EXPIRES": "3600", "member_id": "m"}
    answer = await client.post("/bitrix/install", data=opened)
    assert (404, True) == (answer.status_code, "BITRIX_CLIENT_ID" in answer.text)


async def test_a_browser_is_still_asked_for_the_password(client: httpx.AsyncClient) -> None:
    answer = await client.get("/dashboard", headers=RUSSIAN)
    assert answer.headers["www-authenticate"].startswith("Basic")


async def test_a_program_gets_json(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nothing-here")
    assert (404, {"detail": "Not Found"}) == (answer.status_code, answer.json())
    answer = await client.get("/sla/te-none/explain", headers=OWNER)
    assert "expected an id such as te-0f3a" in answer.json()["detail"]
