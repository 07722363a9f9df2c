"""tasks.task.*: asked in upper case, answered in camelCase, values as text (reference 4.5, 11.10 (78))."""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, Page, listing, mapping, method, whole
from sandbox.portal.errors import RestError, missing
from sandbox.portal.fields import Unreadable, camel, parse_moment, show_moment
from sandbox.portal.lists import list_rows
from sandbox.portal.world import World

PENDING, COMPLETED = "2", "5"
_PLAIN = ("TITLE", "DESCRIPTION", "PRIORITY", "GROUP_ID")


@method("tasks.task.add", scope="task")
def add(call: Call) -> dict[str, Any]:
    raw, world = _fields(call), call.world
    if not raw.get("TITLE"):
        raise RestError("ERROR_CORE", "Не указано название задачи.<br>")
    if whole(raw.get("RESPONSIBLE_ID")) not in world.users:
        raise RestError("ERROR_CORE", "Не указан ответственный.<br>")
    number = world.next_id("task")
    now = show_moment(world.now(), world.zone)
    row: dict[str, Any] = {"ID": str(number), "STATUS": PENDING, "REAL_STATUS": PENDING, "CREATED_DATE": now}
    row |= {
        "CREATED_BY": str(whole(raw.get("CREATED_BY")) or call.caller.user_id),
        "DEADLINE": None,
        "CLOSED_DATE": None,
    }
    row |= {"DESCRIPTION": "", "PRIORITY": "1", "GROUP_ID": "0", "UF_CRM_TASK": False, "CHANGED_DATE": now}
    world.tasks[number] = row
    _apply(world, row, raw)
    _announce(call, "ADD", {"FIELDS_BEFORE": "undefined", "FIELDS_AFTER": {"ID": number}})
    return {"task": _show(row, [])}


@method("tasks.task.get", scope="task")
def get(call: Call) -> dict[str, Any]:
    return {"task": _show(_task(call), call.loose("select"))}


@method("tasks.task.list", scope="task")
def tasks(call: Call) -> Page:
    """Filtered by `ID`, answered as `id`, under `tasks` (reference 2.9)."""
    page = list_rows(call, call.world.tasks.values())
    rows = [_show(call.world.tasks[int(row["ID"])], call.loose("select")) for row in page.result]
    return Page(result={"tasks": rows}, total=page.total, next=page.next)


@method("tasks.task.update", scope="task")
def update(call: Call) -> dict[str, Any]:
    row = _task(call)
    _apply(call.world, row, _fields(call))
    _changed(call, row)
    return {"task": _show(row, [])}


@method("tasks.task.complete", scope="task")
def complete(call: Call) -> dict[str, Any]:
    row = _task(call)
    row |= {
        "STATUS": COMPLETED,
        "REAL_STATUS": COMPLETED,
        "CLOSED_DATE": show_moment(call.world.now(), call.world.zone),
    }
    _changed(call, row)
    return {"task": _show(row, [])}


def _apply(world: World, row: dict[str, Any], raw: dict[str, Any]) -> None:
    row |= {name: str(raw[name]) for name in (*_PLAIN, "RESPONSIBLE_ID", "STATUS") if name in raw}
    row["REAL_STATUS"] = row["STATUS"]
    if "UF_CRM_TASK" in raw:
        row["UF_CRM_TASK"] = [str(one) for one in listing(raw["UF_CRM_TASK"])]
    if "DEADLINE" in raw:
        try:
            row["DEADLINE"] = (
                show_moment(parse_moment(raw["DEADLINE"], world.zone), world.zone) if raw["DEADLINE"] else None
            )
        except Unreadable as error:
            raise RestError("ERROR_CORE", "Неверный крайний срок.<br>") from error


def _changed(call: Call, row: dict[str, Any]) -> None:
    row["CHANGED_DATE"] = show_moment(call.world.now(), call.world.zone)
    _announce(call, "UPDATE", {"FIELDS_BEFORE": {"ID": row["ID"]}, "FIELDS_AFTER": {"ID": row["ID"]}})


def _announce(call: Call, what: str, data: dict[str, Any]) -> None:
    call.world.events.emit(call.world, f"ONTASK{what}", data, call.caller.user_id)


def _show(row: dict[str, Any], select: Any) -> dict[str, Any]:
    """`ufCrmTask` only when asked for (reference 4.5)."""
    names = {str(name).upper() for name in listing(select)}
    wanted = {name for name in row if name not in ("UF_CRM_TASK", "REAL_STATUS")}
    if names and "*" not in names:
        wanted &= names | {"ID"}
    return {camel(name): row[name] for name in row if name in wanted | (names & {"UF_CRM_TASK"})}


def _fields(call: Call) -> dict[str, Any]:
    raw = mapping(call.exact("fields"))
    if not raw:
        raise missing("fields")
    return raw


def _task(call: Call) -> dict[str, Any]:
    row = call.world.tasks.get(whole(call.loose("taskId")))
    if row is None:
        raise RestError("1048582", "Задача не найдена или доступ запрещен")
    return row
