"""Events on their way to a handler (reference 11.7, 6)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import php
from sandbox.portal.events import SLOW_SECONDS, Hook, throttle
from tests.sandbox.portal_case import Case


class Handler:
    """A service that receives events."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.types: list[str] = []
        self.status = 200
        self.url = ""

    async def receive(self, request: Request) -> Response:
        self.types.append(request.headers["content-type"])
        self.bodies.append(php.decode((await request.body()).decode()))
        return Response(status_code=self.status)

    @property
    def seen(self) -> list[tuple[str, str]]:
        return [(body["event"], body["data"]["FIELDS"]["ID"]) for body in self.bodies]


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[Handler]:
    handler = Handler()
    app = Starlette(routes=[Route("/hook", handler.receive, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        handler.url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        await until(lambda: server.started)
        try:
            yield handler
        finally:
            server.should_exit = True
            await task


async def until(ready: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not ready():
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def subscribed(*events: str, **road: float) -> AsyncIterator[tuple[Case, Handler]]:
    async with listening() as handler, Case() as case, case.portal.running():
        await case.lever("webhooks", url=handler.url, token="app-token", events=list(events))
        await case.lever("events", delay_ms=1, **road)
        yield case, handler


async def settled(case: Case) -> None:
    """Everything sent has ended one way or another."""
    await until(lambda: not case.portal.world.events.pending)
    await asyncio.sleep(0.05)


async def test_outgoing_webhook_gets_a_form_without_tokens() -> None:  # 11.7 (55)
    async with subscribed("ONCRMDEALADD") as (case, handler):
        number = await case.call("crm.deal.add", fields={"TITLE": "x"})
        await until(lambda: handler.bodies)
        body = handler.bodies[0]
        assert handler.types == ["application/x-www-form-urlencoded"]
        assert {"event", "event_handler_id", "data", "ts", "auth"} == set(body)
        assert (body["event"], body["data"]) == ("ONCRMDEALADD", {"FIELDS": {"ID": str(number)}})
        assert set(body["auth"]) == {"domain", "client_endpoint", "server_endpoint", "member_id", "application_token"}
        assert (body["auth"]["application_token"], body["auth"]["domain"]) == ("app-token", "portal.test")
        assert body["auth"]["client_endpoint"] == "http://portal.test/rest/"  # where the portal was called
        assert body["ts"] == str(int(case.clock().timestamp()))


async def test_application_binds_and_gets_the_acting_users_token() -> None:  # 11.7 (55), 6.3
    async with subscribed() as (case, handler):
        given = await case.lever("oauth", client_id="local.one", client_secret="s", user_id=1)
        app = {"hook": "/rest", "auth": given["access_token"]}
        bind = {"event": "OnCrmDealAdd", "handler": handler.url}
        assert (await case.post("event.bind", **app, **bind)).json()["result"] is True
        assert await case.refused("event.bind", **app, **bind) == (400, "ERROR_EVENT_BINDING_EXISTS")
        wrong = {"event": "ONNOTHING", "handler": handler.url}
        assert await case.refused("event.bind", **app, **wrong) == (400, "ERROR_EVENT_NOT_FOUND")
        assert (await case.post("event.get", **app)).json()["result"][0]["event"] == "ONCRMDEALADD"
        await case.lever("inbound", user=5, code="five")
        await case.post("crm.deal.add", hook="/rest/5/five", fields={"TITLE": "x"})
        await until(lambda: handler.bodies)
        auth = handler.bodies[0]["auth"]
        assert auth["user_id"] == "5"
        caller = await case.post("profile", hook="/rest", auth=auth["access_token"])
        assert caller.json()["result"]["ID"] == "5"
        assert (await case.post("event.unbind", **app, **bind)).json()["result"] == {"count": 1}


async def test_answer_comes_before_its_event() -> None:  # 11.7 (56)
    async with subscribed("ONCRMDEALADD") as (case, handler):
        await case.lever("events", delay_ms=80)
        await case.call("crm.deal.add", fields={"TITLE": "x"})
        assert handler.bodies == []
        await until(lambda: handler.bodies)


async def test_one_attempt_only() -> None:  # 11.7 (56)
    async with subscribed("ONCRMDEALADD") as (case, handler):
        handler.status = 500
        await case.call("crm.deal.add", fields={"TITLE": "x"})
        await until(lambda: handler.bodies)
        await asyncio.sleep(0.1)
        assert len(handler.bodies) == 1
        await case.lever("webhooks", url="http://127.0.0.1:9/none", token="t", events=["ONCRMDEALDELETE"])
        await case.call("crm.deal.delete", id=7001)
        await until(lambda: len(case.portal.world.events.deliveries) == 2)
        outcomes = [row["outcome"] for row in (await case.http.get("/_sandbox/portal/events")).json()["deliveries"]]
        assert outcomes == ["500", "ConnectError"]


async def test_every_change_is_told_our_own_ones_too_and_no_change_is_not() -> None:  # 11.7 (57), 11.6 (47)
    names = ["ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE", "ONCRMTIMELINECOMMENTADD", "ONCRMACTIVITYADD"]
    async with subscribed(*names) as (case, handler):
        number = await case.call("crm.deal.add", fields={"TITLE": "x"})
        await case.call("crm.deal.update", id=number, fields={"TITLE": "x"})
        await case.call("crm.deal.update", id=number, fields={"TITLE": "y"})
        fields = {"ENTITY_TYPE": "deal", "ENTITY_ID": number, "COMMENT": "c"}
        comment = await case.call("crm.timeline.comment.add", fields=fields)
        todo = await case.call("crm.activity.todo.add", ownerTypeId=2, ownerId=number, deadline="2026-05-15")
        await case.lever("human", user=5, id=number, do="move_stage", stage="EXECUTING")
        await case.call("crm.deal.delete", id=number)
        await settled(case)
        owners = [number, number, comment, todo["id"], number, number]
        events = ["DEALADD", "DEALUPDATE", "TIMELINECOMMENTADD", "ACTIVITYADD", "DEALUPDATE", "DEALDELETE"]
        expected = [(f"ONCRM{event}", str(owner)) for event, owner in zip(events, owners, strict=True)]
        assert sorted(expected) == sorted(handler.seen)


async def test_comment_event_can_have_the_shape_of_the_vendors_page() -> None:  # 11.7 (61)
    async with subscribed("ONCRMTIMELINECOMMENTADD") as (case, handler):
        await case.lever("settings", flat_comment_events=True)
        number = await case.call("crm.deal.add", fields={"TITLE": "x"})
        fields = {"ENTITY_TYPE": "deal", "ENTITY_ID": number, "COMMENT": "c"}
        comment = await case.call("crm.timeline.comment.add", fields=fields)
        await until(lambda: handler.bodies)
        assert handler.bodies[0]["data"] == {"ID": str(comment)}


async def test_move_between_pipelines_is_not_told_to_outgoing_webhooks() -> None:  # 11.6 (46), 6.3
    async with subscribed("ONCRMDEALMOVETOCATEGORY", "ONCRMDEALUPDATE") as (case, handler):
        category = (await case.call("crm.category.add", entityTypeId=2, fields={"name": "x"}))["category"]["id"]
        number = await case.call("crm.deal.add", fields={"TITLE": "x"})
        case.portal.world.events.subscribe(handler.url, "t", ["ONCRMDEALMOVETOCATEGORY"], "local.one", 1)
        await case.call("crm.item.update", entityTypeId=2, id=number, fields={"categoryId": category})
        await until(lambda: len(handler.bodies) == 2)
        told = {body["event"]: body["data"]["FIELDS"] for body in handler.bodies}
        assert told["ONCRMDEALMOVETOCATEGORY"]["STAGE_ID"] == f"C{category}:NEW"
        assert [body["event"] for body in handler.bodies].count("ONCRMDEALMOVETOCATEGORY") == 1


@pytest.mark.parametrize(("road", "fewest", "most"), [({"drop": 1.0}, 0, 0), ({"drop": 0.5}, 8, 32)])
async def test_road_drops_a_share(road: dict[str, float], fewest: int, most: int) -> None:  # 11.7 (58)
    async with subscribed("ONCRMLEADADD", **road) as (case, handler):
        await case.batch(*["crm.lead.add?fields[TITLE]=x"] * 40)
        await settled(case)
        await asyncio.sleep(0.1)
        assert fewest <= len(handler.bodies) <= most


async def test_road_doubles() -> None:  # 11.7 (58)
    async with subscribed("ONCRMLEADADD", duplicate=1.0) as (case, handler):
        await case.call("crm.lead.add", fields={"TITLE": "x"})
        await until(lambda: len(handler.bodies) == 2)
        assert handler.bodies[0] == handler.bodies[1]


async def test_road_reorders() -> None:  # 11.7 (58)
    async with subscribed("ONCRMLEADADD", reorder=0.5) as (case, handler):
        await case.batch(*["crm.lead.add?fields[TITLE]=x"] * 20)
        await until(lambda: len(handler.bodies) == 20)
        numbers = [int(number) for _, number in handler.seen]
        assert sorted(numbers) == list(range(3001, 3021)) != numbers


def test_slow_handler_is_called_at_growing_intervals() -> None:  # 11.7 (56)
    hook = Hook(id=1, url="", token="", events=frozenset())
    waits = []
    for _ in range(3):
        throttle(hook, SLOW_SECONDS + 1)
        waits.append(hook.not_before - time.monotonic())
    assert waits == pytest.approx([2, 4, 8], abs=0.1)
    throttle(hook, 0.1)
    assert hook.not_before == 0
