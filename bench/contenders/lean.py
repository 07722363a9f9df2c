"""The least that could do: the same secret and the same accept script through redis-py, of a text without a schema.

It knows Telegram's text messages alone, and no worker could read what it stores; garbage collection is frozen as in
our gateway.
"""

import gc
import os
from hmac import compare_digest
from typing import Any

import orjson
import redis.asyncio as redis

from app.store.mailbox import SEEN_SECONDS, seen_id, text_hash
from app.store.scripts import SCRIPTS

SECRET = os.environ["TELEGRAM_WEBHOOK_SECRET"].encode()
HEADER = b"x-telegram-bot-api-secret-token"
FACTS = '{"channel":"telegram","kind":"text","author":"customer","source":""}'

store = redis.Redis.from_url(os.environ["REDIS_URL"])
accept = store.register_script(SCRIPTS["accept"].body)
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 100)


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    proof = next((value for name, value in scope["headers"] if name == HEADER), b"")
    status = 200 if compare_digest(proof, SECRET) else 401
    if status == 200:
        await _accept(await _body(receive))
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        part = await receive()
        body, more = body + part.get("body", b""), part.get("more_body", False)
    return body


async def _accept(body: bytes) -> None:
    message = orjson.loads(body)["message"]
    conversation, message_id, text = f"te-{message['chat']['id']}", str(message["message_id"]), message["text"]
    mail = orjson.dumps({"type": "received", "text": text, "name": message["from"]["first_name"]})
    words = (conversation, mail, "telegram", "text", "customer", message_id, text_hash(text), "", FACTS)
    await accept(args=[seen_id(conversation, message_id), SEEN_SECONDS, *words])
