"""Desired cards → the portal: contact, lead, deal, dialogue, notices; found by origin id or created, never twice.

Persons come in groups. A card's steps form one plan; the plans of a group are committed together (bitrix/group.py), so
that fifty new customers cost four calls and a lone one costs one. What may have been executed is left alone until the
portal cannot be running it any more, then looked up by its origin.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.crm import Crm
from app.domain.mail import Folded
from app.domain.scheme import Scheme
from app.flow.differences import LINES, NOTICE, Work, look_up, steps_of, told, untold, words_of, works_of
from app.jobs import Entry
from app.runtime import Runtime
from app.store import codec
from app.store.cards import Overtaken
from bitrix import SETTLES, BitrixError, Outcome, Plan, Priority, Step
from bitrix.errors import Closed, Denied, Missing, Refused, Throttled, Unanswered, Unauthorized, Unreachable, Unsendable
from bitrix.group import Fenced, commit

log = logging.getLogger("otklik.register")

GROUP = 50  # persons a turn: as many as one batch has commands
AGAIN = timedelta(seconds=30)  # after a customer's first refusal
MOST_BACKOFF = timedelta(seconds=30)
COALESCE = timedelta(seconds=0.3)  # the first reply follows its message at once: both go into the same call
NO_PORTAL = timedelta(minutes=5)


async def fill(runtime: Runtime, priority: Priority = Priority.NORMAL) -> None:
    """Until the portal has room for a call: persons are read only then, with everything that came meanwhile."""
    await asyncio.sleep(runtime.patience(COALESCE.total_seconds()))
    if runtime.crm is not None:
        await runtime.crm.client.room(priority)


async def fill_hot(runtime: Runtime) -> None:
    """Hot customers have groups of their own, so that none waits for a group of others."""
    await fill(runtime, Priority.HOT)


async def register(runtime: Runtime, entries: list[Entry]) -> None:
    """Bring the portal to the desired state of these persons. An entry ends when nothing of its person is left."""
    left = {entry.subject: entry for entry in entries}
    while left:
        left = await _round(runtime, left)


async def _round(runtime: Runtime, entries: dict[str, Entry]) -> dict[str, Entry]:
    """One turn for each person. Returns who has more to do at once: a lone one, the others join the next full group.

    Raises Overtaken, all others having had their turn.
    """
    persons = await asyncio.gather(*(runtime.cards.read(person) for person in entries))
    works = [work for person in persons for work in works_of(person)]
    waits: dict[str, timedelta | None] = dict.fromkeys(entries)
    overtaken: set[str] = set()
    if runtime.crm is None:
        waits = dict.fromkeys(entries, NO_PORTAL)
    else:
        await _reconcile(runtime, runtime.crm, works)
        overtaken = {work.person.id for work in works if work.overtaken}
        works = [work for work in works if work.person.id not in overtaken]
        await asyncio.gather(*(runtime.talks.remember_deal(work.made, work.key) for work in works if work.made))
        for work, wait in zip(works, await asyncio.gather(*(_save(runtime, work) for work in works)), strict=True):
            if wait is not None:
                waits[work.person.id] = max(waits[work.person.id] or wait, wait)
    more: dict[str, Entry] = {}
    queue = len(entries) > 1
    for person, entry in entries.items():
        if person in overtaken:
            continue
        if await runtime.cards.release(person, entry.stream, entry.id, waits[person], queue=queue) == "more":
            more[person] = entry
    if overtaken:
        raise Overtaken(f"another worker has {len(overtaken)} of {len(entries)} persons")
    return more


async def _reconcile(runtime: Runtime, crm: Crm, works: list[Work]) -> None:
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
        scheme = await _scheme(runtime, crm)
        look_first = await runtime.cards.look_first()
        await look_up(crm, works, priority, look_first=look_first)
    except BitrixError as error:
        _postpone(works, error, backoff)
        return
    # What was found is stored before anything is built upon it: who dies in between would leave no trace of it.
    await asyncio.gather(*(_write(runtime, work) for work in works if work.attempted != work.difference.attempted))
    plans = []
    for work in works:
        if work.unlearned:
            _failed(work, *work.unlearned, backoff)
            continue
        work.steps = steps_of(crm, scheme, work)
        if work.steps:
            plans.append(Plan(key=work.key, steps=tuple(work.steps)))
    if not plans:
        return
    by_key = {work.key: work for work in works}

    async def before(carried: Sequence[tuple[Plan, Step]]) -> None:
        """Creates are noted; every write is fenced: who stood still must not lay older values over newer ones."""
        now_ms = codec.milliseconds(await runtime.cards.machine_now())
        for plan, step in carried:
            if step.creates:
                by_key[plan.key].attempted[step.name] = now_ms
        updated = [by_key[plan.key].written["deal"] for plan, step in carried if step.name == "update"]
        await runtime.hints.expect([f"deal:{deal}" for deal in updated])
        keys = sorted({plan.key for plan, _ in carried})
        ours = await asyncio.gather(*(_attempt(runtime, by_key[key]) for key in keys))
        if not all(ours):
            raise Fenced([key for key, mine in zip(keys, ours, strict=True) if not mine])

    async def after(done: Sequence[tuple[Plan, Step, Any]]) -> None:
        """Our own lines are known at once: the portal tells of them while the rest of the group is on its way."""
        await runtime.cards.wrote([value for _, step, value in done if step.name.startswith(LINES)])

    outcomes = await commit(crm.client, plans, priority=priority, before=before, after=after)
    for key, outcome in outcomes.items():
        if by_key[key].overtaken:
            continue
        _take(runtime, crm, scheme, by_key[key], outcome, backoff)
    if any(isinstance(outcome.failed[1], Refused) for outcome in outcomes.values() if outcome.failed):
        await runtime.schemes.forget()  # a stage may have been renamed: the second try asks for its name


async def _attempt(runtime: Runtime, work: Work) -> bool:
    """False: another has this person now, and nothing more of it may be sent or stored by us."""
    try:
        await runtime.cards.attempt(work.person, work.key, work.attempted)
    except Overtaken:
        work.overtaken = True
    return not work.overtaken


async def _scheme(runtime: Runtime, crm: Crm) -> Scheme:
    scheme = await runtime.schemes.load()
    if scheme is None:
        scheme = await crm.scheme(fresh=True)
        await runtime.schemes.save(scheme)
    return scheme


def _unsettled(work: Work) -> bool:
    """Something was begun and nobody saw its end: the portal may still be running it."""
    if not work.attempted:
        return False
    age = timedelta(milliseconds=work.person.machine_ms - max(work.attempted.values()))
    if age < SETTLES:
        work.again_after = SETTLES - age
        return True
    return False


def _take(runtime: Runtime, crm: Crm, scheme: Scheme, work: Work, outcome: Outcome, backoff: "_Backoff") -> None:
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
                written |= {"deal": value, "values": crm.deal_values(work.card, scheme), "words": words_of(work.card)}
                written["contact"] = work.contact.get("id")
                work.made = value
                runtime.meter.count("otklik_cards_registered_total", channel=work.card.channel)
            case "update" if value:
                written["contact"] = work.contact.get("id")
                written |= {"values": crm.deal_values(work.card, scheme), "words": words_of(work.card)}
            case "lines":
                written["line"] = int(rest)
                work.sent_lines = sum(line.number <= int(rest) for line in work.difference.lines)
            case "notice":
                written["notices"] = told(written, name)
    if outcome.unknown:
        for name in outcome.unknown:
            if name.startswith(NOTICE):  # told at most once: a repeat would be a second alarm
                written["notices"] = told(written, name)
                work.attempted.pop(name, None)
        work.again_after = SETTLES if work.attempted else backoff.failed()
        log.warning("a call to the portal ended without an answer", extra={"conversation_id": work.key})
    for name in outcome.not_tried:  # announced with the others of its chain, and certainly not carried out
        work.attempted.pop(name, None)
    if outcome.failed:
        name, error = outcome.failed
        work.attempted.pop(name, None)
        if name.startswith(NOTICE) and isinstance(error, Refused | Unsendable):
            _unmade(work, name, error)
        else:
            _failed(work, name, error, backoff)
    elif not outcome.unknown and outcome.not_tried:
        work.again_after = backoff.failed()
    elif not outcome.unknown:
        written["failures"] = 0
        backoff.succeeded()
        if any(notice.task and notice.user is not None for notice in untold(work)):
            work.again_after = timedelta(seconds=0.1)  # the deal has its id now


def _failed(work: Work, step: str, error: BitrixError, backoff: "_Backoff") -> None:
    """Later, or a person: a customer's second refusal is a dead letter; the portal's trouble is everybody's wait."""
    if isinstance(error, Missing) and step == "phone":
        work.contact = {}  # a manager deleted it or joined it to another: found by its phone, or made anew
        work.again_after = timedelta(seconds=0.1)
        return
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


