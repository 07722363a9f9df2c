"""crm.lead.*, crm.deal.*, crm.contact.*: upper-case names, text values (reference 3.3–3.5, 11.6)."""

from __future__ import annotations

from functools import partial
from typing import Any

from sandbox.portal import cards
from sandbox.portal.calls import Call, Page, fields_of, id_of, listing, mapping, method, whole
from sandbox.portal.errors import not_found
from sandbox.portal.fields import CONTACT, DEAL, LEAD, MULTI, NAMES, Field, Unreadable, read, show_old
from sandbox.portal.lists import Test, parse_order, split_key
from sandbox.portal.schema import condition, has_multi, schema, select_cards
from sandbox.portal.shelf import Card, MultiRow
from sandbox.portal.world import World

_MULTI_FIELD = {kind: Field(name=kind, item=kind.lower(), kind="string") for kind in MULTI}


def _register(type_id: int) -> None:
    name = NAMES[type_id]
    for verb, run in (("add", _add), ("get", _get), ("list", _list), ("update", _update), ("delete", _delete)):
        method(f"crm.{name}.{verb}")(partial(run, type_id=type_id))
    method(f"crm.{name}.fields")(lambda call: describe(call.world, type_id))


def _add(call: Call, type_id: int) -> int:
    """A scalar id (reference 11.6 (42))."""
    raw = fields_of(call)
    values = old_values(call.world, type_id, raw)
    rows = [
        cards.multi_row(call.world, kind, mapping(row))
        for kind in MULTI
        if has_multi(type_id, kind)
        for row in listing(raw.get(kind))
        if mapping(row).get("VALUE")
    ]
    return cards.create(call.world, type_id, values, call.caller.user_id, rows).id


def _get(call: Call, type_id: int) -> dict[str, Any]:
    """Every field and multi-field (reference 11.5 (40))."""
    card = _card(call, type_id)
    shown = show_card(call.world, card, schema(call.world, type_id))
    return shown | show_multi(card, MULTI)


def _list(call: Call, type_id: int) -> Page:
    """Newest first unless asked otherwise: the order without `order` is no promise (reference 11.5 (33))."""
    world, known = call.world, schema(call.world, type_id)

    def leaf(key: str, raw: Any) -> Test | None:
        operator, name = split_key(key)
        name = name.upper()
        if has_multi(type_id, name):
            return condition(world, _MULTI_FIELD[name], operator, raw)
        return condition(world, known[name], operator, raw) if name in known else None  # reference 11.5 (39)

    order = [(name.upper(), down) for name, down in parse_order(call.loose("order")) if name.upper() in known]
    found, total, following = select_cards(
        world, type_id, call.loose("filter"), leaf, order or [("ID", True)], call.start
    )
    fields, multi = _selected(world, type_id, call.loose("select"))
    rows = [show_card(world, card, fields) | show_multi(card, multi) for card in found]
    return Page(result=rows, total=total, next=following)


def _update(call: Call, type_id: int) -> bool:
    card = _card(call, type_id)
    raw = fields_of(call)
    changes = old_values(call.world, type_id, raw)
    changes.pop("CATEGORY_ID", None)  # reference 11.6 (46): an old update never moves between pipelines
    stage = cards.STAGE.get(type_id)
    entity = cards.stage_entity(type_id, whole(cards.value_of(card, "CATEGORY_ID")))
    if stage in changes and (entity, changes[stage]) not in call.world.stages:
        del changes[stage]  # reference 11.6 (45)
    rows = _merged(call.world, type_id, card, raw)
    by = call.caller.user_id
    retold = cards.replace_multi(call.world, card, rows, by)
    if not cards.update(call.world, card, changes, by) and retold:
        cards.announce(call.world, card, "UPDATE", by)
    return True


def _delete(call: Call, type_id: int) -> bool:
    cards.delete(call.world, _card(call, type_id), call.caller.user_id)
    return True


