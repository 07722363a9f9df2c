"""What WhatsApp shows of an outgoing body, within its limits (channels.md 3.5)."""

from __future__ import annotations

from typing import Any

from sandbox.messengers.graph_errors import GraphError

TEXT, INTERACTIVE, LIST_BODY, TEMPLATE = 4096, 1024, 4096, 1024
HEADER, FOOTER = 60, 60
REPLY_BUTTONS, BUTTON_TITLE, BUTTON_ID = 3, 20, 256
LIST_SECTIONS, LIST_ROWS, ROW_TITLE, ROW_ID, ROW_DESCRIPTION = 10, 10, 24, 200, 72

Buttons = list[dict[str, str]]


def shown_text_and_buttons(body: dict[str, Any]) -> tuple[str, Buttons]:
    """The words and buttons on the customer's screen, or the vendor's refusal."""
    match body.get("type", "text"):
        case "text":
            return _bounded(_object(body, "text").get("body"), TEXT, "text['body']"), []
        case "template":
            return _template(_object(body, "template"))
        case "interactive":
            return _interactive(_object(body, "interactive"))
        case "image" | "video" | "audio" | "document" as kind:
            return _media(_object(body, kind)), []
        case other:
            raise GraphError.parameter(
                f"Param type must be one of {{TEXT, TEMPLATE, INTERACTIVE}} here, got {other!r}."
            )


def _media(media: dict[str, Any]) -> str:
    """A file by its address, with what is written under it."""
    link = str(media.get("link") or "")
    if not link.startswith(("http://", "https://")):
        raise GraphError.parameter("The parameter link or id is required.")
    return "\n".join(str(part) for part in (media.get("caption"), link) if part)


def _interactive(interactive: dict[str, Any]) -> tuple[str, Buttons]:
    kind, action = interactive.get("type"), _object(interactive, "action")
    limit = LIST_BODY if kind == "list" else INTERACTIVE
    text = _bounded(_object(interactive, "body").get("text"), limit, "interactive['body']['text']")
    for part, most in (("header", HEADER), ("footer", FOOTER)):
        if interactive.get(part, {}).get("text"):
            _bounded(interactive[part]["text"], most, f"interactive['{part}']['text']")
    match kind:
        case "button":
            return text, _reply_buttons(action.get("buttons") or [])
        case "list":
            return text, _rows(action)
        case "cta_url":
            link = _object(action, "parameters")
            return text, [{"text": str(link.get("display_text")), "payload": str(link.get("url"))}]
        case "request_contact_info":
            return text, [{"text": "Отправить номер", "payload": "contact:"}]
        case other:
            raise _invalid(f"interactive type {other!r} is not valid")


def _reply_buttons(buttons: list[dict[str, Any]]) -> Buttons:
    if not 1 <= len(buttons) <= REPLY_BUTTONS:
        raise _invalid(f"Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: {REPLY_BUTTONS}")
    replies = [button.get("reply") or {} for button in buttons]
    for reply in replies:
        if not 1 <= len(str(reply.get("title") or "")) <= BUTTON_TITLE:
            raise _invalid(f"Button title length invalid. Min length: 1, Max length: {BUTTON_TITLE}")
        if not 1 <= len(str(reply.get("id") or "")) <= BUTTON_ID:
            raise _invalid(f"Button id length invalid. Min length: 1, Max length: {BUTTON_ID}")
    for key in ("title", "id"):
        if len({reply[key] for reply in replies}) < len(replies):
            raise _invalid(f"Duplicate button {key}s")
    return [{"text": str(reply["title"]), "payload": str(reply["id"])} for reply in replies]


def _rows(action: dict[str, Any]) -> Buttons:
    sections = action.get("sections") or []
    rows = [row for section in sections for row in section.get("rows") or []]
    if not 1 <= len(sections) <= LIST_SECTIONS or not 1 <= len(rows) <= LIST_ROWS:
        raise _invalid(f"Total row count exceed max allowed count: {LIST_ROWS}")
    if not 1 <= len(str(action.get("button") or "")) <= BUTTON_TITLE:
        raise _invalid(f"List button length invalid. Max length: {BUTTON_TITLE}")
    for row in rows:
        for key, most in (("title", ROW_TITLE), ("id", ROW_ID), ("description", ROW_DESCRIPTION)):
            if len(str(row.get(key) or "")) > most or (key != "description" and not row.get(key)):
                raise _invalid(f"Row {key} length invalid. Max length: {most}")
    return [{"text": str(row["title"]), "payload": str(row["id"])} for row in rows]


def _template(template: dict[str, Any]) -> tuple[str, Buttons]:
    """Name and parameters: the wording itself stands in the account, which the sandbox does not keep."""
    components = template.get("components") or []
    words = [
        str(parameter.get("text", ""))
        for component in components
        if component.get("type", "").lower() == "body"
        for parameter in component.get("parameters") or []
    ]
    buttons = [
        {"text": str(parameter.get("payload")), "payload": str(parameter.get("payload"))}
        for component in components
        if component.get("type", "").lower() == "button" and str(component.get("sub_type")).lower() == "quick_reply"
        for parameter in component.get("parameters") or []
    ]
    text = f"[{template.get('name')}] " + " · ".join(words)
    if len(text) > TEMPLATE:
        raise GraphError(132005, "(#132005) Translated text too long", details="Translated text too long")
    return text.strip(), buttons


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise GraphError.parameter(f"The parameter {name} is required.")
    return value


def _bounded(text: Any, most: int, name: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise GraphError.parameter(f"The parameter {name} is required.")
    if len(text) > most:
        raise GraphError.parameter(f"Param {name} must be at most {most} characters long.")
    return text


def _invalid(details: str) -> GraphError:
    return GraphError(131009, "(#131009) Parameter value is not valid", details=details)
