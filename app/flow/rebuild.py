"""A store without a birth mark is rebuilt from the cards before the door opens: persons, owners, clocks.

The portal is read past the shared bucket, which lives in the store itself. While the portal is away too, the door opens
after a minute: answers flow, every create looks up its origin first for a week, and the cards are read when it is back.
An application that is not installed opens it at once: the portal can install it only through that door.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from app.crm import ORIGINATOR, Crm, open_crm
from app.domain.conversation import Conversation, Owner
from app.domain.message import Phone
from app.domain.scheme import Scheme
from app.domain.summary import card_of
from app.flow.differences import words_of
from app.portal import access_of, is_installed
from app.runtime import Runtime
from app.store import birth, codec, keys
from bitrix import BitrixError, Command, LocalPace, Result, methods
from bitrix.methods import Entity
from bitrix.wire import MAX_COMMANDS, rows

log = logging.getLogger("otklik.rebuild")

BLIND_AFTER = timedelta(minutes=1)
AGAIN_SECONDS = 5.0
STAMP = timedelta(milliseconds=1)  # our own stamp of the last message was cut to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A conversation as its newest card tells of it. `deal`: the portal's row."""

    conversation: Conversation
    owner: Owner
    proven: bool
    deal: Mapping[str, Any]


async def until_born(runtime: Runtime, *, blind_after: timedelta = BLIND_AFTER) -> None:
    """Return as soon as the store is fit and born. Raises Unfit, StoreAway, StoreError."""
    await birth.prepare(runtime.link)
    worker, blind_at = uuid4().hex, time.monotonic() + blind_after.total_seconds()
    while not await birth.is_born(runtime.link):
        if runtime.crm is None:
            await birth.mark(runtime.link)
        elif not await _is_readable(runtime):
            log.warning("the application is not installed: the door opens without the cards, which are read afterwards")
            await birth.mark(runtime.link, blind=True)
        elif not await birth.may_rebuild(runtime.link, worker):
            await asyncio.sleep(1)
        elif await _rebuilt(runtime, worker):
            await birth.mark(runtime.link)
        elif time.monotonic() >= blind_at:
            log.error("the portal is away too: the door opens without the cards, which are read when it is back")
            await birth.mark(runtime.link, blind=True)
        else:
            await asyncio.sleep(min(AGAIN_SECONDS, blind_after.total_seconds()))


async def end_blindness(runtime: Runtime) -> None:
    """The cards that could not be read at birth. A conversation that began meanwhile is left as it is."""
    if await runtime.link.command("GET", keys.BLIND) is None or not await _is_readable(runtime):
        return
    worker = uuid4().hex
    if await birth.may_rebuild(runtime.link, worker) and await _rebuilt(runtime, worker):
        await runtime.link.command("DEL", keys.BLIND)


async def _is_readable(runtime: Runtime) -> bool:
    try:
        return await is_installed(runtime.installed)
    except BitrixError as error:  # sealed by another key: a person has to install it again
        log.warning("the cards cannot be read: %s", error)
        return False


async def _rebuilt(runtime: Runtime, worker: str) -> bool:
    access = access_of(runtime.settings, runtime.installed)
    crm = open_crm(runtime.settings, runtime.business, access, LocalPace(), runtime.meter)
    assert crm is not None  # noqa: S101  asked before
    try:
        scheme = await crm.scheme()
        found = await _read(runtime, crm, scheme, worker)
        restored = await restore(runtime, crm, scheme, found)
    except BitrixError as error:
        log.warning("the cards cannot be read: %s", error)
        return False
    finally:
        await birth.end_rebuild(runtime.link, worker)
        await crm.aclose()
    log.info("restored %d conversations of %d cards", restored, len(found))
    return True


