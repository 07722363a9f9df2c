"""What managers do in the portal reaches its conversation once, over a road that drops, doubles and reorders."""

import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from app.crm import ORIGINATOR
from app.domain.card import Card, Line, Stage
from app.domain.conversation import opened as conversation_of
from app.domain.decision import Turn
from app.domain.mail import Answered, Mail, PortalNews
from app.flow import bot, events, portal_sweep
from app.flow.deal_chat import show
from app.flow.forget import carry_out, certificate_lines, plan
from app.flow.hear_bot import hear
from app.flow.portal_news import compare
from app.flow.portal_sweep import sweep_portal
from app.flow.register import register
from app.flow.setup.bot import bot_items, make_bot
from app.jobs import Entry
from app.runtime import Runtime, opened
from app.store import keys
from app.web import portal
from bitrix import methods, parse_event
from sandbox.portal.bots import keep_file
from sandbox.portal.chats import ChatDeed, act
from sandbox.portal.events import Behaviour
from sandbox.portal.human import Deed, perform
from tests.flow.ops_house import House, opened_house
from tests.store.conftest import message

TOKEN = "portal-token"
EVENTS = sorted(events.DIRTY)
COUNT = 12  # of a manager's answers through each door


@dataclass(slots=True)
class Office:
    """One customer with a deal and its chat; workers whose rounds are taken one by one."""

    house: House
    runtime: Runtime
    redis: Redis
    deal: int = 0

    @property
    def world(self) -> Any:
        return self.house.sandbox.portal.world

    @property
    def id(self) -> str:
        return conversation_of(message()).id

    async def open(self) -> None:
        crm, runtime = self.runtime.crm, self.runtime
        assert crm is not None
        bot.forget()
        await make_bot(crm, runtime.settings, await bot_items(crm, runtime.settings))
        await self.line("Позовите человека")
        await self.works()
        [self.deal] = self.world.shelves[2].cards
        await self.hears()  # of the chat itself
        self.world.events.subscribe("http://gate.example/bitrix/events", TOKEN, EVENTS)

    async def line(self, text: str, who: str = "customer", **card: Any) -> None:
        """A turn that adds one line to the dialogue."""
        inbound = message(message_id=text)
        await self.runtime.mailbox.accept(inbound)
        reading = await self.runtime.mailbox.read(self.id)
        number = 1 + len(self.world.comments)
        plain = {"id": f"{self.id}-1", "person_id": "p-1", "conversation_id": self.id, "channel": "telegram"}
        plain |= {"opened_at": inbound.sent_at, "title": "Анна", "assignee": 5, "answer_by": inbound.sent_at}
        turn = Turn(
            conversation=conversation_of(inbound),
            card=Card(**(plain | card)),
            lines=(Line(number=number, at=inbound.sent_at, who=who, text=text, chat=True),),
        )
        [(entry, _)] = await self.taken(keys.ANSWER)
        await self.runtime.mailbox.commit(reading, entry, turn, person_id="p-1")

    async def works(self) -> None:
        """Register and the chat, until nothing is left of them."""
        for _ in range(4):
            for stream, work in ((keys.REGISTER, register), (keys.DEAL_CHATS, show)):
                entries = await self.taken(stream)
                if entries:
                    await work(self.runtime, [_entry(stream, id_, subject) for id_, subject in entries])
            await self.redis.zremrangebyscore(keys.LATER, "-inf", "-inf")
            await self.runtime.due.move()

    async def taken(self, stream: str) -> list[tuple[str, str]]:
        found = await self.redis.xreadgroup(keys.GROUP, "worker", {stream: ">"})
        return [(entry.decode(), next(iter(row.values())).decode()) for _, rows in found for entry, row in rows]

    async def arrive(self, dice: random.Random) -> None:
        """Every parcel that the road did not drop arrives, in any order; hints are read now and then."""
        parcels, self.world.events.pending = self.world.events.pending, []
        dice.shuffle(parcels)
        for parcel in parcels:
            await events.take(self.runtime, parse_event(parcel.body.encode(), "application/x-www-form-urlencoded"))
            if dice.random() < 0.1:
                await self.read()
        await self.read()

    async def read(self) -> None:
        entries = await self.taken(keys.HINTS)
        await events.read_hints(self.runtime, [_entry(keys.HINTS, id_, subject) for id_, subject in entries])

    def comments(self, text: str) -> None:
        perform(self.world, Deed(user=5, do="comment", id=self.deal, text=text))

    def does(self, do: Any, **fields: Any) -> None:
        perform(self.world, Deed(user=5, do=do, id=self.deal, **fields))

    @property
    def chat(self) -> Any:
        return next(reversed(self.world.chats.values()))

    def types(self, text: str = "", **deed: Any) -> None:
        act(self.world, ChatDeed(user=5, chat=self.chat.id, text=text, **deed))

    async def hears(self) -> int:
        await self.redis.hdel(keys.BOT, "asked")
        return await hear(self.runtime)

    async def mails(self, kind: type[Mail]) -> list[Any]:
        return [mail for mail in (await self.runtime.mailbox.read(self.id)).mails if isinstance(mail, kind)]

    async def leaving(self) -> int:
        return int(await self.redis.llen(f"otklik:o:{self.id}"))


