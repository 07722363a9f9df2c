"""What a vendor knows after a webhook that somebody else wrote: who is there, what they said, which files exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.messengers.phones import Channel, Line
from sandbox.messengers.telegram import Telegram
from sandbox.messengers.world import World


def learn(channel: Channel, body: dict[str, Any], world: World, telegram: Telegram) -> None:
    """Every writer in the body is met, with the window open from now on; unknown shapes teach nothing."""
    if channel == "telegram":
        telegram.files.update(_file_ids(body))
        query = body.get("callback_query")
        if isinstance(query, dict):
            telegram.callbacks[str(query.get("id"))] = world.clock.now()
    now = world.clock.now()
    for writer, name, message_id, text in _words(channel, body):
        phone = world.phones.meet(channel, writer, name)
        phone.last_word_at = now
        if channel == "telegram" and isinstance(body.get("business_message"), dict):
            phone.connection = body["business_message"].get("business_connection_id")
        world.phones.write(phone, Line(at=now, by="customer", id=message_id, text=text))


Words = Iterator[tuple[str, str | None, str, str]]


def _words(channel: Channel, body: dict[str, Any]) -> Words:
    """(writer's id, name, message id, text) of everything a customer wrote in the body."""
    match channel:
        case "telegram":
            yield from _telegram(body)
        case "whatsapp":
            yield from _whatsapp(body)
        case "instagram":
            yield from _instagram(body)
        case "site":
            if body.get("session_id"):
                yield str(body["session_id"]), None, str(body.get("message_id")), str(body.get("text") or "")


def _telegram(body: dict[str, Any]) -> Words:
    for kind in ("message", "business_message"):
        message = body.get(kind)
        if isinstance(message, dict) and message.get("chat", {}).get("type") == "private":
            sender = message.get("from", {})
            if sender.get("id") == message["chat"]["id"]:
                text = message.get("text") or message.get("caption") or ""
                yield str(sender["id"]), sender.get("first_name"), str(message.get("message_id")), text
    query = body.get("callback_query")
    if isinstance(query, dict) and "from" in query:
        yield str(query["from"]["id"]), query["from"].get("first_name"), str(query.get("id")), str(query.get("data"))


def _whatsapp(body: dict[str, Any]) -> Words:
    for entry in body.get("entry", []):
        for change in entry.get("changes", []):
            value = change.get("value", {})
            names = {c.get("wa_id"): c.get("profile", {}).get("name") for c in value.get("contacts", [])}
            for message in value.get("messages", []):
                writer = message.get("from") or message.get("from_user_id")
                if writer:
                    text = (message.get("text") or {}).get("body", "")
                    yield str(writer), names.get(message.get("from")), str(message.get("id")), text


def _instagram(body: dict[str, Any]) -> Words:
    for entry in body.get("entry", []):
        for item in entry.get("messaging", []):
            message = item.get("message") or item.get("postback")
            if isinstance(message, dict) and not message.get("is_echo"):
                text = message.get("text") or message.get("title") or ""
                yield str(item.get("sender", {}).get("id")), None, str(message.get("mid")), text


def _file_ids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("file_id"), str):
            yield value["file_id"]
        for inner in value.values():
            yield from _file_ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _file_ids(inner)
