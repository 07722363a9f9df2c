"""The sandbox's Telegram is held to Telegram by a client that nobody here wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.peers.conftest import RunPeer
from tests.sandbox.process import BOT_TOKEN, Sandbox, gateway_on_any_port, sandbox_process

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def vendor() -> Any:
    with gateway_on_any_port() as gateway, sandbox_process("--gateway", gateway.url) as url:
        yield url, gateway


def test_aiogram_sends_and_is_refused_as_by_telegram(vendor: Any, run_peer: RunPeer) -> None:
    url, _ = vendor
    seen = run_peer("aiogram_telegram.py", f"{url}/telegram", BOT_TOKEN, url)
    assert seen["me"] == "romashka_demo_bot"
    assert seen["webhook"] == {"url": "https://shop.example/hook", "updates": ["message", "callback_query"]}
    assert (seen["webhook_set"], seen["webhook_deleted"], seen["typing"]) == (True, True, True)
    assert (seen["sent"]["text"], seen["sent"]["data"]) == ("Придёте?", "rem:1:yes")
    assert (seen["reply_keyboard"], seen["edited"]) == ("Ваш номер?", "Ждём вас")
    assert seen["unknown_chat"]["class"] == "TelegramBadRequest"
    assert "chat not found" in seen["unknown_chat"]["message"]
    assert (seen["too_many"]["class"], seen["too_many"]["after"]) == ("TelegramRetryAfter", 7)
    assert seen["blocked"]["class"] == "TelegramForbiddenError"
    assert seen["wrong_token"]["class"] == "TelegramUnauthorizedError"


def test_aiogram_reads_every_update_of_the_sandbox(vendor: Any, run_peer: RunPeer, tmp_path: Path) -> None:
    url, gateway = vendor
    with httpx.Client(trust_env=False) as client:
        sandbox = Sandbox(url, client)
        sandbox.control("reset", {})
        gateway.brought.clear()
        chat = sandbox.say("telegram", "c1", "Привет", name="Марина")["chat"]
        sandbox.telegram("sendMessage", chat_id=chat, text="Придёте?", reply_markup=json.dumps(
            {"inline_keyboard": [[{"text": "Да", "callback_data": "rem:1:yes"}]]}
        ))  # fmt: skip
        sandbox.say("telegram", "c1", "Да", payload="rem:1:yes")
        sandbox.say("telegram", "c1", phone="+79990001122")
        sandbox.control("customers/block", {"channel": "telegram", "customer": "c1"})
        sandbox.say("telegram", "c2", "Анна, добрый день", name="Олег", business=True)
        sandbox.control("customers/echo", {"channel": "telegram", "customer": "c2", "text": "Жду вас"})
    updates = tmp_path / "updates.json"
    updates.write_text(json.dumps([json.loads(brought.body) for brought in gateway.brought]))
    assert run_peer("aiogram_updates.py", str(updates)) == [
        {"type": "message", "content": "Привет"},
        {"type": "callback_query", "content": "rem:1:yes"},
        {"type": "message", "content": "+79990001122"},
        {"type": "my_chat_member", "content": None},
        {"type": "business_connection", "content": None},
        {"type": "business_message", "content": "Анна, добрый день"},
        {"type": "business_message", "content": "Жду вас"},
    ]