def _entry(stream: str, id_: str, subject: str) -> Entry:
    return Entry(stream=stream, id=id_, subject=subject, tries=1)


@pytest.fixture
async def office(tmp_path: Path, redis_url: str, redis_client: Redis) -> AsyncIterator[Office]:
    async with opened_house(tmp_path) as house:
        settings = house.settings({"BITRIX_APPLICATION_TOKEN": TOKEN})
        async with opened(settings, redis_url) as runtime:
            office = Office(house, runtime, redis_client)
            await office.open()
            yield office


async def test_every_answer_leaves_once_over_a_road_that_drops_doubles_and_reorders(office: Office) -> None:
    dice = random.Random(5)
    await sweep_portal(office.runtime)  # the first marks where to begin
    office.world.events.behave(Behaviour(drop=0.2, duplicate=0.2, reorder=0.5, seed=5))
    for number in range(COUNT):
        office.comments(f"/ответ по карточке {number}")
        office.comments(f"между собой {number}")
        office.types(f"по чату {number}")
        if number % 5 == 4 or number == COUNT - 1:
            await office.arrive(dice)
            await office.hears()
    assert any(delivery["outcome"] == "dropped" for delivery in office.world.events.deliveries)
    assert len(await office.mails(Answered)) < 2 * COUNT  # some were dropped on the road
    await sweep_portal(office.runtime)
    await sweep_portal(office.runtime)
    told = sorted(mail.text for mail in await office.mails(Answered))
    assert sorted(f"{door} {number}" for door in ("по карточке", "по чату") for number in range(COUNT)) == told
    assert 2 * COUNT == await office.leaving()


async def test_an_event_of_the_bot_that_makes_no_sense_keeps_no_answer_back(office: Office) -> None:
    """Its offset never moved: every manager's answer after it waited for ever."""
    for text in ("раз", "два"):
        office.types(text)
    [queue] = [bot.queue for bot in office.world.bots.values() if bot.queue]
    broken = queue[-2]
    del broken["data"]["message"]["authorId"]
    await office.hears()
    assert ["два"] == [mail.text for mail in await office.mails(Answered)]
    [letter] = await office.runtime.dead_letters.all()
    assert ("hear_bot", broken["eventId"]) == (letter.letter["step"], letter.letter["event"])


@pytest.mark.parametrize("apart", [0, 1], ids=["all in one second", "a second apart"])
async def test_a_sweep_that_is_cut_short_goes_on_from_there(
    office: Office, monkeypatch: pytest.MonkeyPatch, apart: int
) -> None:
    """A hundred and twenty deals changed, ours last: each sweep reads a page, and none is left out."""
    monkeypatch.setattr(portal_sweep, "PAGES", 1)
    await sweep_portal(office.runtime)
    crm, cards = office.runtime.crm, office.world.shelves[2].cards
    assert crm is not None
    for start in range(0, 120, 40):
        numbers = range(start, start + 40)
        origins = {f"d{n}": {"originatorId": ORIGINATOR, "originId": f"s{n}-1"} for n in numbers}
        await crm.client.batch({key: methods.deal_add({"title": key, **origin}) for key, origin in origins.items()})
    office.comments("/ответ Последним из всех")
    office.does("won")
    ours = cards.pop(office.deal)
    cards[office.deal] = ours
    now = office.world.now()
    for place, card in enumerate(cards.values()):
        later = now + timedelta(seconds=place * apart)
        card.values |= {"DATE_MODIFY": later, "LAST_ACTIVITY_TIME": later}
    if apart:
        await sweep_portal(office.runtime)
        assert [] == await office.mails(PortalNews)
    for _ in range(4):
        await sweep_portal(office.runtime)
    assert ["Последним из всех"] == [mail.text for mail in await office.mails(Answered)]
    assert [Stage.WON] == [mail.stage for mail in await office.mails(PortalNews)]


