"""An in-memory portal behind the client: batches as the reference (2.5) documents them, and nothing more."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_plus

from bitrix.wire import Request, Response

Answer = Response | Exception | Callable[[Request], Response]
REFERENCE = re.compile(r"\$result\[([^\]\s]+)\]((?:\[[^\]\s]*\])*)(\S*)")


def php_decode(text: str) -> dict[str, Any]:
    """PHP's parse_str, written from its manual: `a[b][]=x`, `+` is a space, 0..n-1 make a list."""
    root: dict[str, Any] = {}
    for pair in filter(None, text.partition("#")[0].split("&")):
        raw_key, _, raw_value = pair.partition("=")
        key = unquote_plus(raw_key)
        head = re.match(r"[^\[]*", key).group().replace(".", "_").replace(" ", "_")
        node, path = root, [head, *re.findall(r"\[([^\]]*)\]", key)]
        for step in path[:-1]:
            node = node.setdefault(step or str(len(node)), {})
        node[path[-1] or str(len(node))] = unquote_plus(raw_value)
    return lists(root) or {}


def lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: lists(item) for key, item in value.items()}
    return list(inner.values()) if list(inner) == [str(n) for n in range(len(inner))] else inner


class FakePortal:
    """Executes creates (scalar ids, items wrapped), records every request, answers `script` first where it has any."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.script: list[Answer] = []
        self.executed: list[tuple[str, Any]] = []
        self.refuse: Callable[[str, Any], tuple[str, str] | None] = lambda method, params: None
        self.closed = False
        self._ids = iter(range(101, 10_000))

    async def send(self, request: Request, timeout_seconds: float) -> Response:
        self.requests.append(request)
        answer = self.script.pop(0) if self.script else self.answer
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer

    async def aclose(self) -> None:
        self.closed = True

    def answer(self, request: Request) -> Response:
        method = request.url.rpartition("/")[2]
        params = json.loads(request.body)
        return ok(self.batch(params)) if method == "batch" else ok(self.execute(method, params))

    def batch(self, params: Mapping[str, Any]) -> dict[str, Any]:
        results: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for key, text in params["cmd"].items():
            method, _, query = text.partition("?")
            arguments = resolved(php_decode(query), results)
            refused = self.refuse(method, arguments)
            if refused is None:
                results[key] = self.execute(method, arguments)
            else:
                errors[key] = {"error": refused[0], "error_description": refused[1]}
                if params["halt"]:
                    break
        sections = {"result": results, "result_error": errors, "result_total": {}, "result_next": {}, "result_time": {}}
        return {name: content or [] for name, content in sections.items()}

    def execute(self, method: str, params: Any) -> Any:
        self.executed.append((method, params))
        if method in ("crm.item.add", "crm.item.get"):
            return {"item": {"id": next(self._ids), "title": params.get("fields", {}).get("title")}}
        if method.endswith(".add"):
            return next(self._ids)
        return [] if method == "crm.duplicate.findbycomm" else True

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.body) for request in self.requests]


def ok(result: Any, **envelope: Any) -> Response:
    time = {"start": 1.0, "finish": 1_700_000_000.5, "duration": 0.1, "processing": 0.1}
    return Response(status=200, body=json.dumps({"result": result, "time": time, **envelope}).encode())


def refused(status: int, code: Any, description: str = "") -> Response:
    return Response(status=status, body=json.dumps({"error": code, "error_description": description}).encode())


def resolved(value: Any, results: Mapping[str, Any]) -> Any:
    """References in decoded values: a whole one becomes the typed value, one inside a text only a scalar."""
    if isinstance(value, dict):
        return {key: resolved(inner, results) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolved(inner, results) for inner in value]
    whole = REFERENCE.fullmatch(value)
    if whole:
        return follow(whole, results)
    return REFERENCE.sub(lambda match: str(follow(match, results)), value)


def follow(match: re.Match[str], results: Mapping[str, Any]) -> Any:
    """A missing step stops at the deepest container that exists: garbage, as on the real portal."""
    node: Any = results
    for step in [match[1], *re.findall(r"\[([^\]]*)\]", match[2])]:
        if isinstance(node, dict) and step in node:
            node = node[step]
        elif isinstance(node, list) and step.isdigit() and int(step) < len(node):
            node = node[int(step)]
        else:
            return node
    return node
