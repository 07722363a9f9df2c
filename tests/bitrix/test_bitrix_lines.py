"""Open Lines as the library writes and reads them, and an application's installation, in both shapes."""

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitrix import errors, lines
from bitrix.access import Application
from bitrix.events import MalformedEvent, parse_event
from bitrix.install import parse_install, parse_placed, prove
from bitrix.lines import Guest, Hint, Said
from bitrix.wire import Response
from tests.bitrix.fake_portal import FakePortal

FORM = "application/x-www-form-urlencoded"
TAKEN = re.compile(r"(?:[^\W\d_]+(?:[ '-]+[^\W\d_]+)*)?")  # names of guests that the portal does not refuse
EVENT = {
    "event": "ONIMCONNECTORMESSAGEADD",
    "data": {
        "CONNECTOR": "otklik",
        "LINE": 15,
        "MESSAGES": [{"im": {"chat_id": 1807, "message_id": 86497}, "message": {"user_id": 27, "text": "x"}}],
    },
    "ts": 1773759161,
    "auth": {"application_token": "t", "member_id": "m"},
}
WIRE = (
    "event=ONIMCONNECTORMESSAGEADD&event_handler_id=555&data[CONNECTOR]=otklik&data[LINE]=15"
    "&data[MESSAGES][0][im][chat_id]=1807&data[MESSAGES][0][im][message_id]=86497"
    "&data[MESSAGES][0][message][user_id]=27&data[MESSAGES][0][message][text]=x&ts=1773759161"
    "&auth[application_token]=t&auth[member_id]=m"
)


@pytest.mark.parametrize(("body", "kind"), [(WIRE.encode(), FORM), (json.dumps(EVENT).encode(), "application/json")])
def test_message_event_names_its_chat_in_either_shape(body: bytes, kind: str) -> None:
    event = parse_event(body, kind)
    assert [Hint(chat_id=1807, message_id=86497)] == lines.hints(event.data, "otklik", 15)
    assert [] == lines.hints(event.data, "telegrambot", 15)
    assert [] == lines.hints(event.data, "otklik", 16)


@pytest.mark.parametrize("data", [{}, {"CONNECTOR": "otklik", "LINE": "15", "MESSAGES": "x"}, {"MESSAGES": [1]}])
def test_odd_event_names_nothing(data: dict[str, Any]) -> None:
    assert [] == lines.hints(data, "otklik", 15)


def test_message_into_the_line_is_what_the_portal_takes() -> None:
    guest = Guest(id="te-1", name="Салон №1 «Анна»" + "а" * 30, phone="+79001234567", chat_name="Telegram: Анна")
    command = lines.send(
        "otklik", 15, guest, [Said(id="m1", text="Да", at=5), Said(id="m2", text="Нет", at=6, author=1)]
    )
    first, second = command.params["MESSAGES"]
    assert ("te-1", "Салон Анна " + "а" * 14) == (first["user"]["id"], first["user"]["name"])
    assert ("Y", "Telegram: Анна") == (first["message"]["disable_crm"], first["chat"]["name"])
    assert (None, 1) == (first["message"].get("user_id"), second["message"]["user_id"])


def test_refusal_inside_a_200_is_an_error() -> None:
    rows = [
        {"SUCCESS": True, "session": {"ID": "323", "CHAT_ID": "1767"}},
        {"SUCCESS": False, "ERRORS": ["Not all the required data"]},
    ]
    taken, refused = lines.read_sent({"SUCCESS": True, "DATA": {"RESULT": rows}})
    assert (1767, 323) == taken
    assert isinstance(refused, errors.Invalid)
    with pytest.raises(errors.BitrixError):
        lines.check_registered({"result": False, "error": "NAME_REQUIRED"})
    lines.check_registered({"result": True})


def test_history_tells_guests_operators_and_whispers_apart() -> None:
    rows = {
        "11": {"id": "11", "senderid": "450", "text": "Здравствуйте", "params": {"connectorMid": ["m1"]}},
        "9": {"id": "9", "senderid": "0", "text": "Диалог начат", "params": []},
        "12": {
            "id": "12",
            "senderid": "5",
            "text": "между нами",
            "params": {"class": "bx-messenger-content-item-system"},
        },
        "13": {"id": "13", "senderid": "5", "text": "вот", "params": {"FILE_ID": ["7"], "IS_DELETED": "Y"}},
    }
    users = {"450": {"connector": True}, "5": {"connector": False}}
    found = lines.read_history(
        {"chatId": 1982, "sessionId": 469, "message": rows, "users": users, "files": {"7": {"id": 7}}}
    )
    assert (1982, 469, frozenset({450})) == (found.chat_id, found.session_id, found.guests)
    assert [9, 11, 12, 13] == [row.id for row in found.messages]
    assert [True, False, True, False] == [row.internal for row in found.messages]
    assert ("m1",) == found.messages[1].external_ids
    assert (True, 7) == (found.messages[3].deleted, found.messages[3].files[0]["id"])
    assert () == lines.read_history({"message": [], "users": [], "files": []}).messages