def describe(world: World, type_id: int) -> dict[str, Any]:
    """What crm.deal.fields says of each field; enumerations bring their options (reference 3.11)."""
    shown: dict[str, Any] = {}
    options = {row.name: row.options for row in world.userfields.values()}
    for name, spec in schema(world, type_id).items():
        shown[name] = {
            "type": spec.kind,
            "isRequired": False,
            "isReadOnly": spec.readonly,
            "isImmutable": False,
            "isMultiple": spec.multiple,
            "isDynamic": name.startswith("UF_"),
            "title": name,
        }
        if options.get(name):
            shown[name]["items"] = [{"ID": str(row["ID"]), "VALUE": row["VALUE"]} for row in options[name]]
    for kind in MULTI if type_id != DEAL else ():
        shown[kind] = {
            "type": "crm_multifield",
            "isReadOnly": False,
            "isMultiple": True,
            "isDynamic": False,
            "title": kind,
        }
    return shown


def old_values(world: World, type_id: int, raw: dict[str, Any]) -> dict[str, Any]:
    """Typed values of the fields that may be written; what is unknown or unreadable is dropped in silence."""
    known, values = schema(world, type_id), {}
    for name, value in raw.items():
        spec = known.get(name)
        if spec is None or spec.readonly:
            continue
        if spec.multiple and not isinstance(value, list | dict):
            value = listing(value)
        try:
            values[name] = read(spec, value, world.zone)
        except Unreadable:
            continue
    return values


def show_card(world: World, card: Card, fields: dict[str, Any]) -> dict[str, Any]:
    """Text or null by old name; CONTACT_IDS is for the item API alone (reference 3.4)."""
    zone = world.zone
    return {
        name: show_old(spec, cards.value_of(card, name), zone) for name, spec in fields.items() if name != "CONTACT_IDS"
    }


def show_multi(card: Card, kinds: tuple[str, ...]) -> dict[str, Any]:
    """Kinds without a row are simply missing (reference 3.3)."""
    shown: dict[str, list[dict[str, str]]] = {}
    for row in card.multi:
        if row.kind in kinds:
            entry = {"ID": str(row.id), "VALUE_TYPE": row.type, "VALUE": row.value, "TYPE_ID": row.kind}
            shown.setdefault(row.kind, []).append(entry)
    return shown


def _card(call: Call, type_id: int) -> Card:
    card = call.world.shelves[type_id].cards.get(id_of(call))
    if card is None:
        raise not_found()
    return card


def _selected(world: World, type_id: int, select: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """`*` is every plain field, `UF_*` every custom one; multi-fields come only by name (reference 11.5 (40))."""
    names = {str(name).upper() for name in listing(select)} or {"*"}
    wanted = {
        name: spec
        for name, spec in schema(world, type_id).items()
        if name in names or ("UF_*" if name.startswith("UF_") else "*") in names or name == "ID"
    }
    return wanted, tuple(kind for kind in MULTI if kind in names)


def _merged(world: World, type_id: int, card: Card, raw: dict[str, Any]) -> list[MultiRow]:
    """Rows without ID are added; with ID changed, or removed when VALUE is empty (reference 3.5, 11.6 (43))."""
    rows = {row.id: row for row in card.multi}
    for kind in MULTI if type_id != DEAL else ():
        for change in map(mapping, listing(raw.get(kind))):
            known = rows.get(whole(change.get("ID")))
            if known is None:
                if change.get("VALUE"):
                    fresh = cards.multi_row(world, kind, change)
                    rows[fresh.id] = fresh
            elif not change.get("VALUE") or change.get("DELETE") == "Y":
                del rows[known.id]
            else:
                value, type_ = str(change["VALUE"]).strip(), str(change.get("VALUE_TYPE") or known.type)
                rows[known.id] = MultiRow(id=known.id, kind=kind, type=type_, value=value)
    return list(rows.values())


for _type in (LEAD, DEAL, CONTACT):
    _register(_type)
