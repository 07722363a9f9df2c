"""Journal, Redis and portal compared: every difference is named, and repaired where that is ours to do.

Hourly by the workers (`sweep`), and by `otklik check --proof DAY`, which only tells. What is on its way (a mailbox that
is not empty, a card that register knows to be behind) is no difference.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import app.flow.resync_texts  # noqa: F401 - fills the catalogue
from app.crm import ORIGINATOR, Crm, last_line
from app.domain.conversation import Conversation
from app.domain.message import WORDS, Author
from app.domain.scheme import Scheme
from app.domain.words import say
from app.flow import rebuild
from app.runtime import Runtime
from app.store import keys
from app.store.cards import Standing
from bitrix import BitrixError, Command, Priority, Result, methods
from bitrix.methods import Entity
from bitrix.wire import MAX_COMMANDS

log = logging.getLogger("otklik.resync")

IDS = 50  # of one list command: a page of the portal
COMPARED = ("state", "verdict", "sla_class", "channel")  # fields that are always ours, in the portal's own type


class Kind(StrEnum):
    """What may differ. `docs/runbook.md` says what each means and what helps."""

    LOST = "lost"  # the journal has the message, nobody else has
    FORGOTTEN = "forgotten"  # the portal has the card, Redis does not know it
    UNREGISTERED = "unregistered"
    PARKED = "parked"
    DELETED = "deleted"  # by people: their decision
    DOUBLED = "doubled"
    CHANGED = "changed"  # a field that is ours holds something else
    LINES = "lines"  # the dialogue in the card is shorter than the conversation
    WAKELESS = "wakeless"  # a clock runs and nobody would look at it


NO_DIFFERENCE = frozenset({Kind.DELETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    kind: Kind
    conversation_id: str
    deal: int | None = None
    repaired: bool = False


@dataclass(slots=True)
class Proof:
    """received   conversations whose customer wrote in that time, spam left out
    messages   of them
    in_crm     of them, those with a deal
    waiting    of them, those on their way to one
    """

    received: int = 0
    messages: int = 0
    in_crm: int = 0
    waiting: int = 0
    found: list[Difference] = field(default_factory=list)

    @property
    def differences(self) -> list[Difference]:
        return [each for each in self.found if each.kind not in NO_DIFFERENCE]


def told(proof: Proof, locale: str) -> list[str]:
    """For a terminal: the count, then every difference with what it means."""
    counts = {"received": proof.received, "messages": proof.messages, "in_crm": proof.in_crm, "waiting": proof.waiting}
    lines = [say("proof_received", locale, differences=len(proof.differences), **counts)]
    for each in proof.found:
        what, deal = say(f"difference_{each.kind}", locale), each.deal or "–"
        key = "proof_note" if each.kind in NO_DIFFERENCE else "proof_line"
        lines.append(say(key, locale, conversation=each.conversation_id, deal=deal, what=what))
    return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """One conversation as Redis has it. `standing` None: no card is wanted."""

    id: str
    conversation: Conversation | None
    standing: Standing | None
    waiting: bool
    has_wake: bool


async def hourly(runtime: Runtime) -> None:
    """The sweep, by one worker an hour."""
    hour = (await runtime.cards.machine_now()).strftime("%Y-%m-%dT%H")
    if await runtime.link.command("SET", keys.SWEPT + hour, "1", "NX", "EX", 2 * 3600) is not None:
        await sweep(runtime)


async def sweep(runtime: Runtime) -> Proof | None:
    """Yesterday and today, repaired. None without a portal, or while it is away."""
    if runtime.crm is None:
        return None
    now = (await runtime.mailbox.read("")).now
    try:
        proof = await compare(runtime, runtime.crm, now - timedelta(days=1), now, repair=True)
    except BitrixError as error:
        log.warning("nothing was compared: %s", error)
        return None
    for each in proof.found:
        log.warning("%s, repaired: %s", each.kind, each.repaired, extra={"conversation_id": each.conversation_id})
        runtime.meter.count("otklik_differences_total", kind=each.kind)
    return proof


async def prove(runtime: Runtime, crm: Crm, day: date) -> Proof:
    """One day of the business's calendar, the dialogues in the cards included. Repairs nothing. Raises BitrixError."""
    zone = ZoneInfo(runtime.business.zone)
    starts = datetime.combine(day, time.min, zone).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)
    return await compare(runtime, crm, starts, ends, lines=True)


