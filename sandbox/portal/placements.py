"""An application in the portal: it is installed and removed, and its pages are opened in frames (reference 1.3, 8)."""

from __future__ import annotations

import json
from typing import Any

import httpx
from pydantic import BaseModel, Field

from sandbox import php
from sandbox.portal import lines
from sandbox.portal.access import ACCESS_SECONDS, MEMBER_ID, SCOPES
from sandbox.portal.calls import Call, method
from sandbox.portal.errors import RestError
from sandbox.portal.events import Hook
from sandbox.portal.world import World

PLACEMENTS = ("CRM_DEAL_DETAIL_TAB", "CRM_LEAD_DETAIL_TAB", "CRM_CONTACT_DETAIL_TAB", "LEFT_MENU", "IM_SIDEBAR")
SECONDS = 20.0


class ApplicationBody(BaseModel):
    """A local application that an admin makes. `page`: with a page in a frame, which has to finish the installation."""

    client_id: str
    client_secret: str
    install_url: str
    user_id: int = 1
    scopes: list[str] | None = None
    page: bool = False


class OpenBody(BaseModel):
    """A person opens a page of an application."""

    client_id: str
    url: str
    user: int
    placement: str = "DEFAULT"
    options: dict[str, Any] = Field(default_factory=dict)


async def install(world: World, body: ApplicationBody) -> dict[str, Any]:
    """Without a page the portal posts ONAPPINSTALL; with one an admin opens it (reference 1.3)."""
    access = world.access
    access.applications[body.client_id] = body.client_secret
    if body.page:
        access.unfinished.add(body.client_id)
        opened = OpenBody(client_id=body.client_id, url=body.install_url, user=body.user_id)
        return await open_page(world, opened)
    scopes = SCOPES if body.scopes is None else frozenset(body.scopes)
    token, refresh = access.issue(body.client_id, body.user_id, scopes, world.now(), ACCESS_SECONDS)
    expires = int(world.now().timestamp()) + ACCESS_SECONDS
    auth = {"access_token": token, "refresh_token": refresh, "expires": expires, "expires_in": ACCESS_SECONDS}
    auth |= {"scope": ",".join(sorted(scopes)), "user_id": body.user_id}
    data = {"VERSION": "1", "ACTIVE": "Y", "INSTALLED": "Y", "LANGUAGE_ID": "ru"}
    world.events.deliver_to(world, _hook(world, body.client_id, body.install_url), "ONAPPINSTALL", data, auth)
    return {"auth": auth}


def finish(world: World, client_id: str) -> dict[str, Any]:
    """What BX24.installFinish() does."""
    world.access.unfinished.discard(client_id)
    return {"installed": client_id in world.access.applications}


def uninstall(world: World, client_id: str, *, clean: bool = True) -> dict[str, Any]:
    """ONAPPUNINSTALL carries no tokens; handlers, connectors and tokens go (reference 1.3, 11.7 (59))."""
    hooks = [hook for hook in world.events.hooks if hook.application == client_id]
    for hook in hooks:
        if "ONAPPUNINSTALL" in hook.events:
            data = {"LANGUAGE_ID": "ru", "CLEAN": int(clean)}
            world.events.deliver_to(world, hook, "ONAPPUNINSTALL", data, {})
    world.events.hooks = [hook for hook in world.events.hooks if hook.application != client_id]
    lines.removed(world, client_id)
    world.access.forget(client_id)
    return {"handlers": len(hooks)}


async def open_page(world: World, body: OpenBody) -> dict[str, Any]:
    """The POST that a frame makes, and what came back (reference 8.3, 11.10 (82))."""
    access, refresh = world.access.issue(body.client_id, body.user, SCOPES, world.now(), ACCESS_SECONDS)
    query = {"DOMAIN": world.domain, "PROTOCOL": int(world.scheme == "https"), "LANG": "ru", "APP_SID": "sid"}
    fields = {
        "AUTH_ID": access,
        "AUTH_EXPIRES": ACCESS_SECONDS,
        "REFRESH_ID": refresh,
        "SERVER_ENDPOINT": f"{world.scheme}://{world.domain}/rest/",
        "APPLICATION_TOKEN": world.access.application_token,
        "APPLICATION_SCOPE": ",".join(sorted(SCOPES)),
        "member_id": MEMBER_ID,
        "status": "L",
        "PLACEMENT": body.placement,
        "PLACEMENT_OPTIONS": json.dumps(body.options),
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as client:
        answer = await client.post(f"{body.url}?{php.encode(query)}", content=php.encode(fields), headers=headers)
    shown = {name: answer.headers.get(name, "") for name in ("content-type", "x-frame-options")}
    return {"status": answer.status_code, "headers": shown, "body": answer.text, "sent": fields}


@method("placement.bind", scope="placement", admin=True)
def bind(call: Call) -> Any:
    """Refusals are `error` in a 200 (reference 8.1, 11.3 (22))."""
    code, handler = str(call.loose("PLACEMENT") or "").upper(), str(call.loose("HANDLER") or "")
    if not handler:
        raise RestError("EMPTY_ERROR_HANDLER_URL", "Handler URL is empty", 200)
    if code not in PLACEMENTS:
        raise RestError("ERROR_PLACEMENT_NOT_FOUND", "Placement not found", 200)
    mine = call.world.placements.setdefault(str(call.caller.application), {})
    if mine.get(code) == handler:
        raise RestError("ERROR_PLACEMENT_MAX_COUNT", "Handler already binded", 200)
    mine[code] = handler
    return True


@method("placement.get", scope="placement")
def get(call: Call) -> list[dict[str, str]]:
    mine = call.world.placements.get(str(call.caller.application), {})
    return [{"placement": code, "handler": handler, "title": "", "description": ""} for code, handler in mine.items()]


@method("placement.unbind", scope="placement", admin=True)
def unbind(call: Call) -> dict[str, int]:
    mine = call.world.placements.get(str(call.caller.application), {})
    return {"count": int(mine.pop(str(call.loose("PLACEMENT") or "").upper(), None) is not None)}


@method("placement.list", scope="placement")
def codes(call: Call) -> list[str]:
    return list(PLACEMENTS)


def _hook(world: World, client_id: str, url: str) -> Hook:
    """An address that is told something once, without being bound."""
    return Hook(id=0, url=url, token=world.access.application_token, events=frozenset(), application=client_id)
