"""Desired cards → the portal: contact, lead, deal, dialogue, notices; found by origin id or created, never twice.

Persons come in groups. A card's steps form one plan; the plans of a group are committed together (bitrix/group.py), so
that fifty new customers cost four calls and a lone one costs one. What may have been executed is left alone until the
portal cannot be running it any more, then looked up by its origin.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.crm import ORIGINATOR, Crm, Scheme, last_line
from app.domain.card import Card, Line, Notice
from app.jobs import Entry
from app.runtime import Runtime
from app.store import codec
from app.store.cards import Difference, Person
from bitrix import BitrixError, Command, Outcome, Plan, Priority, Result, Step, methods
from bitrix.errors import Closed, Denied, Missing, Refused, Throttled, Unanswered, Unauthorized, Unreachable
from bitrix.group import commit
from bitrix.methods import Entity

log = logging.getLogger("otklik.register")

GROUP = 50  # persons a turn: as many as one batch has commands
SETTLES = timedelta(seconds=75)  # the portal cuts a request at 60 s: after this nothing of it can be running
AGAIN = timedelta(seconds=30)  # after a customer's first refusal
MOST_BACKOFF = timedelta(seconds=30)
COALESCE = timedelta(seconds=0.3)  # the first reply follows its message at once: both go into the same call
NO_PORTAL = timedelta(minutes=5)
CREATES = ("contact", "lead", "deal")

Written = dict[str, Any]


@dataclass(slots=True)
class _Work:
    """One card on its way."""

    person: Person
    difference: Difference
    card: Card
    written: Written
    contact: dict[str, Any]
    attempted: dict[str, int]
    lines: Sequence[Line]
    sent_lines: int = 0
    again_after: timedelta | None = None
    steps: list[Step] = field(default_factory=list)
    found: set[str] = field(default_factory=set)  # creates that were carried out though nobody saw their end
    comments: list[int] = field(default_factory=list)  # ours: the portal's events about them are no answers

    @property
    def key(self) -> str:
        return self.difference.conversation_id


async def register(runtime: Runtime, entries: list[Entry]) -> None:
    """Bring the portal to the desired state of these persons. An entry ends when nothing of its person is left."""
    await asyncio.sleep(COALESCE.total_seconds())
    left = {entry.subject: entry for entry in entries}
    while left:
        left = await _round(runtime, left)


async def _round(runtime: Runtime, entries: dict[str, Entry]) -> dict[str, Entry]:
    """One turn for each person. Returns those with more to do at once."""
    persons = await asyncio.gather(*(runtime.cards.read(person) for person in entries))
    works = [work for person in persons for work in _works(person)]
    waits: dict[str, timedelta | None] = dict.fromkeys(entries)
    if runtime.crm is None:
        waits = dict.fromkeys(entries, NO_PORTAL)
    else:
        await _reconcile(runtime, runtime.crm, works)
        for work in works:
            wait = await _save(runtime, work)
            if wait is not None:
                waits[work.person.id] = max(waits[work.person.id] or wait, wait)
    more: dict[str, Entry] = {}
    for person, entry in entries.items():
        if await runtime.cards.release(person, entry.stream, entry.id, waits[person]) == "more":
            more[person] = entry
    return more


def _works(person: Person) -> list[_Work]:
    """A person whom the portal does not hold yet goes with one card at a time: two would make two contacts."""
    works = [_work(person, difference) for difference in person.differences if difference.card]
    begun = sorted(works, key=lambda work: not work.attempted)  # what was begun is looked up first
    return works if "id" in person.contact else begun[:1]


def _work(person: Person, difference: Difference) -> _Work:
    card = difference.card
    assert card is not None  # noqa: S101  differences without a card are left out before
    written = dict(difference.written)
    if written.get("card") != card.id:  # another enquiry: its lead and deal are new, the contact stays
        written = {"card": card.id, "failures": 0}
    return _Work(
        person=person,
        difference=difference,
        card=card,
        written=written,
        contact=dict(person.contact),
        attempted=dict(difference.attempted),
        lines=difference.lines,
    )


async def _reconcile(runtime: Runtime, crm: Crm, works: list[_Work]) -> None:
    works = [work for work in works if not _unsettled(work)]
    if not works:
        return
    backoff = _Backoff.of(runtime)
    if backoff.left > timedelta(0):
        for work in works:
            work.again_after = backoff.left
        return
    hot = any(work.card.hot for work in works)
    priority = Priority.HOT if hot else Priority.NORMAL
    try:
        scheme = await crm.scheme()
        await _look_up(crm, works, priority)
    except BitrixError as error:
        _postpone(runtime, works, error, backoff)
        return
    plans = []
    for work in works:
        work.steps = _steps(crm, scheme, work)
        if work.steps:
            plans.append(Plan(key=work.key, steps=tuple(work.steps)))
    if not plans:
        return
    by_key = {work.key: work for work in works}

    async def before(creates: Sequence[tuple[Plan, Step]]) -> None:
        now_ms = codec.milliseconds(await runtime.cards.machine_now())
        for plan, step in creates:
            by_key[plan.key].attempted[step.name] = now_ms
        keys = {plan.key for plan, _ in creates}
        await asyncio.gather(*(runtime.cards.attempt(key, by_key[key].attempted) for key in keys))

    outcomes = await commit(crm.client, plans, priority=priority, before=before)
    for key, outcome in outcomes.items():
        _take(runtime, crm, scheme, by_key[key], outcome, backoff)


def _unsettled(work: _Work) -> bool:
    """Something was begun and nobody saw its end: the portal may still be running it."""
    if not work.attempted:
        return False
    age = timedelta(milliseconds=work.person.machine_ms - max(work.attempted.values()))
    if age < SETTLES:
        work.again_after = SETTLES - age
        return True
    return False


# --- look-ups, shared by the group


async def _look_up(crm: Crm, works: list[_Work], priority: Priority) -> None:
    """What must be known before anything is written: phones, ambiguous creates, stages that people moved."""
    await _ask(crm, [(work, what, command) for work in works for what, command in _questions(work)], priority)
    found = [work for work in works if work.found]
    await _ask(crm, [(work, what, command) for work in found for what, command in _questions_of_found(work)], priority)


async def _ask(crm: Crm, asked: list[tuple[_Work, str, Command]], priority: Priority) -> None:
    for start in range(0, len(asked), GROUP):
        part = asked[start : start + GROUP]
        answers = await crm.client.batch({f"q{n}": ask[2] for n, ask in enumerate(part)}, priority=priority)
        for n, (work, what, _) in enumerate(part):
            answer = answers.get(f"q{n}")
            if isinstance(answer, Result):
                _learn(work, what, answer.value)
            elif isinstance(answer, Missing) and what == "held":
                work.written["gone"] = True
            elif isinstance(answer, BitrixError) and not isinstance(answer, Refused):
                raise answer


def _questions(work: _Work) -> list[tuple[str, Command]]:
    card, written = work.card, work.written
    asks: list[tuple[str, Command]] = []
    attempted = {name.partition(":")[0] for name in work.attempted}
    if "id" not in work.contact:
        if "contact" in attempted:
            asks.append(("contact", methods.find_by_origin(Entity.CONTACT, ORIGINATOR, [card.person_id])))
        elif card.phone:
            asks.append(("duplicates", methods.duplicates_by_phone([card.phone.number], Entity.CONTACT)))
        elif card.email:
            asks.append(("duplicates", methods.duplicates_by_email([card.email], Entity.CONTACT)))
    for name, entity in (("lead", Entity.LEAD), ("deal", Entity.DEAL)):
        if name not in written and name in attempted:
            asks.append((name, methods.find_by_origin(entity, ORIGINATOR, [card.id])))
    if "deal" in written and "lines" in attempted:
        asks.append(("lines", methods.comments(Entity.DEAL, written["deal"])))
    if "deal" in written and _moves(work):
        asks.append(("held", methods.deal_get(written["deal"])))
    return asks


def _questions_of_found(work: _Work) -> list[tuple[str, Command]]:
    """Of a create that was carried out though nobody saw its end: what came with it."""
    asks: list[tuple[str, Command]] = []
    if "contact" in work.found and work.card.phone:
        asks.append(("phones", methods.contact_get(work.contact["id"])))
    if "deal" in work.found:
        asks.append(("lines", methods.comments(Entity.DEAL, work.written["deal"])))
        asks.append(("made", methods.deal_get(work.written["deal"])))
    return asks


def _moves(work: _Work) -> bool:
    """Stage or assignee differ from what we wrote last: look whether a person has changed them meanwhile."""
    before = work.written.get("words", {})
    return bool(before) and (before.get("stage") != work.card.stage or before.get("assignee") != work.card.assignee)


def _learn(work: _Work, what: str, value: Any) -> None:
    match what:
        case "duplicates":
            found = value.get("CONTACT") if isinstance(value, Mapping) else None
            if found:
                work.contact = {"id": int(min(map(int, found))), "shared": True}
        case "contact" | "lead" | "deal":
            rows = value["items"]
            if rows:
                found_id = min(int(row["id"]) for row in rows)
                work.found.add(what)
                if what == "contact":
                    work.contact["id"] = found_id
                else:
                    work.written[what] = found_id
            work.attempted = {name: at for name, at in work.attempted.items() if name != what}
        case "lines":
            work.written["line"] = max(last_line(value), work.written.get("line", 0))
            work.attempted = {name: at for name, at in work.attempted.items() if not name.startswith("lines")}
        case "phones":
            number = work.card.phone.number if work.card.phone else ""
            if number in {row["VALUE"] for row in value.get("PHONE") or ()}:
                work.contact["phone"] = number
        case "made":
            item = value["item"]
            if item["updatedBy"] == item["createdBy"]:  # nobody has touched it: what it holds is what we wrote
                work.written["held"] = {"stageId": item["stageId"], "assignedById": item["assignedById"]}
                work.written["values"] = dict(work.written["held"])
        case "held":
            work.written["held"] = {"stageId": value["item"]["stageId"], "assignedById": value["item"]["assignedById"]}


# --- what is to be written


def _steps(crm: Crm, scheme: Scheme, work: _Work) -> list[Step]:
    """The difference between the desired card and what was written, as steps that build on each other."""
    card, written = work.card, work.written
    if written.get("dead"):
        return []
    if written.get("gone"):
        if not any(line.who == "customer" for line in work.lines):
            work.sent_lines = len(work.lines)
            return []
        written = work.written = {"card": card.id, "failures": 0}  # the customer writes again: a new deal
    work.lines = [line for line in work.lines if line.number > written.get("line", 0)]
    skipped = len(work.difference.lines) - len(work.lines)
    work.sent_lines = skipped
    steps: list[Step] = []
    if "id" not in work.contact:
        fields = crm.contact_fields(card, scheme)
        steps.append(Step(name="contact", command=lambda _: methods.contact_add(fields), read=int, creates=True))
    elif card.phone and work.contact.get("phone") != card.phone.number and not work.contact.get("shared"):
        steps.append(_contact_phone(work, card.phone.number))
    if not scheme.simple and "lead" not in written and "deal" not in written:
        steps.append(
            Step(
                name="lead",
                command=lambda v: methods.lead_add(crm.lead_fields(card, scheme, _contact(work, v))),
                read=int,
                creates=True,
            )
        )
    if "deal" not in written:
        steps.append(
            Step(
                name="deal",
                command=lambda v: methods.deal_add(
                    crm.deal_new(card, scheme, _contact(work, v), written.get("lead", v.get("lead")))
                ),
                read=lambda value: int(value["item"]["id"]),
                reference="[item][id]",
                creates=True,
            )
        )
    elif changes := _changes(crm, scheme, work):
        steps.append(
            Step(name="update", command=lambda _: methods.deal_update(written["deal"], changes), read=lambda _: True)
        )
    for text, last in crm.comments(work.lines):
        steps.append(_comment(work, text, last))
    steps += _notices(crm, work)
    return steps


def _contact(work: _Work, values: Mapping[str, Any]) -> Any:
    return work.contact["id"] if "id" in work.contact else values["contact"]


def _contact_phone(work: _Work, number: str) -> Step:
    fields = {"PHONE": [{"VALUE": number, "VALUE_TYPE": "MOBILE"}]}
    return Step(
        name="phone", command=lambda _: methods.contact_update(work.contact["id"], fields), read=lambda _: number
    )


def _comment(work: _Work, text: str, last: int) -> Step:
    written = work.written

    def command(values: Mapping[str, Any]) -> Command:
        return methods.comment_add(Entity.DEAL, written["deal"] if "deal" in written else values["deal"], text)

    return Step(name=f"lines:{last}", command=command, read=int, creates=True)


def _notices(crm: Crm, work: _Work) -> list[Step]:
    """Each notice once. A task waits for the deal's id, which a chained batch does not tell it."""
    steps: list[Step] = []
    for notice in _untold(work):
        command = crm.notice(work.card, notice, work.written.get("deal"))
        if command is None:
            continue
        step = f"notice:{notice.id}"
        steps.append(Step(name=step, command=lambda _, c=command: c, read=lambda _: True, creates=notice.task))  # type: ignore[misc]
    return steps