def _unmade(work: Work, step: str, error: BitrixError) -> None:
    """A task is side work: its refusal is a letter of its own, and neither lines nor other customers wait for it."""
    log.error("a task is refused: %s", error, extra={"conversation_id": work.key})
    notice = step.removeprefix(NOTICE)
    work.letter = {"step": "task", "person": work.person.id, "notice": notice, "reason": str(error)}
    work.written |= {"failures": 0, "notices": told(work.written, step)}
    work.again_after = timedelta(seconds=0.1)  # what was to follow it


def _postpone(works: Sequence[Work], error: BitrixError, backoff: "_Backoff") -> None:
    wait = max(backoff.failed(), timedelta(seconds=error.retry_after or 1))
    log.warning("the portal is away: %s", error)
    for work in works:
        work.again_after = wait


async def _save(runtime: Runtime, work: Work) -> timedelta | None:
    """Store what the portal holds now. Returns how long this person must wait for the next turn, if at all."""
    dead, letter = work.written.get("dead"), work.letter
    if dead and not work.written.get("told"):
        letter = {"step": "register", "person": work.person.id, "reason": str(dead)}
        work.written["told"] = True
    settled = work.again_after is None
    if settled and work.card.duplicate_of and "deal" in work.written and not work.written.get("folded"):
        await _tell_host(runtime, work)
    await _write(runtime, work, settled=settled, parked=bool(dead), letter=letter)
    return work.again_after


async def _write(
    runtime: Runtime,
    work: Work,
    *,
    settled: bool = False,
    parked: bool = False,
    letter: dict[str, str] | None = None,
) -> None:
    await runtime.cards.write(
        work.person,
        work.difference,
        written={name: value for name, value in work.written.items() if name != "held"},
        attempted=work.attempted,
        contact=work.contact if work.contact != work.person.contact else None,
        lines=work.sent_lines,
        settled=settled,
        parked=parked,
        letter=letter,
    )


async def _tell_host(runtime: Runtime, work: Work) -> None:
    """Told once: accepted by the deal's number, before it is noted that it was."""
    deal, kept = work.written["deal"], bool(work.written.get("kept"))
    folded = Folded(deal=deal, channel=work.card.channel, kept=kept, at=await runtime.now())
    await runtime.mailbox.folded(work.key, work.card.channel, folded)
    work.written["folded"] = True


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
