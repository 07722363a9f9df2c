"""crm.item.*: camelCase names, typed values, one wrapper key (reference 3.1, 3.2, 11.5, 11.6)."""

from __future__ import annotations

from typing import Any

from sandbox.portal import cards
from sandbox.portal.calls import Call, Page, listing, mapping, method, whole
from sandbox.portal.errors import RestError, invalid_argument, missing
from sandbox.portal.fields import DEAL, MULTI, NAMES, Field, Unreadable, read, show_item
from sandbox.portal.lists import Test, parse_order, split_key
from sandbox.portal.schema import condition, item_names, select_cards
from sandbox.portal.shelf import Card, MultiRow
from sandbox.portal.world import World

_COMMUNICATIONS = {"phone": "PHONE", "email": "EMAIL", "imol": "IM"}


@method("crm.item.add")
def add(call: Call) -> dict[str, Any]:
    type_id = _type_of(call)
    raw = _fields(call)
    values = _values(call, type_id, raw)
    _check_stage(call.world, type_id, values, whole(values.get("CATEGORY_ID")))
    rows = [
        cards.multi_row(call.world, str(row["typeId"]), _as_old(row))
        for row in map(mapping, listing(raw.get("fm")))
        if type_id != DEAL and row.get("typeId") in MULTI and row.get("value")
    ]
    return _shown(call, cards.create(call.world, type_id, values, call.caller.user_id, rows))


@method("crm.item.get")
def get(call: Call) -> dict[str, Any]:
    return _shown(call, _card(call))


@method("crm.item.list")
def items(call: Call) -> Page:
    """An unknown field in `filter` or `order` is refused by name (reference 11.5 (39))."""
    world, type_id = call.world, _type_of(call)
    names = item_names(world, type_id, original=_original(call))

    def leaf(key: str, raw: Any) -> Test | None:
        operator, name = split_key(key)
        if name in _COMMUNICATIONS and type_id != DEAL:
            kind = _COMMUNICATIONS[name]
            return condition(world, Field(name=kind, item=name, kind="string"), operator, raw)
        spec = names.get("id" if name == "ID" else name)
        if spec is None:
            raise invalid_argument(f"Invalid filter: field '{name}' is not allowed in filter")
        return condition(world, spec, operator, raw)

    order = []
    for name, descending in parse_order(call.exact("order")):
        spec = names.get("id" if name == "ID" else name)  # upper-case ID is tolerated (reference 3.12)
        if spec is None:
            raise invalid_argument(f"Invalid order: field '{name}' is not allowed in order")
        order.append((spec.name, descending))
    found, total, following = select_cards(
        world, type_id, call.exact("filter"), leaf, order or [("ID", False)], call.start
    )
    wanted, with_multi = _selected(names, call.exact("select"))
    rows = [show(world, card, wanted) | (_show_multi(card) if with_multi else {}) for card in found]
    return Page(result={"items": rows}, total=total, next=following)


@method("crm.item.update")
def update(call: Call) -> dict[str, Any]:
    card, raw = _card(call), _fields(call)
    changes = _values(call, card.type_id, raw)
    old = whole(cards.value_of(card, "CATEGORY_ID"))
    category = whole(changes.get("CATEGORY_ID", old))
    if category != old and "STAGE_ID" not in changes:
        changes["STAGE_ID"] = cards.stages_of(call.world, cards.stage_entity(card.type_id, category))[0].code
    _check_stage(call.world, card.type_id, changes, category)
    by = call.caller.user_id
    retold = "fm" in raw and cards.replace_multi(call.world, card, _merged(call.world, card, raw["fm"]), by)
    if not cards.update(call.world, card, changes, by) and retold:
        cards.announce(call.world, card, "UPDATE", by)
    return _shown(call, card)


@method("crm.item.delete")
def delete(call: Call) -> list[Any]:
    cards.delete(call.world, _card(call), call.caller.user_id)
    return []


@method("crm.item.fields")
def fields(call: Call) -> dict[str, Any]:
    type_id = _type_of(call)
    shown = {}
    options = {row.name: row.options for row in call.world.userfields.values()}
    for name, spec in item_names(call.world, type_id, original=_original(call)).items():
        shown[name] = {
            "type": spec.kind,
            "isRequired": False,
            "isReadOnly": spec.readonly,
            "isMultiple": spec.multiple,
            "isDynamic": spec.name.startswith("UF_"),
            "title": spec.name,
            "upperName": spec.name,
        }
        if options.get(spec.name):
            shown[name]["items"] = [{"ID": str(row["ID"]), "VALUE": row["VALUE"]} for row in options[spec.name]]
    return {"fields": shown}


