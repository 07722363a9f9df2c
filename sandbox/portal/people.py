"""Users, departments, working time, notifications and messages (reference 4, 11.10 (79))."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.portal.calls import Call, Page, listing, mapping, method, whole
from sandbox.portal.errors import RestError
from sandbox.portal.fields import show_moment
from sandbox.portal.lists import page_of, sorted_as_users
from sandbox.portal.openlines import add_to_chat, change_own
from sandbox.portal.world import User, World


@method("user.get", scope="user")
def user_get(call: Call) -> Page:
    """Filter keys stand under FILTER or at the top (reference 4.1)."""
    wanted = {key.lstrip("=@").upper(): value for key, value in call.params.items()} | {
        key.lstrip("=@").upper(): value for key, value in mapping(call.loose("filter")).items()
    }
    rows = [show(call.world, user) for user in call.world.users.values() if _matches(user, wanted)]
    sorted_as_users(call, rows)
    return page_of(rows, whole(call.loose("start")))


@method("user.current", scope="user")
def user_current(call: Call) -> dict[str, Any]:
    return show(call.world, call.world.users[call.caller.user_id])


@method("department.get", scope="department")
def department_get(call: Call) -> Page:
    rows = [
        _department(row)
        for row in call.world.departments.values()
        if all(
            call.loose(name) is None or str(row.get(name)) in [str(one) for one in listing(call.loose(name))]
            for name in ("ID", "NAME", "PARENT", "UF_HEAD")
        )
    ]
    sorted_as_users(call, rows)
    return page_of(rows, whole(call.loose("start")))


@method("im.department.managers.get", scope="im")
def managers(call: Call) -> dict[str, Any]:
    """Heads by department: `{"3": [3]}`, or whole users with USER_DATA=Y (reference 4.2)."""
    ids = [whole(one) for one in listing(call.loose("ID"))]
    if not ids:
        raise RestError("ID_EMPTY", "Department ID can't be empty")
    world = call.world
    heads = {number: world.departments[number].get("UF_HEAD") for number in ids if number in world.departments}
    if call.loose("USER_DATA") == "Y":
        return {str(number): [_messenger_user(world.users[head])] for number, head in heads.items() if head}
    return {str(number): [head] for number, head in heads.items() if head}


@method("im.user.list.get", scope="im")
def messenger_users(call: Call) -> dict[str, Any]:
    """By id; unknown ids are left out; `absent` is a moment while on leave, else False (reference 4.1)."""
    users = call.world.users
    known = [number for one in listing(call.loose("ID")) if (number := whole(one)) in users]
    return {str(number): _messenger_user(users[number]) for number in known}


@method("timeman.status", scope="timeman")
def working_time(call: Call) -> dict[str, Any]:
    """Only for users with time tracking, and of others only for those with the right to see them: «not found» of both
    (reference 4.3).
    """
    world = call.world
    user = world.users.get(whole(call.loose("USER_ID")) or call.caller.user_id)
    caller = world.users[call.caller.user_id]
    if user is None or not user.workday or not (user is caller or caller.admin or _leads(world, caller, user)):
        raise RestError("", "User not found")
    began = world.now().replace(hour=9, minute=0, second=0, microsecond=0)
    closed = user.workday == "CLOSED"
    return {
        "STATUS": user.workday,
        "TIME_START": show_moment(began, world.zone),
        "TIME_FINISH": show_moment(world.now(), world.zone) if closed else None,
        "DURATION": "00:00:00",
        "TIME_LEAKS": "00:00:00",
        "ACTIVE": user.workday == "OPENED",
        "TZ_OFFSET": int((world.now().utcoffset() or timedelta()).total_seconds()),
    }


@method("im.notify.personal.add", scope="im")
def notify_personal(call: Call) -> int:
    return _notify(call, sender=call.caller.user_id)


@method("im.notify.system.add", scope="im")
def notify_system(call: Call) -> int:
    """From nobody; a webhook with a TAG needs CLIENT_ID (reference 4.4)."""
    if call.loose("TAG") and call.caller.application is None and not call.loose("CLIENT_ID"):
        raise RestError("WRONG_AUTH_TYPE", "CLIENT_ID is required to use TAG", 403)
    return _notify(call, sender=0)


@method("im.message.add", scope="im")
def message_add(call: Call) -> int:
    """DIALOG_ID is a user's id or `chat42`."""
    dialog, text, world = str(call.loose("DIALOG_ID") or ""), str(call.loose("MESSAGE") or ""), call.world
    if not dialog:
        raise RestError("DIALOG_ID_EMPTY", "Dialog ID can't be empty")
    if not text:
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    if dialog.startswith("chat") and (room := whole(dialog.removeprefix("chat"))) in world.lines.chats:
        return add_to_chat(call, room, text)
    if whole(dialog) not in world.users:
        raise RestError("ACCESS_ERROR", "You do not have access to this chat", 403)
    number = world.next_id("message")
    row = {"id": number, "dialog": dialog, "author": call.caller.user_id, "text": text}
    world.messages[number] = row | {"created": show_moment(world.now(), world.zone)}
    return number


