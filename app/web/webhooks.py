"""POST /webhooks/{channel}: bytes in, 200 out once they are safe; GET for Meta's handshake.

An ASGI application of its own beside FastAPI: signatures need the raw body, and the layers of a framework would cost a
third of everything that happens until the 200 (bench/RESULTS.md, `ack`).
"""

import logging
import time

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.channels.base import Channel, Webhook
from app.domain.failures import Unauthentic
from app.flow.accept import accept
from app.runtime import Runtime
from app.store.link import StoreAway, StoreError

log = logging.getLogger("otklik.webhooks")

PREFIX = "/webhooks/"
METHODS = {"GET", "POST"}


class TooLarge(Exception):
    pass


async def serve(runtime: Runtime, scope: Scope, receive: Receive, send: Send) -> None:
    """A request whose path begins with `PREFIX`."""
    response = await _respond(runtime, Request(scope, receive))
    await response(scope, receive, send)


async def _respond(runtime: Runtime, request: Request) -> Response:
    """401 unproven, 404 unknown channel, 413 too large, 503 not safe yet: the messenger tries again."""
    channel = runtime.channels.get(request.scope["path"].removeprefix(PREFIX).partition("/")[0])
    if channel is None:
        return _plain("no such channel", 404)
    if request.method not in METHODS:
        return _plain("GET or POST", 405)
    started, outcome = time.monotonic(), "ok"
    try:
        webhook = await _webhook(request, channel)
        if request.method == "GET":
            ack = channel.handshake(webhook)
        else:
            ack = await accept(runtime, channel, webhook)
        return Response(ack.body, status_code=ack.status, media_type=ack.media_type)
    except Unauthentic as error:
        outcome = "unauthentic"
        log.info("refused: %s", error, extra={"channel": channel.name})
        return _plain("not proven", 403 if request.method == "GET" else 401)
    except TooLarge:
        outcome = "too_large"
        return _plain(f"body over {channel.max_body_bytes} bytes", 413)
    except ClientDisconnect:
        outcome = "gone"
        return _plain("", 400)
    except (StoreAway, StoreError) as error:
        outcome = "store_away"
        log.warning("not accepted: %s", error, extra={"channel": channel.name})
        return Response("try again", status_code=503, headers={"Retry-After": "2"}, media_type="text/plain")
    finally:
        runtime.meter.observe(
            "otklik_step_duration_seconds", time.monotonic() - started, step="accept", outcome=outcome
        )


async def _webhook(request: Request, channel: Channel) -> Webhook:
    return Webhook(
        method=request.method,
        path=request.scope["path"],
        query=dict(request.query_params) if request.scope["query_string"] else {},
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]},
        body=await _body(request, channel.max_body_bytes),
    )


async def _body(request: Request, most: int) -> bytes:
    """The raw bytes; stops reading where the limit is passed, whatever Content-Length says."""
    if int(request.headers.get("content-length") or 0) > most:
        raise TooLarge
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)


def _plain(text: str, status: int) -> Response:
    return Response(text, status_code=status, media_type="text/plain")
