"""The model answers in the schema that was asked for, and badly exactly as it was told."""

import json
import time
from typing import Any

import httpx
import pytest

from tests.sandbox.process import Sandbox

SCHEMA = {
    "type": "object",
    "properties": {
        "intent": {"type": "string", "enum": ["booking", "price", "other"]},
        "phone": {"type": ["string", "null"]},
        "services": {"type": "array", "items": {"type": "string"}},
        "when": {"anyOf": [{"$ref": "#/$defs/moment"}, {"type": "null"}]},
        "heat": {"$ref": "#/$defs/heat"},
        "reply": {"type": "string"},
    },
    "required": ["intent", "phone", "services", "when", "heat", "reply"],
    "additionalProperties": False,
    "$defs": {
        "moment": {
            "type": "object",
            "properties": {"date": {"type": "string"}},
            "required": ["date"],
            "additionalProperties": False,
        },
        "heat": {"type": "string", "enum": ["hot", "warm", "cold"]},
    },
}


def ask(
    sandbox: Sandbox, said: str = "Сколько стоит маникюр?", schema: Any = SCHEMA, timeout: float = 5
) -> httpx.Response:
    wanted = {"type": "json_schema", "json_schema": {"name": "turn", "strict": True, "schema": schema}}
    messages = [{"role": "system", "content": "Ты администратор."}, {"role": "user", "content": said}]
    body = {"model": "sandbox-small", "messages": messages, "response_format": wanted}
    url, headers = f"{sandbox.url}/openai/v1/chat/completions", {"Authorization": "Bearer demo"}
    return sandbox.client.post(url, json=body, headers=headers, timeout=timeout)


def content(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    said: str = answer.json()["choices"][0]["message"]["content"]
    return said


def test_answer_fills_the_schema_that_was_asked_for(sandbox: Sandbox) -> None:
    answer = json.loads(content(ask(sandbox)))
    assert set(answer) == set(SCHEMA["properties"])  # type: ignore[call-overload]
    assert (answer["intent"], answer["phone"], answer["services"], answer["when"]) == ("booking", None, [], None)
    assert answer["heat"] == "hot"
    assert not any(sign.isdigit() for sign in answer["reply"])


def test_script_decides_by_the_customers_words(sandbox: Sandbox) -> None:
    script = [
        {"when": "маникюр", "answer": {"intent": "price", "reply": "2 300 ₽"}},
        {"answer": {"only": "this"}, "exact": True},
    ]
    sandbox.control("model/script", script)
    first, second = json.loads(content(ask(sandbox))), json.loads(content(ask(sandbox, "Привет")))
    assert (first["intent"], first["reply"], first["heat"]) == ("price", "2 300 ₽", "hot")
    assert second == {"only": "this"}


def test_requests_are_kept(sandbox: Sandbox) -> None:
    ask(sandbox, "Запишите меня")
    kept = sandbox.control("model/requests")
    assert kept["count"] == 1
    assert kept["requests"][0]["request"]["messages"][-1]["content"] == "Запишите меня"


def test_loose_schema_is_refused_in_strict_mode(sandbox: Sandbox) -> None:
    loose = {"type": "object", "properties": {"reply": {"type": "string"}}, "required": []}
    answer = ask(sandbox, schema=loose)
    assert answer.status_code == 400
    assert "additionalProperties" in answer.json()["error"]["message"]


def test_nobody_is_served_without_a_key(sandbox: Sandbox) -> None:
    answer = sandbox.client.post(f"{sandbox.url}/openai/v1/chat/completions", json={"messages": []})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")


def test_garbage_is_not_json(sandbox: Sandbox) -> None:
    sandbox.control("model/faults", {"kind": "garbage"})
    with pytest.raises(json.JSONDecodeError):
        json.loads(content(ask(sandbox)))


def test_truncated_answer_ends_in_the_middle_and_says_so(sandbox: Sandbox) -> None:
    sandbox.control("model/faults", {"kind": "truncated"})
    answer = ask(sandbox)
    with pytest.raises(json.JSONDecodeError):
        json.loads(content(answer))
    assert answer.json()["choices"][0]["finish_reason"] == "length"


def test_wrong_schema_is_json_of_another_shape(sandbox: Sandbox) -> None:
    sandbox.control("model/faults", {"kind": "wrong_schema"})
    assert not set(json.loads(content(ask(sandbox)))) & set(SCHEMA["properties"])  # type: ignore[call-overload]


def test_lie_keeps_the_schema_and_invents_price_and_booking(sandbox: Sandbox) -> None:
    sandbox.control("model/faults", {"kind": "lie"})
    answer = json.loads(content(ask(sandbox)))
    assert set(answer) == set(SCHEMA["properties"])  # type: ignore[call-overload]
    assert "777 ₽" in answer["reply"]
    assert "записала вас" in answer["reply"]


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500), ("html", 502)])
def test_refusing_model_answers_with_its_status(sandbox: Sandbox, kind: str, status: int) -> None:
    sandbox.control("model/faults", {"kind": kind, "retry_after": 3})
    answer = ask(sandbox)
    assert answer.status_code == status
    assert answer.headers.get("retry-after") == ("3" if kind == "429" else None)


@pytest.mark.parametrize(("kind", "failure"), [("timeout", httpx.ReadTimeout), ("away", httpx.RemoteProtocolError)])
def test_silent_model_never_answers(sandbox: Sandbox, kind: str, failure: type[Exception]) -> None:
    sandbox.control("model/faults", {"kind": kind})
    with pytest.raises((failure, httpx.ReadError)):
        ask(sandbox, timeout=0.4)


def test_latency_is_waited_for_by_every_answer(sandbox: Sandbox) -> None:
    sandbox.control("model/faults", {"kind": "ok", "latency_ms": 300})
    started = time.monotonic()
    assert ask(sandbox).status_code == 200
    assert time.monotonic() - started >= 0.3


def test_dripping_answer_escapes_a_read_timeout(sandbox: Sandbox) -> None:
    sandbox.control("model/faults", {"kind": "drip"})
    url, headers = f"{sandbox.url}/openai/v1/chat/completions", {"Authorization": "Bearer demo"}
    body = {"model": "sandbox-small", "messages": [{"role": "user", "content": "Привет"}]}
    started, got = time.monotonic(), b""
    with sandbox.client.stream("POST", url, json=body, headers=headers, timeout=0.9) as answer:
        for piece in answer.iter_raw():
            got += piece
            if time.monotonic() - started > 1.8:
                break
    assert 2 <= len(got) < 20
