"""The difference between a desired card and what the portal holds: what must be looked up, then the steps to write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from app.crm import ORIGINATOR, Crm, last_line
from app.domain.card import Card, Line, Notice, Stage
from app.domain.scheme import Scheme
from app.domain.words import say
from app.store.cards import Difference, Person
from bitrix import Command, Priority, Result, Step, methods
from bitrix.errors import Missing, Refused, Unusable
from bitrix.methods import Entity
from bitrix.wire import MAX_COMMANDS

Written = dict[str, Any]

# Written only while the portal still holds what we wrote last: a manager's or a robot's change stays.
THEIRS_ONCE_TOUCHED = ("stageId", "assignedById", "title", "opportunity")
MUST_BE_KNOWN = ("contact", "lead", "deal", "lines")  # asked of what may stand there already: else it is made twice
LINES = "lines:"  # of a step's name, before the number of the last line
NOTICE = "notice:"
MONEY = ("opportunity", "currencyId", "isManualOpportunity")


@dataclass(slots=True)
class Work:
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
    made: int | None = None  # the deal of this turn
    letter: dict[str, str] | None = None  # what is given up of it
    overtaken: bool = False  # another has this person now
    unlearned: tuple[str, Refused] | None = None  # what the portal does not let us look up: nothing is written

    @property
    def key(self) -> str:
        return self.difference.conversation_id


def works_of(person: Person) -> list[Work]:
    """A person whom the portal does not hold yet goes with one card at a time: two would make two contacts."""
    works = [_work(person, difference) for difference in person.differences if difference.card]
    begun = sorted(works, key=lambda work: not work.attempted)  # what was begun is looked up first
    return works if "id" in person.contact else begun[:1]


def _work(person: Person, difference: Difference) -> Work:
    card = difference.card
    assert card is not None  # noqa: S101  differences without a card are left out before
    written = dict(difference.written)
    if written.get("card") != card.id:  # another enquiry: its lead and deal are new, the contact stays
        written = {"card": card.id, "failures": 0}
    attempted = dict(difference.attempted)
    if begun := [name for name in attempted if name.startswith(NOTICE)]:  # its maker died: told at most once
        attempted = {name: at for name, at in attempted.items() if name not in begun}
        written["notices"] = told(written, *begun)
    return Work(
        person=person,
        difference=difference,
        card=card,
        written=written,
        contact=dict(person.contact),
        attempted=attempted,
        lines=difference.lines,
    )


async def look_up(crm: Crm, works: list[Work], priority: Priority, *, look_first: bool = False) -> None:
    """What must be known before anything is written: phones, ambiguous creates, stages that people moved.

    look_first   ask for every origin before its create: the store has forgotten what it once wrote
    """
    questions = [(work, what, command) for work in works for what, command in _questions(work, look_first)]
    await _ask(crm, questions, priority)
    found = [work for work in works if work.found]
    await _ask(crm, [(work, what, command) for work in found for what, command in _questions_of_found(work)], priority)


async def _ask(crm: Crm, asked: list[tuple[Work, str, Command]], priority: Priority) -> None:
    for start in range(0, len(asked), MAX_COMMANDS):
        part = asked[start : start + MAX_COMMANDS]
        answers = await crm.client.batch({f"q{n}": ask[2] for n, ask in enumerate(part)}, priority=priority)
        for n, (work, what, command) in enumerate(part):
            answer = answers.get(f"q{n}")
            if isinstance(answer, Result):
                _learn(work, what, answer.value)
            elif answer is None:
                raise Unusable("unusable", "neither result nor error", method=command.method)
            elif not isinstance(answer, Refused):
                raise answer
            elif isinstance(answer, Missing) and what == "held":
                work.written["gone"] = True
            elif what in MUST_BE_KNOWN:
                work.unlearned = work.unlearned or (what, answer)


def _questions(work: Work, look_first: bool) -> list[tuple[str, Command]]:
    card, written = work.card, work.written
    asks: list[tuple[str, Command]] = []
    attempted = {name.partition(":")[0] for name in work.attempted}
    if "id" not in work.contact:
        begun = "contact" in attempted
        if begun or look_first:
            asks.append(("contact", methods.find_by_origin(Entity.CONTACT, ORIGINATOR, [card.person_id])))
        if card.phone and not begun:
            asks.append(("duplicates", methods.duplicates_by_phone([card.phone.number], Entity.CONTACT)))
        elif card.email and not begun:
            asks.append(("duplicates", methods.duplicates_by_email([card.email], Entity.CONTACT)))
    elif "phone" in attempted:
        asks.append(("phones", methods.contact_get(work.contact["id"])))
    for name, entity in (("lead", Entity.LEAD), ("deal", Entity.DEAL)):
        if name not in written and (name in attempted or look_first):
            asks.append((name, methods.find_by_origin(entity, ORIGINATOR, [card.id])))
    if "deal" in written and "lines" in attempted:
        asks.append(("lines", methods.comments(Entity.DEAL, written["deal"])))
    if "deal" in written and card.duplicate_of and _moves(work):  # its last line depends on the answer
        asks.append(("held", methods.deal_get(written["deal"])))
    return asks


def _questions_of_found(work: Work) -> list[tuple[str, Command]]:
    """Of a create that was carried out though nobody saw its end: what came with it."""
    asks: list[tuple[str, Command]] = []
    if "contact" in work.found and work.card.phone:
        asks.append(("phones", methods.contact_get(work.contact["id"])))
    if "deal" in work.found:
        asks.append(("lines", methods.comments(Entity.DEAL, work.written["deal"])))
        asks.append(("made", methods.deal_get(work.written["deal"])))
    return asks


def _moves(work: Work) -> bool:
    """Something that people change too differs from what we wrote last: look whether they have meanwhile."""
    before = work.written.get("words", {})
    return any(before.get(name, value) != value for name, value in words_of(work.card).items())


def _learn(work: Work, what: str, value: Any) -> None:
    match what:
        case "duplicates" if "id" not in work.contact:
            found = value.get("CONTACT") if isinstance(value, Mapping) else None
            if found:
                work.contact = {"id": int(min(map(int, found))), "shared": True}
        case "contact" | "lead" | "deal":
            rows = value["items"]
            if rows:
                found_id = min(int(row["id"]) for row in rows)
                if what in work.attempted:  # else it is of a life that this store has forgotten
                    work.found.add(what)
                if what == "contact":
                    work.contact["id"] = found_id
                else:
                    work.written[what] = found_id
            work.attempted = {name: at for name, at in work.attempted.items() if name != what}
        case "lines":
            work.written["line"] = max(last_line(value), work.written.get("line", 0))
            work.attempted = {name: at for name, at in work.attempted.items() if not name.startswith(LINES)}
        case "phones":
            number = work.card.phone.number if work.card.phone else ""
            if number in {row["VALUE"] for row in value.get("PHONE") or ()}:
                work.contact["phone"] = number
            work.attempted.pop("phone", None)
        case "made":
            item = value["item"]
            if item["updatedBy"] == item["createdBy"]:  # nobody has touched it: what it holds is what we wrote
                work.written["held"] = {name: item.get(name) for name in THEIRS_ONCE_TOUCHED}
                work.written["values"] = dict(work.written["held"])
        case "held":
            work.written["held"] = _held(value)


def _held(value: Any) -> dict[str, Any]:
    return {name: value["item"].get(name) for name in THEIRS_ONCE_TOUCHED}


def steps_of(crm: Crm, scheme: Scheme, work: Work) -> list[Step]:
    """The difference between the desired card and what was written, as steps that build on each other."""
    card, written = work.card, work.written
    if written.get("dead"):
        return []
    if card.duplicate_of:
        if written.get("gone"):
            work.sent_lines = len(work.lines)
            return []
        work.lines = _farewell(crm, scheme, work)
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
    else:
        steps += _update(crm, scheme, work)
    for text, last in crm.comments(work.lines):
        steps.append(_comment(work, text, last))
    steps += _notices(crm, work)
    return steps


def _farewell(crm: Crm, scheme: Scheme, work: Work) -> list[Line]:
    """Its last line says what becomes of it. Whatever somebody has changed meanwhile keeps it open: decided once."""
    card, written = work.card, work.written
    held, before, wanted = written.get("held") or {}, written.get("values", {}), crm.deal_values(card, scheme)
    if "kept" not in written:
        changed = any(
            held[name] != wanted.get(name) and _touched(before.get(name), held[name])
            for name in THEIRS_ONCE_TOUCHED
            if name in held and (name in before or name == "opportunity")  # an assignee we never named is the portal's
        )
        written["kept"] = changed or card.stage is not Stage.LOST
    words = "duplicate_kept" if written["kept"] else "duplicate_closed"
    return [
        replace(line, who="note", text=say(words, crm.locale, deal=line.text)) if line.who == "joined" else line
        for line in work.lines
    ]


def _contact(work: Work, values: Mapping[str, Any]) -> Any:
    return work.contact["id"] if "id" in work.contact else values["contact"]


def _linked(work: Work, changes: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """With the contact's id, which may be of this very call."""
    return {name: [_contact(work, values)] if name == "contactIds" else value for name, value in changes.items()}


