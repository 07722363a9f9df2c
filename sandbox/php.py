"""PHP's way of writing nested values as form pairs: `fields[PHONE][0][VALUE]=+7…`, both directions."""

from typing import Any
from urllib.parse import quote, unquote_plus

_MANGLED = str.maketrans({".": "_", " ": "_"})


def decode(text: str) -> dict[str, Any]:
    """What PHP's parse_str reads from a query or a form body (reference 11.1 (5)).

    Scalars are `str`; the last of two equal keys wins; a map whose keys count 0..n-1 is a list; `key[]=` alone is an
    empty list, as b24pysdk writes it (11.4 (29)).
    """
    pairs = (pair.partition("=") for pair in text.split("&") if pair)
    return decode_pairs([(unquote_plus(key), unquote_plus(value)) for key, _, value in pairs])


def decode_pairs(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """The same for pairs that are already percent-decoded, such as the parts of a multipart body."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        path = _path(key)
        if path:
            _put(tree, path, value)
    return {key: _shaped(value) for key, value in tree.items()}


def encode(tree: dict[str, Any]) -> str:
    """A form body; `None` and empty containers vanish, as in http_build_query (reference 6.8)."""
    return "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in _flat(tree, ""))


def shaped(value: dict[Any, Any]) -> Any:
    """How PHP's json_encode shows a map: a list when empty or keyed 0..n-1 (reference 2.4)."""
    if all(str(key) == str(place) for place, key in enumerate(value)):
        return list(value.values())
    return value


def _path(key: str) -> list[str]:
    """`a.b[c][]` → ["a_b", "c", ""]; as in PHP, a bracket that never closes is a `_` of the name."""
    name, bracket, rest = key.partition("[")
    if bracket and "]" not in rest:
        name, bracket = f"{name}_{rest}", ""
    name = name.lstrip(" ").translate(_MANGLED)
    path = [name] if name else []
    while path and bracket:
        step, closed, rest = rest.partition("]")
        if not closed:
            break
        path.append(step)
        bracket, rest = rest[:1] if rest.startswith("[") else "", rest[1:]
    return path


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        name = step or _next_index(tree)
        if not isinstance(tree.get(name), dict):
            tree[name] = {}
        tree = tree[name]
    tree[path[-1] or _next_index(tree)] = value


def _next_index(tree: dict[str, Any]) -> str:
    return str(max((int(key) for key in tree if key.isdigit()), default=-1) + 1)


def _shaped(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = shaped({key: _shaped(child) for key, child in value.items()})
    return [] if inner == [""] else inner


def _flat(value: Any, key: str) -> list[tuple[str, str]]:
    if value is None:
        return []
    if isinstance(value, dict | list | tuple):
        children = value.items() if isinstance(value, dict) else enumerate(value)
        return [pair for name, child in children for pair in _flat(child, f"{key}[{name}]" if key else str(name))]
    if isinstance(value, bool):
        return [(key, "1" if value else "0")]
    return [(key, str(value))]
