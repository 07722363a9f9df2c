"""A model over real HTTP that behaves as told: well, slowly, or badly."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

Write = Callable[[bytes], Awaitable[None]]
Behaviour = Callable[["ModelServer", dict[str, Any], Write], Awaitable[None]]

GOOD: dict[str, Any] = {
    "intent": "price",
    "heat": "warm",
    "when": None,
    "services": ["manicure"],
    "name": None,
    "language": "ru",
    "reply": "Маникюр с покрытием стоит 2500 ₽.",
    "asks": "when",
    "handoff": "",
    "facts": ["manicure"],
}


class ModelServer:
    """requests: the parsed bodies in order. open: connections that are still held by the client."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.requests: list[dict[str, Any]] = []
        self.open = 0
        self._over = asyncio.Event()
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "ModelServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._over.set()
        await asyncio.gather(*self._serving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1

        async def write(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
            body = json.loads(await reader.readexactly(length))
            self.requests.append(body)
            await self._behave(body, reader, write)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _behave(self, body: dict[str, Any], reader: asyncio.StreamReader, write: Write) -> None:
        """Until it is done, the client has gone, or the test is over."""
        ends = [
            asyncio.ensure_future(work)
            for work in (self.behaviour(self, body, write), reader.read(), self._over.wait())
        ]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        await asyncio.gather(*ends, return_exceptions=True)


def response(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return f"{head}{headers}connection: close\r\n\r\n".encode() + body


def completion(content: str) -> bytes:
    return json.dumps(
        {
            "id": "1",
            "object": "chat.completion",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 700, "completion_tokens": 60, "total_tokens": 760},
        }
    ).encode()


def answering(after: float = 0, **changes: Any) -> Behaviour:
    """A right answer with some fields changed, after some seconds."""

    async def behave(server: ModelServer, request: dict[str, Any], write: Write) -> None:
        await asyncio.sleep(after)
        await write(response(completion(json.dumps(GOOD | changes))))

    return behave


def saying(body: bytes, status: str = "200 OK", headers: str = "") -> Behaviour:
    async def behave(server: ModelServer, request: dict[str, Any], write: Write) -> None:
        await write(response(body, status, headers))

    return behave


def taking_only(form: str | None) -> Behaviour:
    """A server that knows one `response_format` (or none) and refuses every other with a 400."""

    async def behave(server: ModelServer, request: dict[str, Any], write: Write) -> None:
        asked = request.get("response_format", {}).get("type")
        if asked != form and asked is not None:
            await write(response(b'{"error": {"message": "response_format is not supported"}}', "400 Bad Request"))
        else:
            await write(response(completion("Вот ответ:\n```json\n" + json.dumps(GOOD) + "\n```")))

    return behave


async def taking_only_tools(server: ModelServer, request: dict[str, Any], write: Write) -> None:
    """Refuses every `response_format` and answers by the tool it is given."""
    if "tools" not in request:
        await write(response(b'{"error": {"message": "not supported"}}', "422 Unprocessable Entity"))
        return
    call = {"id": "1", "type": "function", "function": {"name": "answer", "arguments": json.dumps(GOOD)}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    await write(response(json.dumps({"choices": [{"index": 0, "message": message}]}).encode()))


async def hang(server: ModelServer, request: dict[str, Any], write: Write) -> None:
    await asyncio.sleep(60)


async def drip(server: ModelServer, request: dict[str, Any], write: Write) -> None:
    """A byte each 0.6 s: no time-out between two reads ever fires."""
    whole = response(completion(json.dumps(GOOD)))
    start = whole.index(b"\r\n\r\n") + 4
    await write(whole[:start])
    for byte in whole[start:]:
        await asyncio.sleep(0.6)
        await write(bytes([byte]))


async def close(server: ModelServer, request: dict[str, Any], write: Write) -> None:
    """The connection ends before a word."""


async def close_in_mid_answer(server: ModelServer, request: dict[str, Any], write: Write) -> None:
    await write(response(completion(json.dumps(GOOD)))[:-40])


MISBEHAVIOURS: dict[str, Behaviour] = {
    "hangs": hang,
    "drips": drip,
    "closes": close,
    "closes_in_mid_answer": close_in_mid_answer,
    "garbage": saying(b"\xff\xfe<html>502</html>"),
    "wrong_schema": saying(completion(json.dumps({"answer": "42"}))),
    "unknown_intent": answering(intent="flirt"),
    "truncated": saying(completion(json.dumps(GOOD)[:80])),
    "no_choices": saying(b'{"choices": []}'),
    "null_content": saying(b'{"choices": [{"message": {"content": null}}]}'),
    "429": saying(b'{"error": {"message": "slow down"}}', "429 Too Many Requests", "retry-after: 20\r\n"),
    "500": saying(b"oops", "500 Internal Server Error"),
    "401": saying(b'{"error": {"message": "bad key"}}', "401 Unauthorized"),
    "400": saying(b'{"error": {"message": "no such model"}}', "400 Bad Request"),
    "5_megabytes": saying(completion("я" * 2_500_000)),
}
