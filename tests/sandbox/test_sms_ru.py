"""SMS.ru takes and refuses as its pages say (channels.md section 10.1)."""

from typing import Any

import httpx

from tests.sandbox.process import Sandbox

KEY = "demo-sms-ru-key"


def call(sandbox: Sandbox, method: str, **fields: str) -> Any:
    answer = sandbox.client.post(f"{sandbox.url}/sms_ru/{method}", data={"api_id": KEY, "json": "1", **fields})
    assert answer.status_code == httpx.codes.OK
    return answer.json()


def code(sandbox: Sandbox, to: str, msg: str = "Ждём вас", **fields: str) -> int:
    body = call(sandbox, "sms/send", to=to, msg=msg, **fields)
    return int(body["sms"][to]["status_code"] if "sms" in body else body["status_code"])


def test_a_taken_text_has_an_id_a_price_and_a_place_on_the_page(sandbox: Sandbox) -> None:
    body = call(sandbox, "sms/send", to="79990001122", msg="Ж" * 71)
    one = body["sms"]["79990001122"]
    assert (body["status_code"], one["status_code"], body["balance"]) == (100, 100, 491.0)
    [shown] = sandbox.control("view")["texts"]
    assert (shown["to"], shown["parts"], shown["id"]) == ("79990001122", 2, one["sms_id"])
    status = call(sandbox, "sms/status", sms_id=f"{one['sms_id']},202611-9")["sms"]
    assert [each["status_code"] for each in status.values()] == [103, -1]


def test_each_refusal_has_its_code(sandbox: Sandbox) -> None:
    sandbox.control("sms_ru/verdicts", {"numbers": {"79990000207": 207}, "senders": ["Romashka"]})
    assert code(sandbox, "79990001122", api_id="another") == 200
    assert code(sandbox, "79990001122", msg="") == 203
    assert code(sandbox, "79990001122", **{"from": "Buttercup"}) == 204
    assert code(sandbox, "79990001122", **{"from": "Romashka"}) == 100
    assert code(sandbox, "79990001122") == 231
    assert code(sandbox, "12") == 202
    assert code(sandbox, "79990000207") == 207
    assert code(sandbox, "79990001123", msg="Ж" * 540) == 205
    sandbox.control("sms_ru/verdicts", {"balance": 4.0})
    assert code(sandbox, "79990001124") == 201
    assert call(sandbox, "my/balance")["balance"] == 4.0


def test_trouble_on_request(sandbox: Sandbox) -> None:
    sandbox.control("sms_ru/faults", {"kind": "500", "count": 1})
    assert call(sandbox, "sms/send", to="79990001122", msg="x")["status_code"] == 500
    sandbox.control("sms_ru/verdicts", {"silent": ["79990001122"]})
    try:
        call(sandbox, "sms/send", to="79990001122", msg="x")
    except httpx.TransportError:
        assert [text["to"] for text in sandbox.control("view")["texts"]] == ["79990001122"]
    else:
        raise AssertionError("the answer was to be lost")
