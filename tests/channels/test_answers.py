"""What rides in our 200, and what becomes of buttons that do not fit."""

import json
from typing import Any

import pytest

from app.channels.base import Capabilities, Webhook
from app.channels.choices import numbered
from app.domain.message import Button
from tests.channels.cases import channel_of

PERSON = {"id": 5012345678, "is_bot": False, "first_name": "Марина"}
CHAT = {"id": 5012345678, "type": "private"}
WORDS = {"message_id": 1, "from": PERSON, "chat": CHAT, "date": 1791191560, "text": "Здравствуйте"}


def riding(update: dict[str, Any], *, bot_owns: bool = True) -> Any:
    """The call in the 200 that answers this update; None when its body is empty."""
    telegram, webhook = channel_of("telegram"), Webhook(body=json.dumps({"update_id": 1, **update}).encode())
    ack = telegram.acknowledge(webhook, telegram.parse(webhook), bot_owns=bot_owns)
    assert ack.status == 200
    assert ack.media_type == ("application/json" if ack.body else "text/plain")
    return json.loads(ack.body) if ack.body else None


def test_telegram_shows_typing_when_the_bot_will_answer() -> None:
    assert riding({"message": WORDS}) == {"method": "sendChatAction", "chat_id": 5012345678, "action": "typing"}


def test_telegram_shows_typing_in_the_business_chat_that_asked() -> None:
    asked = riding({"business_message": {**WORDS, "business_connection_id": "bc_1"}})
    assert asked["business_connection_id"] == "bc_1"


def test_telegram_shows_no_typing_when_a_person_owns_the_conversation() -> None:
    assert riding({"message": WORDS}, bot_owns=False) is None


@pytest.mark.parametrize("bot_owns", [True, False])
def test_pressed_button_stops_spinning_whoever_owns_the_conversation(bot_owns: bool) -> None:
    press = {"callback_query": {"id": "42", "from": PERSON, "data": "rem:1:yes"}}
    assert riding(press, bot_owns=bot_owns) == {"method": "answerCallbackQuery", "callback_query_id": "42"}


@pytest.mark.parametrize(
    "update",
    [
        {"edited_message": {**WORDS, "edit_date": 1791191600}},
        {"business_message": {**WORDS, "from": {**PERSON, "id": 7}, "business_connection_id": "bc_1"}},
        {"message": {**WORDS, "chat": {"id": -1, "type": "group"}}},
    ],
    ids=["edit", "owner's own words", "group"],
)
def test_nothing_rides_where_the_bot_will_not_answer(update: dict[str, Any]) -> None:
    assert riding(update) is None


@pytest.mark.parametrize("unit", ["characters", "bytes"])
def test_choice_that_leaves_no_room_shortens_the_text_and_stays_whole(unit: str) -> None:
    can = Capabilities(max_text=100, text_unit=unit)
    text = numbered("я" * 95, [Button(title="Да", payload="1"), Button(title="Нет", payload="2")], can)
    assert text.endswith("…\n\n1. Да\n2. Нет")
    size = len(text.encode()) if unit == "bytes" else len(text)
    assert 99 <= size <= 100


def test_choice_that_fits_leaves_the_text_as_it_is() -> None:
    assert (
        numbered("Когда?", [Button(title="Сейчас", payload="1")], Capabilities(max_text=100)) == "Когда?\n\n1. Сейчас"
    )
