"""Calendar events of users, groups and the company: what a portal without online booking has (reference 7.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.portal.calls import Call, listing, method, whole
from sandbox.portal.errors import RestError
from sandbox.portal.world import World

_SHOWN = "%d.%m.%Y %H:%M:%S"


@method("calendar.event.add", scope="calendar")
def event_add(call: Call) -> int:
    """No overlap is refused: a calendar is nobody's judge."""
    for name in ("type", "ownerId", "name"):
        _given(call, name, "calendar.event.add")
    number = call.world.next_id("event")
    call.world.calendar[number] = {"ID": number} | _values(call)
    return number


@method("calendar.event.get", scope="calendar")
def event_get(call: Call) -> list[dict[str, Any]]:
    kind, owner = str(_given(call, "type", "calendar.event.get")), whole(call.loose("ownerId"))
    first, last = (_day(call.world, call.loose(name)) for name in ("from", "to"))
    rows = [
        row
        for row in call.world.calendar.values()
        if (row["CAL_TYPE"], row["OWNER_ID"]) == (kind, owner)
        and (last is None or row["from"] < last + timedelta(days=1))
        and (first is None or row["to"] > first)
    ]
    return [_show(call.world, row) for row in sorted(rows, key=lambda row: row["from"])]


@method("calendar.event.getbyid", scope="calendar")
def event_get_by_id(call: Call) -> dict[str, Any]:
    return _show(call.world, _event(call, "calendar.event.getbyid"))


@method("calendar.event.update", scope="calendar")
def event_update(call: Call) -> int:
    row = _event(call, "calendar.event.update")
    row |= {name: value for name, value in _values(call).items() if value is not None}
    return int(row["ID"])


@method("calendar.event.delete", scope="calendar")
def event_delete(call: Call) -> bool:
    del call.world.calendar[_event(call, "calendar.event.delete")["ID"]]
    return True


def _values(call: Call) -> dict[str, Any]:
    given = {
        "CAL_TYPE": call.loose("type"),
        "OWNER_ID": None if call.loose("ownerId") is None else whole(call.loose("ownerId")),
        "NAME": call.loose("name"),
        "DESCRIPTION": call.loose("description"),
        "ACCESSIBILITY": call.loose("accessibility"),
        "LOCATION": call.loose("location"),
        "UF_CRM_CAL_EVENT": listing(call.loose("crm_fields")) or None,
    }
    for name, zone in (("from", "timezone_from"), ("to", "timezone_to")):
        given[name] = _moment(call.world, call.loose(name), call.loose(zone))
    return given


def _show(world: World, row: dict[str, Any]) -> dict[str, Any]:
    """Local dates as dd.mm.yyyy, and unix seconds beside them (reference 11.10 (77))."""
    shown = {name: str(value) if name == "ID" else value for name, value in row.items() if name.isupper()}
    for name in ("from", "to"):
        shown[f"DATE_{name.upper()}"] = row[name].astimezone(world.zone).strftime(_SHOWN)
        shown[f"DATE_{name.upper()}_TS_UTC"] = str(int(row[name].timestamp()))
    return shown


def _event(call: Call, of: str) -> dict[str, Any]:
    row = call.world.calendar.get(whole(_given(call, "id", of)))
    if row is None:
        raise RestError("", "Event not found")
    return row


def _given(call: Call, name: str, of: str) -> Any:
    value = call.loose(name)
    if value in (None, ""):
        raise RestError("", f'The required parameter "{name}" for the method "{of}" is not set')
    return value


def _moment(world: World, raw: Any, zone: Any) -> datetime | None:
    if raw in (None, ""):
        return None
    try:
        local = ZoneInfo(str(zone)) if zone else world.zone
        moment = datetime.fromisoformat(str(raw))
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise RestError("", "Invalid date") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=local)


def _day(world: World, raw: Any) -> datetime | None:
    return _moment(world, str(raw)[:10], None) if raw else None
