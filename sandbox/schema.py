"""JSON schemas as a model meets them: fill one plausibly, refuse one that is not strict."""

from __future__ import annotations

from typing import Any

REPLY_NAMES = ("reply", "draft", "answer", "message", "text")
REPLY = "Здравствуйте! Спасибо за сообщение, сейчас всё подскажу."


class SchemaError(ValueError):
    """A schema that strict mode does not take; says where and why."""


def fill(schema: dict[str, Any]) -> Any:
    """The plainest value that the schema allows: null before a guess, the first of an enumeration, no list items."""
    return _fill(schema, schema, "")


def overlay(answer: Any, schema: dict[str, Any], words: str) -> Any:
    """The same answer with `words` as its reply, wherever the schema has free text for a customer."""
    if not isinstance(answer, dict):
        return answer
    replies = {name for name in answer if _is_reply(name)} or {n for n, v in answer.items() if isinstance(v, str)}
    return {name: words if name in replies else value for name, value in answer.items()}


def check_strict(schema: dict[str, Any], path: str = "$") -> None:
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is not False:
            raise SchemaError(f"in {path}, 'additionalProperties' is required to be supplied and to be false")
        if missing := set(properties) - set(schema.get("required", [])):
            raise SchemaError(f"in {path}, 'required' must include every key in properties; missing {sorted(missing)}")
        for name, value in properties.items():
            check_strict(value, f"{path}.{name}")
    if isinstance(schema.get("items"), dict):
        check_strict(schema["items"], f"{path}[]")
    for group in ("anyOf", "$defs"):
        parts = schema.get(group, [])
        for name, part in parts.items() if isinstance(parts, dict) else enumerate(parts):
            check_strict(part, f"{path}.{group}[{name}]")


def _fill(schema: dict[str, Any], root: dict[str, Any], name: str) -> Any:
    if "$ref" in schema:
        return _fill(_referred(schema["$ref"], root), root, name)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return None if None in schema["enum"] else schema["enum"][0]
    if "anyOf" in schema:
        options = schema["anyOf"]
        return None if any(option.get("type") == "null" for option in options) else _fill(options[0], root, name)
    kinds = schema["type"] if isinstance(schema.get("type"), list) else [schema.get("type", "object")]
    if "null" in kinds and not _is_reply(name):
        return None
    return _plain(next(kind for kind in kinds if kind != "null"), schema, root, name)


def _plain(kind: str, schema: dict[str, Any], root: dict[str, Any], name: str) -> Any:
    match kind:
        case "object":
            return {key: _fill(value, root, key) for key, value in schema.get("properties", {}).items()}
        case "array":
            return [_fill(schema["items"], root, name) for _ in range(schema.get("minItems", 0))]
        case "string":
            return REPLY if _is_reply(name) else ""
        case "boolean":
            return False
        case _:
            return schema.get("minimum", 0)


def _is_reply(name: str) -> bool:
    return any(word in name.lower() for word in REPLY_NAMES)


def _referred(reference: str, root: dict[str, Any]) -> dict[str, Any]:
    found: Any = root
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)