def _untold(work: _Work) -> list[Notice]:
    told = set(work.written.get("notices", ()))
    return [notice for notice in work.card.notices if notice.id not in told]


def _changes(crm: Crm, scheme: Scheme, work: _Work) -> dict[str, Any]:
    """Fields of the deal that differ from what we wrote; stage and assignee only while the portal holds that."""
    before = work.written.get("values", {})
    now = crm.deal_values(work.card, scheme)
    changes = {name: value for name, value in now.items() if before.get(name) != value}
    held = work.written.pop("held", None)
    for name in ("stageId", "assignedById"):
        if name in changes and (held is None or (before.get(name) is not None and held[name] != before[name])):
            changes.pop(name)
    return changes


# --- what came of it


def _take(runtime: Runtime, crm: Crm, scheme: Scheme, work: _Work, outcome: Outcome, backoff: "_Backoff") -> None:
    written = work.written
    for name, value in outcome.values.items():
        work.attempted.pop(name, None)
        kind, _, rest = name.partition(":")
        match kind:
            case "contact":
                work.contact = {"id": value, "phone": work.card.phone.number if work.card.phone else ""}
            case "phone":
                work.contact["phone"] = value
            case "lead":
                written["lead"] = value
            case "deal":
                written |= {"deal": value, "values": crm.deal_values(work.card, scheme), "words": _words(work.card)}
                runtime.meter.count("otklik_cards_registered_total", channel=work.card.channel)
            case "update":
                written |= {"values": crm.deal_values(work.card, scheme), "words": _words(work.card)}
            case "lines":
                written["line"] = int(rest)
                work.comments.append(value)
                work.sent_lines = sum(line.number <= int(rest) for line in work.difference.lines)
            case "notice":
                written["notices"] = [*written.get("notices", ()), rest][-20:]
    if outcome.unknown:
        for name in outcome.unknown:
            if name.startswith("notice:"):  # told at most once: a repeat would be a second alarm
                written["notices"] = [*written.get("notices", ()), name.partition(":")[2]][-20:]
                work.attempted.pop(name, None)
        work.again_after = SETTLES if work.attempted else backoff.failed()
        log.warning("a call to the portal ended without an answer", extra={"conversation_id": work.key})
    if outcome.failed:
        name, error = outcome.failed
        work.attempted.pop(name, None)
        _failed(runtime, work, name, error, backoff)
    elif not outcome.unknown and outcome.not_tried:
        work.again_after = backoff.failed()
    elif not outcome.unknown:
        written["failures"] = 0
        backoff.succeeded()
        if any(notice.task and notice.user is not None for notice in _untold(work)):
            work.again_after = timedelta(seconds=0.1)  # the deal has its id now


