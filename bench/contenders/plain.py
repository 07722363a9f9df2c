"""A plain ASGI application that makes a webhook as safe as ours does: the same check, message and script, by redis-py.

No framework, no metrics, no answers but 200 and 401; garbage collection is frozen as in our gateway.
"""

import gc
import os
from typing import Any, cast

import redis.asyncio as redis

from app.channels.base import Webhook
from app.channels.telegram import Telegram
from app.domain.failures import Unauthentic
from app.domain.message import InboundMessage
from app.store.link import Link
from app.store.mailbox import Mailbox
from app.store.scripts import SCRIPTS

store = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
script = store.register_script(SCRIPTS["accept"].body)
telegram = Telegram(token=os.environ["TELEGRAM_BOT_TOKEN"], secret=os.environ["TELEGRAM_WEBHOOK_SECRET"])


class RedisPy:
    """What a mailbox needs of a Link."""

    async def run(self, _: str, *words: Any) -> Any:
        return await script(args=words)


mailbox = Mailbox(cast(Link, RedisPy()))
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 100)


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    status = await _accept(Webhook(headers=headers, body=await _body(receive)))
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})


async def _accept(webhook: Webhook) -> int:
    try:
        telegram.verify(webhook)
    except Unauthentic:
        return 401
    for item in telegram.parse(webhook):
        if isinstance(item, InboundMessage):
            await mailbox.accept(item)
    return 200


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        part = await receive()
        body, more = body + part.get("body", b""), part.get("more_body", False)
    return body
