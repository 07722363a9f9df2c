"""Value → exact request, recorded payload → value, and the bracket encoding against an independent decoder."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from fake_portal import php_decode
from hypothesis import given
from hypothesis import strategies as st

from bitrix import errors, wire
from bitrix.methods import Entity, contact_add, deal_add, find_by_origin, item_list
from bitrix.wire import Command, Reference, Response

KEYS = st.text(st.characters(exclude_characters="[]", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z_]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: "$" not in text)
TREES = st.recursive(
    TEXTS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(KEYS.filter(lambda key: not key.isdigit()), inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, TREES, max_size=4))
def test_bracket_encoding_is_undone_by_phps_decoding(params: dict[str, Any]) -> None:
    assert params == php_decode(wire.query(params))


@given(st.text())
def test_no_text_of_a_customer_can_refer_to_another_command(text: str) -> None:
    decoded = php_decode(wire.query({"a": "x $result[" + text, "b": "$Result[c0]", "c": text}))
    assert not any(wire.PORTAL_REFERENCE.search(value) for value in decoded.values())


def test_a_spoilt_reference_looks_the_same_to_a_reader() -> None:
    assert php_decode(wire.query({"a": "$result[deal]"}))["a"] == "$\u2060result[deal]"
    assert php_decode(wire.query({"a": "$100 and $results"}))["a"] == "$100 and $results"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"PHONE": "+7 900"}, "PHONE=%2B7%20900"),
        ({"a": True, "b": False, "c": None}, "a=1&b=0&c="),
        ({"fields": {"PHONE": [{"VALUE": "1"}]}}, "fields[PHONE][0][VALUE]=1"),
        ({"filter": {">=DATE": "x"}}, "filter[%3E%3DDATE]=x"),
        ({"tags": [], "map": {}}, "tags[]=&map[]="),
        (
            {"at": datetime(2026, 5, 14, 7, 31, tzinfo=UTC), "sum": Decimal("10.50")},
            "at=2026-05-14T07%3A31%3A00%2B00%3A00&sum=10.50",
        ),
        ({"id": Reference("deal", "[item][id]")}, "id=%24result%5Bdeal%5D%5Bitem%5D%5Bid%5D"),
        ({"text": "#5 a&b=c\ud83d"}, "text=%235%20a%26b%3Dc%3F"),
    ],
)
def test_each_kind_of_value_has_one_encoding(params: dict[str, Any], expected: str) -> None:
    assert expected == wire.query(params)


@pytest.mark.parametrize("params", [{"a[b]": 1}, {"": 1}, {"at": datetime(2026, 5, 14, 7, 31)}, {"x": {"k]": 1}}])
def test_what_the_portal_would_misread_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"portal"):
        wire.query(params)


def test_a_reference_is_a_whole_value_or_an_error() -> None:
    with pytest.raises(TypeError, match="whole value"):
        f"D_{Reference('deal', '[item][id]')}"


def test_a_single_command_is_one_json_post() -> None:
    request = wire.request("https://p.example/rest/1/code/", contact_add({"NAME": "Анна", "POST": None}))
    assert request.url == "https://p.example/rest/1/code/crm.contact.add"
    assert json.loads(request.body) == {"fields": {"NAME": "Анна", "POST": ""}, "params": {"REGISTER_SONET_EVENT": "N"}}


def test_an_applications_token_travels_in_the_body_only() -> None:
    request = wire.request("https://p.example/rest/", Command(method="profile", params={}), "secret")
    assert json.loads(request.body) == {"auth": "secret"}
    assert "secret" not in request.url + repr(request)


def test_the_worked_example_of_the_reference() -> None:
    deal = deal_add({"title": "WhatsApp: Anna", "contactIds": [Reference("contact")], "UF_CRM_SLA": "a+b"})
    batch = wire.batch({"contact": contact_add({"NAME": "Anna"}), "deal": deal}, halt=True)
    assert batch.method == "batch"
    assert batch.params == {
        "halt": 1,
        "cmd": {
            "contact": "crm.contact.add?fields[NAME]=Anna&params[REGISTER_SONET_EVENT]=N",
            "deal": "crm.item.add?entityTypeId=2&fields[title]=WhatsApp%3A%20Anna"
            "&fields[contactIds][0]=%24result%5Bcontact%5D&fields[UF_CRM_SLA]=a%2Bb&useOriginalUfNames=Y",
        },
    }


@pytest.mark.parametrize("key", ["0", "17", "", "a b", "a]", "ключ"])
def test_a_batch_key_that_php_would_reshape_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="batch key"):
        wire.batch({key: Command(method="profile", params={})}, halt=False)


def test_a_batch_has_at_most_fifty_commands() -> None:
    commands = {f"c{n}": Command(method="profile", params={}) for n in range(51)}
    with pytest.raises(ValueError, match="50"):
        wire.batch(commands, halt=False)


def test_looking_for_no_origin_is_refused_since_it_would_match_everything() -> None:
    with pytest.raises(ValueError, match="everything"):
        find_by_origin(Entity.LEAD, "otklik", [])
    expected = (
        "crm.item.list?entityTypeId=1&select[0]=id&select[1]=originId&filter[originatorId]=o&filter[%40originId][0]=p1"
    )
    assert wire.line(find_by_origin(Entity.LEAD, "o", ["p1"])).startswith(expected)
    assert item_list(Entity.DEAL).params == {"entityTypeId": 2, "useOriginalUfNames": "Y"}


# Recorded answers


def test_a_list_answer_carries_its_place_and_the_operating_time() -> None:
    body = (
        b'{"result":[{"ID":"410"}],"next":50,"total":234,"time":{"start":1778747192.910734,"finish":1778747193.530359,'
        b'"duration":0.61,"processing":0.03,"date_start":"2026-05-14T10:26:32+02:00",'
        b'"date_finish":"2026-05-14T10:26:33+02:00","operating_reset_at":1778747792,"operating":3.3076}}'
    )
    result = wire.read(Response(status=200, body=body), "crm.lead.list")
    assert (result.value, result.next, result.total) == ([{"ID": "410"}], 50, 234)
    assert (
        result.operating,
        result.operating_reset_at,
        result.finished_at,
    ) == (3.3076, 1778747792.0, 1778747193.530359)


def test_a_self_hosted_answer_without_operating_time_is_read() -> None:
    result = wire.read(Response(status=200, body=b'{"result":3465,"time":{"start":1,"finish":2}}'), "crm.lead.add")
    assert (result.value, result.operating, result.operating_reset_at) == (3465, None, None)


@pytest.mark.parametrize(
    ("status", "body", "kind", "executed"),
    [
        (502, b"<html><h1>502 Bad Gateway</h1></html>", errors.Unanswered, "unknown"),
        (200, b"<html>", errors.Unanswered, "unknown"),
        (200, b"[]", errors.Unanswered, "unknown"),
        (200, b'{"time":{}}', errors.Unanswered, "unknown"),
        (500, b"{}", errors.Unanswered, "unknown"),
        (200, b'{"error":"ERROR_PLACEMENT_NOT_FOUND","error_description":"x"}', errors.Refused, "no"),
        (400, b'{"error":"","error_description":"Access denied."}', errors.Denied, "no"),
        (400, b'{"error":"","error_description":"Not found"}', errors.Missing, "no"),
        (400, b'{"error":100,"error_description":"Could not find value for parameter {fields}"}', errors.Invalid, "no"),
    ],
)
def test_an_answer_without_a_result_is_a_typed_error(status: int, body: bytes, kind: type, executed: str) -> None:
    with pytest.raises(kind) as caught:
        wire.read(Response(status=status, body=body), "crm.lead.add")
    assert executed == caught.value.executed


def test_a_recorded_batch_answer_with_empty_sections_as_lists() -> None:
    value = {
        "result": {"contact": 46, "none": None},
        "result_error": {"deal": {"error": "", "error_description": "Access denied."}},
        "result_total": [],
        "result_next": [],
        "result_time": {"contact": {"start": 1.0, "finish": 1.1, "operating": 0}},
    }
    commands = {key: Command(method="crm.x.add", params={}) for key in ("contact", "none", "deal", "note")}
    answers = wire.read_batch(wire.Result(value=value), commands)
    assert list(answers) == ["contact", "none", "deal"]  # the note stands nowhere: not executed
    assert (answers["contact"].value, answers["none"].value) == (46, None)
    assert isinstance(answers["deal"], errors.Denied)
    everything_empty = {key: [] for key in value}
    assert wire.read_batch(wire.Result(value=everything_empty), commands) == {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [([{"ID": "1"}], [{"ID": "1"}]), ({"items": [{"id": 1}]}, [{"id": 1}]), ([], []), ({}, [])],
)
def test_rows_are_found_bare_or_wrapped(value: Any, expected: list[Any]) -> None:
    assert expected == wire.rows(value)


@pytest.mark.parametrize("method", ["crm.item.list", "crm.lead.get", "profile", "crm.duplicate.findbycomm", "user.get"])
def test_reads_are_known_by_their_last_word(method: str) -> None:
    assert wire.is_read(method)


@pytest.mark.parametrize(
    "method",
    ["crm.item.add", "crm.lead.update", "event.offline.get", "imconnector.send.messages", "batch", "x.anything"],
)
def test_whatever_is_not_a_known_read_counts_as_a_change(method: str) -> None:
    assert not wire.is_read(method)