def _failed(runtime: Runtime, work: _Work, step: str, error: BitrixError, backoff: "_Backoff") -> None:
    """Later, or a person: a customer's second refusal is a dead letter; the portal's trouble is everybody's wait."""
    if isinstance(error, Missing) and ("deal" in work.written):
        work.written["gone"] = True  # a manager deleted it: their decision, until the customer writes again
        work.again_after = timedelta(seconds=0.1)
        return
    if isinstance(error, Unreachable | Unanswered | Throttled | Unauthorized | Closed | Denied):
        if isinstance(error, Unauthorized | Closed | Denied):
            log.error("the portal refuses us; `otklik check` names the cure: %s", error)
        work.again_after = max(backoff.failed(), timedelta(seconds=error.retry_after or 1))
        return
    work.written["failures"] = work.written.get("failures", 0) + 1
    if work.written["failures"] < 2:
        work.again_after = AGAIN
        return
    work.written["dead"] = f"{step}: {error}"
    log.error("a card cannot be registered: %s", error, extra={"conversation_id": work.key})


def _postpone(runtime: Runtime, works: Sequence[_Work], error: BitrixError, backoff: "_Backoff") -> None:
    wait = max(backoff.failed(), timedelta(seconds=error.retry_after or 1))
    log.warning("the portal is away: %s", error)
    for work in works:
        work.again_after = wait


