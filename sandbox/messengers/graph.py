"""Graph API: one host for WhatsApp Cloud API and Instagram messaging (channels.md sections 3 and 4)."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, Router

from sandbox.faults import PROXY_PAGE, Faults, HangUp, Kind, hang
from sandbox.messengers.graph_errors import GraphError
from sandbox.messengers.instagram import Instagram
from sandbox.messengers.whatsapp import WABA, WhatsApp
from sandbox.messengers.world import World


class Graph:
    """`/v<NN>.0/<id>/messages` for sending, `/v<NN>.0/<id>` for looking at the account that an id names."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.whatsapp = WhatsApp(world)
        self.instagram = Instagram(world)
        self.subscriptions: dict[str, list[str]] = {}
        self.app = Router(
            [
                Route("/v{version:float}/{id}/messages", self._messages, methods=["POST"]),
                Route("/v{version:float}/{id}/subscribed_apps", self._subscribed_apps, methods=["GET", "POST"]),
                Route("/v{version:float}/{id}", self._look),
            ]
        )

    def clear(self) -> None:
        self.whatsapp.clear()
        self.subscriptions.clear()

    async def _messages(self, request: Request) -> Response:
        kind = await self.faults.strike()
        if (broken := await _broken(kind, request)) is not None:
            return broken
        named = request.path_params["id"]
        try:
            if kind == "429":
                raise self._too_many(named)
            token = self._authorise(request)
            answer = self._send(named, token, await _body(request))
        except GraphError as error:
            return error.response()
        return HangUp() if kind == "lost" else JSONResponse(answer)

    def _send(self, named: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        if named in self.world.secrets.whatsapp_phone_number_ids and token in self.world.secrets.whatsapp_tokens:
            return self.whatsapp.send(body, phone_number_id=named)
        if self._is_instagram(named) and token in self.world.secrets.instagram_tokens:
            return self.instagram.send(body)
        raise GraphError.no_such_object(named, "POST")

    async def _look(self, request: Request) -> Response:
        try:
            token, named = self._authorise(request), request.path_params["id"]
            shown = self._shown(named, token)
        except GraphError as error:
            return error.response()
        fields = {field for field in request.query_params.get("fields", "").split(",") if field}
        return JSONResponse({key: value for key, value in shown.items() if not fields or key in fields | {"id"}})

    def _shown(self, named: str, token: str) -> dict[str, Any]:
        if named in self.world.secrets.whatsapp_phone_number_ids and token in self.world.secrets.whatsapp_tokens:
            return self.whatsapp.phone_number(named)
        if self._is_instagram(named) and token in self.world.secrets.instagram_tokens:
            return self.instagram.account()
        customer = self.world.phones.find("instagram", named)
        if customer is not None and token in self.world.secrets.instagram_tokens:
            return {"id": customer.id, "name": customer.name, "username": f"user_{customer.id[-6:]}"}
        if token in self.world.secrets.whatsapp_tokens and named == WABA:
            return {"id": WABA, "name": "Салон «Ромашка»", "currency": "RUB"}
        raise GraphError.no_such_object(named, "GET")

    async def _subscribed_apps(self, request: Request) -> Response:
        try:
            token, named = self._authorise(request), request.path_params["id"]
            self._shown(named, token)
        except GraphError as error:
            return error.response()
        if request.method == "GET":
            fields = self.subscriptions.get(named)
            return JSONResponse({"data": [] if fields is None else [{"id": "1", "subscribed_fields": fields}]})
        asked = request.query_params.get("subscribed_fields") or (await _body(request)).get("subscribed_fields", "")
        self.subscriptions[named] = asked.split(",") if isinstance(asked, str) else list(asked)
        return JSONResponse({"success": True})

    def _authorise(self, request: Request) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token if scheme.lower() == "bearer" else request.query_params.get("access_token", "")
        if token not in self.world.secrets.whatsapp_tokens + self.world.secrets.instagram_tokens:
            raise GraphError.bad_token()
        return token

    def _is_instagram(self, named: str) -> bool:
        return named == "me" or named in self.world.secrets.instagram_account_ids

    def _too_many(self, named: str) -> GraphError:
        if named in self.world.secrets.whatsapp_phone_number_ids:
            return GraphError(130429, "(#130429) Rate limit hit", status=429, details="Message failed to send.")
        return GraphError(4, "(#4) Application request limit reached", status=429)


async def _broken(kind: Kind, request: Request) -> Response | None:
    if kind == "away":
        return HangUp()
    if kind == "timeout":
        return await hang(request)
    if kind == "html":
        return HTMLResponse(PROXY_PAGE, 502)
    if kind == "garbage":
        return Response('{"messages": [{', media_type="application/json")
    if kind == "500":
        return GraphError(
            2, "An unexpected error has occurred. Please retry your request later.", status=500
        ).response()
    return None


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise GraphError(100, "(#100) Invalid JSON", status=400) from error
    if not isinstance(body, dict):
        raise GraphError(100, "(#100) The body must be an object", status=400)
    return body
