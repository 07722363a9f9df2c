"""PHP's brackets, both ways (reference 11.1 (5), 2.4)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import php

CASES: list[tuple[str, dict[str, Any]]] = [
    ("fields[TITLE]=x&fields[PHONE][0][VALUE]=%2B7", {"fields": {"TITLE": "x", "PHONE": [{"VALUE": "+7"}]}}),
    ("a=1+2", {"a": "1 2"}),
    ("a=1&a=2", {"a": "2"}),
    ("a[]=x&a[]=y", {"a": ["x", "y"]}),
    ("a[]=", {"a": []}),
    ("a[1]=x", {"a": {"1": "x"}}),
    ("a[1]=y&a[0]=x", {"a": {"1": "y", "0": "x"}}),
    ("a.b c=1&d.e[f.g]=2", {"a_b_c": "1", "d_e": {"f.g": "2"}}),
    ("ID=5&", {"ID": "5"}),
    ("filter[>=DATE]=1", {"filter_>": "DATE]=1"}),  # who does not encode the sign loses the filter
    ("filter[%3E%3DDATE]=1&filter[!@ID][]=7&filter[!@ID][]=8", {"filter": {">=DATE": "1", "!@ID": ["7", "8"]}}),
    ("fields%5BTITLE%5D=x", {"fields": {"TITLE": "x"}}),
    ("a", {"a": ""}),
    ("a[b=1", {"a_b": "1"}),
    ("a=1&a[b]=2", {"a": {"b": "2"}}),
    ("", {}),
]


@pytest.mark.parametrize(("text", "tree"), CASES, ids=[text for text, _ in CASES])
def test_form_text_becomes_nested_values(text: str, tree: dict[str, Any]) -> None:
    assert tree == php.decode(text)


def test_encoding_drops_null_and_empty_and_writes_scalars_as_text() -> None:
    assert php.encode({"a": True, "b": False, "c": {"d": 5}, "e": None, "f": [], "g": {}}) == "a=1&b=0&c%5Bd%5D=5"


names = st.text(alphabet="abcXYZ_", min_size=1, max_size=5)
leaves = st.text(st.characters(categories=("L", "M", "N", "P", "S", "Zs")), min_size=1, max_size=8)
trees = st.dictionaries(
    names,
    st.recursive(
        leaves, lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(names, inner, min_size=1)
    ),
    max_size=4,
)


@given(trees)
def test_decoding_undoes_encoding(tree: dict[str, Any]) -> None:
    assert tree == php.decode(php.encode(tree))


@given(st.text(alphabet="a1[]=&%.+ ", max_size=40))
def test_no_text_breaks_the_decoder(text: str) -> None:
    assert isinstance(php.decode(text), dict)


def test_maps_show_as_lists_only_when_counted_from_zero() -> None:
    assert php.shaped({}) == []
    assert php.shaped({"0": "a", "1": "b"}) == ["a", "b"]
    assert php.shaped({"1": "a"}) == {"1": "a"}
    assert php.shaped({"1": "b", "0": "a"}) == {"1": "b", "0": "a"}
