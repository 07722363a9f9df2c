"""The diary of the booking module: what is booked when, and the judge of what may be (reference 7.2, 11.10 (76))."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.portal.calls import listing, mapping, whole
from sandbox.portal.errors import RestError
from sandbox.portal.world import World

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(slots=True, kw_only=True)
class Booking:
    """[starts, ends), unix seconds; the zones are only shown."""

    id: int
    resources: list[int]
    name: str
    description: str | None
    starts: int
    ends: int
    zones: tuple[str, str]
    clients: list[dict[str, Any]] = field(default_factory=list)
    external: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Desk:
    """What the booking module holds."""

    types: dict[int, dict[str, Any]] = field(default_factory=dict)
    resources: dict[int, dict[str, Any]] = field(default_factory=dict)
    slots: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    bookings: dict[int, Booking] = field(default_factory=dict)
    waiting: dict[int, dict[str, Any]] = field(default_factory=dict)


def desk(world: World) -> Desk:
    if world.booking is None:
        world.booking = Desk()
    found: Desk = world.booking
    return found


def add(world: World, raw: dict[str, Any], by: int) -> Booking:
    starts, ends, zones = _period(mapping(raw.get("datePeriod")))
    resources = [whole(one) for one in listing(raw.get("resourceIds"))]
    _judge(world, resources, starts, ends)
    description = str(raw.get("description") or "") or None
    row = Booking(
        id=world.next_id("booking"),
        resources=resources,
        name=str(raw.get("name") or ""),
        description=description,
        starts=starts,
        ends=ends,
        zones=zones,
    )
    desk(world).bookings[row.id] = row
    emit(world, "ONBOOKINGADD", row.id, by)
    return row


def change(world: World, row: Booking, raw: dict[str, Any], by: int) -> None:
    starts, ends, zones = row.starts, row.ends, row.zones
    if "datePeriod" in raw:
        starts, ends, zones = _period(mapping(raw["datePeriod"]))
    resources = [whole(one) for one in listing(raw["resourceIds"])] if "resourceIds" in raw else row.resources
    if "datePeriod" in raw or "resourceIds" in raw:
        _judge(world, resources, starts, ends, but=row.id)
    row.resources, row.starts, row.ends, row.zones = resources, starts, ends, zones
    row.name = str(raw.get("name", row.name))
    if "description" in raw:
        row.description = str(raw["description"] or "") or None
    emit(world, "ONBOOKINGUPDATE", row.id, by)


def remove(world: World, row: Booking, by: int) -> None:
    del desk(world).bookings[row.id]
    emit(world, "ONBOOKINGDELETE", row.id, by)


def show(row: Booking) -> dict[str, Any]:
    period = {
        "from": {"timestamp": row.starts, "timezone": row.zones[0]},
        "to": {"timestamp": row.ends, "timezone": row.zones[1]},
    }
    shown = {"id": row.id, "name": row.name, "description": row.description}
    return shown | {"resourceIds": row.resources, "datePeriod": period}


def day_view(world: World) -> dict[str, Any]:
    """Resources, and their bookings with whom and what they belong to, as the page shows them."""
    here = desk(world)
    rows = [
        show(row)
        | {
            "starts": datetime.fromtimestamp(row.starts, UTC).isoformat(),
            "ends": datetime.fromtimestamp(row.ends, UTC).isoformat(),
            "deals": [one["value"] for one in row.external if one["entityTypeId"] == "DEAL"],
            "contacts": [one["id"] for one in row.clients if one["type"].get("code") == "CONTACT"],
        }
        for row in sorted(here.bookings.values(), key=lambda row: row.starts)
    ]
    resources = [{"id": row["id"], "name": row["name"]} for row in here.resources.values()]
    return {"resources": resources, "bookings": rows, "waiting": list(here.waiting.values()), "zone": world.zone.key}


def deed(world: World, act: dict[str, Any]) -> dict[str, Any]:
    """A person books, moves or cancels by hand: the same judge, the same events (reference 11.6 (54))."""
    here, by = desk(world), act["user"]
    if act["do"] == "create":
        made = add(world, {"resourceIds": [act["resource"]], "name": act["name"]} | _dates(world, act), by)
        if act["deal"]:
            made.external = [{"moduleId": "crm", "entityTypeId": "DEAL", "value": str(act["deal"])}]
        return {"booking": made.id}
    row = here.bookings.get(act["id"])
    if row is None:
        raise RestError(1021, "Booking not found")
    if act["do"] == "cancel":
        remove(world, row, by)
    else:
        resources = {"resourceIds": [act["resource"]]} if act["resource"] else {}
        lasts = row.ends - row.starts
        change(world, row, _dates(world, act, lasts) | resources, by)
    return {"booking": row.id}


def _dates(world: World, act: dict[str, Any], lasts: int = 3600) -> dict[str, Any]:
    """Moments without a zone are the portal's own."""
    moments = [act[name] for name in ("starts", "ends")]
    starts, ends = (at if at is None or at.tzinfo else at.replace(tzinfo=world.zone) for at in moments)
    if starts is None:
        raise RestError(422, "Invalid date period")
    first = int(starts.timestamp())
    stamps = {"from": first, "to": int(ends.timestamp()) if ends else first + lasts}
    return {"datePeriod": {name: {"timestamp": at, "timezone": world.zone.key} for name, at in stamps.items()}}


def _judge(world: World, resources: list[int], starts: int, ends: int, *, but: int = 0) -> None:
    """One code for an unknown resource, a closed one and a taken one (reference 7.2, 11.10 (76))."""
    here = desk(world)
    known = bool(resources) and all(number in here.resources for number in resources)
    taken = any(
        row.id != but and set(row.resources) & set(resources) and row.starts < ends and row.ends > starts
        for row in here.bookings.values()
    )
    if not known or taken or not all(_is_open(here.slots.get(number, []), starts, ends) for number in resources):
        raise RestError(1018, "Empty resource collection")


def _is_open(rows: list[dict[str, Any]], starts: int, ends: int) -> bool:
    """Inside one window of its weekday; a resource without hours is always open."""
    for row in rows:
        zone = ZoneInfo(row["timezone"])
        first, last = datetime.fromtimestamp(starts, zone), datetime.fromtimestamp(ends, zone)
        minute = first.hour * 60 + first.minute
        same_day = first.date() == last.date() or (last.hour, last.minute) == (0, 0)
        fits = row["from"] <= minute and minute + (ends - starts) // 60 <= row["to"]
        if same_day and fits and WEEKDAYS[first.weekday()] in row["weekDays"]:
            return True
    return not rows


def _period(raw: dict[str, Any]) -> tuple[int, int, tuple[str, str]]:
    ends = [mapping(raw.get(name)) for name in ("from", "to")]
    starts, until = (whole(one.get("timestamp")) for one in ends)
    zones = (str(ends[0].get("timezone")), str(ends[1].get("timezone")))
    try:
        for zone in zones:
            ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise RestError(422, "Invalid date period") from error
    if not 0 < starts < until:
        raise RestError(422, "Invalid date period")
    return starts, until, zones


def emit(world: World, event: str, number: int, by: int) -> None:
    world.events.emit(world, event, {"ID": number}, by)
