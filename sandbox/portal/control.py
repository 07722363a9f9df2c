"""The sandbox's own levers on its portal, under /_sandbox/portal/."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.portal import placements
from sandbox.portal.access import ACCESS_SECONDS, SCOPES, InboundWebhook, token_body
from sandbox.portal.chats import ChatDeed, act
from sandbox.portal.diary import deed
from sandbox.portal.errors import RestError
from sandbox.portal.events import Behaviour
from sandbox.portal.faults import Faults
from sandbox.portal.human import Deed, perform
from sandbox.portal.limits import Bucket
from sandbox.portal.operators import Operation, operate
from sandbox.portal.server import Refusal
from sandbox.portal.snapshot import NEWEST, where

if TYPE_CHECKING:
    from sandbox.portal import Portal


class BucketBody(BaseModel):
    drain: float = 2.0
    block: float = 50.0


class LimitsBody(BaseModel):
    bucket: BucketBody | None = None
    operating_seconds: float | None = None
    billed_to_batch: bool = False


class WebhookBody(BaseModel):
    """An outgoing webhook: where events go."""

    url: str
    token: str
    events: list[str]


class InboundBody(BaseModel):
    """An inbound webhook: who may call."""

    user: int
    code: str
    scopes: list[str] | None = None
    active: bool = True
    expires_at: datetime | None = None


class EventsBody(BaseModel):
    delay_ms: float = 20
    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    seed: int = 1


class SettingsBody(BaseModel):
    """What is left out stays as it is."""

    require_https: bool | None = None
    moved_to: str | None = None
    refusal: Refusal | None = None
    crm_mode: int | None = None
    flat_comment_events: bool | None = None
    scope_status: int | None = None
    absent: list[str] | None = None


class UserBody(BaseModel):
    """A change of a person: fired, not at work, without rights."""

    id: int
    active: bool | None = None
    admin: bool | None = None
    crm: bool | None = None
    workday: str | None = None
    absent: str | None = None


class DiaryBody(BaseModel):
    """What a person does in the day view."""

    user: int = 5
    do: Literal["create", "move", "cancel"]
    id: int = 0
    resource: int = 0
    starts: datetime | None = None
    ends: datetime | None = None
    name: str = ""
    deal: int = 0


class OauthBody(BaseModel):
    """An installed application and its first pair of tokens."""

    client_id: str
    client_secret: str
    user_id: int = 1
    scopes: list[str] | None = None
    expires_in: int = ACCESS_SECONDS


class ClientBody(BaseModel):
    client_id: str


class Levers:
    """A method for each address, of the same name: it answers with what it shows or did."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    async def state(self, request: Request) -> Any:
        return self.portal.snapshot(int(request.query_params.get("newest", NEWEST)))

    async def where(self, request: Request) -> Any:
        return where(self.portal.world, request.query_params["words"])

    async def reset(self, _: Request) -> Any:
        self.portal.reset()
        return {}

    async def faults(self, request: Request) -> Any:
        self.portal.door.faults = Faults.model_validate_json(await request.body())
        return self.portal.door.faults.model_dump()

    async def limits(self, request: Request) -> Any:
        body = LimitsBody.model_validate_json(await request.body())
        self.portal.limits.bucket = Bucket(body.bucket.drain, body.bucket.block) if body.bucket else None
        self.portal.limits.operating.limit_seconds = body.operating_seconds
        self.portal.limits.operating.billed_to_batch = body.billed_to_batch
        return body.model_dump()

    async def calls(self, request: Request) -> Any:
        """GET shows the count, POST begins it anew."""
        shown = self.portal.calls()
        if request.method == "POST":
            self.portal.forget_calls()
        return shown

    async def webhooks(self, request: Request) -> Any:
        body = WebhookBody.model_validate_json(await request.body())
        return {"id": self.portal.world.events.subscribe(body.url, body.token, body.events).id}

    async def inbound(self, request: Request) -> Any:
        body = InboundBody.model_validate_json(await request.body())
        scopes = SCOPES if body.scopes is None else frozenset(body.scopes)
        webhook = InboundWebhook(user_id=body.user, code=body.code, scopes=scopes, active=body.active)
        webhook.expires_at = body.expires_at
        self.portal.world.access.add(webhook)
        return {"path": f"/rest/{body.user}/{body.code}/"}

    async def events(self, request: Request) -> Any:
        """GET shows what became of each delivery."""
        if request.method == "GET":
            road = self.portal.world.events
            return {
                "behaviour": asdict(road.behaviour),
                "pending": len(road.pending),
                "deliveries": list(road.deliveries),
            }
        body = EventsBody.model_validate_json(await request.body())
        self.portal.world.events.behave(Behaviour(**body.model_dump()))
        return body.model_dump()

    async def settings(self, request: Request) -> Any:
        body = SettingsBody.model_validate_json(await request.body())
        given = body.model_dump(exclude_unset=True)
        owners = (self.portal.door, self.portal.world, self.portal.world.access)
        for name, value in given.items():
            setattr(next(owner for owner in owners if hasattr(owner, name)), name, value)
        return given

    async def users(self, request: Request) -> Any:
        body = UserBody.model_validate_json(await request.body())
        user = self.portal.world.users[body.id]
        for name, value in body.model_dump(exclude={"id"}, exclude_none=True).items():
            setattr(user, name, value)
        return asdict(user)

    async def oauth(self, request: Request) -> Any:
        body, world = OauthBody.model_validate_json(await request.body()), self.portal.world
        world.access.applications[body.client_id] = body.client_secret
        scopes = SCOPES if body.scopes is None else frozenset(body.scopes)
        access, refresh = world.access.issue(body.client_id, body.user_id, scopes, world.now(), body.expires_in)
        domain = request.headers.get("host", "")
        grant = world.access.tokens[access]
        return token_body(access, refresh, grant, domain=domain, scheme=request.url.scheme, now=world.now())

    async def application(self, request: Request) -> Any:
        """An admin makes a local application: the portal tells it that it is installed."""
        world = self.portal.world
        world.domain, world.scheme = request.headers.get("host", world.domain), request.url.scheme
        return await placements.install(world, placements.ApplicationBody.model_validate_json(await request.body()))

    async def uninstall(self, request: Request) -> Any:
        return placements.uninstall(self.portal.world, ClientBody.model_validate_json(await request.body()).client_id)

    async def install_finish(self, request: Request) -> Any:
        return placements.finish(self.portal.world, ClientBody.model_validate_json(await request.body()).client_id)

    async def open(self, request: Request) -> Any:
        return await placements.open_page(
            self.portal.world, placements.OpenBody.model_validate_json(await request.body())
        )

    async def line(self, request: Request) -> Any:
        return operate(self.portal.world, Operation.model_validate_json(await request.body()))

    async def diary(self, request: Request) -> Any:
        return deed(self.portal.world, DiaryBody.model_validate_json(await request.body()).model_dump())

    async def human(self, request: Request) -> Any:
        return perform(self.portal.world, Deed.model_validate_json(await request.body()))

    async def chat(self, request: Request) -> Any:
        return act(self.portal.world, ChatDeed.model_validate_json(await request.body()))


VERBS = {"state": ["GET"], "where": ["GET"], "calls": ["GET", "POST"], "events": ["GET", "POST"]}  # POST elsewhere


def routes(portal: Portal) -> list[Route]:
    levers, names = Levers(portal), [name for name in vars(Levers) if not name.startswith("_")]
    return [
        Route(f"/_sandbox/portal/{name}", _json(getattr(levers, name)), methods=VERBS.get(name, ["POST"]))
        for name in names
    ]


def _json(run: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await run(request))
        except ValidationError as error:
            return JSONResponse({"error": str(error)}, 422)
        except RestError as error:
            return JSONResponse(error.body, error.status)

    return endpoint