async def compare(
    runtime: Runtime, crm: Crm, starts: datetime, ends: datetime, *, repair: bool = False, lines: bool = False
) -> Proof:
    """What customers wrote from `starts` to before `ends`, and what became of it.

    lines   read the dialogues too: a call for fifty cards
    """
    messages, spam = await _journal(runtime, starts, ends)
    scheme = await crm.scheme()
    messages = await _by_host(runtime, messages)
    known = [await _known(runtime, id_) for id_ in sorted(messages.keys() - spam)]
    known = [each for each in known if not (each.conversation and each.conversation.spam)]
    portal = await _Portal.read(crm, scheme, [each for each in known if each.standing])
    proof = Proof(received=len(known), messages=sum(messages[each.id] for each in known))
    for each in known:
        found = _differences(each, portal, crm, scheme)
        proof.in_crm += bool(each.standing and portal.deals.get(each.standing.card.id))
        proof.waiting += each.waiting and not (each.standing and portal.deals.get(each.standing.card.id))
        proof.found += (
            [await _repaired(runtime, scheme, portal, each, difference) for difference in found] if repair else found
        )
    if lines:
        proof.found += await _short(crm, known, portal)
    proof.found += await _forgotten(runtime, crm, scheme, starts, repair=repair)
    return proof


async def _journal(runtime: Runtime, starts: datetime, ends: datetime) -> tuple[Counter[str], set[str]]:
    """How many words each customer sent, and whose were spam."""
    messages: Counter[str] = Counter()
    spam: set[str] = set()
    async for event in runtime.journal.between(starts.date(), ends.date()):
        if not starts <= event.at < ends:
            continue
        if event.kind == "received" and event.facts["author"] == Author.CUSTOMER and event.facts["kind"] in WORDS:
            messages[event.conversation_id] += 1
        elif event.kind == "closed" and event.facts["reason"] == "spam":
            spam.add(event.conversation_id)
    return messages, spam


async def _by_host(runtime: Runtime, messages: Counter[str]) -> Counter[str]:
    """What was said in a conversation before it was joined to another counts there."""
    found: Counter[str] = Counter()
    for id_, count in messages.items():
        found[(await runtime.mailbox.read(id_)).host] += count
    return found


async def _known(runtime: Runtime, id_: str) -> _Known:
    reading, standing = await runtime.mailbox.read(id_), await runtime.cards.standing(id_)
    waiting = bool(reading.mails) or bool(standing and standing.under_way)
    has_wake = await runtime.due.has(id_)
    return _Known(id=id_, conversation=reading.conversation, standing=standing, waiting=waiting, has_wake=has_wake)


@dataclass(slots=True)
class _Portal:
    """Our objects by origin id, lowest id first."""

    deals: dict[str, list[Mapping[str, Any]]]
    leads: dict[str, list[Mapping[str, Any]]]
    contacts: dict[str, list[Mapping[str, Any]]]

    @classmethod
    async def read(cls, crm: Crm, scheme: Scheme, known: Sequence[_Known]) -> "_Portal":
        cards = [each.standing.card for each in known if each.standing]
        fields = [scheme.fields[word] for word in COMPARED]
        return cls(
            deals=await _by_origin(crm, Entity.DEAL, [card.id for card in cards], fields),
            leads=await _by_origin(crm, Entity.LEAD, [card.id for card in cards], []),
            contacts=await _by_origin(crm, Entity.CONTACT, sorted({card.person_id for card in cards}), []),
        )


async def _by_origin(
    crm: Crm, entity: Entity, origins: Sequence[str], fields: Sequence[str]
) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    commands = [
        methods.item_list(
            entity,
            select=["id", "originId", *fields],
            filters={"originatorId": ORIGINATOR, "@originId": list(origins[start : start + IDS])},
            order={"id": "ASC"},
        )
        for start in range(0, len(origins), IDS)
    ]
    for result in await _asked(crm, commands):
        for row in result["items"]:
            found[row["originId"]].append(row)
    return found


async def _asked(crm: Crm, commands: Sequence[Command]) -> list[Any]:
    """The results in order. Raises the first error."""
    values: list[Any] = []
    for start in range(0, len(commands), MAX_COMMANDS):
        part = {f"q{place}": command for place, command in enumerate(commands[start : start + MAX_COMMANDS])}
        answers = await crm.client.batch(part, priority=Priority.BULK)
        for key in part:
            answer = answers.get(key)
            if isinstance(answer, BitrixError):
                raise answer
            if isinstance(answer, Result):
                values.append(answer.value)
    return values


