"""What a portal does when a lead, deal or contact is made, changed or deleted, whoever asked for it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from sandbox.portal.calls import whole
from sandbox.portal.fields import CONTACT, DEAL, LEAD, MULTI, NAMES, Field, standard
from sandbox.portal.shelf import Card, MultiRow
from sandbox.portal.world import Status, World

STAGE = {LEAD: "STATUS_ID", DEAL: "STAGE_ID"}
SEMANTIC = {LEAD: "STATUS_SEMANTIC_ID", DEAL: "STAGE_SEMANTIC_ID"}
CREATED, MOVED, FINISHED, CHANGED_FUNNEL = 1, 2, 3, 5  # types of stage history (reference 10.1)
_TITLES = {LEAD: "Лид", DEAL: "Сделка"}


def create(world: World, type_id: int, values: dict[str, Any], by: int, multi: list[MultiRow] | None = None) -> Card:
    """A new card with everything the portal fills in itself (reference 11.6 (42, 44)); `values` are typed."""
    now = world.now()
    card_id = world.next_id(f"card{type_id}")
    values = {name: value for name, value in values.items() if value is not None}
    values |= {"ID": card_id, "DATE_CREATE": now, "DATE_MODIFY": now, "CREATED_BY_ID": by, "MODIFY_BY_ID": by}
    values |= {"LAST_ACTIVITY_TIME": now, "LAST_ACTIVITY_BY": by}
    values.setdefault("ASSIGNED_BY_ID", by)
    _bind_contacts(values)
    if type_id in STAGE:
        _begin(world, type_id, values, by)
    elif not values.get("NAME") and not values.get("LAST_NAME"):
        values["NAME"] = "Без имени"
    card = Card(type_id=type_id, id=card_id, values=values, multi=multi or [])
    world.shelves[type_id].add(card)
    _index_multi(world, card)
    if type_id in STAGE:
        _remember(world, card, CREATED)
    announce(world, card, "ADD", by)
    if type_id == LEAD and world.crm_mode == 2:
        _convert(world, card, by)
    return card


def update(world: World, card: Card, changes: dict[str, Any], by: int) -> bool:
    """Apply typed changes. Nothing new: no event, no history, no new date (reference 11.6 (47)); returns if it was."""
    _bind_contacts(changes)
    changed = {name: value for name, value in changes.items() if value != value_of(card, name)}
    if not changed:
        return False
    before = dict(card.values)
    card.values.update(changed)
    touch(world, card, by)
    world.shelves[card.type_id].reindex(card, before, card.values)
    moved = STAGE.get(card.type_id) in changed or "CATEGORY_ID" in changed
    if moved:
        _move(world, card, before, by)
    announce(world, card, "UPDATE", by)
    if moved and before.get("CATEGORY_ID") != card.values.get("CATEGORY_ID"):
        fields = {name: card.values[name] for name in ("ID", "CATEGORY_ID", "STAGE_ID")}
        world.events.emit(world, "ONCRMDEALMOVETOCATEGORY", {"FIELDS": fields}, by)  # reference 11.6 (46)
    return True


def replace_multi(world: World, card: Card, rows: list[MultiRow], by: int) -> bool:
    if rows == card.multi:
        return False
    _index_multi(world, card, remove=True)
    card.multi = rows
    _index_multi(world, card)
    touch(world, card, by)
    return True


def delete(world: World, card: Card, by: int) -> None:
    """History, comments and activities go with their owner (reference 10.1)."""
    world.shelves[card.type_id].remove(card)
    _index_multi(world, card, remove=True)
    owner = (card.type_id, card.id)
    gone = {row["ID"] for row in world.history_of.pop(owner, ())}
    if gone:
        world.history[card.type_id] = [row for row in world.history[card.type_id] if row["ID"] not in gone]
    for comment_id in world.comments_of.pop(owner, ()):
        world.comments.pop(comment_id, None)
    for activity_id in world.activities_of.pop(owner, ()):
        world.activities.pop(activity_id, None)
    announce(world, card, "DELETE", by)


def announce(world: World, card: Card, what: str, by: int) -> None:
    world.events.emit(world, f"ONCRM{NAMES[card.type_id].upper()}{what}", {"FIELDS": {"ID": card.id}}, by)


def touch(world: World, card: Card, by: int) -> None:
    card.values |= {"DATE_MODIFY": world.now(), "MODIFY_BY_ID": by}


def active(world: World, type_id: int, card_id: int, by: int) -> None:
    """A comment or an activity bumps its owner's LAST_ACTIVITY_TIME (reference 11.6 (44, 53))."""
    card = world.shelves[type_id].cards.get(card_id)
    if card is not None:
        card.values |= {"LAST_ACTIVITY_TIME": world.now(), "LAST_ACTIVITY_BY": by}


def value_of(card: Card, name: str) -> Any:
    if name in card.values:
        return card.values[name]
    spec: Field | None = standard(card.type_id).get(name)
    default = spec.default if spec else None
    return [] if default is None and spec is not None and spec.multiple else default


def stage_entity(type_id: int, category: int = 0) -> str:
    if type_id == LEAD:
        return "STATUS"
    return f"DEAL_STAGE_{category}" if category else "DEAL_STAGE"


def stages_of(world: World, entity: str) -> list[Status]:
    return sorted((row for (owner, _), row in world.stages.items() if owner == entity), key=lambda row: row.sort)


def stage_by_meaning(world: World, card: Card, semantics: str) -> str:
    """The first stage of a card's pipeline that means success (S) or failure (F)."""
    entity = stage_entity(card.type_id, value_of(card, "CATEGORY_ID") or 0)
    return next(row.code for row in stages_of(world, entity) if row.semantics == semantics)


