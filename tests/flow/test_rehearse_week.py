"""What a rehearsed week is judged by, on weeks written by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.conversation import Conversation, Owner
from app.domain.figures.history import Event
from app.flow.counted import Shown
from app.flow.rehearse.customers import Customer, Scenario
from app.flow.rehearse.play import Played
from app.flow.rehearse.week import Portal, of_week
from app.store import codec
from tests.flow.ops_house import SALON

AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
EMPTY: dict[str, Any] = {"users": [], "stages": [], "notifications": [], "tasks": [], "messages": []}


def happened(event: str, conversation: str, **facts: object) -> Event:
    return Event(at=AT, kind=event, conversation_id=conversation, facts=facts)


def written(conversation: str) -> list[Event]:
    return [happened("received", conversation, author="customer", kind="text", channel="telegram")]


def week(*events: Event) -> Played:
    people = {
        key: Customer(key=key, name="Анна", channel=channel, scenario=Scenario.TWO_CHANNELS, phone="+79990001122")
        for key, channel in (("te-1", "telegram"), ("wh-1", "whatsapp"))
    }
    return Played(starts=AT, ends=AT + timedelta(days=7), who=people, events=list(events), portal=EMPTY)


def deal(conversation: str, lines: int) -> Shown:
    said = "\n".join(f"{n} · 01.12 12:00 · Клиент: Сколько стоит?" for n in range(1, lines + 1))
    bare = Conversation(id=conversation, channel="whatsapp", account="7", customer_id="1")
    row = {
        "UF_CRM_OTKLIK_STATE": codec.dump_state(bare, Owner.BOT),
        "id": 1,
        "originId": f"{conversation}-1",
        "stageId": "NEW",
        "title": "Анна",
    }
    return Shown(deal=row, comments=[{"ID": "1", "COMMENT": f"{said}\n[otklik 1-{lines}]"}])


def reasons(*events: Event) -> tuple[str, ...]:
    portal = Portal(cards=[deal("wh-1", 2)], leads=1, contacts=1, dead=0)
    return of_week(SALON, (), week(*events), portal, 1).reasons


def test_one_person_in_two_messengers_is_answered_in_one_deal() -> None:
    both = [*written("te-1"), *written("wh-1"), happened("replied", "wh-1", by="bot", first=True, channel="whatsapp")]
    assert () == reasons(*both, happened("joined", "wh-1", **{"from": "te-1", "channel": "telegram", "anew": False}))
    assert ("клиенты без ответа: 1", "диалоги без сделки: 1") == reasons(*both)
