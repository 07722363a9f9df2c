"""/health/live, /health/ready (names what is away), /metrics (right however many processes run)."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.observe.metrics import render
from app.runtime import Runtime
from app.store import keys
from app.store.link import StoreAway, StoreError

router = APIRouter()


@router.get("/health/live")
async def live() -> dict[str, str]:
    """This process runs and its loop turns."""
    return {"status": "ok"}


@router.get("/health")
@router.get("/health/ready")
async def ready(request: Request, response: Response) -> dict[str, Any]:
    """503 while messages cannot be made safe; portal, models and messengers may be away without closing the door."""
    runtime: Runtime = request.app.state.runtime
    parts = {"redis": await _store(runtime)}
    if any(state != "ok" for state in parts.values()):
        response.status_code = 503
    doors = {name: "open" if _is_open(runtime, name) else "closed: its secret is not set" for name in runtime.channels}
    portal = "configured" if runtime.crm else "not configured"
    return {"status": "ok" if response.status_code != 503 else "away", "parts": parts, "doors": doors, "portal": portal}


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    runtime: Runtime = request.app.state.runtime
    await runtime.flush()
    try:
        figures = await runtime.figures.read() | await runtime.figures.sizes() | {'otklik_up{part="redis"}': 1.0}
    except (StoreAway, StoreError):
        figures = {'otklik_up{part="redis"}': 0.0}
    return Response(render(figures), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _store(runtime: Runtime) -> str:
    try:
        birth = await runtime.link.command("GET", keys.BIRTH)
    except (StoreAway, StoreError) as error:
        return f"away: {error}"
    return "ok" if birth == keys.LAYOUT else "wiped: it waits for a worker to rebuild it"


def _is_open(runtime: Runtime, name: str) -> bool:
    settings = runtime.settings
    return {
        "telegram": settings.telegram.webhook_secret is not None,
        "whatsapp": bool(settings.whatsapp.app_secrets),
        "instagram": bool(settings.instagram.app_secrets),
        "site": settings.site.webhook_secret is not None,
        "sms": settings.sms.is_open,
    }.get(name, False)
