"""The page that explains a deadline: closed without its token; with it JSON and words, slices that add up."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from app.domain.turn import take_turn
from app.store.birth import open_store
from app.store.link import Link
from app.store.mailbox import Mailbox
from tests.domain.story import ROSTER, SALON, said, understood
from tests.web.test_chat import gateway

TOKEN = "0123456789abcdef0123456789abcdef"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def conversation(redis_url: str) -> AsyncIterator[str]:
    """One warm enquiry, its turn committed."""
    link = Link(redis_url)
    await open_store(link)
    mailbox = Mailbox(link)
    await mailbox.accept(said(at=(await mailbox.read("te-none")).now - timedelta(minutes=5)).message)
    (entry, words), *_ = await link.command("XRANGE", "otklik:answer", "-", "+")
    reading = await mailbox.read(words[1])
    turn = take_turn(None, reading.mails, understood(), SALON, roster=ROSTER, owner=reading.owner, now=reading.now)
    await mailbox.commit(reading, entry, turn, person_id="p-1")
    yield reading.id
    await link.close()


@pytest.fixture
async def client(
    monkeypatch: pytest.MonkeyPatch, redis_url: str, conversation: str
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setenv("PROFILE", "profiles/salon.yaml")
    monkeypatch.setenv("DASHBOARD_TOKEN", TOKEN)
    async with gateway(redis_url) as client:
        yield client


async def test_the_slices_add_up_to_the_target(client: httpx.AsyncClient, conversation: str) -> None:
    answer = (await client.get(f"/sla/{conversation}/explain", headers=BEARER)).json()
    clocks = {clock["target"]: clock for clock in answer["clocks"]}
    assert {"bot_reply", "first_response"} == set(clocks)
    for clock in clocks.values():
        assert clock["target_seconds"] == sum(piece["seconds"] for piece in clock["slices"])
        assert clock["due_at"] == clock["slices"][-1]["to"]
    assert "первый ответ человека (Тёплый): идёт" in answer["text"]


async def test_a_browser_gets_words_and_is_asked_for_the_token_as_a_password(
    client: httpx.AsyncClient, conversation: str
) -> None:
    page, browser = f"/sla/{conversation}/explain", {"Accept": "text/html"}
    refused = await client.get(page, headers=browser)
    assert (401, True) == (refused.status_code, refused.headers["www-authenticate"].startswith("Basic"))
    secret = base64.b64encode(f"owner:{TOKEN}".encode()).decode()
    told = await client.get(page, headers=browser | {"Authorization": f"Basic {secret}"})
    assert told.headers["content-type"].startswith("text/plain")
    assert "  цель      3600 с" in told.text.splitlines()


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic %%%", "Basic b3duZXI6d3Jvbmc=", "Bearer"])
async def test_nobody_looks_without_the_token(client: httpx.AsyncClient, conversation: str, header: str) -> None:
    assert 401 == (await client.get(f"/sla/{conversation}/explain", headers={"Authorization": header})).status_code


async def test_an_unknown_conversation_is_404(client: httpx.AsyncClient) -> None:
    assert 404 == (await client.get("/sla/te-none/explain", headers=BEARER)).status_code


async def test_without_a_token_set_the_page_is_closed(
    monkeypatch: pytest.MonkeyPatch, redis_url: str, conversation: str
) -> None:
    monkeypatch.setenv("PROFILE", "profiles/salon.yaml")
    async with gateway(redis_url) as client:
        assert 403 == (await client.get(f"/sla/{conversation}/explain", headers=BEARER)).status_code
