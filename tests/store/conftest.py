"""A born store on the session's real Redis."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from app.domain.message import InboundMessage
from app.store.birth import open_store
from app.store.link import Link
from app.store.mailbox import Mailbox


@pytest.fixture
async def link(redis_url: str) -> AsyncIterator[Link]:
    link = Link(redis_url)
    await open_store(link)
    yield link
    await link.close()


@pytest.fixture
def mailbox(link: Link) -> Mailbox:
    return Mailbox(link)


def message(number: int = 1, **fields: object) -> InboundMessage:
    plain: dict[str, object] = {
        "channel": "telegram",
        "account": "7",
        "customer_id": "501",
        "message_id": f"501:{number}",
        "sent_at": datetime(2026, 11, 22, 9, 0, number, tzinfo=UTC),
        "text": f"text {number}",
        "sequence": number,
    }
    return InboundMessage(**(plain | fields))  # type: ignore[arg-type]
