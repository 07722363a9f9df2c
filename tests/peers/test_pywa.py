"""The sandbox's WhatsApp is held to Meta by a client that nobody here wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.peers.conftest import RunPeer
from tests.sandbox.process import (
    PHONE_NUMBER_ID,
    WHATSAPP_SECRET,
    WHATSAPP_TOKEN,
    Sandbox,
    gateway_on_any_port,
    sandbox_process,
)

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def vendor() -> Any:
    with gateway_on_any_port() as gateway, sandbox_process("--gateway", gateway.url) as url:
        yield url, gateway


def test_pywa_sends_and_is_refused_as_by_meta(vendor: Any, run_peer: RunPeer) -> None:
    url, _ = vendor
    seen = run_peer("pywa_graph.py", url, WHATSAPP_TOKEN, PHONE_NUMBER_ID)
    assert all(seen[kind].startswith("wamid.") for kind in ("text", "buttons", "template"))
    assert (seen["read"], seen["number"]) == (True, "Салон «Ромашка»")
    assert seen["too_many"] == {"class": "RateLimitHit", "code": 130429}
    assert seen["window"] == {"class": "ReEngagementMessage", "code": 131047}
    assert seen["wrong_token"] == {"class": "ExpiredAccessToken", "code": 190}


def test_pywa_reads_every_webhook_of_the_sandbox(vendor: Any, run_peer: RunPeer, tmp_path: Path) -> None:
    url, gateway = vendor
    with httpx.Client(trust_env=False) as client:
        sandbox = Sandbox(url, client)
        sandbox.control("reset", {})
        gateway.brought.clear()
        to = sandbox.say("whatsapp", "c1", "Цена/время?", name="Марина")["chat"]
        reply = {"type": "reply", "reply": {"id": "rem:1:yes", "title": "Да, приду"}}
        interactive = {"type": "button", "body": {"text": "Придёте?"}, "action": {"buttons": [reply]}}
        sandbox.whatsapp(
            {"to": to, "type": "interactive", "interactive": interactive, "biz_opaque_callback_data": "outbox:1"}
        )
        sandbox.say("whatsapp", "c1", "Да, приду", payload="rem:1:yes")
        gateway.wait(lambda one: b'"status":"read"' in one.body)
    webhooks = tmp_path / "webhooks.json"
    webhooks.write_text(
        json.dumps([{"body": b.body.decode(), "signature": b.headers["x-hub-signature-256"]} for b in gateway.brought])
    )
    seen = run_peer("pywa_updates.py", str(webhooks), PHONE_NUMBER_ID, WHATSAPP_SECRET)
    assert (seen["refused"], seen["forged"]) == (False, True)
    assert sorted(seen["read"]) == [
        ["button", "rem:1:yes", "Да, приду"],
        ["message", "Цена/время?", "Марина"],
        ["status", "delivered", "outbox:1"],
        ["status", "read", "outbox:1"],
        ["status", "sent", "outbox:1"],
    ]
