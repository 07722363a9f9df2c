"""aiogram's own webhook application on aiohttp: `PORT background|foreground`, one handler with one Redis round trip.

Runs in the peers' environment. `background` answers 200 before the handler has run.
"""

# mypy: ignore-errors
import os
import sys

sys.path.append(os.environ["REDIS_PACKAGE"])  # redis-py is none of its dependencies; everything else is its own

import redis.asyncio as redis
import uvloop
from aiogram import Bot, Dispatcher
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

port, mode = sys.argv[1:]
uvloop.install()
store = redis.Redis.from_url(os.environ["REDIS_URL"])
bot, dispatcher = Bot(os.environ["TELEGRAM_BOT_TOKEN"]), Dispatcher()


@dispatcher.message()
async def on_message(message: Message) -> None:
    await store.set(f"aiogram:{message.chat.id}:{message.message_id}", "1", nx=True, ex=604_800)


app = web.Application()
handler = SimpleRequestHandler(
    dispatcher, bot, handle_in_background=mode == "background", secret_token=os.environ["TELEGRAM_WEBHOOK_SECRET"]
)
handler.register(app, path="/webhooks/telegram")
setup_application(app, dispatcher, bot=bot)
web.run_app(app, host="127.0.0.1", port=int(port), access_log=None, print=None)
