"""Duplicates, stage history, the mode of the CRM, currency."""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, Page, listing, mapping, method, whole
from sandbox.portal.cards import communication_key
from sandbox.portal.errors import RestError
from sandbox.portal.fields import DEAL, LEAD, NAMES, show_moment
from sandbox.portal.lists import list_rows, split_key

_MOST_VALUES = 20


@method("crm.duplicate.findbycomm")
def find_by_communication(call: Call) -> dict[str, Any] | list[Any]:
    """Ids by type of card, `[]` when nothing is found (reference 3.7, 11.6 (49))."""
    kind = str(call.loose("type") or "").upper()
    if kind not in ("PHONE", "EMAIL"):
        raise RestError("", "Communication type is not defined.")
    values = [str(value) for value in listing(call.loose("values")) if value][:_MOST_VALUES]
    if not values:
        raise RestError("", "Communication values is not defined.")
    only = str(call.loose("entity_type") or "").upper()
    found: dict[str, set[int]] = {}
    for value in values:
        for type_id, card_id in call.world.communications.get(communication_key(kind, value), ()):
            found.setdefault(NAMES[type_id].upper(), set()).add(card_id)
    shown = {name: sorted(ids) for name, ids in sorted(found.items()) if only in ("", name)}
    return shown or []


@method("crm.stagehistory.list")
def stage_history(call: Call) -> Page:
    type_id = whole(call.loose("entityTypeId"))
    if type_id not in (LEAD, DEAL):
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", f"Entity type {type_id} is not supported")
    world = call.world
    wanted = {split_key(key)[1].upper(): (key, value) for key, value in mapping(call.loose("filter")).items()}
    key, owner = wanted.get("OWNER_ID", ("", None))
    narrow = key in ("OWNER_ID", "=OWNER_ID") and not isinstance(owner, list | dict)
    rows = world.history_of.get((type_id, whole(owner)), []) if narrow else world.history[type_id]
    shown = (row | {"CREATED_TIME": show_moment(row["CREATED_TIME"], world.zone)} for row in rows)
    page = list_rows(call, shown)
    return Page(result={"items": page.result}, total=page.total, next=page.next)


@method("crm.settings.mode.get")
def mode(call: Call) -> int:
    """1 classic, 2 simple: without leads (reference 11.6 (41))."""
    return call.world.crm_mode


@method("crm.currency.base.get")
def base_currency(call: Call) -> str:
    return "RUB"
