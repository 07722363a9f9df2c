"""SMS: the exact request, what each answer of SMS.ru becomes, and nothing that comes in."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.base import Response, Webhook
from app.channels.sms import MOST_TEXT, Sms, SmsRu
from app.domain.failures import Failure, Refused, Unauthentic
from app.domain.message import Address, OutboundMessage

KEY = "demo-sms-ru-key"
SMS = Sms(SmsRu(api_id=KEY, sender="Romashka", base_url="https://sms.ru/"))


def answer(code: int, one: object = None, status: int = 200) -> Response:
    body = {"status": "OK", "status_code": code, "sms": {"79990001122": one} if one is not None else None}
    return Response(status=status, body=json.dumps(body).encode())


def becomes(response: Response) -> tuple[str, str, bool | None, bool]:
    """Class, reason, executed, whether it is tried again."""
    with pytest.raises(Failure) as caught:
        SMS.read(response)
    failure = caught.value
    reason = failure.reason if isinstance(failure, Refused) else ""
    return type(failure).__name__, reason, failure.executed, failure.retry_after is not None


def test_a_text_is_a_form_whose_address_names_neither_key_nor_number() -> None:
    request = SMS.render(OutboundMessage(text="Ждём вас"), Address(account="sms", chat_id="+79990001122"))
    assert (request.method, request.url) == ("POST", "https://sms.ru/sms/send")
    assert request.form == {"api_id": KEY, "json": "1", "to": "79990001122", "msg": "Ждём вас", "from": "Romashka"}
    assert request.json is None


def test_without_a_sender_the_accounts_own_name_stands() -> None:
    alone = SmsRu(api_id=KEY, base_url="https://sms.ru").render("+79990001122", "x")
    assert "from" not in (alone.form or {})


def test_a_taken_text_gives_its_id() -> None:
    assert SMS.read(answer(100, {"status": "OK", "status_code": 100, "sms_id": "202611-1000000"})) == "202611-1000000"


@pytest.mark.parametrize("code", [202, 207, 209, 230, 231, 232, 233, 999])
def test_a_refused_number_is_final(code: int) -> None:
    one = {"status": "ERROR", "status_code": code, "status_text": "+79990001122"}
    assert becomes(answer(100, one)) == ("Refused", "refused", False, False)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (200, ("Refused", "token", False, False)),
        (301, ("Refused", "token", False, False)),
        (201, ("Refused", "account", False, False)),
        (204, ("Refused", "account", False, False)),
        (206, ("Refused", "account", False, False)),
        (220, ("Unavailable", "", False, True)),
        (500, ("Unavailable", "", None, True)),
    ],
)
def test_what_is_wrong_with_us_or_the_vendor_is_told_apart(
    code: int, expected: tuple[str, str, bool | None, bool]
) -> None:
    assert becomes(answer(code)) == expected
    assert becomes(answer(100, {"status": "ERROR", "status_code": code})) == expected


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (Response(status=502, body=b"<html>"), ("Unavailable", "", None, True)),
        (Response(status=429), ("Throttled", "", False, True)),
        (Response(status=200, body=b'{"status": "OK", '), ("Unusable", "", None, False)),
        (answer(100), ("Unusable", "", None, False)),
        (answer(100, {"status": "OK", "status_code": 100, "sms_id": None}), ("Unusable", "", None, False)),
        (answer(100, {}), ("Unusable", "", None, False)),
    ],
)
def test_an_answer_that_says_nothing_leaves_the_fate_open(
    response: Response, expected: tuple[str, str, bool | None, bool]
) -> None:
    assert becomes(response) == expected


@given(
    body=st.recursive(
        st.none() | st.integers() | st.text(max_size=5) | st.floats(),
        lambda kids: (
            st.lists(kids, max_size=3)
            | st.dictionaries(st.sampled_from(["status", "status_code", "sms", "sms_id", "1"]), kids, max_size=4)
        ),
        max_leaves=10,
    )
)
def test_no_answer_raises_anything_but_a_failure(body: object) -> None:
    with contextlib.suppress(Failure):
        assert SMS.read(Response(status=200, body=json.dumps(body).encode()))


def test_nothing_comes_in() -> None:
    with pytest.raises(Unauthentic):
        SMS.verify(Webhook(body=b"{}"))
    assert SMS.handshake(Webhook(method="GET")).status == 404
    assert SMS.capabilities.max_text == MOST_TEXT
