"""Comments, log lines and activities of a card (reference 3.13, 3.14, 11.6 (52, 53))."""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, Page, fields_of, id_of, listing, mapping, method, whole
from sandbox.portal.cards import active
from sandbox.portal.errors import RestError, missing, not_found
from sandbox.portal.fields import NAMES, Unreadable, parse_moment, show_moment
from sandbox.portal.lists import list_rows, page_of, parse_order, select_row, sort_rows, split_key
from sandbox.portal.world import Comment, World

_TYPES = {name: number for number, name in NAMES.items()}
_KINDS = ("1", "2", "4", "6")  # meeting, call, e-mail, provider (reference 3.14)


@method("crm.timeline.comment.add")
def comment_add(call: Call) -> int:
    """AUTHOR_ID may be anybody and is the caller by default (reference 11.6 (52))."""
    raw = call.exact("fields")
    if not isinstance(raw, dict):
        raise missing("fields")
    author = whole(raw.get("AUTHOR_ID")) or call.caller.user_id
    type_id = _TYPES.get(str(raw.get("ENTITY_TYPE", "")), 0)  # lower case only
    text = str(raw.get("COMMENT") or "")
    if not text.strip():
        raise RestError("INVALID_ARG_VALUE", "The COMMENT field is empty.")
    return add_comment(call.world, type_id, whole(raw.get("ENTITY_ID")), author, text, by=call.caller.user_id).id


@method("crm.timeline.comment.get")
def comment_get(call: Call) -> dict[str, Any]:
    return _show(call.world, _comment(call))


@method("crm.timeline.comment.list")
def comment_list(call: Call) -> Page:
    """The pair of ENTITY_ID and ENTITY_TYPE is a must, nothing else filters (reference 11.6 (52))."""
    wanted = {split_key(key)[1].upper(): value for key, value in mapping(call.loose("filter")).items()}
    type_id = _TYPES.get(str(wanted.get("ENTITY_TYPE", "")), 0)
    if not type_id or not whole(wanted.get("ENTITY_ID")):
        raise RestError("", "Access denied.")
    world = call.world
    rows = [_show(world, world.comments[number]) for number in world.comments_of[type_id, whole(wanted["ENTITY_ID"])]]
    order = [(name.upper(), down) for name, down in parse_order(call.loose("order"))]
    order = [(name, down) for name, down in order if name in ("ID", "CREATED", "AUTHOR_ID")]
    sort_rows(rows, order or [("ID", True)], dict.get)
    page = page_of(rows, call.start)
    return Page(result=[select_row(row, call.loose("select")) for row in page.result], total=page.total, next=page.next)


@method("crm.timeline.comment.update")
def comment_update(call: Call) -> bool:
    comment, text = _comment(call), str(fields_of(call).get("COMMENT") or "")
    if not text.strip():
        raise RestError("INVALID_ARG_VALUE", "The COMMENT field is empty.")
    comment.text = text
    _announce(call.world, comment.id, "UPDATE", call.caller.user_id)
    return True


@method("crm.timeline.comment.delete")
def comment_delete(call: Call) -> bool:
    comment = _comment(call)
    del call.world.comments[comment.id]
    call.world.comments_of[comment.type_id, comment.entity_id].remove(comment.id)
    _announce(call.world, comment.id, "DELETE", call.caller.user_id)
    return True


def add_comment(world: World, type_id: int, entity_id: int, author: int, text: str, *, by: int) -> Comment:
    _check_owner(world, type_id, entity_id)
    number, now = world.next_id("comment"), world.now()
    comment = Comment(id=number, type_id=type_id, entity_id=entity_id, author=author, created=now, text=text)
    world.comments[number] = comment
    world.comments_of[type_id, entity_id].append(number)
    active(world, type_id, entity_id, by)
    _announce(world, number, "ADD", by)
    return comment


@method("crm.timeline.logmessage.add")
def log_add(call: Call) -> dict[str, Any]:
    """Not editable and without an event; `iconCode` is a must in effect (reference 3.13)."""
    raw = call.exact("fields")
    if not isinstance(raw, dict):
        raise missing("fields")
    for name in ("entityTypeId", "entityId", "title", "text", "iconCode"):
        if not raw.get(name):
            raise RestError(100, f"Required fields: {name}")
    world = call.world
    _check_owner(world, whole(raw["entityTypeId"]), whole(raw["entityId"]))
    row = {"id": world.next_id("log"), "created": show_moment(world.now(), world.zone), "authorId": call.caller.user_id}
    row |= {name: str(raw[name]) for name in ("title", "text", "iconCode")}
    world.log.append(row | {"entityTypeId": whole(raw["entityTypeId"]), "entityId": whole(raw["entityId"])})
    return {"logMessage": row}


@method("crm.activity.todo.add")
def todo_add(call: Call) -> dict[str, Any]:
    """A row of crm.activity.list with PROVIDER_ID CRM_TODO (reference 11.6 (53))."""
    world = call.world
    for name in ("ownerTypeId", "ownerId", "deadline"):
        if call.exact(name) is None:
            raise missing(name)
    type_id, owner = whole(call.exact("ownerTypeId")), whole(call.exact("ownerId"))
    _check_owner(world, type_id, owner)
    try:
        deadline = parse_moment(call.exact("deadline"), world.zone)
    except Unreadable as error:
        raise RestError("WRONG_DATETIME_FORMAT", "Wrong datetime format") from error
    row: dict[str, Any] = {"PROVIDER_ID": "CRM_TODO", "PROVIDER_TYPE_ID": "TODO", "TYPE_ID": "6", "DIRECTION": "0"}
    row |= {"SUBJECT": str(call.exact("title") or ""), "DESCRIPTION": str(call.exact("description") or "")}
    row |= {"RESPONSIBLE_ID": str(whole(call.exact("responsibleId")) or call.caller.user_id), "COMPLETED": "N"}
    row["DEADLINE"] = show_moment(deadline, world.zone)
    return {"id": add_activity(world, type_id, owner, row, call.caller.user_id)}


