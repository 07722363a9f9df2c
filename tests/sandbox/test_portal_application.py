"""A local application in the portal: OAuth, installation, pages; rules are numbered as in the reference, section 11."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox import php
from tests.sandbox.portal_case import Case

APP = {"client_id": "local.test", "client_secret": "s"}
INSTALL = "http://gateway.test/install"


@pytest.fixture
async def portal() -> AsyncIterator[Case]:
    async with Case() as case:
        yield case


async def token(portal: Case, **query: str) -> tuple[int, dict[str, Any]]:
    answer = await portal.http.get("/oauth/token/", params={**APP, **query})
    return answer.status_code, answer.json()


def told(portal: Case) -> list[dict[str, Any]]:
    return [php.decode(parcel.body) for parcel in portal.portal.world.events.pending]


async def test_access_token_lives_an_hour_and_each_refresh_token_serves_once(portal: Case) -> None:
    """Rules 13, 14."""
    given = await portal.lever("oauth", **APP)
    body = {"auth": given["access_token"]}
    portal.clock.forward(seconds=3601)
    late = await portal.http.post("/rest/profile", json=body)
    assert (401, "expired_token") == (late.status_code, late.json()["error"])
    strange = await portal.http.post("/rest/profile", json={"auth": "x"})
    assert (401, "invalid_token") == (strange.status_code, strange.json()["error"])
    refresh = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    status, fresh = await token(portal, **refresh)
    assert 200 == status
    needed = {"expires", "expires_in", "user_id", "scope", "status", "member_id", "client_endpoint", "domain"}
    assert needed <= set(fresh)
    status, body = await token(portal, **refresh)
    assert (400, "invalid_grant") == (status, body["error"])
    status, body = await token(portal, **refresh, client_secret="other")
    assert (401, "invalid_client") == (status, body["error"])


async def test_code_serves_once_within_half_a_minute(portal: Case) -> None:
    """Rule 14: grant_type=authorization_code."""
    access = portal.portal.world.access
    access.applications[APP["client_id"]] = APP["client_secret"]
    first, late = (access.code(APP["client_id"], 5, portal.portal.world.now()) for _ in range(2))
    status, body = await token(portal, grant_type="authorization_code", code=first)
    assert (200, 5) == (status, body["user_id"])
    assert "invalid_grant" == (await token(portal, grant_type="authorization_code", code=first))[1]["error"]
    portal.clock.forward(seconds=31)
    assert "invalid_grant" == (await token(portal, grant_type="authorization_code", code=late))[1]["error"]


async def test_installation_is_told_with_tokens_and_removal_without(portal: Case) -> None:
    """Rules 55, 59: handlers, connectors and tokens go with the application."""
    await portal.lever("application", **APP, install_url=INSTALL)
    [event] = told(portal)
    assert ("ONAPPINSTALL", "Y") == (event["event"], event["data"]["INSTALLED"])
    auth = {"auth": event["auth"]["access_token"]}
    assert event["auth"]["refresh_token"]
    bind = {"event": "ONAPPUNINSTALL", "handler": INSTALL, **auth}
    assert (await portal.http.post("/rest/event.bind", json=bind)).json()["result"] is True
    await portal.lever("uninstall", client_id=APP["client_id"])
    gone = told(portal)[-1]
    assert "ONAPPUNINSTALL" == gone["event"]
    assert not {"access_token", "refresh_token"} & set(gone["auth"])
    assert 401 == (await portal.http.post("/rest/profile", json=auth)).status_code
    assert [] == portal.portal.world.events.hooks


async def test_page_is_opened_in_a_frame_and_events_wait_for_its_end(portal: Case) -> None:
    """Rules 59, 82."""
    seen: list[dict[str, Any]] = []

    async def page(request: Request) -> Response:
        seen.append({key: value[0] for key, value in parse_qs((await request.body()).decode()).items()})
        seen[-1] |= {"query": dict(request.query_params)}
        return HTMLResponse("<script>BX24.installFinish()</script>")

    async with served_page(page) as url:
        found = await portal.lever("application", **APP, install_url=url, page=True)
    assert 200 == found["status"]
    wanted = {"AUTH_ID", "REFRESH_ID", "AUTH_EXPIRES", "member_id", "status", "APPLICATION_TOKEN", "PLACEMENT"}
    assert wanted <= set(seen[0])
    assert {"DOMAIN", "PROTOCOL", "LANG", "APP_SID"} <= set(seen[0]["query"])
    bind = {"event": "ONCRMDEALADD", "handler": "http://x.test", "auth": seen[0]["AUTH_ID"]}
    await portal.http.post("/rest/event.bind", json=bind)
    await portal.call("crm.deal.add", fields={"TITLE": "x"})
    assert [] == told(portal)
    await portal.lever("install_finish", client_id=APP["client_id"])
    await portal.call("crm.deal.add", fields={"TITLE": "y"})
    assert ["ONCRMDEALADD"] == [event["event"] for event in told(portal)]


async def test_placement_refusal_is_an_error_in_a_200(portal: Case) -> None:
    """Rule 22; 15: not through a webhook; 16: by an admin."""
    given = await portal.lever("oauth", **APP)

    async def bind(code: str) -> tuple[int, dict[str, Any]]:
        body = {"PLACEMENT": code, "HANDLER": "https://x.test/tab", "auth": given["access_token"]}
        answer = await portal.http.post("/rest/placement.bind", json=body)
        return answer.status_code, answer.json()

    assert (200, True) == ((done := await bind("CRM_DEAL_DETAIL_TAB"))[0], done[1]["result"])
    status, body = await bind("NOWHERE")
    assert (200, "ERROR_PLACEMENT_NOT_FOUND") == (status, body["error"])
    assert "error" in (await bind("CRM_DEAL_DETAIL_TAB"))[1]
    assert (403, "WRONG_AUTH_TYPE") == await portal.refused("placement.bind", PLACEMENT="LEFT_MENU", HANDLER="x")
    staff = await portal.lever("oauth", **APP, user_id=5)
    answer = await portal.http.post("/rest/placement.bind", json={"auth": staff["access_token"], "PLACEMENT": "x"})
    assert "Access denied." == json.loads(answer.text)["error_description"]


@contextlib.asynccontextmanager
async def served_page(page: Any) -> AsyncIterator[str]:
    """A real address: the portal's frame comes over HTTP."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[Route("/install", page, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/install"
    finally:
        server.should_exit = True
        await task
        listener.close()
