"""Graph refuses what Meta refuses and tells back what Meta tells back (channels.md sections 3 and 4)."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.process import INSTAGRAM_SECRET, PHONE_NUMBER_ID, WHATSAPP_SECRET, Brought, Gateway, Sandbox

ACCOUNT = "17841400000000001"
DAY = 86_400
PAYLOADS = Path(__file__).parents[1] / "data" / "payloads"


@pytest.fixture
def wa_id(sandbox: Sandbox) -> str:
    return str(sandbox.say("whatsapp", "c17", "Здравствуйте", name="Марина")["chat"])


@pytest.fixture
def igsid(sandbox: Sandbox) -> str:
    return str(sandbox.say("instagram", "c17", "Здравствуйте", name="Марина")["chat"])


def error(answer: httpx.Response) -> tuple[int, int, int | None]:
    body = answer.json()["error"]
    assert body["type"] == "OAuthException"
    return answer.status_code, body["code"], body.get("error_subcode")


def text(to: str, words: str = "Добрый день", **more: object) -> dict[str, object]:
    return {"to": to, "type": "text", "text": {"body": words}, **more}


def buttons(to: str, titles: list[str]) -> dict[str, object]:
    replies = [{"type": "reply", "reply": {"id": f"b{n}", "title": title}} for n, title in enumerate(titles)]
    interactive = {"type": "button", "body": {"text": "Когда?"}, "action": {"buttons": replies}}
    return {"to": to, "type": "interactive", "interactive": interactive}


def whatsapp_value(brought: Brought) -> Any:
    return json.loads(brought.body)["entry"][0]["changes"][0]["value"]


def messaging(brought: Brought) -> Any:
    return json.loads(brought.body)["entry"][0]["messaging"][0]


def status_of(brought: Brought) -> str | None:
    statuses = whatsapp_value(brought).get("statuses", [{}]) if brought.path == "/webhooks/whatsapp" else [{}]
    found: str | None = statuses[0].get("status")
    return found


@pytest.mark.parametrize(("channel", "secret"), [("whatsapp", WHATSAPP_SECRET), ("instagram", INSTAGRAM_SECRET)])
def test_signature_is_over_the_escaped_bytes(sandbox: Sandbox, gateway: Gateway, channel: str, secret: str) -> None:
    sandbox.say(channel, "c17", "Цена/время?")
    brought = gateway.brought[0]
    assert brought.body.isascii()
    assert rb"\/" in brought.body
    expected = "sha256=" + hmac.new(secret.encode(), brought.body, hashlib.sha256).hexdigest()
    assert expected == brought.headers["x-hub-signature-256"]


def test_whatsapp_customer_arrives_as_meta_writes_it(sandbox: Sandbox, gateway: Gateway) -> None:
    said = sandbox.say("whatsapp", "c17", "Здравствуйте", name="Марина", phone="+7 999 000-11-22")
    value = whatsapp_value(gateway.brought[0])
    assert said["chat"] == "79990001122"
    assert value["metadata"]["phone_number_id"] == PHONE_NUMBER_ID
    assert value["contacts"][0]["profile"] == {"name": "Марина"}
    assert value["contacts"][0]["user_id"] == value["messages"][0]["from_user_id"]
    message = value["messages"][0]
    assert (message["from"], message["text"]) == ("79990001122", {"body": "Здравствуйте"})
    assert message["timestamp"].isdigit()


def test_statuses_come_back_with_our_mark(sandbox: Sandbox, gateway: Gateway, wa_id: str) -> None:
    sent = sandbox.whatsapp(text(wa_id, biz_opaque_callback_data="outbox:9001")).json()
    brought = [gateway.wait(lambda one, s=name: status_of(one) == s) for name in ("sent", "delivered", "read")]
    for one in brought:
        status = whatsapp_value(one)["statuses"][0]
        assert (status["id"], status["biz_opaque_callback_data"]) == (sent["messages"][0]["id"], "outbox:9001")
    assert ["pricing" in whatsapp_value(one)["statuses"][0] for one in brought] == [True, True, False]
    assert sandbox.phone("whatsapp", "c17")["lines"][-1]["status"] == "read"


def test_blocked_customer_gets_nothing_and_nobody_says_so(sandbox: Sandbox, gateway: Gateway, wa_id: str) -> None:
    sandbox.control("customers/block", {"channel": "whatsapp", "customer": "c17"})
    assert sandbox.whatsapp(text(wa_id)).status_code == 200
    gateway.wait(lambda one: status_of(one) == "sent")
    with pytest.raises(AssertionError):
        gateway.wait(lambda one: status_of(one) == "delivered", seconds=0.8)


def test_window_of_whatsapp_closes_after_a_day_for_all_but_templates(sandbox: Sandbox, wa_id: str) -> None:
    sandbox.control("time", {"advance_seconds": DAY - 60})
    assert sandbox.whatsapp(text(wa_id)).status_code == 200
    sandbox.control("time", {"advance_seconds": 60})
    assert error(sandbox.whatsapp(text(wa_id))) == (400, 131047, None)
    template = {"name": "reminder", "language": {"code": "ru"}}
    assert sandbox.whatsapp({"to": wa_id, "type": "template", "template": template}).status_code == 200
    sandbox.say("whatsapp", "c17", "Я тут")
    assert sandbox.whatsapp(text(wa_id)).status_code == 200


def test_closed_window_may_be_told_by_status(sandbox: Sandbox, gateway: Gateway, wa_id: str) -> None:
    sandbox.control("rules", {"refuse_by_status": True})
    sandbox.control("time", {"advance_seconds": DAY})
    assert sandbox.whatsapp(text(wa_id)).status_code == 200
    value = whatsapp_value(gateway.wait(lambda one: status_of(one) == "failed"))
    assert value["statuses"][0]["errors"][0]["code"] == 131047
    assert "contacts" not in value


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (text("", "а"), 100),
        (text("79990001122", ""), 100),
        (text("79990001122", "я" * 4097), 100),
        (buttons("79990001122", ["1", "2", "3", "4"]), 131009),
        (buttons("79990001122", ["я" * 21]), 131009),
        (buttons("79990001122", ["да", "да"]), 131009),
        ({"to": "79990001122", "type": "hologram"}, 100),
        ({"to": "79990001122", "type": "template", "template": {"name": "reminder"}}, 100),
        (text("79995554433"), 131047),
        ({"status": "read", "message_id": "wamid.unknown"}, 100),
    ],
    ids=["no one", "empty", "long", "4 buttons", "long title", "twins", "type", "language", "never wrote", "read what"],
)
def test_bad_whatsapp_message_is_refused(sandbox: Sandbox, body: dict[str, object], code: int) -> None:
    sandbox.say("whatsapp", "c17", "Здравствуйте", phone="79990001122")
    assert error(sandbox.whatsapp(body)) == (400, code, None)
    assert sandbox.control("sent")["count"] == 0


def test_unapproved_template_does_not_exist(sandbox: Sandbox, wa_id: str) -> None:
    sandbox.control("rules", {"templates": ["reminder"]})
    template = {"name": "advert", "language": {"code": "ru"}}
    assert error(sandbox.whatsapp({"to": wa_id, "type": "template", "template": template})) == (404, 132001, None)


def test_whatsapp_button_comes_back_as_its_reply(sandbox: Sandbox, gateway: Gateway, wa_id: str) -> None:
    sent = sandbox.whatsapp(buttons(wa_id, ["Да, приду"])).json()
    sandbox.say("whatsapp", "c17", "Да, приду", payload="b0")
    message = whatsapp_value(gateway.wait(lambda one: b"button_reply" in one.body))["messages"][0]
    assert message["interactive"]["button_reply"] == {"id": "b0", "title": "Да, приду"}
    assert message["context"]["id"] == sent["messages"][0]["id"]


def test_read_mark_and_typing_reach_the_phone(sandbox: Sandbox) -> None:
    said = sandbox.say("whatsapp", "c17", "Здравствуйте")
    read = {"status": "read", "message_id": said["message_id"], "typing_indicator": {"type": "text"}}
    assert sandbox.whatsapp(read).json() == {"success": True}
    phone = sandbox.phone("whatsapp", "c17")
    assert phone["lines"][0]["status"] == "read"
    assert phone["typing_at"] is not None


def test_46th_message_at_once_to_one_user_is_too_many(sandbox: Sandbox, wa_id: str) -> None:
    sandbox.control("rules", {"rate_limits": True, "receipts": False})
    assert {sandbox.whatsapp(text(wa_id)).status_code for _ in range(45)} == {200}
    assert error(sandbox.whatsapp(text(wa_id))) == (400, 131056, None)


def test_instagram_send_comes_back_as_an_echo_and_a_read(sandbox: Sandbox, gateway: Gateway, igsid: str) -> None:
    sent = sandbox.instagram({"recipient": {"id": igsid}, "message": {"text": "Добрый день"}}).json()
    echo = messaging(gateway.wait(lambda one: b"is_echo" in one.body))
    assert (echo["sender"]["id"], echo["recipient"]["id"]) == (ACCOUNT, igsid)
    assert echo["message"] == {"mid": sent["message_id"], "text": "Добрый день", "is_echo": True}
    read = messaging(gateway.wait(lambda one: b'"read"' in one.body))
    assert read["read"] == {"mid": sent["message_id"]}


def test_window_of_instagram_closes_after_a_day_for_all_but_people(sandbox: Sandbox, igsid: str) -> None:
    words = {"recipient": {"id": igsid}, "message": {"text": "Добрый день"}}
    by_person = {**words, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    sandbox.control("time", {"advance_seconds": DAY})
    assert error(sandbox.instagram(words)) == (400, 10, 2534022)
    assert sandbox.instagram(by_person).status_code == 200
    sandbox.control("time", {"advance_seconds": 6 * DAY})
    assert error(sandbox.instagram(by_person)) == (400, 10, 2534022)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"text": "я" * 501}, (400, 100, None)),
        ({"text": " "}, (400, 100, None)),
        (
            {"text": "а", "quick_replies": [{"content_type": "text", "title": "я" * 21, "payload": "p"}]},
            (400, 100, None),
        ),
        (
            {"text": "а", "quick_replies": [{"content_type": "text", "title": "я", "payload": "p"}] * 14},
            (400, 100, None),
        ),
    ],
    ids=["1002 bytes", "empty", "long title", "14 replies"],
)
def test_bad_instagram_message_is_refused(
    sandbox: Sandbox, igsid: str, message: dict[str, object], expected: tuple[int, int, int | None]
) -> None:
    assert error(sandbox.instagram({"recipient": {"id": igsid}, "message": message})) == expected
    assert sandbox.instagram({"recipient": {"id": igsid}, "message": {"text": "я" * 500}}).status_code == 200


def test_stranger_on_instagram_cannot_be_written(sandbox: Sandbox) -> None:
    body = {"recipient": {"id": "999"}, "message": {"text": "а"}}
    assert error(sandbox.instagram(body)) == (400, 10, 2534014)
    sandbox.control("rules", {"strangers": True})
    assert sandbox.instagram(body).status_code == 200


@pytest.mark.parametrize("channel", ["whatsapp", "instagram"])
def test_owners_own_app_is_an_echo(sandbox: Sandbox, gateway: Gateway, channel: str) -> None:
    said = sandbox.say(channel, "c17", "Здравствуйте")
    sandbox.control("customers/echo", {"channel": channel, "customer": "c17", "text": "Это Анна"})
    brought = gateway.brought[-1]
    if channel == "whatsapp":
        echo = whatsapp_value(brought)["message_echoes"][0]
        assert json.loads(brought.body)["entry"][0]["changes"][0]["field"] == "smb_message_echoes"
        assert (echo["to"], echo["text"]["body"]) == (said["chat"], "Это Анна")
    else:
        event = messaging(brought)
        assert (event["sender"]["id"], event["recipient"]["id"]) == (ACCOUNT, said["chat"])
        assert event["message"]["is_echo"] is True


def test_wrong_token_is_code_190(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/graph/v24.0/{PHONE_NUMBER_ID}"
    assert error(sandbox.client.get(url, headers={"Authorization": "Bearer wrong"})) == (401, 190, None)
    assert error(sandbox.client.post(f"{url}/messages", json={})) == (401, 190, None)


def test_accounts_can_be_looked_at_with_their_own_token_only(sandbox: Sandbox) -> None:
    def look(named: str, token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return sandbox.client.get(f"{sandbox.url}/graph/v24.0/{named}", headers=headers)

    assert look(PHONE_NUMBER_ID, "demo-whatsapp-token").json()["verified_name"] == "Салон «Ромашка»"
    assert look("me", "demo-instagram-token").json()["user_id"] == ACCOUNT
    assert error(look(PHONE_NUMBER_ID, "demo-instagram-token")) == (400, 100, 33)


def test_raw_body_makes_its_writer_known(sandbox: Sandbox, gateway: Gateway) -> None:
    sample = json.loads((PAYLOADS / "whatsapp/01_text.json").read_text())
    assert sandbox.control("customers/raw", {"channel": "whatsapp", "body": sample})["status"] == 200
    assert json.loads(gateway.brought[0].body) == sample
    assert sandbox.whatsapp(text("79990001122")).status_code == 200


def test_time_moves_forward_only(sandbox: Sandbox) -> None:
    before = sandbox.control("time")
    after = sandbox.control("time", {"advance_seconds": 3600})
    assert round(after["offset_seconds"] - before["offset_seconds"]) == 3600
    back = sandbox.client.post(f"{sandbox.url}/_sandbox/time", json={"to": before["now"]})
    assert back.status_code == 400
    assert "forward only" in back.json()["detail"]


def test_handshake_passes_only_where_the_challenge_comes_back(sandbox: Sandbox, gateway: Gateway) -> None:
    gateway.challenge = True
    passed = sandbox.control("handshake?channel=whatsapp", {})
    gateway.challenge = False
    assert passed == {"status": 200, "passed": True}
    assert sandbox.control("handshake?channel=whatsapp", {}) == {"status": 200, "passed": False}
