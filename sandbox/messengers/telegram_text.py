"""What the Bot API reads of a call and what it refuses in it: text, markup, parameters in any of its four forms."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

TEXT_LIMIT = 4096
CALLBACK_DATA_BYTES = 64
BUTTONS_LIMIT = 100
HTML_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote", "tg-spoiler"}


class Refusal(Exception):
    """The vendor's no: `{"ok": false, "error_code", "description", "parameters"?}`."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


class Params:
    """Parameters of a call: from the query, a JSON body or a form, where objects travel as JSON text."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    @classmethod
    async def read(cls, request: Request) -> Params:
        values: dict[str, Any] = dict(request.query_params)
        kind = request.headers.get("content-type", "")
        if kind.startswith("application/x-www-form-urlencoded"):
            return cls(values | dict(parse_qsl((await request.body()).decode(), keep_blank_values=True)))
        if kind.startswith("application/json"):
            try:
                body = json.loads(await request.body() or b"{}")
            except ValueError as error:
                raise Refusal(400, "Bad Request: can't parse JSON object") from error
            return cls(values | (body if isinstance(body, dict) else {}))
        return cls(values | dict(await request.form()))

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else str(value)

    def json(self, name: str) -> Any:
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError as error:
            raise Refusal(400, f"Bad Request: can't parse {name.replace('_', ' ')} JSON object") from error


def plain_text(params: Params) -> str:
    """The text as a customer reads it, 1–4096 characters after the entities are parsed (channels.md 2.6)."""
    text, mode = params.text("text"), params.text("parse_mode").lower()
    if mode == "html":
        text = _Html.strip(text)
    elif mode:
        raise Refusal(400, "Bad Request: unsupported parse_mode")
    if not text.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    if len(text) > TEXT_LIMIT:
        raise Refusal(400, "Bad Request: message is too long")
    return text


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.open: list[str] = []

    @classmethod
    def strip(cls, text: str) -> str:
        parser = cls()
        parser.feed(text)
        parser.close()
        if parser.open:
            raise Refusal(
                400, f"Bad Request: can't parse entities: Can't find end tag corresponding to {parser.open[-1]}"
            )
        return parser.text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HTML_TAGS:
            raise Refusal(400, f'Bad Request: can\'t parse entities: Unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise Refusal(400, f'Bad Request: can\'t parse entities: Unexpected end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.text += data


def markup_of(params: Params) -> dict[str, Any] | None:
    """An inline or a reply keyboard that passes the vendor's limits."""
    markup = params.json("reply_markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise Refusal(400, "Bad Request: object expected as reply markup")
    inline = [button for row in markup.get("inline_keyboard", []) for button in row]
    if len(inline) > BUTTONS_LIMIT:
        raise Refusal(400, "Bad Request: BUTTONS_TOO_MUCH")
    for button in inline:
        _check_inline(button)
    for row in markup.get("keyboard", []):
        for button in row:
            if isinstance(button, dict) and not button.get("text"):
                raise Refusal(400, 'Bad Request: can\'t parse keyboard button: Field "text" must be a non-empty String')
    return markup


def _check_inline(button: dict[str, Any]) -> None:
    if not button.get("text"):
        raise Refusal(400, 'Bad Request: can\'t parse inline keyboard button: Field "text" must be of type String')
    if "callback_data" not in button and "url" not in button:
        raise Refusal(
            400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= CALLBACK_DATA_BYTES:
        raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")


def buttons_of(markup: dict[str, Any] | None) -> list[dict[str, str]]:
    """Buttons as the customer's phone shows them; `payload` empty: pressing it sends its text."""
    if not markup:
        return []
    inline = [
        {"text": str(button["text"]), "payload": str(button.get("callback_data") or button.get("url"))}
        for row in markup.get("inline_keyboard", [])
        for button in row
    ]
    reply = [
        {"text": button, "payload": ""} if isinstance(button, str) else _reply_button(button)
        for row in markup.get("keyboard", [])
        for button in row
    ]
    return inline + reply


def _reply_button(button: dict[str, Any]) -> dict[str, str]:
    return {"text": str(button["text"]), "payload": "contact:" if button.get("request_contact") else ""}