@method("crm.activity.add")
def activity_add(call: Call) -> int:
    raw, world = fields_of(call), call.world
    for name in ("SUBJECT", "RESPONSIBLE_ID", "TYPE_ID", "COMMUNICATIONS"):
        if not raw.get(name):
            raise RestError("", f"The field {name} is not defined or invalid.")
    if str(raw["TYPE_ID"]) not in _KINDS:
        raise RestError("", "The field TYPE_ID is not defined or invalid.")
    if str(raw["TYPE_ID"]) == "2" and len(listing(raw["COMMUNICATIONS"])) != 1:
        raise RestError("", "The field COMMUNICATIONS is not defined or invalid.")
    type_id, owner = whole(raw.get("OWNER_TYPE_ID")), whole(raw.get("OWNER_ID"))
    _check_owner(world, type_id, owner)
    names = ("PROVIDER_ID", "PROVIDER_TYPE_ID", "TYPE_ID", "SUBJECT", "DESCRIPTION", "DIRECTION", "COMPLETED")
    row: dict[str, Any] = {name: str(raw.get(name) or "") for name in (*names, "PRIORITY", "RESPONSIBLE_ID")}
    row["COMPLETED"] = "Y" if row["COMPLETED"] == "Y" else "N"
    for name in ("START_TIME", "END_TIME", "DEADLINE"):
        row[name] = _moment(world, raw.get(name))
    return add_activity(world, type_id, owner, row, call.caller.user_id)


@method("crm.activity.list")
def activity_list(call: Call) -> Page:
    world = call.world
    wanted = {key.lstrip("=@").upper(): value for key, value in mapping(call.loose("filter")).items()}
    owner = (whole(wanted.get("OWNER_TYPE_ID")), whole(wanted.get("OWNER_ID")))
    rows = map(world.activities.__getitem__, world.activities_of[owner]) if all(owner) else world.activities.values()
    return list_rows(call, rows)


@method("crm.activity.get")
def activity_get(call: Call) -> dict[str, Any]:
    return _activity(call)


@method("crm.activity.update")
def activity_update(call: Call) -> bool:
    row, raw = _activity(call), fields_of(call)
    for name in ("SUBJECT", "DESCRIPTION", "COMPLETED", "RESPONSIBLE_ID", "PRIORITY"):
        if name in raw:
            row[name] = str(raw[name])
    for name in ("START_TIME", "END_TIME", "DEADLINE"):
        if name in raw:
            row[name] = _moment(call.world, raw[name])
    row["LAST_UPDATED"] = show_moment(call.world.now(), call.world.zone)
    call.world.events.emit(call.world, "ONCRMACTIVITYUPDATE", {"FIELDS": {"ID": row["ID"]}}, call.caller.user_id)
    return True


@method("crm.activity.delete")
def activity_delete(call: Call) -> bool:
    row = _activity(call)
    del call.world.activities[int(row["ID"])]
    call.world.activities_of[int(row["OWNER_TYPE_ID"]), int(row["OWNER_ID"])].remove(int(row["ID"]))
    call.world.events.emit(call.world, "ONCRMACTIVITYDELETE", {"FIELDS": {"ID": row["ID"]}}, call.caller.user_id)
    return True


def add_activity(world: World, type_id: int, owner: int, row: dict[str, Any], by: int) -> int:
    number, now = world.next_id("activity"), show_moment(world.now(), world.zone)
    head = {
        "ID": str(number),
        "OWNER_TYPE_ID": str(type_id),
        "OWNER_ID": str(owner),
        "CREATED": now,
        "LAST_UPDATED": now,
    }
    world.activities[number] = head | row | {"AUTHOR_ID": str(by), "SETTINGS": [], "PROVIDER_PARAMS": []}
    world.activities_of[type_id, owner].append(number)
    active(world, type_id, owner, by)
    world.events.emit(world, "ONCRMACTIVITYADD", {"FIELDS": {"ID": number}}, by)
    return number


def _show(world: World, comment: Comment) -> dict[str, Any]:
    return {
        "ID": str(comment.id),
        "ENTITY_ID": str(comment.entity_id),
        "ENTITY_TYPE": NAMES[comment.type_id],
        "CREATED": show_moment(comment.created, world.zone),
        "COMMENT": comment.text,
        "AUTHOR_ID": str(comment.author),
        "FILES": [],  # reference 11.3 (20)
    }


def _announce(world: World, number: int, what: str, by: int) -> None:
    """`data[FIELDS][ID]`, or `data[ID]` as the vendor's page has it (reference 11.7 (61))."""
    data: dict[str, Any] = {"ID": number} if world.flat_comment_events else {"FIELDS": {"ID": number}}
    world.events.emit(world, f"ONCRMTIMELINECOMMENT{what}", data, by)


def _check_owner(world: World, type_id: int, owner: int) -> None:
    if type_id not in world.shelves or owner not in world.shelves[type_id].cards:
        raise RestError("OWNER_NOT_FOUND", "Owner was not found")


def _comment(call: Call) -> Comment:
    comment = call.world.comments.get(id_of(call))
    if comment is None:
        raise not_found()
    return comment


def _activity(call: Call) -> dict[str, Any]:
    row = call.world.activities.get(id_of(call))
    if row is None:
        raise not_found()
    return row


def _moment(world: World, raw: Any) -> str | None:
    if not raw:
        return None
    try:
        return show_moment(parse_moment(raw, world.zone), world.zone)
    except Unreadable:
        return None
