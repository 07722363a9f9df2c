"""The site's chat: a page without accounts, its messages in, server-sent events out.

A session is made here, and its token is an HMAC of it: nobody writes into or reads another's chat, and the page holds
no secret. A message becomes an ordinary one of the channel `site`. The page's side of this is told in docs/chat.md.
"""

import contextlib
import hashlib
import hmac
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Annotated, Any
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import ClientDisconnect

from app.channels.base import Webhook
from app.channels.untrusted import Text, clean
from app.domain.conversation import Owner
from app.domain.message import InboundMessage
from app.runtime import Runtime
from app.store.chat import Limit, Line
from app.store.link import StoreAway, StoreError
from app.web.chat_page import ASSETS, Asset, headers, html

router = APIRouter(prefix="/chat")

MAX_BODY_BYTES = 64 * 1024  # 4 000 characters, each escaped as two surrogates, and the addresses of two pages
MAX_TEXT = 4000
BEAT_SECONDS = 15.0
MINUTE = timedelta(minutes=1)
MESSAGES_OF_SESSION, MESSAGES_OF_ADDRESS, SESSIONS_OF_ADDRESS = 20, 60, 30  # a minute; an office shares an address
OPEN_PAGES, OPEN_PAGES_OF_SESSION = 5000, 10  # of one process


class Written(BaseModel):
    """What the page posts. `id` is the page's own and makes a repeat harmless; `payload` is a pressed button's."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    session: str = Field(max_length=64)
    token: str = Field("", max_length=64)
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
    text: str = Field(max_length=MAX_TEXT)
    payload: str = Field("", max_length=256)
    name: str = Field("", max_length=200)
    phone: str = Field("", max_length=50)
    page_url: Text = ""
    referrer: Text = ""


@router.get("")
async def page(request: Request) -> Response:
    """Needs no Redis: a visitor sees it, and may write, while the store is away."""
    runtime: Runtime = request.app.state.runtime
    text = html(runtime.business, request.headers.get("accept-language", ""), embedded="embed" in request.query_params)
    return Response(text, media_type="text/html", headers=headers(runtime.settings.site.widget_origins))


@router.post("/sessions")
async def session(request: Request) -> Response:
    """A new, unguessable session (144 bits) and the token that opens it."""
    runtime: Runtime = request.app.state.runtime
    _check_origin(runtime, request)
    with _store_answers():
        key = await _key(runtime)
        await _take(runtime, Limit(f"chat:new:{_address(request, key)}", SESSIONS_OF_ADDRESS, MINUTE))
    made = secrets.token_urlsafe(18)
    return JSONResponse({"session": made, "token": _token(key, made)}, status_code=201)


@router.post("/messages")
async def message(request: Request) -> Response:
    """202 once it is safe, however often it comes. The page keeps what met 503 or 429 and posts it again."""
    runtime: Runtime = request.app.state.runtime
    _check_origin(runtime, request)
    written = await _written(request)
    with _store_answers():
        key = await _check_token(runtime, request, written.session, written.token)
        await _take(
            runtime,
            Limit(f"chat:session:{written.session}", MESSAGES_OF_SESSION, MINUTE),
            Limit(f"chat:address:{_address(request, key)}", MESSAGES_OF_ADDRESS, MINUTE),
        )
        inbound = _inbound(runtime, written)
        accepted = await runtime.mailbox.accept(inbound)
        shown = {"from": "customer", "key": written.id, "text": inbound.text}
        entry = await runtime.chat.append(written.session, f"page:{written.id}", shown)
    return JSONResponse({"id": entry, "typing": accepted.owner is not Owner.PERSON}, status_code=202)


@router.get("/events")
async def events(request: Request, session: str = "", token: str = "", after: str = "") -> Response:
    """Every line after `Last-Event-ID` (or `after`), then each as it comes, and a comment every 15 s."""
    runtime: Runtime = request.app.state.runtime
    with _store_answers():
        await _check_token(runtime, request, session, token)
        if runtime.chat.open_pages >= OPEN_PAGES:
            raise HTTPException(503, "too many open pages", headers={"Retry-After": "5"})
        if runtime.chat.open_pages_of(session) >= OPEN_PAGES_OF_SESSION:
            raise HTTPException(429, "too many open pages of this chat", headers={"Retry-After": "15"})
        lines = runtime.chat.follow(session, _entry(request.headers.get("last-event-id") or after), BEAT_SECONDS)
        first = await anext(lines)
    return StreamingResponse(
        _told(first, lines),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},  # nginx.org: ngx_http_proxy_module
    )


@router.get("/{name}")
async def asset(name: str) -> Response:
    found = ASSETS.get(name)
    if found is None:
        raise HTTPException(404, "no such file")
    return _file(found)


def _file(found: Asset) -> Response:
    return Response(
        found.body,
        media_type=found.media_type,
        headers={"Cache-Control": "max-age=300", "ETag": found.etag, "X-Content-Type-Options": "nosniff"},
    )


async def _told(first: list[Line], lines: AsyncGenerator[list[Line]]) -> AsyncIterator[bytes]:
    """Server-sent events; the stream ends when the store goes, and the page comes again."""
    async with contextlib.aclosing(lines):
        yield b"retry: 1000\n\n" + b"".join(map(_event, first))
        with contextlib.suppress(StoreAway, StoreError):
            async for more in lines:
                yield b"".join(map(_event, more)) or b": beat\n\n"


def _event(line: Line) -> bytes:
    data = {"id": line.id, "at": line.at, "from": "assistant", "buttons": [], **line.message}
    return b"id: " + line.id.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


def _entry(given: str) -> str:
    """The id of a stream entry; anything else means from the beginning."""
    milliseconds, _, number = given.partition("-")
    known = all(part.isascii() and part.isdigit() and len(part) < 19 for part in (milliseconds, number))
    return given if known else "0-0"


def _inbound(runtime: Runtime, written: Written) -> InboundMessage:
    """Through the channel's own parser, so that a visitor is the same customer whichever way a message comes."""
    line = {
        "session_id": written.session,
        "message_id": written.id,
        "text": clean(written.text),
        "payload": written.payload,
        "visitor": {"name": written.name, "phone": written.phone},
        "page_url": written.page_url,
        "referrer": written.referrer,
    }
    parsed = runtime.channels["site"].parse(
        Webhook(headers={"content-type": "application/json"}, body=orjson.dumps(line))
    )
    match parsed:
        case [InboundMessage() as inbound]:
            return inbound
        case _:
            raise HTTPException(422, "text: empty")