def _contact_phone(work: Work, number: str) -> Step:
    fields = {"PHONE": [{"VALUE": number, "VALUE_TYPE": "MOBILE"}]}
    command = methods.contact_update(work.contact["id"], fields)
    return Step(name="phone", command=lambda _: command, read=lambda _: number, creates=True)  # a row of the contact's


def _comment(work: Work, text: str, last: int) -> Step:
    written = work.written

    def command(values: Mapping[str, Any]) -> Command:
        return methods.comment_add(Entity.DEAL, written["deal"] if "deal" in written else values["deal"], text)

    return Step(name=f"{LINES}{last}", command=command, read=int, creates=True)


def _notices(crm: Crm, work: Work) -> list[Step]:
    """Each task once. It waits for the deal's id, which a chained batch does not tell it."""
    steps: list[Step] = []
    for notice in untold(work):
        command = crm.notice(notice, work.written.get("deal"))
        if command is None:
            continue
        step = f"{NOTICE}{notice.id}"
        steps.append(Step(name=step, command=lambda _, c=command: c, read=lambda _: True, creates=notice.task))  # type: ignore[misc]
    return steps


def untold(work: Work) -> list[Notice]:
    """Two of one name are one task, told by the later words: a text in two pieces fails twice."""
    done = set(work.written.get("notices", ()))
    tasks = {notice.id: notice for notice in work.card.notices if notice.task and notice.id not in done}
    return list(tasks.values())


