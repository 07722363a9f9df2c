"""The openai SDK, unmodified, against a model server: `openai_model.py <base url> <sandbox>`."""

import json
import sys
import time
import urllib.request

from openai import APITimeoutError, AuthenticationError, BadRequestError, InternalServerError, OpenAI, RateLimitError
from pydantic import BaseModel

base, sandbox = sys.argv[1:]


class Turn(BaseModel):
    intent: str
    price: int | None
    services: list[str]
    reply: str


def control(path: str, body: object) -> None:
    data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(f"{sandbox}/_sandbox/{path}", data, headers)).close()  # noqa: S310


def failure(call) -> dict:
    started = time.monotonic()
    try:
        call()
    except (APITimeoutError, AuthenticationError, BadRequestError, InternalServerError, RateLimitError) as error:
        response = getattr(error, "response", None)
        after = response.headers.get("retry-after") if response is not None else None
        return {"class": type(error).__name__, "seconds": time.monotonic() - started, "after": after}
    return {"class": None}


client = OpenAI(base_url=base, api_key="demo", max_retries=0, timeout=5)
messages = [{"role": "user", "content": "Сколько стоит маникюр?"}]
schema = {**Turn.model_json_schema(), "additionalProperties": False}
wanted = {"type": "json_schema", "json_schema": {"name": "turn", "strict": True, "schema": schema}}


def ask(**more):
    return client.chat.completions.create(model="sandbox-small", messages=messages, response_format=wanted, **more)


seen = {"models": [model.id for model in client.models.list()]}
answer = ask()
seen["strict"] = {
    "turn": Turn.model_validate_json(answer.choices[0].message.content).model_dump(),
    "tokens": answer.usage.total_tokens,
}
seen["parsed"] = (
    client.chat.completions.parse(model="sandbox-small", messages=messages, response_format=Turn)
    .choices[0]
    .message.parsed.model_dump()
)
control("model/faults", {"kind": "timeout", "count": 1})
seen["hang"] = failure(lambda: ask(timeout=0.5))
control("model/faults", {"kind": "429", "count": 1, "retry_after": 4})
seen["too_many"] = failure(ask)
control("model/faults", {"kind": "500", "count": 1})
seen["broken"] = failure(ask)
wanted["json_schema"]["schema"] = Turn.model_json_schema()
seen["loose_schema"] = failure(ask)
print(json.dumps(seen, ensure_ascii=False))
