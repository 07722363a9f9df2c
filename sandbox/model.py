"""An OpenAI-compatible model that answers in the schema it is asked for, faithfully or badly, as it is told."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route, Router

from sandbox.faults import PROXY_PAGE, Faults, HangUp, Kind, hang
from sandbox.obey import obeyed
from sandbox.schema import SchemaError, check_strict, fill, overlay

REQUESTS_KEPT = 1000
MODELS = ["sandbox-small", "sandbox-large"]
SLOW_SECONDS, DRIP_SECONDS = 3.0, 0.5
GARBAGE = "Конечно! Вот что я думаю:\n\n```\n{intent: маникюр,, \n```"
LIE = "Стоимость 777 ₽, записала вас на завтра в 07:07, ждём вас!"
WRONG = {"status": "ok", "result": [1, 2, 3]}


class Scripted(BaseModel):
    """An answer prepared for the requests whose last customer's words contain `when` (empty: all of them).

    answer  laid over the answer that the schema alone gives; keys the schema does not know are kept, as said
    exact   `answer` alone, as it is
    """

    model_config = ConfigDict(extra="forbid")

    when: str = ""
    answer: dict[str, Any]
    exact: bool = False


class Model:
    """`/v1/chat/completions` and `/v1/models`; keeps what it was asked."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.script: list[Scripted] = []
        self.requests: deque[dict[str, Any]] = deque(maxlen=REQUESTS_KEPT)
        self.count = 0
        self.app = Router(
            [
                Route("/v1/chat/completions", self._complete, methods=["POST"]),
                Route("/v1/models", self._models),
                Route("/v1/models/{model}", self._one_model),
            ]
        )

    def clear(self) -> None:
        self.script = []
        self.requests.clear()
        self.count = 0

    async def _models(self, request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [_model(name) for name in MODELS]})

    async def _one_model(self, request: Request) -> Response:
        return JSONResponse(_model(request.path_params["model"]))

    async def _complete(self, request: Request) -> Response:
        if not request.headers.get("authorization", "").removeprefix("Bearer ").strip():
            return _error(401, "You didn't provide an API key.", "invalid_request_error", "invalid_api_key")
        try:
            asked = json.loads(await request.body())
            schema = _schema(asked)
            messages = asked["messages"]
        except (ValueError, KeyError, TypeError) as error:
            return _error(400, f"We could not parse your request: {error}", "invalid_request_error", None)
        self.count += 1
        seen = {"number": self.count, "at": datetime.now(UTC), "kind": "ok", "request": asked}
        self.requests.append(seen)
        seen["kind"] = kind = await self.faults.strike()
        return await self._answer(kind, request, asked, self._content(messages, schema, kind), seen)

    def _content(self, messages: list[dict[str, Any]], schema: dict[str, Any] | None, kind: Kind) -> str:
        if kind == "garbage":
            return GARBAGE
        if schema is None:
            return LIE if kind == "lie" else "Здравствуйте! Спасибо за сообщение, сейчас всё подскажу."
        if kind == "wrong_schema":
            return json.dumps(WRONG)
        answer = self._faithful(messages, schema)
        if kind == "lie":
            answer = overlay(answer, schema, LIE)
        if kind == "obey" and isinstance(answer, dict):
            answer |= {name: value for name, value in (obeyed(messages) or {}).items() if name in answer}
        text = json.dumps(answer, ensure_ascii=False)
        return text[: len(text) // 2] if kind == "truncated" else text

    def _faithful(self, messages: list[dict[str, Any]], schema: dict[str, Any]) -> Any:
        said = next((_text(m["content"]) for m in reversed(messages) if m.get("role") == "user"), "")
        for scripted in self.script:
            if scripted.when.lower() in said.lower():
                return scripted.answer if scripted.exact else fill(schema) | scripted.answer
        return fill(schema)

    async def _answer(
        self, kind: Kind, request: Request, asked: dict[str, Any], content: str, seen: dict[str, Any]
    ) -> Response:
        if kind == "away":
            return HangUp()
        if kind == "timeout":
            return await hang(request)
        if kind == "429":
            after = {"Retry-After": str(self.faults.fault.retry_after)}
            return _error(429, "Rate limit reached for requests", "requests", "rate_limit_exceeded", after)
        if kind == "500":
            return _error(500, "The server had an error while processing your request.", "server_error", None)
        if kind == "html":
            return HTMLResponse(PROXY_PAGE, 502)
        if kind == "slow" and not self.faults.fault.latency_ms:
            await asyncio.sleep(SLOW_SECONDS)
        seen["answer"] = content
        body = _completion(asked, content, "length" if kind == "truncated" else "stop", self.count)
        if kind == "lost":
            return HangUp()
        if kind == "drip":
            return StreamingResponse(_drop_by_drop(json.dumps(body).encode()), media_type="application/json")
        return JSONResponse(body)


async def _drop_by_drop(body: bytes) -> AsyncIterator[bytes]:
    """A byte now and then: no read timeout ever strikes, only a limit on the whole call does."""
    for index in range(len(body)):
        yield body[index : index + 1]
        await asyncio.sleep(DRIP_SECONDS)


def _schema(asked: dict[str, Any]) -> dict[str, Any] | None:
    """The schema asked for; a strict one must close every object and require every property, as OpenAI demands."""
    wanted = asked.get("response_format") or {}
    if wanted.get("type") == "json_object":
        return {"type": "object", "properties": {}}
    if wanted.get("type") != "json_schema":
        return None
    schema: dict[str, Any] = wanted["json_schema"]["schema"]
    if wanted["json_schema"].get("strict"):
        try:
            check_strict(schema)
        except SchemaError as error:
            raise ValueError(
                f"Invalid schema for response_format {wanted['json_schema'].get('name')!r}: {error}"
            ) from error
    return schema


def _text(content: Any) -> str:
    """A message's words: a string, or a list of parts of which some are text."""
    if isinstance(content, str):
        return content
    return " ".join(str(part.get("text", "")) for part in content or [] if isinstance(part, dict))


def _completion(asked: dict[str, Any], content: str, finish: str, number: int) -> dict[str, Any]:
    prompt = sum(len(_text(message.get("content"))) for message in asked["messages"]) // 3 + 1
    written = len(content) // 3 + 1
    message = {"role": "assistant", "content": content, "refusal": None}
    return {
        "id": f"chatcmpl-sandbox{number:08d}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": asked.get("model", MODELS[0]),
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written},
    }


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1_790_000_000, "owned_by": "sandbox"}


def _error(status: int, message: str, kind: str, code: str | None, headers: dict[str, str] | None = None) -> Response:
    error = {"message": message, "type": kind, "param": None, "code": code}
    return JSONResponse({"error": error}, status, headers)