INSTALLED = {
    "event": "ONAPPINSTALL",
    "auth[refresh_token]": "r1",
    "auth[server_endpoint]": "https://oauth.example/rest/",
    "auth[application_token]": "t",
}
PAGE = {"AUTH_ID": "a", "REFRESH_ID": "r1", "APPLICATION_TOKEN": "t", "member_id": "m1", "PLACEMENT": "DEFAULT"}


@pytest.mark.parametrize(("fields", "page"), [(INSTALLED, False), (PAGE, True)])
def test_installation_is_read_from_event_and_page(fields: dict[str, str], page: bool) -> None:
    found = parse_install(urlencode(fields).encode(), FORM)
    assert ("r1", "t", page) == (found.refresh_token, found.application_token, found.page)
    assert "r1" not in repr(found)


@pytest.mark.parametrize("body", [b"", b"event=ONAPPINSTALL", b"AUTH_ID=a", b"event=ONCRMDEALADD", b"\xff"])
def test_what_is_no_installation_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedEvent):
        parse_install(body, FORM)
    with pytest.raises(MalformedEvent):
        parse_placed(body)


def granted(domain: str) -> Response:
    body = {"access_token": "a2", "refresh_token": "r2", "expires": 1773762761, "member_id": "m1"}
    body |= {"client_endpoint": f"https://{domain}/rest/", "server_endpoint": "https://oauth.example/rest/"}
    return Response(status=200, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (granted("p.bitrix24.ru"), None),
        (granted("evil.example"), errors.Unauthorized),
        (Response(status=400, body=b'{"error":"invalid_grant"}'), errors.Unauthorized),
        (Response(status=502, body=b"<html>"), errors.Unanswered),
        (Response(status=200, body=b'{"access_token":"a"}'), errors.Unanswered),
    ],
)
async def test_installation_is_proven_by_the_oauth_server_for_this_portal_only(
    answer: Response, error: type[Exception] | None
) -> None:
    portal = FakePortal()
    portal.script = [answer]
    application = Application(client_id="local.x", client_secret="s", oauth_url="https://oauth.example")
    installing = parse_install(urlencode(INSTALLED).encode(), FORM)
    if error is None:
        tokens = await prove(application, installing, "P.bitrix24.ru", portal)
        assert ("a2", "r2") == (tokens.access_token, tokens.refresh_token)
    else:
        with pytest.raises(error):
            await prove(application, installing, "P.bitrix24.ru", portal)


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("Анна-", "Анна"),
        ("line-0", "line"),
        ("- Маша -", "Маша"),
        ("Жанна д'Арк", "Жанна д'Арк"),
        ("Анна-Мария 💅", "Анна-Мария"),
        ("Маи\u0306я", "Майя"),
        ("«Салон» №1", "Салон"),
        ("89161234567", ""),
        ("а" * 24 + " б", "а" * 24),
    ],
)
def test_a_guests_name_is_one_that_the_portal_takes(name: str, taken: str) -> None:
    assert taken == lines.person_name(name)


@given(st.text(alphabet=st.sampled_from("Ая z-' .\u03061💅_"), max_size=40) | st.text(max_size=40))
def test_no_name_of_a_guest_makes_the_portal_refuse_their_words(name: str) -> None:
    taken = lines.person_name(name)
    assert TAKEN.fullmatch(taken)
    assert len(taken) <= 25


def test_a_guests_messages_lose_their_words_and_go_by_the_ids_they_came_with() -> None:
    guest = Guest(id="te-1", name="Удалено", chat_name="Удалено")
    blank = lines.update("otklik", 15, guest, ["m1", "m2"], "Удалено")
    assert "imconnector.update.messages" == blank.method
    assert [("m1", "Удалено", "Удалено"), ("m2", "Удалено", "Удалено")] == [
        (row["message"]["id"], row["message"]["text"], row["user"]["name"]) for row in blank.params["MESSAGES"]
    ]
    gone = lines.delete("otklik", 15, guest, ["m1", "m2"])
    assert ["m1", "m2"] == [row["message"]["id"] for row in gone.params["MESSAGES"]]
    counts = [lines.deletes(command) for command in (blank, gone, lines.own_update(7, "Удалено"), lines.own_delete(7))]
    assert [0, 2, 0, 1] == counts
