"""A customer's file is asked for where the messenger says, with what only we know, and nowhere else."""

import json

import pytest

from app.channels.base import Response
from app.domain.failures import Unusable
from app.domain.message import Attachment
from tests.channels.cases import channel_of

PHOTO = Attachment(kind="image", ref="AgAC1", url="")


def answer(body: dict[str, object], status: int = 200) -> Response:
    return Response(status=status, body=json.dumps(body).encode())


def test_telegram_names_a_path_first() -> None:
    telegram = channel_of("telegram")
    asked = telegram.fetch(PHOTO, "7000000001")
    assert asked is not None
    assert ("POST", {"file_id": "AgAC1"}) == (asked.method, asked.json)
    found = telegram.found(answer({"ok": True, "result": {"file_path": "photos/1.jpg"}}), "7000000001")
    assert found is not None
    assert "https://api.telegram.org/file/bot7000000001:demo-token/photos/1.jpg" == found.url
    with pytest.raises(Unusable):
        telegram.found(answer({"ok": False, "description": "Bad Request"}, 400), "7000000001")


def test_whatsapp_names_an_address_that_needs_our_token() -> None:
    whatsapp, account = channel_of("whatsapp"), "106540000000001"
    asked = whatsapp.fetch(PHOTO, account)
    assert asked is not None
    assert asked.url.endswith("/AgAC1")
    found = whatsapp.found(answer({"url": "https://lookaside.fbsbx.com/x"}), account)
    assert found is not None
    assert "Bearer demo-whatsapp-token" == found.headers["authorization"] == asked.headers["authorization"]
    for odd in ({"url": "http://127.0.0.1/"}, {}):
        with pytest.raises(Unusable):
            whatsapp.found(answer(odd), account)


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:6379/", "file:///etc/passwd"])
def test_no_address_but_the_vendors_own_is_fetched(url: str) -> None:
    file = Attachment(kind="image", url=url)
    assert None is channel_of("instagram").fetch(file, "1")
    assert None is channel_of("telegram").fetch(file, "1")
    assert None is channel_of("site").fetch(Attachment(kind="image", url="https://example.com/x"), "site")


def test_instagram_brings_the_address_with_the_message() -> None:
    instagram = channel_of("instagram")
    asked = instagram.fetch(Attachment(kind="image", url="https://lookaside.fbsbx.com/x"), "1")
    assert asked is not None
    assert ("GET", "https://lookaside.fbsbx.com/x") == (asked.method, asked.url)
    assert None is instagram.found(answer({}), "1")
