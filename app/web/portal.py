"""Events from Bitrix24: hints only. Authenticated, deduplicated, then the object is read again by its id."""

import logging

from fastapi import APIRouter, Request, Response

from app.flow import events as portal_events
from app.flow.diary_news import changed
from app.flow.portal_gate import STATUSES, Refused, admit
from app.runtime import Runtime
from app.store.link import StoreAway, StoreError
from bitrix.events import MalformedEvent, parse_event

log = logging.getLogger("otklik.portal")
router = APIRouter()

MAX_BODY_BYTES = 1 << 20


@router.post("/bitrix/events")
async def events(request: Request) -> Response:
    """200 once kept; 401 forged or foreign; 409 here before; 503 while the store is away (the portal tries once)."""
    runtime: Runtime = request.app.state.runtime
    body = await request.body()
    if len(body) > MAX_BODY_BYTES:
        return Response(status_code=413)
    try:
        event = parse_event(body, request.headers.get("content-type", ""))
    except MalformedEvent:
        return Response(status_code=400)
    try:
        await admit(runtime, event, body)
        if event.name in portal_events.BOOKINGS and event.object_id is not None:
            await changed(runtime, event.object_id)
        elif not await portal_events.take(runtime, event):
            runtime.meter.count("otklik_messages_ignored_total", channel="bitrix", reason="event")
    except Refused as error:
        runtime.meter.count("otklik_webhooks_refused_total", channel="bitrix", reason=error.reason)
        return Response(status_code=STATUSES[error.reason])
    except (StoreAway, StoreError) as error:
        log.warning("an event was not taken: %s", error)
        return Response(status_code=503)
    return Response(status_code=200)
