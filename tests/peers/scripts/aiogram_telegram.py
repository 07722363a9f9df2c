"""aiogram, unmodified, against a Bot API server: `aiogram_telegram.py <base> <token> <sandbox>`; prints JSON."""

import asyncio
import json
import sys
import urllib.request

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter, TelegramUnauthorizedError
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup

base, token, sandbox = sys.argv[1:]


def control(path: str, body: object) -> dict:
    data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{sandbox}/_sandbox/{path}", data, headers)) as answer:  # noqa: S310
        return json.load(answer)


def session() -> AiohttpSession:
    return AiohttpSession(api=TelegramAPIServer.from_base(base))


async def refusal(call) -> dict:
    try:
        await call
    except (TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter, TelegramUnauthorizedError) as error:
        return {"class": type(error).__name__, "message": error.message, "after": getattr(error, "retry_after", None)}
    return {"class": None}


async def main() -> dict:
    chat = int(
        control("customers/say", {"channel": "telegram", "customer": "peer", "name": "Марина", "text": "Привет"})[
            "chat"
        ]
    )
    inline = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Да", callback_data="rem:1:yes")]])
    contact = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Номер", request_contact=True)]], resize_keyboard=True)
    seen = {}
    async with Bot(token, session=session()) as bot:
        seen["me"] = (await bot.get_me()).username
        seen["webhook_set"] = await bot.set_webhook(
            "https://shop.example/hook", secret_token="a-secret_1", allowed_updates=["message", "callback_query"]
        )
        info = await bot.get_webhook_info()
        seen["webhook"] = {"url": info.url, "updates": info.allowed_updates}
        sent = await bot.send_message(chat, "Придёте?", reply_markup=inline)
        seen["sent"] = {
            "id": sent.message_id,
            "text": sent.text,
            "data": sent.reply_markup.inline_keyboard[0][0].callback_data,
        }
        seen["reply_keyboard"] = (await bot.send_message(chat, "Ваш номер?", reply_markup=contact)).text
        edited = await bot.edit_message_text("Ждём вас", chat_id=chat, message_id=sent.message_id)
        seen["edited"] = edited.text
        seen["typing"] = await bot.send_chat_action(chat, "typing")
        seen["unknown_chat"] = await refusal(bot.send_message(1, "а"))
        control("telegram/faults", {"kind": "429", "count": 1, "retry_after": 7})
        seen["too_many"] = await refusal(bot.send_message(chat, "а"))
        control("customers/block", {"channel": "telegram", "customer": "peer"})
        seen["blocked"] = await refusal(bot.send_message(chat, "а"))
        seen["webhook_deleted"] = await bot.delete_webhook()
    async with Bot("1:wrong", session=session()) as stranger:
        seen["wrong_token"] = await refusal(stranger.get_me())
    return seen


print(json.dumps(asyncio.run(main()), ensure_ascii=False))
