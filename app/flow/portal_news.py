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
    for number in numbers:
        if item := found.get(f"d{number}", {}).get("item"):
            await compare(runtime, scheme, item)
        else:
            await _gone(runtime, number)


async def compare(runtime: Runtime, scheme: Scheme, item: Row) -> None:
    """One deal as `crm.item` showed it. What differs is read once more: a write of ours may be younger than the row."""
    conversation = _conversation_of(item)
    if not conversation:
        return
    await runtime.talks.remember_deal(int(item["id"]), conversation)
    talk = await runtime.talks.read(conversation)
    if talk.card is None or str(talk.written.get("deal")) != str(item["id"]):
        return  # of an earlier enquiry, or not ours yet
    if _stage(scheme, item, talk) is None and _assignee(item, talk) is None:
        return
    fresh = (await values_of(runtime, {"d": methods.deal_get(item["id"])})).get("d", {}).get("item")
    now = await runtime.talks.read(conversation)
    if fresh is None or now.written != talk.written:
        await runtime.hints.mark(f"deal:{item['id']}")  # something of ours was written meanwhile: later, in peace
        return
    item, stage, assignee = fresh, _stage(scheme, fresh, now), _assignee(fresh, now)
    if stage is None and assignee is None:
        return
    reading = await runtime.mailbox.read(conversation)
    news = PortalNews(deal=int(item["id"]), stage=stage, assignee=assignee, at=reading.now)
    news_id = f"deal:{item['id']}:{item['stageId']}:{item['assignedById']}:{item.get('updatedTime')}"
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
    if str(talk.written.get("deal")) == str(number):
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