async def _read(runtime: Runtime, crm: Crm, scheme: Scheme, worker: str) -> list[Found]:
    """The newest card of each conversation."""
    newest: dict[str, Found] = {}
    async for page in crm.client.pages(our_deals(scheme), id_field="id"):
        await birth.may_rebuild(runtime.link, worker)
        for deal in page:
            found = found_in(deal, scheme)
            if found is None:
                log.warning("deal %s holds no state of ours: its conversation is not restored", deal["id"])
            else:
                newest[found.conversation.id] = found  # pages come by id: the last one is the newest
    return hosts(list(newest.values()))


def hosts(found: Sequence[Found]) -> list[Found]:
    """Without the conversations that were joined to another of these: they come back with it."""
    guests = {way.id for each in found for way in each.conversation.ways if way.id != each.conversation.id}
    return [each for each in found if each.conversation.id not in guests]


async def restore(runtime: Runtime, crm: Crm, scheme: Scheme, found: Sequence[Found]) -> int:
    """Bring these conversations back. One that lives is left alone. Returns how many came back."""
    count = 0
    for start in range(0, len(found), MAX_COMMANDS):
        part = found[start : start + MAX_COMMANDS]
        contacts = await _contacts(crm, {each.deal.get("contactId") for each in part} - {None, 0})
        restored = (_restore(runtime, crm, scheme, each, contacts.get(each.deal.get("contactId"), {})) for each in part)
        count += sum(await asyncio.gather(*restored))
    return count


def our_deals(scheme: Scheme, since: datetime | None = None) -> Command:
    """All deals that we made, or those touched since then."""
    names = ["id", "originId", "contactId", "leadId", "stageId", "assignedById", "closed", scheme.fields["state"]]
    touched = {">=updatedTime": since.isoformat(timespec="seconds")} if since else {}
    return methods.item_list(Entity.DEAL, select=names, filters={"originatorId": ORIGINATOR} | touched)


def found_in(deal: Mapping[str, Any], scheme: Scheme) -> Found | None:
    try:
        conversation, owner, proven = codec.load_state(str(deal.get(scheme.fields["state"]) or ""))
    except ValueError:
        return None
    if conversation.enquiry is None:
        return None
    last = conversation.last_customer_at
    known = replace(conversation, known_until=last + STAMP if last else None)
    return Found(conversation=known, owner=owner, proven=proven, deal=deal)


async def _contacts(crm: Crm, ids: set[Any]) -> dict[Any, Mapping[str, Any]]:
    if not ids:
        return {}
    answers = await crm.client.batch({f"c{number}": methods.contact_get(number) for number in ids})
    return {int(key[1:]): answer.value for key, answer in answers.items() if isinstance(answer, Result)}


async def _restore(runtime: Runtime, crm: Crm, scheme: Scheme, found: Found, contact: Mapping[str, Any]) -> bool:
    conversation = _named(found, contact)
    card = card_of(conversation, runtime.business)
    if card is None or conversation.enquiry is None:
        return False
    deal = found.deal
    card = replace(card, state=deal[scheme.fields["state"]])
    written = {
        "card": card.id,
        "failures": 0,
        "deal": deal["id"],
        "lead": deal.get("leadId") or 0,
        "values": crm.deal_values(card, scheme),
        "words": words_of(card),
        "line": conversation.enquiry.lines,
    }
    phone = conversation.phone.number if conversation.phone else ""
    return await runtime.cards.restore(
        conversation,
        found.owner,
        card,
        written=written,
        contact={"id": int(deal["contactId"]), "phone": phone} if deal.get("contactId") else {},
        proven_phone=phone if found.proven else "",
        is_open=deal.get("closed") != "Y",
    )


def _named(found: Found, contact: Mapping[str, Any]) -> Conversation:
    """With what only the contact holds."""
    number = next(iter(_values(contact, "PHONE")), "")
    return replace(
        found.conversation,
        name=str(contact.get("NAME") or ""),
        email=next(iter(_values(contact, "EMAIL")), ""),
        phone=Phone(number=number, proven=found.proven) if number else None,
    )


def _values(contact: Mapping[str, Any], name: str) -> list[str]:
    return [str(row["VALUE"]) for row in rows(contact.get(name) or [])]