@method("im.message.update", scope="im")
def message_update(call: Call) -> bool:
    change_own(call, whole(call.loose("MESSAGE_ID")), text=str(call.loose("MESSAGE") or ""))
    return True


@method("im.message.delete", scope="im")
def message_delete(call: Call) -> bool:
    """Only marked as deleted: its text stays in the database."""
    change_own(call, whole(call.loose("MESSAGE_ID")), deleted=True)
    return True


def show(world: World, user: User) -> dict[str, Any]:
    """`ID` is text, `ACTIVE` a bool, moments leak as `{}` (reference 4.1, 11.3 (21))."""
    return {
        "ID": str(user.id),
        "ACTIVE": user.active,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "EMAIL": f"user{user.id}@portal.example",
        "LAST_LOGIN": show_moment(world.now(), world.zone),
        "DATE_REGISTER": "2024-01-15T00:00:00+03:00",
        "TIME_ZONE": "",
        "IS_ONLINE": "Y" if user.workday == "OPENED" else "N",
        "TIMESTAMP_X": {},
        "LAST_ACTIVITY_DATE": {},
        "PERSONAL_MOBILE": "",
        "WORK_POSITION": user.position,
        "UF_DEPARTMENT": user.departments,
        "USER_TYPE": "employee",
    }


def _notify(call: Call, *, sender: int) -> int:
    """A TAG replaces the earlier notice with the same one (reference 4.4)."""
    world, user, text = call.world, whole(call.loose("USER_ID") or call.loose("TO")), str(call.loose("MESSAGE") or "")
    if not user:
        raise RestError("USER_ID_EMPTY", "User ID can't be empty")
    if not text:
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    tag = str(call.loose("TAG") or "")
    same = [number for number, row in world.notifications.items() if tag and (row["tag"], row["user"]) == (tag, user)]
    for number in same:
        del world.notifications[number]
    number, created = world.next_id("notification"), show_moment(world.now(), world.zone)
    row = {"id": number, "user": user, "from": sender, "text": text, "tag": tag, "created": created}
    world.notifications[number] = row
    return number


def _matches(user: User, wanted: dict[str, Any]) -> bool:
    departments = [whole(one) for one in listing(wanted.get("UF_DEPARTMENT"))]
    if departments and not set(departments) & set(user.departments):
        return False
    if "ACTIVE" in wanted and user.active != (wanted["ACTIVE"] in (True, "true", "Y", "1", 1)):
        return False
    ids = [whole(one) for one in listing(wanted.get("ID"))]
    if ids and user.id not in ids:
        return False
    return wanted.get("USER_TYPE", "employee") in ("employee", ["employee"])


def _leads(world: World, head: User, user: User) -> bool:
    return any(world.departments[number].get("UF_HEAD") == head.id for number in user.departments)


def _department(row: dict[str, Any]) -> dict[str, Any]:
    """Text ids; UF_HEAD and PARENT only when set (reference 4.2)."""
    shown = {"ID": str(row["ID"]), "NAME": row["NAME"], "SORT": row["SORT"]}
    return shown | {name: str(row[name]) for name in ("PARENT", "UF_HEAD") if row.get(name)}


def _messenger_user(user: User) -> dict[str, Any]:
    name = f"{user.name} {user.last_name}"
    return {
        "id": user.id,
        "active": user.active,
        "name": name,
        "departments": user.departments,
        "status": "online",
        "idle": False,
        "absent": user.absent or False,
    }