def communication_key(kind: str, value: str) -> tuple[str, str]:
    """Phones without formatting and extension, a Russian 8… as 7…; e-mails in lower case (reference 11.6 (49))."""
    if kind != "PHONE":
        return kind, value.strip().lower()
    digits = re.sub(r"\D", "", re.split(r"[#;,]|доб|ext", value.lower(), maxsplit=1)[0])
    return kind, "7" + digits[1:] if len(digits) == 11 and digits[0] == "8" else digits


def multi_row(world: World, kind: str, raw: dict[str, Any]) -> MultiRow:
    kind_of_value = str(raw.get("VALUE_TYPE") or ("OTHER" if kind == "IM" else "WORK"))
    return MultiRow(id=world.next_id("multi"), kind=kind, type=kind_of_value, value=str(raw.get("VALUE", "")).strip())


def is_multi(name: str) -> bool:
    return name in MULTI


def _bind_contacts(values: dict[str, Any]) -> None:
    """CONTACT_ID is the first of CONTACT_IDS; whichever came decides."""
    if "CONTACT_IDS" in values:
        values["CONTACT_ID"] = values["CONTACT_IDS"][0] if values["CONTACT_IDS"] else None
    elif "CONTACT_ID" in values:
        values["CONTACT_IDS"] = [values["CONTACT_ID"]] if values["CONTACT_ID"] else []


def _begin(world: World, type_id: int, values: dict[str, Any], by: int) -> None:
    values.setdefault("TITLE", f"{_TITLES[type_id]} #{values['ID']}")
    entity = stage_entity(type_id, whole(values.get("CATEGORY_ID")))
    if (entity, values.get(STAGE[type_id])) not in world.stages:
        values[STAGE[type_id]] = stages_of(world, entity)[0].code  # reference 11.6 (45): old methods fall back
    values |= {"MOVED_TIME": values["DATE_CREATE"], "MOVED_BY_ID": by}
    if type_id == LEAD:
        if values.get("CONTACT_ID"):
            values["IS_RETURN_CUSTOMER"] = "Y"  # reference 11.6 (44)
    else:
        today = values["DATE_CREATE"].date()
        values.setdefault("BEGINDATE", today)
        values.setdefault("CLOSEDATE", today + timedelta(days=7))  # reference 11.6 (44)
    _mean(world, type_id, values)


def _mean(world: World, type_id: int, values: dict[str, Any]) -> None:
    """What the stage means for the rest of the card (reference 11.6 (44))."""
    entity = stage_entity(type_id, whole(values.get("CATEGORY_ID")))
    semantics = world.stages[entity, values[STAGE[type_id]]].semantics
    values[SEMANTIC[type_id]] = semantics
    final = semantics != "P"
    if type_id == LEAD:
        values["DATE_CLOSED"] = world.now() if final else None
    else:
        values["CLOSED"] = "Y" if final else "N"
        values["IS_NEW"] = "Y" if stages_of(world, entity)[0].code == values["STAGE_ID"] else "N"
        if final:
            values["CLOSEDATE"] = world.now().date()


def _move(world: World, card: Card, before: dict[str, Any], by: int) -> None:
    card.values |= {"MOVED_TIME": world.now(), "MOVED_BY_ID": by}
    _mean(world, card.type_id, card.values)
    if whole(before.get("CATEGORY_ID")) != whole(card.values.get("CATEGORY_ID")):
        _remember(world, card, CHANGED_FUNNEL)
    else:
        _remember(world, card, MOVED if card.values[SEMANTIC[card.type_id]] == "P" else FINISHED)


def _remember(world: World, card: Card, kind: int) -> None:
    """A row of stage history; leads use their own words (reference 10.1)."""
    row = {"ID": world.next_id("history"), "TYPE_ID": kind, "OWNER_ID": card.id, "CREATED_TIME": world.now()}
    if card.type_id == DEAL:
        row["CATEGORY_ID"] = value_of(card, "CATEGORY_ID")
    row |= {
        SEMANTIC[card.type_id]: card.values[SEMANTIC[card.type_id]],
        STAGE[card.type_id]: card.values[STAGE[card.type_id]],
    }
    world.history[card.type_id].append(row)
    world.history_of[card.type_id, card.id].append(row)


def _convert(world: World, lead: Card, by: int) -> None:
    """Simple mode: a lead becomes a contact and a deal at once (reference 11.6 (41))."""
    copied = ("ASSIGNED_BY_ID", "SOURCE_ID", "ORIGINATOR_ID", "ORIGIN_ID", "OPPORTUNITY", "CURRENCY_ID", "COMMENTS")
    shared = {name: lead.values[name] for name in copied if name in lead.values}
    contact_id = lead.values.get("CONTACT_ID")
    if not contact_id:
        person = {name: lead.values[name] for name in ("NAME", "SECOND_NAME", "LAST_NAME") if name in lead.values}
        rows = [multi_row(world, row.kind, {"VALUE": row.value, "VALUE_TYPE": row.type}) for row in lead.multi]
        about = {name: value for name, value in shared.items() if name not in ("OPPORTUNITY", "CURRENCY_ID")}
        contact_id = create(world, CONTACT, person | about | {"LEAD_ID": lead.id}, by, rows).id
    links = {"TITLE": lead.values["TITLE"], "LEAD_ID": lead.id, "CONTACT_ID": contact_id}
    create(world, DEAL, shared | links, by)
    update(world, lead, {"STATUS_ID": "CONVERTED", "CONTACT_ID": contact_id}, by)


def _index_multi(world: World, card: Card, *, remove: bool = False) -> None:
    for row in card.multi:
        owners = world.communications[communication_key(row.kind, row.value)]
        owners.discard((card.type_id, card.id)) if remove else owners.add((card.type_id, card.id))