def _words(card: Card) -> dict[str, Any]:
    return {"stage": card.stage, "assignee": card.assignee}


async def _save(runtime: Runtime, work: _Work) -> timedelta | None:
    """Store what the portal holds now. Returns how long this person must wait for the next turn, if at all."""
    dead = work.written.get("dead")
    if dead and not work.written.get("told"):
        letter = {"step": "register", "person": work.person.id, "reason": str(dead)}
        await runtime.dead_letters.add(work.key, letter)
        work.written["told"] = True
    await runtime.cards.wrote(work.comments)
    settled = work.again_after is None
    await runtime.cards.write(
        work.person.id,
        work.difference,
        written={name: value for name, value in work.written.items() if name != "held"},
        attempted=work.attempted,
        contact=work.contact or None,
        lines=len(work.difference.lines) if dead else work.sent_lines,
        settled=settled,
    )
    return work.again_after


@dataclass(slots=True)
class _Backoff:
    """How long this process leaves a troubled portal alone."""

    failures: int = 0
    until: float = 0.0

    @classmethod
    def of(cls, runtime: Runtime) -> "_Backoff":
        return _BACKOFFS.setdefault(id(runtime.crm), cls())

    @property
    def left(self) -> timedelta:
        return timedelta(seconds=max(0.0, self.until - time.monotonic()))

    def failed(self) -> timedelta:
        self.failures += 1
        wait = min(MOST_BACKOFF, timedelta(seconds=0.5 * 2 ** min(self.failures, 7)))
        self.until = time.monotonic() + wait.total_seconds()
        return wait

    def succeeded(self) -> None:
        self.failures, self.until = 0, 0.0


_BACKOFFS: dict[int, _Backoff] = {}
