"""crm.{lead,deal,contact}.userfield.*: custom fields and their options (reference 3.11, 11.6 (50))."""

from __future__ import annotations

import re
from typing import Any

from sandbox.portal.calls import Call, Page, fields_of, id_of, listing, mapping, method, whole
from sandbox.portal.errors import RestError
from sandbox.portal.fields import CONTACT, DEAL, LEAD, NAMES, UserField
from sandbox.portal.lists import list_rows, split_key
from sandbox.portal.schema import forget_schemas
from sandbox.portal.world import World

TYPES = ("string", "integer", "double", "boolean", "date", "datetime", "enumeration", "money", "url", "employee")
LABELS = ("EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL", "ERROR_MESSAGE", "HELP_MESSAGE")
_FLAGS = ("MANDATORY", "SHOW_FILTER", "SHOW_IN_LIST", "EDIT_IN_LIST", "IS_SEARCHABLE")
LONGEST_NAME = 50


def _register(type_id: int) -> None:
    name, entity = NAMES[type_id], f"CRM_{NAMES[type_id].upper()}"
    method(f"crm.{name}.userfield.add", admin=True)(lambda call: _add(call, entity))
    method(f"crm.{name}.userfield.get")(lambda call: _show(_found(call, entity), labels=True))
    method(f"crm.{name}.userfield.list")(lambda call: _list(call, entity))
    method(f"crm.{name}.userfield.update", admin=True)(lambda call: _update(call, entity))
    method(f"crm.{name}.userfield.delete", admin=True)(lambda call: _delete(call, entity))


def _add(call: Call, entity: str) -> int:
    raw, world = fields_of(call), call.world
    name = _checked_name(world, raw, entity)
    row = UserField(
        id=world.next_id("userfield"),
        entity=entity,
        name=name,
        type=_checked_type(raw),
        multiple=raw.get("MULTIPLE") == "Y",
        settings={key: value for key, value in raw.items() if key not in ("LIST", "FIELD_NAME", "USER_TYPE_ID")},
    )
    for option in map(mapping, listing(raw.get("LIST"))):
        _change_option(world, row, option)
    world.userfields[row.id] = row
    _announce(call, row, "ADD")
    return row.id


def _list(call: Call, entity: str) -> Page:
    """Labels come only when the filter names a language (reference 3.11)."""
    labels = any(split_key(key)[1].upper() == "LANG" for key in mapping(call.loose("filter")))
    rows = [_show(row, labels=labels) for row in call.world.userfields.values() if row.entity == entity]
    return list_rows(call, rows, ignore=("LANG",))


def _update(call: Call, entity: str) -> bool:
    """The type and whether it is multiple never change (reference 3.11)."""
    row, raw = _found(call, entity), fields_of(call)
    row.settings |= {
        key: value for key, value in raw.items() if key not in ("LIST", "FIELD_NAME", "USER_TYPE_ID", "MULTIPLE")
    }
    for option in map(mapping, listing(raw.get("LIST"))):
        _change_option(call.world, row, option)
    _announce(call, row, "UPDATE")
    return True


def _delete(call: Call, entity: str) -> bool:
    row = _found(call, entity)
    del call.world.userfields[row.id]
    _announce(call, row, "DELETE")
    return True


def _announce(call: Call, row: UserField, what: str) -> None:
    forget_schemas(call.world)
    data = {"FIELDS": {"ID": row.id, "ENTITY_ID": row.entity, "FIELD_NAME": row.name}}
    call.world.events.emit(call.world, f"ON{row.entity.replace('_', '')}USERFIELD{what}", data, call.caller.user_id)


def _checked_name(world: World, raw: dict[str, Any], entity: str) -> str:
    """The prefix comes by itself; letters, digits and `_` only; up to 50 in all (reference 11.6 (50))."""
    given = str(raw.get("FIELD_NAME") or "").upper()
    if not given:
        raise RestError("", "The 'FIELD_NAME' field is not found.")
    name = given if given.startswith("UF_CRM_") else f"UF_CRM_{given}"
    if not re.fullmatch(r"[A-Z0-9_]+", name):
        raise RestError("ERROR_CORE", "Field name contains invalid characters. Only A-Z, 0-9 and _ are allowed.")
    if len(name) > LONGEST_NAME:
        raise RestError("ERROR_CORE", f"Field name is too long (maximum {LONGEST_NAME} characters).")
    if any(row.name == name and row.entity == entity for row in world.userfields.values()):
        raise RestError("ERROR_CORE", f"Field {name} for object {entity} already exists.")
    return name


def _checked_type(raw: dict[str, Any]) -> str:
    kind = str(raw.get("USER_TYPE_ID") or "")
    if kind not in TYPES:
        raise RestError("ERROR_CORE", "Incorrect custom type specified.")
    return kind


def _change_option(world: World, row: UserField, option: dict[str, Any]) -> None:
    """With ID: change or, by DEL=Y, remove; without: add."""
    known = next((one for one in row.options if str(one["ID"]) == str(option.get("ID"))), None)
    if known is not None and option.get("DEL") == "Y":
        row.options.remove(known)
    elif known is not None:
        known |= {key: option[key] for key in ("VALUE", "SORT", "DEF", "XML_ID") if key in option}
    else:
        fresh = {
            "ID": world.next_id("option"),
            "SORT": str(option.get("SORT", 500)),
            "VALUE": str(option.get("VALUE", "")),
        }
        row.options.append(fresh | {"DEF": option.get("DEF", "N"), "XML_ID": str(option.get("XML_ID") or fresh["ID"])})


def _show(row: UserField, *, labels: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ID": str(row.id),
        "ENTITY_ID": row.entity,
        "FIELD_NAME": row.name,
        "USER_TYPE_ID": row.type,
        "XML_ID": row.settings.get("XML_ID"),
        "SORT": str(row.settings.get("SORT", 100)),
        "MULTIPLE": "Y" if row.multiple else "N",
        "SETTINGS": mapping(row.settings.get("SETTINGS")) or [],
    }
    shown |= {flag: row.settings.get(flag, "N") for flag in _FLAGS}
    if labels:
        shown |= {name: _label(row, name) for name in LABELS}
    if row.type == "enumeration":
        shown["LIST"] = [one | {"ID": str(one["ID"])} for one in row.options]
    return shown


def _label(row: UserField, name: str) -> Any:
    given = row.settings.get(name, row.settings.get("LABEL"))
    return next(iter(given.values()), None) if isinstance(given, dict) else given


def _found(call: Call, entity: str) -> UserField:
    row = call.world.userfields.get(id_of(call))
    if row is None or row.entity != entity:
        raise RestError("ERROR_NOT_FOUND", "The entity with ID '" + str(whole(call.loose("id"))) + "' is not found.")
    return row


for _type in (LEAD, DEAL, CONTACT):
    _register(_type)
