"""All fields of a type, user fields included; and lists of its cards (reference 11.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from sandbox.portal.calls import listing
from sandbox.portal.cards import communication_key, is_multi, value_of
from sandbox.portal.fields import CONTACT, LEAD, NAMES, Field, Unreadable, read, standard
from sandbox.portal.lists import PAGE, Condition, Test, compile_filter, first_of_page, sort_rows
from sandbox.portal.shelf import Card, Shelf
from sandbox.portal.world import World


def schema(world: World, type_id: int) -> dict[str, Field]:
    """Fields by old name, kept until a user field comes or goes."""
    known = world.schemas.get(type_id)
    if known is None:
        entity = f"CRM_{NAMES[type_id].upper()}"
        known = dict(standard(type_id))
        known |= {row.name: row.as_field() for row in world.userfields.values() if row.entity == entity}
        world.schemas[type_id] = known
    return known


def item_names(world: World, type_id: int, *, original: bool) -> dict[str, Field]:
    """Fields by their name in crm.item.*; `original` keeps UF_CRM_… as it is (reference 3.1)."""
    key = (type_id, original)
    known = world.item_names.get(key)
    if known is None:
        rows = schema(world, type_id).values()
        known = {row.name if original and row.name.startswith("UF_") else row.item: row for row in rows}
        world.item_names[key] = known
    return known


def forget_schemas(world: World) -> None:
    world.schemas.clear()
    world.item_names.clear()


def condition(world: World, spec: Field, operator: str, raw: Any) -> Condition:
    """A filter's key with its value in the field's type; junk finds nothing (reference 11.4 (30))."""
    single = Field(name=spec.name, item=spec.item, kind=spec.kind)
    try:
        if isinstance(raw, list | dict):
            operand: Any = [read(single, one, world.zone) for one in listing(raw)]
        else:
            operand = read(single, raw, world.zone)
    except Unreadable:
        operand = []
    return Condition(operator=operator, name=spec.name, operand=operand)


def select_cards(
    world: World,
    type_id: int,
    tree: Any,
    leaf: Callable[[str, Any], Test | None],
    order: list[tuple[str, bool]],
    start: int,
) -> tuple[list[Card], int, int | None]:
    """The cards of one page, the total (0 when `start` is -1) and the next offset."""
    shelf = world.shelves[type_id]
    conditions, test = compile_filter(tree, leaf)
    candidates = _candidates(world, shelf, type_id, conditions, order)
    cards = (shelf.cards[card_id] for card_id in candidates)
    found = (card for card in cards if test(_getter(card))) if conditions or tree else cards
    if start < 0 and _by_id(order):
        return list(islice(found, PAGE)), 0, None
    rows = list(found)
    if not _by_id(order):
        sort_rows(rows, order, value_of)
    first = first_of_page(start)
    page = rows[first : first + PAGE]
    if start < 0:
        return page, 0, None
    return page, len(rows), first + PAGE if first + PAGE < len(rows) else None


def _by_id(order: list[tuple[str, bool]]) -> bool:
    return order[0][0] == "ID"


def _candidates(
    world: World, shelf: Shelf, type_id: int, conditions: list[Test], order: list[tuple[str, bool]]
) -> Iterable[int]:
    """Ids to look at, in the order of ids that is asked for: from the first index that can answer a condition."""
    descending = order[0] == ("ID", True)
    for row in conditions:
        if isinstance(row, Condition) and (known := _indexed(world, shelf, type_id, row)) is not None:
            return sorted(known, reverse=descending)
    above = max((_above(row) for row in conditions if isinstance(row, Condition)), default=0)
    return reversed(list(shelf.ascending(above))) if descending else shelf.ascending(above)


def _indexed(world: World, shelf: Shelf, type_id: int, row: Condition) -> set[int] | None:
    wanted = row.wanted
    if wanted is None or any(one in (None, "") for one in wanted):
        return None
    if row.name == "ID":
        return {one for one in wanted if one in shelf.cards}
    if is_multi(row.name):
        keys = (communication_key(row.name, str(one)) for one in wanted)
        return {card for key in keys for kind, card in world.communications.get(key, ()) if kind == type_id}
    name = "CONTACT_IDS" if row.name == "CONTACT_ID" else row.name
    return shelf.find(name, wanted) if name in ("ORIGIN_ID", "LEAD_ID", "CONTACT_IDS") else None


def _above(row: Condition) -> int:
    return row.operand if row.name == "ID" and row.operator == ">" and isinstance(row.operand, int) else 0


def _getter(card: Card) -> Callable[[str], Any]:
    def get(name: str) -> Any:
        if is_multi(name):
            return [row.value for row in card.multi if row.kind == name]
        return value_of(card, name)

    return get


def has_multi(type_id: int, name: str) -> bool:
    return is_multi(name) and type_id in (LEAD, CONTACT)