async def _written(request: Request) -> Written:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "application/json was expected")
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY_BYTES:
                raise HTTPException(413, f"body over {MAX_BODY_BYTES} bytes")
        return Written.model_validate_json(bytes(body))
    except ClientDisconnect:
        raise HTTPException(400, "the page left") from None
    except ValidationError as error:
        fault: Any = error.errors()[0]
        raise HTTPException(422, f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None


def _check_origin(runtime: Runtime, request: Request) -> None:
    """A browser names the page that posts. Ours is fine, whatever a proxy made of the scheme; so are those listed."""
    origin = request.headers.get("origin", "").lower()
    ours = {urlsplit(runtime.settings.general.public_url).netloc.lower(), request.headers.get("host", "").lower()}
    if origin and urlsplit(origin).netloc not in ours and origin not in runtime.settings.site.widget_origins:
        _refused(runtime, "origin")
        raise HTTPException(403, "this site may not write here: WIDGET_ORIGINS")


async def _check_token(runtime: Runtime, request: Request, session: str, given: str) -> bytes:
    """The key that proved it. The header keeps the token out of addresses, which proxies log."""
    key = await _key(runtime)
    offered = request.headers.get("x-chat-token", given)
    if not hmac.compare_digest(offered.encode(), _token(key, session).encode()):
        _refused(runtime, "unauthentic")
        raise HTTPException(403, "the token does not open this session")
    return key


async def _take(runtime: Runtime, *limits: Limit) -> None:
    wait = await runtime.chat.wait(*limits)
    if wait:
        _refused(runtime, "too_many")
        seconds = -(-wait // timedelta(seconds=1))
        raise HTTPException(429, "too many, try again later", headers={"Retry-After": str(seconds)})


async def _key(runtime: Runtime) -> bytes:
    own = runtime.settings.general.secret_key
    return own.get_secret_value().encode() if own else await runtime.chat.key()


def _token(key: bytes, session: str) -> str:
    return hmac.new(key, f"chat session {session}".encode(), hashlib.sha256).hexdigest()


def _address(request: Request, key: bytes) -> str:
    """Whose limit it is: the address, hashed, since it is personal data; of IPv6 the network that one house gets."""
    host = request.client.host if request.client else ""
    with contextlib.suppress(ValueError):
        address = ip_address(host)
        host = str(ip_network(f"{host}/64", strict=False)) if address.version == 6 else host
    return hmac.new(key, f"chat address {host}".encode(), hashlib.sha256).hexdigest()[:24]


def _refused(runtime: Runtime, reason: str) -> None:
    runtime.meter.count("otklik_webhooks_refused_total", channel="site", reason=reason)


@contextlib.contextmanager
def _store_answers() -> Iterator[None]:
    try:
        yield
    except (StoreAway, StoreError) as error:
        raise HTTPException(503, "try again", headers={"Retry-After": "2"}) from error
