"""The portal's front door: /rest/… and /oauth/token/ over HTTP (reference 11.1)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox import php
from sandbox.portal.access import token_body, user_of_path
from sandbox.portal.calls import Caller, mapping, whole
from sandbox.portal.dispatch import Desk
from sandbox.portal.errors import RestError
from sandbox.portal.faults import Faults, hang, hang_up

Refusal = Literal["free_plan", "overload", "deleted", "unpaid"]
HTML = (
    "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr><center>nginx</center></body></html>"
)
_HEADERS = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}  # reference 11.1 (6)


@dataclass(slots=True)
class Door:
    """An ASGI application for everything below /rest/."""

    desk: Desk
    faults: Faults = field(default_factory=Faults)
    require_https: bool = False  # reference 11.1 (2)
    refusal: Refusal | None = None  # the whole portal is shut
    moved_to: str | None = None  # new address after a change of domain (reference 11.1 (10))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._respond(request)
        if response is None:
            await hang_up(send)
        else:
            await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response | None:
        """None: hang up."""
        self.desk.tally.http += 1
        world = self.desk.world
        world.domain, world.scheme = request.headers.get("host", world.domain), request.url.scheme
        path = request.url.path.partition("/rest/")[2].strip("/")
        params = await read_params(request)
        fault = "ok"
        if self.faults.meets(_called(path, params)):
            await asyncio.sleep(self.faults.latency_ms / 1000)
            fault = self.faults.strike()
        if fault in ("away", "timeout"):
            return await self._silence(fault, request)
        if fault == "late":
            await hang(request)
        response = _BROKEN[fault]() if fault in _BROKEN else self._answer(request, path, params)
        return None if fault in ("lost", "late") else response

    async def _silence(self, fault: str, request: Request) -> Response | None:
        if fault == "away":
            return None
        await hang(request)
        return html_error(504, "504 Gateway Time-out")

    def _answer(self, request: Request, path: str, params: dict[str, Any]) -> Response:
        if self.moved_to is not None:
            location = f"{self.moved_to.rstrip('/')}{request.url.path}"
            return Response(HTML.format("302 Found"), 302, {"Location": location}, media_type="text/html")
        try:
            self._admit(request)
            if path == "download.json":
                return self._download(params)
            name, caller = self._enter(path, params)
            return to_json(self.desk.answer(name, params, caller))
        except RestError as error:
            return to_json(error.body, error.status)

    def _download(self, params: dict[str, Any]) -> Response:
        """A file of a chat by a link that works once (reference 5.9)."""
        world = self.desk.world
        file = world.files.get(world.downloads.pop(str(params.get("token")), 0))
        if file is None:
            raise RestError("FILE_NOT_FOUND", "File not found", 404)
        return Response(file["content"], 200, {"Content-Disposition": "attachment"}, "application/octet-stream")

    def _admit(self, request: Request) -> None:
        if self.refusal is not None:
            raise RestError(*_REFUSALS[self.refusal])
        if self.require_https and request.url.scheme != "https":
            raise RestError("INVALID_REQUEST", "Https required.", 400)
        bucket = self.desk.limits.bucket
        if bucket is not None and not bucket.take():
            self.desk.tally.throttled += 1
            raise RestError("QUERY_LIMIT_EXCEEDED", "Too many requests", 503)

    def _enter(self, path: str, params: dict[str, Any]) -> tuple[str, Caller]:
        """`{uid}/{code}/{method}` is a webhook, `{method}` an application (reference 11.1 (1), 11.2 (12, 13))."""
        world, segments = self.desk.world, path.split("/")
        name = segments[-1].removesuffix(".json")
        if len(segments) == 3:
            return name, world.access.by_webhook(user_of_path(segments[0]), segments[1], world.now())
        if len(segments) != 1:
            raise RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
        if params.get("aplogin") and params.get("ap"):
            return name, world.access.by_webhook(whole(params["aplogin"], -1), str(params["ap"]), world.now())
        return name, world.access.by_token(params.get("auth"), world.now())

    async def token(self, request: Request) -> Response:
        """GET or POST /oauth/token/ with a refresh token or a code (reference 11.2 (14))."""
        world = self.desk.world
        now = world.now()
        try:
            access, refresh, grant = world.access.token(await read_params(request), now)
        except RestError as error:
            return to_json(error.body, error.status)
        domain = request.headers.get("host", world.domain)
        return to_json(token_body(access, refresh, grant, domain=domain, scheme=request.url.scheme, now=now))


async def read_params(request: Request) -> dict[str, Any]:
    """Query and body merged, the body wins; JSON only when it says so, and broken JSON is no parameters (11.1 (4))."""
    params = php.decode(request.url.query)
    if request.method != "POST":
        return params
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        async with request.form() as form:
            pairs = [(key, value) for key, value in form.multi_items() if isinstance(value, str)]
        return params | php.decode_pairs(pairs)
    body = (await request.body()).decode("utf-8", "replace")
    if kind != "application/json":
        return params | php.decode(body)
    try:
        return params | mapping(json.loads(body))
    except ValueError:
        return params


def to_json(body: Any, status: int = 200) -> Response:
    """Always application/json; charset=utf-8: aiohttp refuses to decode anything else (reference 11.1 (6))."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, _HEADERS, media_type="application/json; charset=utf-8")


def html_error(status: int, title: str) -> Response:
    return Response(HTML.format(title), status, media_type="text/html")


def _called(path: str, params: dict[str, Any]) -> list[str]:
    """Every method that this HTTP call names."""
    commands = [str(row).partition("?")[0].lower() for row in mapping(params.get("cmd")).values()]
    return [path.rpartition("/")[2].removesuffix(".json").lower(), *commands]


# reference 11.9 (74)
_REFUSALS: dict[Refusal, tuple[str, str, int]] = {
    "free_plan": ("ACCESS_DENIED", "REST API is available only on commercial plans", 403),
    "overload": ("OVERLOAD_LIMIT", "REST API is blocked due to overload", 503),
    "deleted": ("PORTAL_DELETED", "Portal was deleted", 403),
    "unpaid": ("PAYMENT_REQUIRED", "Payment required", 401),
}
_BROKEN = {
    "503": lambda: to_json({"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}, 503),
    "500": lambda: to_json({"error": "INTERNAL_SERVER_ERROR", "error_description": "Internal server error"}, 500),
    "html": lambda: html_error(502, "502 Bad Gateway"),  # reference 11.1 (11)
}
