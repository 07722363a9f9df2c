"""Stages, sources and pipelines: crm.status.*, crm.category.* (reference 3.10, 11.6 (51))."""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, Page, fields_of, id_of, mapping, method, whole
from sandbox.portal.cards import stage_entity, stages_of, value_of
from sandbox.portal.errors import RestError, invalid_argument, missing, not_found
from sandbox.portal.fields import DEAL, LEAD
from sandbox.portal.lists import list_rows
from sandbox.portal.world import Status, World

_WORDS = {"P": "process", "S": "success", "F": "failure"}


@method("crm.status.list")
def statuses(call: Call) -> Page:
    return list_rows(call, (show(row) for row in call.world.statuses.values()), default="SORT")


@method("crm.status.entity.items")
def entity_items(call: Call) -> list[dict[str, Any]]:
    entity = str(call.loose("entityId") or "")
    rows = stages_of(call.world, entity)
    return [{"NAME": row.name, "SORT": row.sort, "STATUS_ID": row.code} for row in rows]


@method("crm.status.add", admin=True)
def add(call: Call) -> int:
    raw, world = fields_of(call), call.world
    entity, code = str(raw.get("ENTITY_ID") or ""), str(raw.get("STATUS_ID") or "")
    category = _category_of(entity)
    if category and not code.startswith(f"C{category}:"):
        code = f"C{category}:{code}"  # reference 11.6 (51): other pipelines prefix their codes
    _check(world, raw, entity, code)
    row = Status(
        id=world.next_id("status"),
        entity=entity,
        code=code,
        name=str(raw["NAME"]),
        sort=whole(raw.get("SORT"), 10),
        semantics=str(raw.get("SEMANTICS") or "P")[:1],
        color=str(raw.get("COLOR") or ""),
        category=category,
    )
    store(world, row)
    return row.id


@method("crm.status.get")
def get(call: Call) -> dict[str, Any]:
    return show(_status(call))


@method("crm.status.update", admin=True)
def update(call: Call) -> bool:
    row, raw = _status(call), fields_of(call)
    row.name = str(raw.get("NAME", row.name))
    row.sort = whole(raw.get("SORT"), row.sort)
    row.color = str(raw.get("COLOR", row.color))
    return True


@method("crm.status.delete", admin=True)
def delete(call: Call) -> bool:
    row = _status(call)
    if row.system and mapping(call.loose("params")).get("FORCED") != "Y":
        raise RestError("ERROR_CORE", "The system status cannot be deleted.")
    del call.world.statuses[row.id], call.world.stages[row.entity, row.code]
    return True


@method("crm.category.list")
def categories(call: Call) -> Page:
    _deals_only(call)
    rows = sorted(call.world.categories.values(), key=lambda row: row["id"])
    return Page(result={"categories": rows}, total=len(rows))


@method("crm.category.get")
def category_get(call: Call) -> dict[str, Any]:
    _deals_only(call)
    return {"category": _category(call)}


@method("crm.category.add", admin=True)
def category_add(call: Call) -> dict[str, Any]:
    """A new pipeline comes with stages of its own: C7:NEW … C7:APOLOGY."""
    _deals_only(call)
    raw = mapping(call.exact("fields"))
    if not raw.get("name"):
        raise RestError("CRM_FIELD_ERROR_REQUIRED", 'Field "name" is required')
    world = call.world
    row = category_row(world.next_id("category"), str(raw["name"]), whole(raw.get("sort"), 500))
    world.categories[row["id"]] = row
    add_deal_stages(world, row["id"])
    return {"category": row}


@method("crm.category.update", admin=True)
def category_update(call: Call) -> dict[str, Any]:
    _deals_only(call)
    row, raw = _category(call), mapping(call.exact("fields"))
    row["name"] = str(raw.get("name", row["name"]))
    row["sort"] = whole(raw.get("sort"), row["sort"])
    return {"category": row}


@method("crm.category.delete", admin=True)
def category_delete(call: Call) -> None:
    _deals_only(call)
    row, world = _category(call), call.world
    used = any(whole(value_of(card, "CATEGORY_ID")) == row["id"] for card in world.shelves[DEAL].cards.values())
    if row["id"] == 0 or used:
        raise RestError("ACCESS_DENIED", "The pipeline cannot be deleted: it is the default one or has items")
    del world.categories[row["id"]]
    for status in stages_of(world, stage_entity(DEAL, row["id"])):
        del world.statuses[status.id], world.stages[status.entity, status.code]