def show(world: World, card: Card, wanted: dict[str, Field]) -> dict[str, Any]:
    zone = world.zone
    return {name: show_item(spec, cards.value_of(card, spec.name), zone) for name, spec in wanted.items()}


def _shown(call: Call, card: Card) -> dict[str, Any]:
    names = item_names(call.world, card.type_id, original=_original(call))
    shown = show(call.world, card, names) | {"entityTypeId": card.type_id}
    return {"item": shown | (_show_multi(card) if card.type_id != DEAL else {})}


def _show_multi(card: Card) -> dict[str, Any]:
    rows = [{"id": row.id, "typeId": row.kind, "valueType": row.type, "value": row.value} for row in card.multi]
    return {"fm": rows} if card.type_id != DEAL else {}


def _original(call: Call) -> bool:
    return call.exact("useOriginalUfNames") in ("Y", "y", True, 1, "1")


def _type_of(call: Call) -> int:
    raw = call.exact("entityTypeId")
    if raw is None:
        raise missing("entityTypeId")
    if whole(raw) not in NAMES:
        raise RestError("NOT_FOUND", f"Smart process with entityTypeId {raw} is not found")
    return whole(raw)


def _fields(call: Call) -> dict[str, Any]:
    raw = call.exact("fields")
    if not isinstance(raw, dict | list):
        raise missing("fields")
    return mapping(raw)


def _card(call: Call) -> Card:
    type_id = _type_of(call)
    if call.exact("id") is None:
        raise missing("id")
    card = call.world.shelves[type_id].cards.get(whole(call.exact("id")))
    if card is None:
        raise RestError("NOT_FOUND", "Item is not found")
    return card


def _values(call: Call, type_id: int, raw: dict[str, Any]) -> dict[str, Any]:
    """Typed values; an unknown field is ignored, an unreadable value is refused (reference 3.2)."""
    names, values = item_names(call.world, type_id, original=_original(call)), {}
    for name, value in raw.items():
        spec = names.get(name)
        if spec is None or spec.readonly:
            continue
        try:
            values[spec.name] = read(spec, value, call.world.zone)
        except Unreadable as error:
            if spec.multiple:
                raise RestError(100, str(error)) from error
            raise RestError("CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Invalid value for field "{name}"') from error
    return values


def _check_stage(world: World, type_id: int, values: dict[str, Any], category: int) -> None:
    """The stage must stand in the card's own pipeline (reference 11.6 (45))."""
    name = cards.STAGE.get(type_id)
    if values.get("CATEGORY_ID") and category not in world.categories:
        raise RestError("CRM_FIELD_ERROR_VALUE_NOT_VALID", 'Invalid value for field "categoryId"')
    if values.get(name or "") and (cards.stage_entity(type_id, category), values[name or ""]) not in world.stages:
        raise RestError("CRM_FIELD_ERROR_VALUE_NOT_VALID", 'Invalid value for field "stageId"')


def _selected(names: dict[str, Field], select: Any) -> tuple[dict[str, Field], bool]:
    """Standard fields by default; `*` everything, `fm` too; `ufCrm*` and `UF_*` the custom ones (reference 3.12)."""
    chosen = {str(name) for name in listing(select)}
    if not chosen:
        return {name: spec for name, spec in names.items() if not spec.name.startswith("UF_")}, False
    custom = bool(chosen & {"ufCrm*", "uf*", "UF_*"})
    if "*" in chosen:
        return names, True
    wanted = {n: s for n, s in names.items() if n in chosen or (custom and s.name.startswith("UF_")) or n == "id"}
    return wanted, "fm" in chosen


def _merged(world: World, card: Card, raw: Any) -> list[MultiRow]:
    """`n0` adds, a row's id changes it, an empty value removes it; no `typeId`, no effect (reference 11.6 (43))."""
    rows = {row.id: row for row in card.multi}
    for key, change in ((key, mapping(row)) for key, row in mapping(raw).items()):
        kind = change.get("typeId")
        if kind not in MULTI or card.type_id == DEAL:
            continue
        known = rows.get(whole(key)) if key.isdigit() else None
        if known is None:
            if change.get("value") and not key.isdigit():
                fresh = cards.multi_row(world, kind, _as_old(change))
                rows[fresh.id] = fresh
        elif not change.get("value"):
            del rows[known.id]
        else:
            type_ = str(change.get("valueType") or known.type)
            rows[known.id] = MultiRow(id=known.id, kind=kind, type=type_, value=str(change["value"]).strip())
    return list(rows.values())


def _as_old(row: dict[str, Any]) -> dict[str, Any]:
    return {"VALUE": row.get("value"), "VALUE_TYPE": row.get("valueType")}
