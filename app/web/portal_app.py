"""The local application's doors: installed and removed, the connector's events, its page, files in transit.

What cannot be proven is refused, counted and has no effect: 401 forged or foreign, 409 here before.
"""

import logging
from html import escape
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from app.domain.words import EN, RU, say
from app.flow import files, portal_app
from app.flow.line_hear import take_event
from app.flow.portal_gate import STATUSES, Refused, admit
from app.runtime import Runtime
from app.store.link import StoreAway, StoreError
from bitrix.errors import BitrixError, Unauthorized
from bitrix.events import Event, MalformedEvent, parse_event
from bitrix.install import UNINSTALL, parse_placed

log = logging.getLogger("otklik.portal")
router = APIRouter()

MAX_BODY_BYTES = 1 << 20  # an operator's long message
FRAME = {"Content-Security-Policy": "frame-ancestors https:", "Cache-Control": "no-store"}


@router.post("/bitrix/install")
async def install(request: Request) -> Response:
    """ONAPPINSTALL or the installation page; ONAPPUNINSTALL. 503: the OAuth server or the store is away."""
    runtime, body = _runtime(request), await request.body()
    kind = request.headers.get("content-type", "")
    try:
        event = _event(body, kind)
        if event is not None and event.name == UNINSTALL:
            await admit(runtime, event, body)
            await portal_app.uninstall(runtime, event)
            return Response(status_code=200)
        installing = await portal_app.install(runtime, body, kind)
    except MalformedEvent:
        return _unshown(request, "malformed", 400)
    except portal_app.NotConfigured:
        return _unshown(request, "closed", 404)
    except Unauthorized as error:
        log.warning("an installation was refused: %s", error)
        return _unshown(request, "unauthentic", 401)
    except Refused as error:
        return _refused(runtime, error.reason, STATUSES[error.reason])
    except (BitrixError, StoreAway, StoreError) as error:
        log.warning("an installation was not taken: %s", error)
        return _page(request, "app_refused_away", status=503)
    return _page(request, "app_installed", finish=True) if installing.page else Response(status_code=200)


@router.post("/bitrix/connector")
async def connector(request: Request) -> Response:
    """An event of the open line: 200 once it is kept where to look."""
    runtime, body = _runtime(request), await request.body()
    if len(body) > MAX_BODY_BYTES:
        return Response(status_code=413)
    try:
        event = parse_event(body, request.headers.get("content-type", ""))
        await admit(runtime, event, body)
        if not await take_event(runtime, event):
            return _refused(runtime, "foreign", 401)
    except MalformedEvent:
        return _refused(runtime, "malformed", 400)
    except Refused as error:
        return _refused(runtime, error.reason, STATUSES[error.reason])
    except (StoreAway, StoreError) as error:
        log.warning("an event was not taken: %s", error)
        return Response(status_code=503)
    return Response(status_code=200)


@router.post("/bitrix/placement")
async def placement(request: Request) -> Response:
    """The connector's page in the portal's frame: tells whether the line is connected. Holds no customer's data."""
    runtime = _runtime(request)
    try:
        placed = parse_placed(await request.body())
        installation = await runtime.installed.installation() if runtime.installed else None
    except MalformedEvent:
        return _unshown(request, "malformed", 400)
    except Unauthorized:
        installation = None
    if installation is None or not installation.is_from(placed.application_token, placed.member_id):
        return _unshown(request, "unauthentic", 401)
    connected = await runtime.lines.line() is not None
    return _page(request, "app_connected" if connected else "app_not_connected")


@router.get("/files/{word}/{name}")
async def file(request: Request, word: str) -> Response:
    """404 for whatever is not an address of ours. Never shown in place: what it holds was made by others."""
    try:
        found = await files.fetch(_runtime(request), word)
    except files.Gone:
        return Response(status_code=404)
    disposition = f"attachment; filename*=UTF-8''{quote(found.name)}"
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    return Response(found.content, media_type=found.media_type, headers=headers)


def _event(body: bytes, content_type: str) -> Event | None:
    try:
        return parse_event(body, content_type)
    except MalformedEvent:
        return None  # the installation page is no event


def _refused(runtime: Runtime, reason: str, status: int) -> Response:
    runtime.meter.count("otklik_webhooks_refused_total", channel="bitrix", reason=reason)
    return Response(status_code=status)


def _unshown(request: Request, reason: str, status: int) -> Response:
    """Refused, and told to whoever looks at the frame."""
    _refused(_runtime(request), reason, status)
    return _page(request, f"app_refused_{reason}", status=status)


def _page(request: Request, words: str, *, finish: bool = False, status: int = 200) -> Response:
    """One sentence in the portal's frame, in the language that the portal names, else the business's."""
    locale = request.query_params.get("LANG", "").lower()[:2] or _runtime(request).business.locale
    script = "<script>BX24.init(function () { BX24.installFinish(); });</script>" if finish else ""
    html = (
        f'<!doctype html><html lang="{RU if locale == RU else EN}"><meta charset="utf-8">'
        f"<title>{escape(say('app_title', locale))}</title>"
        f'<script src="//api.bitrix24.com/api/v1/"></script><p>{escape(say(words, locale))}</p>{script}</html>'
    )
    return HTMLResponse(html, status_code=status, headers=FRAME)


def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime
