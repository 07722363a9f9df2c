"""Deals and calls as the portal holds them now, compared with what we wrote: a difference is a person's, and news."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.crm import ORIGINATOR
from app.domain.card import Stage
from app.domain.mail import PortalNews
from app.domain.scheme import Scheme
from app.flow.handoff import values_of
from app.runtime import Runtime
from app.store.mailbox import Reading
from app.store.talks import Talk
from bitrix import methods
from bitrix.methods import Entity
from bitrix.wire import MAX_COMMANDS

MEANINGS = {"S": Stage.WON, "F": Stage.LOST}  # of a stage that is none of ours
CALL, OUTGOING = "2", "2"  # TYPE_ID, DIRECTION of an activity
TELEPHONY = "VOXIMPLANT_CALL"
OWNERS = {"1": "leadId", "3": "contactId"}  # of an activity that does not lie on the deal itself: lead, contact

Row = Mapping[str, Any]


async def read_deals(runtime: Runtime, numbers: Sequence[int]) -> None:
    """Tell what people did to these deals. What holds what we wrote, or wish to write, is no news."""
    if not numbers or runtime.crm is None:
        return
    scheme = await runtime.crm.scheme()
    found = await values_of(runtime, {f"d{number}": methods.deal_get(number) for number in numbers})
    items = {number: found.get(f"d{number}", {}).get("item") for number in numbers}
    await compare(runtime, scheme, [item for item in items.values() if item])
    for number in (number for number, item in items.items() if not item):
        await _gone(runtime, number)


async def compare(runtime: Runtime, scheme: Scheme, items: Sequence[Row]) -> None:
    """Deals as `crm.item` showed them. Those that differ are read once more: a write of ours may be younger than a row.

    Fifty in a call: a sweep of a busy hour must end before the next.
    """
    known = [(item, await _talk_of(runtime, item)) for item in items]
    talks = {int(item["id"]): talk for item, talk in known if talk and _differs(scheme, item, talk)}
    numbers = list(talks)
    for start in range(0, len(numbers), MAX_COMMANDS):
        part = numbers[start : start + MAX_COMMANDS]
        fresh = await values_of(runtime, {f"d{number}": methods.deal_get(number) for number in part})
        for number in part:
            await _news(runtime, scheme, number, talks[number], fresh.get(f"d{number}", {}).get("item"))


async def _talk_of(runtime: Runtime, item: Row) -> Talk | None:
    """What we know of a deal; None: of an earlier enquiry, or not ours yet."""
    conversation = _conversation_of(item)
    if not conversation:
        return None
    await runtime.talks.remember_deal(int(item["id"]), conversation)
    talk = await runtime.talks.read(conversation)
    ours = talk.card is not None and not talk.card.duplicate_of  # a folded deal is theirs alone
    return talk if ours and str(talk.written.get("deal")) == str(item["id"]) else None


def _differs(scheme: Scheme, item: Row, talk: Talk) -> bool:
    return _stage(scheme, item, talk) is not None or _assignee(item, talk) is not None


async def _news(runtime: Runtime, scheme: Scheme, number: int, talk: Talk, item: Row | None) -> None:
    now = await runtime.talks.read(talk.conversation_id)
    if item is None or now.written != talk.written:
        await runtime.hints.mark(f"deal:{number}")  # something of ours was written meanwhile: later, in peace
        return
    if not _differs(scheme, item, now):
        return
    stage, assignee = _stage(scheme, item, now), _assignee(item, now)
    reading = await runtime.mailbox.read(talk.conversation_id)
    news = PortalNews(deal=number, stage=stage, assignee=assignee, at=reading.now)
    news_id = f"deal:{number}:{item['stageId']}:{item['assignedById']}:{item.get('updatedTime')}"
    await _tell(runtime, reading, news_id, news)


def _stage(scheme: Scheme, item: Row, talk: Talk) -> Stage | None:
    """Our word for the stage that a person put it in."""
    held, values = item["stageId"], talk.written.get("values", {})
    if held == values.get("stageId"):
        return None
    ours = next((stage for stage, code in scheme.stages.items() if code == held), None)
    stage = ours or MEANINGS.get(str(item.get("stageSemanticId")))
    return stage if talk.card and stage is not talk.card.stage else None


def _assignee(item: Row, talk: Talk) -> int | None:
    held = int(item["assignedById"] or 0)
    known = (talk.written.get("values", {}).get("assignedById"), talk.card and talk.card.assignee)
    return held if held and held not in known else None


async def _gone(runtime: Runtime, number: int) -> None:
    conversation = await runtime.talks.deal_of(number)
    if not conversation:
        return
    talk, reading = await runtime.talks.read(conversation), await runtime.mailbox.read(conversation)
    if str(talk.written.get("deal")) == str(number) and not (talk.card and talk.card.duplicate_of):
        await _tell(runtime, reading, f"deal:{number}:gone", PortalNews(deal=number, gone=True, at=reading.now))


async def read_calls(runtime: Runtime, numbers: Sequence[int]) -> None:
    """Tell of outgoing calls among these activities that somebody took."""
    asks = {f"a{number}": methods.activity_get(number) for number in numbers}
    rows = [row for row in (await values_of(runtime, asks)).values() if is_answered_call(row)]
    await tell_calls(runtime, rows)


async def tell_calls(runtime: Runtime, rows: Sequence[Row]) -> None:
    deals = await values_of(runtime, {f"a{row['ID']}": _deal_of(row) for row in rows})
    for row in rows:
        found = deals.get(f"a{row['ID']}", {})
        item: Row = found.get("item") or next(iter(found.get("items", ())), {})
        conversation = _conversation_of(item)
        if not conversation:
            continue
        reading = await runtime.mailbox.read(conversation)
        ended = datetime.fromisoformat(row["END_TIME"] or row["LAST_UPDATED"])
        manager = str(row.get("RESPONSIBLE_ID", ""))
        news = PortalNews(
            deal=int(item["id"]),
            called_at=min(ended, reading.now),
            manager=int(manager) if manager.isdigit() else None,
            at=reading.now,
        )
        await _tell(runtime, reading, f"call:{row['ID']}", news)


def is_answered_call(row: Row) -> bool:
    """Telephony leaves a completed activity of no length when nobody took the call (practice, no page says so)."""
    if (row.get("TYPE_ID"), row.get("DIRECTION"), row.get("COMPLETED")) != (CALL, OUTGOING, "Y"):
        return False
    return row.get("PROVIDER_ID") != TELEPHONY or str(row.get("END_TIME")) > str(row.get("START_TIME"))


def _deal_of(row: Row) -> Any:
    """The deal that a call lies on, or the newest open one of its lead or contact."""
    owner = str(row.get("OWNER_TYPE_ID"))
    if owner not in OWNERS:
        return methods.deal_get(int(row["OWNER_ID"]))
    filters = {OWNERS[owner]: int(row["OWNER_ID"]), "originatorId": ORIGINATOR, "closed": "N"}
    return methods.item_list(
        Entity.DEAL, select=["id", "originId", "originatorId"], filters=filters, order={"id": "DESC"}
    )


def _conversation_of(item: Row) -> str:
    """Of a deal that is ours: its origin id is the card's."""
    if item.get("originatorId") != ORIGINATOR:
        return ""
    return str(item.get("originId") or "").rpartition("-")[0]


async def _tell(runtime: Runtime, reading: Reading, news_id: str, news: PortalNews) -> None:
    if reading.conversation is not None:
        await runtime.mailbox.news(reading.id, reading.conversation.channel, news_id, news)
