"""Events from Bitrix24: hints only. Authenticated, deduplicated, then the object is read again by its id."""

import hmac
import logging

from fastapi import APIRouter, Request, Response

from app.flow.handoff import hint
from app.runtime import Runtime
from app.store.link import StoreAway, StoreError
from bitrix.events import MalformedEvent, parse_event

log = logging.getLogger("otklik.portal")
router = APIRouter()

MAX_BODY_BYTES = 1 << 20


@router.post("/bitrix/events")
async def events(request: Request) -> Response:
    """200 once kept; 401 for a wrong token; 503 while the store is away (the portal tries once)."""
    runtime: Runtime = request.app.state.runtime
    body = await request.body()
    if len(body) > MAX_BODY_BYTES:
        return Response(status_code=413)
    try:
        event = parse_event(body, request.headers.get("content-type", ""))
    except MalformedEvent:
        return Response(status_code=400)
    token = runtime.settings.portal.application_token
    if token is None or not hmac.compare_digest(token.get_secret_value().encode(), event.application_token.encode()):
        runtime.meter.count("otklik_webhooks_refused_total", channel="bitrix", reason="unauthentic")
        return Response(status_code=401)
    try:
        if event.name == "ONCRMTIMELINECOMMENTADD" and event.object_id is not None:
            await hint(runtime, event.object_id)
        else:
            runtime.meter.count("otklik_messages_ignored_total", channel="bitrix", reason="event")
    except (StoreAway, StoreError) as error:
        log.warning("an event was not taken: %s", error)
        return Response(status_code=503)
    return Response(status_code=200)