async def test_events_read_again_after_a_death_are_accepted_once(office: Office) -> None:
    office.types("Анна, ждём вас", files=[])
    office.types(do="press", command="accept")
    assert 2 == await office.hears()
    await office.redis.hdel(keys.BOT, "offset")  # the offset was not kept: the portal gives the same again
    assert 2 == await office.hears()
    assert ["Анна, ждём вас"] == [mail.text for mail in await office.mails(Answered)]
    assert 1 == await office.leaving()
    assert 0 == await office.hears()


async def test_a_chat_that_we_forgot_is_found_by_its_deal_and_a_strangers_is_told(office: Office) -> None:
    await office.redis.delete(*await office.redis.keys("otklik:dealchat:*"))
    office.types("Иду")
    office.types("// только для своих")
    await office.hears()
    assert ["Иду"] == [mail.text for mail in await office.mails(Answered)]
    office.chat.title = "Переименован"
    office.types("Куда это уйдёт?")
    await office.hears()
    assert "не связан с обращением" in office.chat.messages[-1]["text"]
    assert 1 == len(await office.mails(Answered))


async def test_a_comment_costs_one_call_and_its_forgotten_deal_another(office: Office) -> None:
    dice, told = random.Random(1), []
    for text in ("Иду", "Уже иду"):
        office.comments(f"/ответ {text}")
        before = office.house.sandbox.portal.calls()["http"]
        await office.arrive(dice)
        told.append((office.house.sandbox.portal.calls()["http"] - before, len(await office.mails(Answered))))
        await office.redis.delete(f"otklik:dealof:{office.deal}")
    assert [(1, 1), (2, 2)] == told


async def test_what_a_manager_typed_keeps_its_marks_and_brings_its_files(office: Office) -> None:
    file = keep_file(office.world, office.chat.id, "прайс.pdf", b"%PDF")
    office.types("[b]Прайс[/b] во вложении", files=[file["id"]])
    await office.hears()
    items = [item.decode() for item in await office.redis.lrange(f"otklik:o:{office.id}", 0, -1)]
    assert 2 == len(items)
    assert '"style":"bold"' in items[0]
    assert "[b]" not in items[0]
    assert "/rest/download.json?token=" in items[1]


async def test_our_own_writes_are_no_news_and_a_persons_are(office: Office) -> None:
    dice = random.Random(1)
    await office.line("Ещё вопрос", stage=Stage.WAITING)
    await office.works()
    await office.arrive(dice)
    assert [] == await office.mails(PortalNews)
    office.does("assign", to=9)
    office.does("call", seconds=0)
    office.does("call", seconds=30)
    office.does("won")
    await office.arrive(dice)
    await sweep_portal(office.runtime)
    found = await office.mails(PortalNews)
    assert 1 == sum(news.called_at is not None for news in found)
    last = [news for news in found if news.called_at is None][-1]
    assert (9, Stage.WON) == (last.assignee, last.stage)
    office.does("delete")
    await office.arrive(dice)
    assert [True] == [news.gone for news in await office.mails(PortalNews) if news.gone]


async def test_a_new_chat_and_its_first_words_cost_one_call(office: Office) -> None:
    await office.line("Ещё раз о человеке", id=f"{office.id}-2")
    await office.runtime.link.command("DEL", f"otklik:dl:{office.id}")
    entries = await office.taken(keys.REGISTER)
    await register(office.runtime, [_entry(keys.REGISTER, id_, subject) for id_, subject in entries])
    await office.line("Вы тут?", id=f"{office.id}-2")
    before = office.house.sandbox.portal.calls()["http"]
    await show(office.runtime, [_entry(keys.DEAL_CHATS, id_, one) for id_, one in await office.taken(keys.DEAL_CHATS)])
    assert 1 == office.house.sandbox.portal.calls()["http"] - before
    assert "Вы тут?" in office.chat.messages[-1]["text"]


