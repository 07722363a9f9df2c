"""A comment in the deal that is a button's word presses it; one that only begins with it does not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.crm import ORIGINATOR
from app.domain.conversation import Owner, opened
from app.domain.mail import Button, Pressed
from app.flow.events import read_hints
from app.jobs import Entry
from app.runtime import Runtime
from app.runtime import opened as opened_runtime
from app.store import keys
from tests.domain.story import Story
from tests.flow.ops_house import House, opened_house
from tests.flow.test_notify import keep

MANAGER = 7


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened_house(tmp_path) as house:
        yield house


@pytest.fixture
async def runtime(house: House, redis_url: str) -> AsyncIterator[Runtime]:
    async with opened_runtime(house.settings(), redis_url) as runtime:
        yield runtime


async def comment(house: House, runtime: Runtime, text: str, conversation: str) -> None:
    """A manager writes it under the deal of this conversation, and the portal's event is taken."""
    origin = {"originatorId": ORIGINATOR, "originId": f"{conversation}-1"}
    deal = (await house.portal("crm.item.add", entityTypeId=2, fields={"title": "Сделка", **origin}))["item"]["id"]
    fields = {"ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": text, "AUTHOR_ID": MANAGER}
    number = await house.portal("crm.timeline.comment.add", fields=fields)
    entry = await runtime.link.command("XADD", keys.HINTS, "*", "h", number)
    await read_hints(runtime, [Entry(stream=keys.HINTS, id=entry, subject=str(number), tries=1)])


async def test_a_word_alone_takes_the_enquiry_on(house: House, runtime: Runtime) -> None:
    conversation = opened(Story().received().message).id
    await keep(runtime, Story().hear())
    await comment(house, runtime, "/принял", conversation)
    reading = await runtime.mailbox.read(conversation)
    [pressed] = [mail for mail in reading.mails if isinstance(mail, Pressed)]
    assert (Button.ACCEPT, MANAGER, Owner.PERSON) == (pressed.button, pressed.manager, reading.owner)


async def test_a_word_with_more_behind_it_is_the_managers_own_note(house: House, runtime: Runtime) -> None:
    conversation = opened(Story().received().message).id
    await keep(runtime, Story().hear())
    await comment(house, runtime, "/принял у клиента предоплату", conversation)
    reading = await runtime.mailbox.read(conversation)
    assert ([], Owner.BOT) == (reading.mails, reading.owner)
