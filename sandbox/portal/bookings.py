"""Online booking over REST: resources with hours, bookings, a waiting list (reference 7.2, 11.10 (76))."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.portal.calls import Call, listing, mapping, method, whole
from sandbox.portal.diary import WEEKDAYS, Booking, add, change, desk, emit, remove, show
from sandbox.portal.errors import RestError, missing
from sandbox.portal.world import World

_CLIENT_TYPES = [{"module": "crm", "code": "CONTACT"}, {"module": "crm", "code": "COMPANY"}]
# Written under one name, read under another (reference 7.2).
_READ_NAMES = {
    "infoDelay": "infoNotificationDelay",
    "reminderDelay": "reminderNotificationDelay",
    "delayedDelay": "delayedNotificationDelay",
    "confirmationDelay": "confirmationNotificationDelay",
    "confirmationRepetitions": "confirmationNotificationRepetitions",
    "confirmationRepetitionsInterval": "confirmationNotificationRepetitionsInterval",
}


# --- resource types and resources


@method("booking.v1.resourceType.add", scope="booking")
def type_add(call: Call) -> dict[str, int]:
    raw = _fields(call, "name", "code")
    number = call.world.next_id("resource_type")
    desk(call.world).types[number] = {"id": number, "name": str(raw["name"]), "code": str(raw["code"])}
    emit(call.world, "ONBOOKINGRESOURCETYPEADD", number, call.caller.user_id)
    return {"id": number}


@method("booking.v1.resourceType.list", scope="booking")
def type_list(call: Call) -> dict[str, Any]:
    wanted = {str(name): value for name, value in mapping(call.loose("filter")).items()}
    rows = [row for row in desk(call.world).types.values() if wanted.get("code") in (None, row["code"])]
    return {"resourceType": rows}


@method("booking.v1.resource.add", scope="booking")
def resource_add(call: Call) -> dict[str, int]:
    raw, here = _fields(call, "name", "typeId"), desk(call.world)
    if whole(raw["typeId"]) not in here.types:
        raise RestError(1013, "Resource type with such id does not exist")
    number = call.world.next_id("resource")
    here.resources[number] = {"id": number, "description": None, "isMain": "Y"} | _shown(raw)
    emit(call.world, "ONBOOKINGRESOURCEADD", number, call.caller.user_id)
    return {"id": number}


@method("booking.v1.resource.list", scope="booking")
def resource_list(call: Call) -> dict[str, Any]:
    wanted = mapping(call.loose("filter"))
    sought = str(wanted.get("searchQuery") or "").lower()
    return {"resource": [row for row in desk(call.world).resources.values() if sought in row["name"].lower()]}


@method("booking.v1.resource.get", scope="booking")
def resource_get(call: Call) -> dict[str, Any]:
    return {"resource": _resource(call, "id")}


@method("booking.v1.resource.update", scope="booking")
def resource_update(call: Call) -> bool:
    row = _resource(call, "id")
    row |= _shown(_fields(call))
    emit(call.world, "ONBOOKINGRESOURCEUPDATE", row["id"], call.caller.user_id)
    return True


@method("booking.v1.resource.delete", scope="booking")
def resource_delete(call: Call) -> bool:
    number, here = _resource(call, "id")["id"], desk(call.world)
    del here.resources[number]
    here.slots.pop(number, None)
    emit(call.world, "ONBOOKINGRESOURCEDELETE", number, call.caller.user_id)
    return True


@method("booking.v1.resource.slots.set", scope="booking")
def slots_set(call: Call) -> bool:
    number, here = _resource(call, "resourceId")["id"], desk(call.world)
    rows = [mapping(row) for row in listing(call.exact("slots"))]
    for row in rows:
        if not 0 <= whole(row.get("from"), -1) < whole(row.get("to"), -1) <= 1440:
            raise RestError(0, "Required fields: from, to")
    here.slots[number] = [
        {
            "id": call.world.next_id("slot"),
            "from": whole(row["from"]),
            "to": whole(row["to"]),
            "timezone": str(row.get("timezone") or call.world.zone.key),
            "weekDays": [str(day) for day in listing(row.get("weekDays"))] or list(WEEKDAYS),
            "slotSize": whole(row.get("slotSize"), 60),
        }
        for row in rows
    ]
    return True


@method("booking.v1.resource.slots.list", scope="booking")
def slots_list(call: Call) -> dict[str, Any]:
    return {"slots": desk(call.world).slots.get(_resource(call, "resourceId")["id"], [])}


# --- bookings


@method("booking.v1.booking.add", scope="booking")
def booking_add(call: Call) -> dict[str, int]:
    return {"id": add(call.world, _fields(call, "resourceIds", "datePeriod"), call.caller.user_id).id}


@method("booking.v1.booking.get", scope="booking")
def booking_get(call: Call) -> dict[str, Any]:
    return {"booking": show(_booking(call, "id"))}


@method("booking.v1.booking.list", scope="booking")
def booking_list(call: Call) -> dict[str, Any]:
    """By period and by client; neither pages nor a filter by resource (reference 7.2)."""
    wanted = mapping(call.loose("filter"))
    within, client = mapping(wanted.get("within")), mapping(wanted.get("client"))
    rows: Iterator[Booking] = iter(desk(call.world).bookings.values())
    if within:
        if "dateFrom" not in within or "dateTo" not in within:
            raise RestError(422, "Invalid date period")
        first, last = whole(within["dateFrom"]), whole(within["dateTo"])
        rows = (row for row in rows if row.starts < last and row.ends > first)
    if client:
        asked = {(str(one.get("code")), str(one.get("id"))) for one in map(mapping, listing(client.get("entities")))}
        rows = (row for row in rows if asked & {(one["type"]["code"], str(one["id"])) for one in row.clients})
    return {"booking": [show(row) for row in rows]}


@method("booking.v1.booking.update", scope="booking")
def booking_update(call: Call) -> bool:
    change(call.world, _booking(call, "id"), _fields(call), call.caller.user_id)
    return True


@method("booking.v1.booking.delete", scope="booking")
def booking_delete(call: Call) -> bool:
    remove(call.world, _booking(call, "id"), call.caller.user_id)
    return True


@method("booking.v1.booking.client.set", scope="booking")
def client_set(call: Call) -> bool:
    row = _booking(call, "bookingId")
    clients = [mapping(one) for one in listing(call.exact("clients"))]
    row.clients = [{"id": whole(one.get("id")), "type": mapping(one.get("type"))} for one in clients]
    return True


@method("booking.v1.booking.client.list", scope="booking")
def client_list(call: Call) -> dict[str, Any]:
    return {"bookingClient": _booking(call, "bookingId").clients}


@method("booking.v1.booking.client.unset", scope="booking")
def client_unset(call: Call) -> bool:
    _booking(call, "bookingId").clients = []
    return True


@method("booking.v1.booking.externalData.set", scope="booking")
def external_set(call: Call) -> bool:
    row = _booking(call, "bookingId")
    given = [mapping(one) for one in listing(call.exact("externalData"))]
    row.external = [
        {"moduleId": str(one.get("moduleId")), "entityTypeId": str(one.get("entityTypeId")), "value": str(one["value"])}
        for one in given
    ]
    return True


@method("booking.v1.booking.externalData.list", scope="booking")
def external_list(call: Call) -> dict[str, Any]:
    return {"externalData": _booking(call, "bookingId").external}


@method("booking.v1.booking.externalData.unset", scope="booking")
def external_unset(call: Call) -> bool:
    _booking(call, "bookingId").external = []
    return True


@method("booking.v1.clienttype.list", scope="booking")
def client_types(call: Call) -> dict[str, Any]:
    return {"clientType": _CLIENT_TYPES}


# --- the waiting list


@method("booking.v1.waitlist.add", scope="booking")
def waitlist_add(call: Call) -> dict[str, int]:
    return {"id": _wait(call.world, str(_fields(call, "note")["note"]), call.caller.user_id)}


@method("booking.v1.waitlist.list", scope="booking")
def waitlist_list(call: Call) -> dict[str, Any]:
    return {"waitList": list(desk(call.world).waiting.values())}


@method("booking.v1.waitlist.delete", scope="booking")
def waitlist_delete(call: Call) -> bool:
    if desk(call.world).waiting.pop(whole(call.exact("id")), None) is None:
        raise RestError(1037, "wait list item not found")
    return True


@method("booking.v1.booking.createfromwaitlist", scope="booking")
def create_from_waitlist(call: Call) -> int:
    waiting = desk(call.world).waiting
    number = whole(call.exact("waitListId"))
    if number not in waiting:
        raise RestError(1037, "wait list item not found")
    made = add(call.world, _fields(call, "resourceIds", "datePeriod"), call.caller.user_id)
    del waiting[number]
    return made.id


@method("booking.v1.waitlist.createfrombooking", scope="booking")
def waitlist_from_booking(call: Call) -> int:
    row = desk(call.world).bookings.get(whole(call.exact("bookingId")))
    if row is None:
        raise RestError(1037, "booking not found")
    remove(call.world, row, call.caller.user_id)
    return _wait(call.world, row.name, call.caller.user_id)


def _fields(call: Call, *required: str) -> dict[str, Any]:
    if call.exact("fields") is None:
        raise missing("fields")
    raw = mapping(call.exact("fields"))
    if lacking := [name for name in required if raw.get(name) in (None, "")]:
        raise RestError(0, f"Required fields: {', '.join(lacking)}")
    return raw


def _booking(call: Call, name: str) -> Booking:
    if call.exact(name) is None:
        raise missing(name)
    row = desk(call.world).bookings.get(whole(call.exact(name)))
    if row is None:
        raise RestError(1021, "Booking not found")
    return row


def _resource(call: Call, name: str) -> dict[str, Any]:
    if call.exact(name) is None:
        raise missing(name)
    row = desk(call.world).resources.get(whole(call.exact(name)))
    if row is None:
        raise RestError(1009, "Resource not found")
    return row


def _shown(raw: dict[str, Any]) -> dict[str, Any]:
    return {_READ_NAMES.get(name, name): whole(value) if name == "typeId" else value for name, value in raw.items()}


def _wait(world: World, note: str, by: int) -> int:
    number = world.next_id("waitlist")
    desk(world).waiting[number] = {"id": number, "note": note}
    emit(world, "ONBOOKINGWAITLISTITEMADD", number, by)
    return number