def _differences(each: _Known, portal: _Portal, crm: Crm, scheme: Scheme) -> list[Difference]:
    if each.conversation is None or each.standing is None:
        lost = not each.waiting and each.conversation is None
        return [Difference(kind=Kind.LOST, conversation_id=each.id)] if lost else []
    card, written = each.standing.card, each.standing.written
    deals = portal.deals.get(card.id, [])
    kinds: list[Kind] = []
    if not each.waiting:
        kinds += _unlike(each.standing, deals, crm, scheme)
    if max(map(len, (deals, portal.leads.get(card.id, ()), portal.contacts.get(card.person_id, ())))) > 1:
        kinds.append(Kind.DOUBLED)
    if not each.waiting and not each.has_wake and _expects_wake(each.conversation):
        kinds.append(Kind.WAKELESS)
    deal = deals[0]["id"] if deals else written.get("deal")
    return [Difference(kind=kind, conversation_id=each.id, deal=deal) for kind in kinds]


def _unlike(standing: Standing, deals: Sequence[Mapping[str, Any]], crm: Crm, scheme: Scheme) -> list[Kind]:
    written = standing.written
    if written.get("dead"):
        return [Kind.PARKED]
    if not deals:
        return [Kind.DELETED if "deal" in written and written.get("card") == standing.card.id else Kind.UNREGISTERED]
    wanted = crm.deal_values(standing.card, scheme)
    names = (scheme.fields[word] for word in COMPARED)
    return [Kind.CHANGED] if any(str(deals[0].get(name) or "") != str(wanted[name] or "") for name in names) else []


def _expects_wake(conversation: Conversation) -> bool:
    enquiry = conversation.enquiry
    return any(clock.missed_at is None and not clock.is_paused for clock in enquiry.running()) if enquiry else False


async def _short(crm: Crm, known: Iterable[_Known], portal: _Portal) -> list[Difference]:
    """Cards whose dialogue ends before the conversation does."""
    whole = [
        (each.id, int(portal.deals[each.standing.card.id][0]["id"]), each.conversation.enquiry.lines)
        for each in known
        if each.standing and not each.waiting and each.conversation and each.conversation.enquiry
        if portal.deals.get(each.standing.card.id)
    ]
    dialogues = await _asked(crm, [methods.comments(Entity.DEAL, deal) for _, deal, _ in whole])
    return [
        Difference(kind=Kind.LINES, conversation_id=id_, deal=deal)
        for (id_, deal, count), comments in zip(whole, dialogues, strict=True)
        if last_line(comments) < count
    ]


async def _forgotten(runtime: Runtime, crm: Crm, scheme: Scheme, starts: datetime, *, repair: bool) -> list[Difference]:
    """Cards that were touched since then and whose conversation Redis does not know."""
    command = rebuild.our_deals(scheme, since=starts)
    found: list[rebuild.Found] = []
    async for page in crm.client.pages(command, id_field="id"):
        for deal in page:
            each = rebuild.found_in(deal, scheme)
            if each and (await runtime.mailbox.read(each.conversation.id)).conversation is None:
                found.append(each)
    found = rebuild.hosts(found)
    restored = bool(repair and await rebuild.restore(runtime, crm, scheme, found))
    return [
        Difference(kind=Kind.FORGOTTEN, conversation_id=each.conversation.id, deal=each.deal["id"], repaired=restored)
        for each in found
    ]


async def _repaired(
    runtime: Runtime, scheme: Scheme, portal: _Portal, each: _Known, difference: Difference
) -> Difference:
    """Only what cannot double anything: what the portal has just said it lacks, a field of ours, a wake."""
    if each.standing is None:
        return difference
    done = False
    match difference.kind:
        case Kind.UNREGISTERED:
            leads = portal.leads.get(each.standing.card.id, ())
            stands: dict[str, Any] = {"card": each.standing.card.id, "failures": 0}
            if leads:
                stands["lead"] = leads[0]["id"]
            done = await runtime.cards.again(each.id, each.standing, stands)
        case Kind.CHANGED:
            done = await runtime.cards.again(each.id, each.standing, _unwritten(each.standing.written, scheme))
        case Kind.WAKELESS:
            await runtime.due.at_once(each.id)
            done = True
    return replace(difference, repaired=done)


def _unwritten(written: Mapping[str, Any], scheme: Scheme) -> dict[str, Any]:
    """As if the fields that are always ours had not been written yet; what people may change stays as it was."""
    ours = {scheme.fields[word] for word in COMPARED}
    kept = {name: value for name, value in dict(written.get("values", {})).items() if name not in ours}
    return {**written, "values": kept}
