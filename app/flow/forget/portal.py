"""The portal's side of forgetting: contact, leads and deals lose what tells who it was; our texts about them go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.crm import ORIGINATOR, Crm
from app.domain.words import say
from app.store.forgetting import Kept
from bitrix import Command, Priority, Result, methods
from bitrix.errors import Missing, Refused
from bitrix.methods import Entity
from bitrix.wire import MAX_COMMANDS

UTM = ("SOURCE", "MEDIUM", "CAMPAIGN", "CONTENT", "TERM")
TEXTS = ("ad_source", "state", "visit_kind")  # our fields of a deal that may tell something of the person


@dataclass(frozen=True, slots=True, kw_only=True)
class Blanked:
    """Ids of what was found, and then blanked. `asked`: there is a portal."""

    asked: bool = False
    contacts: tuple[int, ...] = ()
    leads: tuple[int, ...] = ()
    deals: tuple[int, ...] = ()
    comments: tuple[int, ...] = ()
    tasks: tuple[int, ...] = ()
    chats: tuple[int, ...] = ()
    sessions: tuple[tuple[str, int], ...] = ()  # (conversation, session) of the open line
    messages: int = 0  # deleted in the chats and the open line
    operators: int = 0  # words of theirs in the open line, which stay
    notices: int = 0


async def find(crm: Crm | None, persons: Sequence[str], kept: Sequence[Kept]) -> Blanked:
    """The cards by their origin ids, so that they are found with everything of ours lost but the conversation."""
    if crm is None:
        return Blanked()
    cards = [card for each in kept for card in each.cards]
    asks = {"contacts": methods.find_by_origin(Entity.CONTACT, ORIGINATOR, list(persons))}
    if cards:
        asks["leads"] = methods.find_by_origin(Entity.LEAD, ORIGINATOR, cards)
        asks["deals"] = methods.find_by_origin(Entity.DEAL, ORIGINATOR, cards)
    found = {name: tuple(int(row["id"]) for row in answer["items"]) for name, answer in (await ask(crm, asks)).items()}
    contacts = {*found["contacts"], *(each.contact for each in kept if each.contact)}
    blanked = Blanked(
        asked=True, contacts=tuple(sorted(contacts)), leads=found.get("leads", ()), deals=found.get("deals", ())
    )
    return await texts_of(crm, with_places(blanked, kept))


def with_places(found: Blanked, kept: Sequence[Kept]) -> Blanked:
    """With the chats, dialogues and notices that the store knows of."""
    return replace(
        found,
        chats=tuple(chat for each in kept for chat in each.chats),
        sessions=tuple(session for each in kept for session in each.sessions),
        notices=sum(len(each.notices) for each in kept),
    )


async def texts_of(crm: Crm | None, found: Blanked) -> Blanked:
    """With the comments and tasks that its deals have now."""
    if crm is None:
        return found
    lists = {f"comments{deal}": methods.comments(Entity.DEAL, deal) for deal in found.deals}
    lists |= {f"tasks{deal}": methods.tasks_of(f"D_{deal}") for deal in found.deals}
    rows = await ask(crm, lists)
    return replace(
        found,
        comments=tuple(int(row["ID"]) for deal in found.deals for row in rows.get(f"comments{deal}", ())),
        tasks=tuple(int(row["id"]) for deal in found.deals for row in rows.get(f"tasks{deal}", {}).get("tasks", ())),
    )


async def blank(crm: Crm | None, found: Blanked, kept: Sequence[Kept], locale: str) -> Blanked:
    """Raises BitrixError. What is gone already counts as blanked."""
    if crm is None:
        return found
    name, words = say("forgotten_name", locale), say("forgotten_notice", locale)
    held = await ask(crm, {f"c{contact}": methods.contact_get(contact) for contact in found.contacts})
    asks: dict[str, Command] = {}
    for row in held.values():
        asks[f"contact{row['ID']}"] = methods.contact_update(int(row["ID"]), _contact_fields(row, name))
    for lead in found.leads:
        fields = {"TITLE": name, "NAME": name, "SOURCE_DESCRIPTION": "", "COMMENTS": "", "ORIGIN_ID": f"gone-{lead}"}
        asks[f"lead{lead}"] = methods.lead_update(lead, fields | {f"UTM_{word}": "" for word in UTM})
    scheme = await crm.scheme()
    for deal in found.deals:
        fields = {"title": name, "sourceDescription": "", "comments": "", "originId": f"gone-{deal}"}
        fields |= {f"utm{word.capitalize()}": "" for word in UTM} | {scheme.fields[word]: "" for word in TEXTS}
        asks[f"deal{deal}"] = methods.deal_update(deal, fields)
    asks |= {f"comment{number}": methods.comment_delete(number) for number in found.comments}
    asks |= {
        f"task{number}": methods.task_update(number, {"TITLE": words, "DESCRIPTION": ""}) for number in found.tasks
    }
    for number, (user, tag) in enumerate(notice for each in kept for notice in each.notices):
        asks[f"notice{number}"] = Command(  # a notice of the same tag takes the place of the earlier one
            method="im.notify.personal.add", params={"USER_ID": user, "MESSAGE": words, "TAG": tag}
        )
    await ask(crm, asks, spares="notice")  # whom it told has left: nobody reads it
    return found


def _contact_fields(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Every text of the contact is emptied; a row of phones goes by its id with an empty value."""
    fields: dict[str, Any] = {"NAME": name, "LAST_NAME": "", "SECOND_NAME": "", "COMMENTS": "", "ADDRESS": ""}
    fields |= {f"UTM_{word}": "" for word in UTM}
    fields |= {"ORIGIN_ID": f"gone-{row['ID']}", "SOURCE_DESCRIPTION": ""}
    for kind in ("PHONE", "EMAIL", "IM", "WEB"):
        rows = [{"ID": each["ID"], "VALUE": "", "DELETE": "Y"} for each in row.get(kind) or ()]
        if rows:
            fields[kind] = rows
    return fields


async def ask(crm: Crm, asks: Mapping[str, Command], *, spares: str | None = None) -> dict[str, Any]:
    """The results by key, fifty commands a call. Missing is as good as removed.

    spares   how keys begin that the portal may refuse; any other refusal is raised
    """
    values: dict[str, Any] = {}
    names = list(asks)
    for start in range(0, len(names), MAX_COMMANDS):
        part = {name: asks[name] for name in names[start : start + MAX_COMMANDS]}
        for name, answer in (await crm.client.batch(part, priority=Priority.NORMAL)).items():
            if isinstance(answer, Result):
                values[name] = answer.value
                continue
            spared = spares is not None and name.startswith(spares)
            if not isinstance(answer, Refused if spared else Missing):
                raise answer
    return values
