"""One call to a model behind any OpenAI-compatible server: bounded in time and size, its answer checked here."""

import asyncio
import ipaddress
import ssl
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NoReturn
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from app.assistant.prompt import Prompt, shape
from app.domain.failures import Failure, Refusal, Refused, Throttled, Unavailable, Unusable
from app.domain.qualification import Heat, Intent

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

OPENAI_URL = "https://api.openai.com/v1"
MAX_BODY_BYTES = 256 * 1024  # a right answer is about 2 KB
SOON = timedelta(seconds=1)


class AnswerWhen(BaseModel):
    """Moments as the model wrote them: local to the business where they carry no offset."""

    model_config = ConfigDict(extra="forbid")
    earliest: datetime
    latest: datetime
    exact: bool


class ModelAnswer(BaseModel):
    """What a model must answer; every field is required, none may be added (OpenAI's strict schemas)."""

    model_config = ConfigDict(extra="forbid")
    intent: Intent
    heat: Heat | None
    when: AnswerWhen | None
    services: list[str]
    name: str | None
    language: str
    reply: str
    asks: Literal["", "service", "when", "name", "phone"]
    handoff: Literal["", "asked", "complaint", "unclear", "emergency", "subject"]
    facts: list[str]


def slim(node: Any, defs: dict[str, Any]) -> Any:
    """A JSON schema without what tells a model nothing it needs: titles, docstrings, references, formats.

    Servers count the schema as input: 612 → 244 tokens (o200k_base).
    """
    if isinstance(node, list):
        return [slim(item, defs) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return slim(defs[node["$ref"].rpartition("/")[2]], defs)
    kept = {key: value for key, value in node.items() if key not in ("title", "description", "format", "$defs")}
    if kept.get("anyOf") == [{"type": "string"}, {"type": "null"}]:
        return {"type": ["string", "null"]}
    fields = kept.pop("properties", None)
    found = {key: slim(value, defs) for key, value in kept.items()}
    return found if fields is None else found | {"properties": {name: slim(one, defs) for name, one in fields.items()}}


_WHOLE = ModelAnswer.model_json_schema()
SCHEMA: dict[str, Any] = slim(_WHOLE, _WHOLE["$defs"])


class _Function(BaseModel):
    arguments: str


class _ToolCall(BaseModel):
    function: _Function


class _Message(BaseModel):
    content: str | None = None
    tool_calls: list[_ToolCall] | None = None

    @property
    def said(self) -> str:
        """The answer, wherever the server put it."""
        return self.tool_calls[0].function.arguments if self.tool_calls else self.content or ""


class _Choice(BaseModel):
    message: _Message


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(BaseModel):
    """The fields that we read of a chat completion."""

    choices: list[_Choice]
    usage: _Usage | None = None


class Format(StrEnum):
    """How the server is asked for JSON, best first; not every server knows every one."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    TOOLS = "tools"
    PLAIN = "text"


LADDER = tuple(Format)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAccess:
    """name: `model` or `fallback`. An empty `base_url` is OpenAI's own; an empty `api_key` suits a keyless server."""

    name: str
    base_url: str = ""
    api_key: str = ""
    model: str
    proxy: str = ""
    ca_bundle: str = ""

    @property
    def is_local(self) -> bool:
        """On this machine or its private network, so that nothing leaves the house (PRIVACY=local)."""
        host = urlsplit(self.base_url or OPENAI_URL).hostname or ""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return host.endswith((".local", ".internal", ".localhost")) or (bool(host) and "." not in host)
        return address.is_private or address.is_loopback


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    """One finished call, for metrics.

    outcome   `ok`, `timeout`, `unavailable`, `throttled`, `refused`, `unusable`, `cancelled`
    """

    name: str
    outcome: str
    seconds: float
    input_tokens: int = 0
    output_tokens: int = 0


class Model:
    """A client, built once per process: `import openai` costs 0.5–1 s and a TLS context 0.1 s."""

    def __init__(self, access: ModelAccess, *, on_call: Callable[[ModelCall], None] | None = None) -> None:
        self.access = access
        self._on_call = on_call or (lambda call: None)
        self._client = _client(access)
        self._format = Format.SCHEMA  # the best that this server is known to take

    async def answer(self, prompt: Prompt, *, timeout_seconds: float) -> ModelAnswer:
        """The model's checked answer.

        timeout_seconds   for the whole call: the SDK's own time-outs are per read, a dripping server outlives them
        raises            Unavailable (time-outs too), Throttled, Refused, Unusable
        """
        started, outcome, usage = time.monotonic(), "cancelled", _Usage()
        try:
            async with asyncio.timeout(timeout_seconds):
                body = await self._complete(prompt)
            completion = _read_completion(body)
            usage = completion.usage or usage
            answer = _read_answer(completion)
        except TimeoutError:
            outcome = "timeout"
            raise Unavailable("model", f"no answer in {timeout_seconds:.1f} s", SOON, executed=None) from None
        except Failure as failure:
            outcome = type(failure).__name__.lower()
            raise
        else:
            outcome = "ok"
            return answer
        finally:
            self._on_call(
                ModelCall(
                    name=self.access.name,
                    outcome=outcome,
                    seconds=time.monotonic() - started,
                    input_tokens=usage.prompt_tokens,
                    output_tokens=usage.completion_tokens,
                )
            )

    async def aclose(self) -> None:
        await self._client.close()

    async def _complete(self, prompt: Prompt) -> bytes:
        """The body of the first answer on the way down the ladder of formats; what worked is remembered."""
        for form in LADDER[LADDER.index(self._format) :]:
            try:
                body = await self._post(prompt, form)
            except _FormatUnknown as refusal:
                if form is Format.PLAIN:
                    raise Refused("model", refusal.detail) from refusal
                continue
            self._format = form
            return body
        raise AssertionError("the last format either answers or raises")

    async def _post(self, prompt: Prompt, form: Format) -> bytes:
        """Read as raw bytes: the size is bounded while it arrives, and the check is ours, not the SDK's."""
        import httpx2
        import openai

        try:
            async with self._client.chat.completions.with_streaming_response.create(
                **_request(self.access.model, prompt, form)
            ) as response:
                return await _bounded(response.iter_bytes())
        except openai.APIStatusError as error:
            _raise_status(error)
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise Unavailable("model", type(error).__name__, SOON, executed=None) from error


class _FormatUnknown(Exception):
    """400 or 422: most often a `response_format` that the server does not know."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def _client(access: ModelAccess) -> "AsyncOpenAI":
    import openai

    url = access.base_url or OPENAI_URL
    verify = ssl.create_default_context(cafile=access.ca_bundle) if access.ca_bundle else True
    headers = {"x-data-logging-enabled": "false"} if "yandex" in url else {}  # Yandex AI Studio, "Disabling logging"
    return openai.AsyncOpenAI(
        api_key=access.api_key or "none",
        base_url=url,
        max_retries=0,
        default_headers=headers,
        http_client=openai.DefaultAsyncHttpxClient(proxy=access.proxy or None, verify=verify, trust_env=False),
    )


def _request(model: str, prompt: Prompt, form: Format) -> dict[str, Any]:
    """Only what every compatible server takes: newer OpenAI models refuse `max_tokens` and `temperature`."""
    system, request = prompt.system, dict[str, Any](model=model)
    if form is Format.SCHEMA:
        schema = {"name": "answer", "strict": True, "schema": SCHEMA}
        request["response_format"] = {"type": "json_schema", "json_schema": schema}
    else:
        system += shape()
    if form is Format.OBJECT:
        request["response_format"] = {"type": "json_object"}
    if form is Format.TOOLS:
        request["tools"] = [{"type": "function", "function": {"name": "answer", "parameters": SCHEMA}}]
        request["tool_choice"] = {"type": "function", "function": {"name": "answer"}}
    request["messages"] = [{"role": "system", "content": system}, {"role": "user", "content": prompt.user}]
    return request


async def _bounded(chunks: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise Unusable("model", f"answer over {MAX_BODY_BYTES} bytes")
    return bytes(body)


def _raise_status(error: "APIStatusError") -> NoReturn:
    status, detail = error.status_code, f"HTTP {error.status_code}"
    if status == 429:
        raise Throttled("model", detail, SOON) from error
    if status >= 500 or status in (408, 409):
        raise Unavailable("model", detail, SOON, executed=None) from error
    if status in (400, 422):
        raise _FormatUnknown(detail) from error
    raise Refused("model", detail, Refusal.TOKEN if status in (401, 403) else Refusal.REFUSED) from error


def _read_completion(body: bytes) -> _Completion:
    try:
        return _Completion.model_validate_json(body)
    except ValidationError as error:
        raise Unusable("model", "not a chat completion") from error


def _read_answer(completion: _Completion) -> ModelAnswer:
    """Weak servers wrap their JSON in a fence or in words: the outermost braces are taken."""
    try:
        content = completion.choices[0].message.said
        return ModelAnswer.model_validate_json(content[content.index("{") : content.rindex("}") + 1])
    except (ValidationError, ValueError, IndexError) as error:
        raise Unusable("model", f"answer off its schema: {type(error).__name__}") from error