def told(written: Mapping[str, Any], *steps: str) -> list[str]:
    """The notices of a card that are never made again, with those of these steps."""
    return [*written.get("notices", ()), *(step.removeprefix(NOTICE) for step in steps)][-20:]


def _update(crm: Crm, scheme: Scheme, work: Work) -> list[Step]:
    """What people change too is written only after a look at what they have made of it meanwhile."""
    deal, held, moves = work.written["deal"], work.written.pop("held", None), _moves(work)
    if not _changes(crm, scheme, work, held) and not moves:
        return []
    look = Step(name="held", command=lambda _: methods.deal_get(deal), read=_held, decides=True)

    def update(values: Mapping[str, Any]) -> Command | None:
        changes = _changes(crm, scheme, work, held or values.get("held"))
        return methods.deal_update(deal, _linked(work, changes, values)) if changes else None

    update_ = Step(name="update", command=update, read=lambda _: True)
    return [look, update_] if moves and held is None else [update_]


def _changes(crm: Crm, scheme: Scheme, work: Work, held: Mapping[str, Any] | None) -> dict[str, Any]:
    """Fields of the deal that differ from what we wrote; what people change too only while they have not.

    held   what the portal holds of the latter; None: nobody looked
    """
    before = work.written.get("values", {})
    now = crm.deal_values(work.card, scheme)
    changes = {name: value for name, value in now.items() if before.get(name) != value}
    contact = work.contact.get("id")
    if work.written.get("contact", contact) != contact:  # another: the person was joined, or a manager joined contacts
        changes["contactIds"] = [contact]
    if work.written.get("kept"):
        changes.pop("stageId", None)
    for name in THEIRS_ONCE_TOUCHED:
        if name in changes and (held is None or _touched(before.get(name), held[name])):
            for each in MONEY if name == "opportunity" else (name,):
                changes.pop(each, None)
    return changes


def _touched(before: Any, held: Any) -> bool:
    """Whether somebody changed what we wrote. A sum that we never wrote is theirs when there is one."""
    if before is None:
        return bool(held)
    return bool(before != held)


def words_of(card: Card) -> dict[str, Any]:
    return {"stage": card.stage, "assignee": card.assignee, "title": card.title, "amount": card.amount}