def category_row(number: int, name: str, sort: int) -> dict[str, Any]:
    default = "Y" if number == 0 else "N"
    row = {"id": number, "name": name, "sort": sort, "entityTypeId": DEAL, "isDefault": default}
    return row | {"originId": "", "originatorId": ""}


DEAL_STAGES = (
    ("NEW", "Новая", 10, "P"),
    ("PREPARATION", "Подготовка документов", 20, "P"),
    ("PREPAYMENT_INVOICE", "Cчёт на предоплату", 30, "P"),
    ("EXECUTING", "В работе", 40, "P"),
    ("FINAL_INVOICE", "Финальный счёт", 50, "P"),
    ("WON", "Сделка успешна", 60, "S"),
    ("LOSE", "Сделка провалена", 70, "F"),
    ("APOLOGY", "Анализ причины провала", 80, "F"),
)


def add_deal_stages(world: World, category: int) -> None:
    prefix = f"C{category}:" if category else ""
    add_statuses(world, stage_entity(DEAL, category), DEAL_STAGES, prefix=prefix, category=category)


def add_statuses(
    world: World,
    entity: str,
    rows: tuple[tuple[str, str, int, str], ...],
    *,
    prefix: str = "",
    category: int | None = None,
) -> None:
    for code, name, sort, semantics in rows:
        status_id = world.next_id("status")
        row = Status(id=status_id, entity=entity, code=prefix + code, name=name, sort=sort, semantics=semantics)
        row.category, row.system = category, code in ("NEW", "CONVERTED", "JUNK", "WON", "LOSE", "CALL", "OTHER")
        store(world, row)


def store(world: World, row: Status) -> None:
    world.statuses[row.id] = row
    world.stages[row.entity, row.code] = row


def show(row: Status) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ID": str(row.id),
        "ENTITY_ID": row.entity,
        "STATUS_ID": row.code,
        "NAME": row.name,
        "NAME_INIT": row.name if row.system else "",
        "SORT": str(row.sort),
        "SYSTEM": "Y" if row.system else "N",
        "COLOR": row.color,
        "SEMANTICS": row.semantics if row.semantics != "P" else None,
        "CATEGORY_ID": str(row.category) if row.category is not None else None,
    }
    if _is_stage(row.entity):
        shown["EXTRA"] = {"SEMANTICS": _WORDS[row.semantics], "COLOR": row.color}
    return shown


def _check(world: World, raw: dict[str, Any], entity: str, code: str) -> None:
    """reference 3.10, 11.6 (51)"""
    if not entity or (_category_of(entity) and _category_of(entity) not in world.categories):
        raise RestError("ERROR_CORE", "The ENTITY_ID field is not valid.")
    if not raw.get("NAME"):
        raise RestError("ERROR_CORE", "The NAME field is required.")
    longest = 21 if entity == "STATUS" else 22 if entity.startswith("DEAL_STAGE") else 50
    if not raw.get("STATUS_ID") or len(code) > longest:
        raise RestError("ERROR_CORE", f"The STATUS_ID field must have from 1 to {longest} characters.")
    if (entity, code) in world.stages:
        raise RestError("ERROR_CORE", "The specified status ID already exists.")
    if raw.get("SEMANTICS") not in (None, "", "P", "S", "F"):
        raise RestError("ERROR_CORE", "The SEMANTICS field is not valid.")
    won = next((row.sort for row in stages_of(world, entity) if row.semantics == "S"), None)
    if raw.get("SEMANTICS") in (None, "", "P") and won is not None and whole(raw.get("SORT"), 10) >= won:
        raise RestError("ERROR_CORE", "An intermediate stage must be sorted before the success stage.")


def _is_stage(entity: str) -> bool:
    return entity == "STATUS" or entity.startswith("DEAL_STAGE")


def _category_of(entity: str) -> int | None:
    if entity == "DEAL_STAGE":
        return 0
    return whole(entity.removeprefix("DEAL_STAGE_")) if entity.startswith("DEAL_STAGE_") else None


def _status(call: Call) -> Status:
    row = call.world.statuses.get(id_of(call))
    if row is None:
        raise not_found()
    return row


def _category(call: Call) -> dict[str, Any]:
    row = call.world.categories.get(whole(call.exact("id"), -1))
    if row is None:
        raise RestError("NOT_FOUND", "Category is not found")
    return row


def _deals_only(call: Call) -> None:
    raw = call.exact("entityTypeId")
    if raw is None:
        raise missing("entityTypeId")
    if whole(raw) == LEAD:
        raise invalid_argument("Categories are not supported by entity type 1")
    if whole(raw) != DEAL:
        raise RestError("NOT_FOUND", f"Entity type {raw} is not found")
