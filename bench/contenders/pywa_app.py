"""pywa's own FastAPI integration, signature checked, one handler with one Redis round trip.

Runs in the peers' environment under its uvicorn.
"""

# mypy: ignore-errors
import os
import sys

sys.path.append(os.environ["REDIS_PACKAGE"])  # redis-py is none of its dependencies; everything else is its own

import redis.asyncio as redis
from fastapi import FastAPI
from pywa_async import WhatsApp
from pywa_async.types import Message

store = redis.Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()
whatsapp = WhatsApp(
    phone_id=os.environ["WHATSAPP_PHONE_NUMBER_ID"],
    token=os.environ["WHATSAPP_ACCESS_TOKEN"],
    app_secret=os.environ["WHATSAPP_APP_SECRET"],
    verify_token=os.environ["WHATSAPP_VERIFY_TOKEN"],
    server=app,
    webhook_endpoint="/webhooks/whatsapp",
)


@whatsapp.on_message
async def on_message(_: WhatsApp, message: Message) -> None:
    await store.set(f"pywa:{message.id}", "1", nx=True, ex=604_800)
