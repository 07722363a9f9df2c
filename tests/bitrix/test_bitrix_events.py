"""Both shapes of an event, recorded; and bodies that are none."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitrix.access import Tokens
from bitrix.events import MalformedEvent, parse_event

FORM, JSON = "application/x-www-form-urlencoded", "application/json; charset=utf-8"
AUTH = "&auth[domain]=p.example&auth[member_id]=a223&auth[application_token]=51856f"
DEAL = (
    "event=ONCRMDEALUPDATE&event_handler_id=707&data%5BFIELDS%5D%5BID%5D=662&ts=1724140800"
    "&auth%5Bdomain%5D=p.example&auth%5Bclient_endpoint%5D=https%3A%2F%2Fp.example%2Frest%2F"
    "&auth%5Bserver_endpoint%5D=https%3A%2F%2Foauth.example%2Frest%2F&auth%5Bmember_id%5D=a223"
    "&auth%5Bapplication_token%5D=51856f"
)


def test_an_outgoing_webhooks_delivery() -> None:
    event = parse_event(DEAL.encode(), FORM)
    assert (event.name, event.object_id, event.ts) == ("ONCRMDEALUPDATE", 662, 1724140800)
    assert (event.member_id, event.domain, event.application_token) == ("a223", "p.example", "51856f")
    assert event.data == {"FIELDS": {"ID": "662"}}


def test_the_json_shape_says_the_same() -> None:
    auth = {"domain": "p.example", "member_id": "a223", "application_token": "51856f"}
    body = {"event": "OnCrmDealUpdate", "data": {"FIELDS": {"ID": 662}}, "ts": 1724140800, "auth": auth}
    event, form = parse_event(json.dumps(body).encode(), JSON), parse_event(DEAL.encode(), FORM)
    assert (event.name, event.object_id, event.ts, event.member_id) == (form.name, 662, form.ts, form.member_id)


@pytest.mark.parametrize(
    ("data", "object_id"),
    [
        ("data[FIELDS][ID]=7", 7),
        ("data[ID]=7", 7),
        ("data[id]=7", 7),
        ("data[FIELDS_BEFORE]=undefined&data[FIELDS_AFTER][ID]=7&data[IS_ACCESSIBLE_AFTER]=N", 7),
        ("data[FIELDS_BEFORE][ID]=7", 7),
        ("data[FIELDS][ID]=x", None),
        ("data[CONNECTOR]=wa", None),
        ("data=107", None),
        ("", None),
    ],
)
def test_the_object_is_found_wherever_the_portal_puts_its_id(data: str, object_id: int | None) -> None:
    assert parse_event(f"event=onTaskAdd&{data}{AUTH}".encode(), FORM).object_id == object_id


def test_an_operators_message_keeps_its_lists() -> None:
    text = quote("[b]Анна:[/b] [br]Добрый день + 1!")
    body = (
        "event=ONIMCONNECTORMESSAGEADD&data[CONNECTOR]=wa&data[LINE]=15&data[MESSAGES][0][im][chat_id]=1807"
        f"&data[MESSAGES][0][im][message_id]=86497&data[MESSAGES][0][message][text]={text}"
        "&data[MESSAGES][0][message][files][0][name]=a.pdf&data[MESSAGES][0][chat][id]=79001234567&ts=1" + AUTH
    )
    assert parse_event(body.encode(), FORM).data == {
        "CONNECTOR": "wa",
        "LINE": "15",
        "MESSAGES": [
            {
                "im": {"chat_id": "1807", "message_id": "86497"},
                "message": {"text": "[b]Анна:[/b] [br]Добрый день + 1!", "files": [{"name": "a.pdf"}]},
                "chat": {"id": "79001234567"},
            }
        ],
    }


def test_a_bare_scalar_stands_under_value() -> None:
    assert parse_event(f"event=ONIMCONNECTORLINEDELETE&data=107{AUTH}".encode(), FORM).data == {"value": "107"}


def test_an_installation_carries_tokens() -> None:
    auth = {
        "access_token": "aaa",
        "refresh_token": "rrr",
        "expires": "1466443314",
        "domain": "p.example",
        "server_endpoint": "https://oauth.example/rest/",
        "client_endpoint": "https://p.example/rest/",
        "member_id": "a223",
        "application_token": "51856f",
    }
    body = urlencode({"event": "ONAPPINSTALL", "data[VERSION]": "1"} | {f"auth[{key}]": auth[key] for key in auth})
    event = parse_event(body.encode(), FORM)
    tokens = Tokens.read(event.auth)
    assert (tokens.access_token, tokens.refresh_token, tokens.expires_at) == ("aaa", "rrr", 1466443314.0)
    assert not any(secret in repr(event) + repr(tokens) for secret in ("aaa", "rrr", "51856f"))


def test_only_the_known_token_proves_the_sender() -> None:
    event = parse_event(DEAL.encode(), FORM)
    assert event.is_from("51856f")
    assert not event.is_from("51856")
    assert not event.is_from("")
    assert not parse_event(b"event=X", FORM).is_from("")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", FORM),
        (b"data[ID]=5", FORM),
        (b"event=", FORM),
        (b"event[a]=5", FORM),
        (b"\xff\xfe", FORM),
        (b"event=X&data" + b"[a]" * 40 + b"=1", FORM),
        (b"{", JSON),
        (b"[1]", JSON),
        (b"null", JSON),
        (b'{"event": 5}', JSON),
    ],
)
def test_what_is_no_event_is_malformed(body: bytes, content_type: str) -> None:
    with pytest.raises(MalformedEvent):
        parse_event(body, content_type)


NASTY = st.text("[]=&%0129adeventFIELDSauthts\x00é", max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["FIELDS", "ID", "id", "0"]), inner),
    max_leaves=6,
)


@given(NASTY)
def test_no_form_breaks_the_parser(text: str) -> None:
    assert parse_event(f"event=X&{text.replace('event', 'e')}".encode(), FORM).name == "X"


@given(VALUES, VALUES, VALUES)
def test_no_json_breaks_the_parser(data: Any, ts: Any, auth: Any) -> None:
    body = json.dumps({"event": "x", "data": data, "ts": ts, "auth": auth}).encode()
    event = parse_event(body, JSON)
    assert event.object_id is None or event.object_id >= 0