async def test_a_chat_that_was_deleted_is_made_anew(office: Office) -> None:
    first = office.chat.id
    del office.world.chats[first]
    await office.line("Вы тут?")
    await office.works()
    await office.redis.zadd(keys.LATER, {f"dealchat {office.id}": 1})
    await office.works()
    assert office.chat.id != first
    assert "Вы тут?" in office.chat.messages[-1]["text"]


async def test_the_chats_of_a_forgotten_person_hold_no_word_of_anybodys(office: Office) -> None:
    former = office.chat
    for number in range(60):
        office.types(f"Анна, жду вас {number}")
    await office.line("Вот мой телефон", id=f"{office.id}-2")  # another deal, another chat
    await office.works()
    office.types("Спасибо, Анна")
    certificate = await carry_out(office.runtime, await plan(office.runtime, office.id))
    assert former is not office.chat
    for chat in (former, office.chat):
        assert ("Удалено по запросу", []) == (chat.title, chat.messages)
    assert "сообщений в чатах 63" in "\n".join(certificate_lines(certificate, "ru"))


async def test_a_chat_that_put_our_bot_out_stops_no_forgetting(office: Office) -> None:
    office.chat.members.remove(next(iter(office.world.bots)))
    certificate = await carry_out(office.runtime, await plan(office.runtime, office.id))
    assert (0, []) == (certificate.blanked.messages, certificate.removed.left)


async def test_a_sweep_finds_more_comments_of_one_deal_than_a_page_holds(office: Office) -> None:
    await sweep_portal(office.runtime)  # the first marks where to begin
    office.world.events.behave(Behaviour(drop=1.0))
    for number in range(70):
        office.comments(f"/ответ {number}")
    await sweep_portal(office.runtime)
    assert sorted(map(str, range(70))) == sorted(mail.text for mail in await office.mails(Answered))


async def test_sixty_deals_that_changed_are_read_again_in_two_calls(office: Office) -> None:
    crm, card = office.runtime.crm, f"otklik:r:{office.id}"
    assert crm is not None
    shown = (await crm.client.call(methods.deal_get(office.deal))).value["item"]
    written = orjson.loads(await office.redis.hget(card, "written"))
    rows = []
    for number in range(8000, 8060):
        await office.redis.copy(card, f"otklik:r:te-{number}")
        await office.redis.hset(f"otklik:r:te-{number}", "written", orjson.dumps(written | {"deal": number}))
        rows.append(shown | {"id": number, "originId": f"te-{number}-1", "assignedById": 9})
    scheme, before = await crm.scheme(), office.house.sandbox.portal.calls()["http"]
    await compare(office.runtime, scheme, rows)
    assert 2 == office.house.sandbox.portal.calls()["http"] - before


async def test_forged_and_replayed_events_have_no_effect(office: Office) -> None:
    gateway = FastAPI()
    gateway.include_router(portal.router)
    gateway.state.runtime = office.runtime
    body = f"event=ONCRMDEALUPDATE&data[FIELDS][ID]={office.deal}&ts={int(time.time())}&auth[application_token]="
    head = {"content-type": "application/x-www-form-urlencoded"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://gate") as http:
        for token, status in (("", 401), ("foreign", 401), (TOKEN, 200), (TOKEN, 409), (TOKEN, 409)):
            answer = await http.post("/bitrix/events", content=body + token, headers=head)
            assert status == answer.status_code
        assert 400 == (await http.post("/bitrix/events", content="nothing", headers=head)).status_code
    assert [f"deal:{office.deal}"] == [subject for _, subject in await office.taken(keys.HINTS)]


async def test_a_row_older_than_our_own_write_is_no_deed_of_a_persons(office: Office) -> None:
    """The portal's row was read, then we gave the deal on: it looks as if somebody had given it back."""
    crm = office.runtime.crm
    assert crm is not None
    stale = (await crm.client.call(methods.deal_get(office.deal))).value["item"]
    await office.line("Добрый день", who="person", assignee=9)
    await office.works()
    await compare(office.runtime, await crm.scheme(fresh=True), [stale])
    assert [] == (await office.runtime.mailbox.read(office.id)).mails
    perform(office.world, Deed(user=5, do="lost", id=office.deal))
    fresh = (await crm.client.call(methods.deal_get(office.deal))).value["item"]
    await compare(office.runtime, await crm.scheme(), [fresh])
    assert [Stage.LOST] == [
        getattr(mail, "stage", None) for mail in (await office.runtime.mailbox.read(office.id)).mails
    ]
