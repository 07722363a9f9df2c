"""What the open line's operators read of a chat."""

import pytest

from app.domain.conversation import Conversation
from app.flow.line_talk import guest_of


@pytest.mark.parametrize(("channel", "shown"), [("site", "Сайт: Анна"), ("whatsapp", "WhatsApp: Анна")])
def test_a_chat_is_named_as_people_name_its_messenger(channel: str, shown: str) -> None:
    conversation = Conversation(id="c-1", channel=channel, account="1", customer_id="2", name="Анна")
    assert shown == guest_of(conversation, "ru").chat_name
