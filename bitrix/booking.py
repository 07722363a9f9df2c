"""Online booking and calendars as typed commands, in the portal's own words. Nothing is sent here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bitrix.methods import command
from bitrix.wire import Command, Id


def resource_types() -> Command:
    """→ `{"resourceType": [{"id", "name", "code"}]}`."""
    return command("booking.v1.resourceType.list")


def resource_type_add(name: str, code: str) -> Command:
    """→ `{"id": 3}`."""
    return command("booking.v1.resourceType.add", fields={"name": name, "code": code})


def resources() -> Command:
    """→ `{"resource": [{"id", "name", "description", "typeId", …}]}`; no pages are documented."""
    return command("booking.v1.resource.list")


def resource_add(name: str, type_id: Id, *, description: str = "") -> Command:
    """→ `{"id": 11}`. The portal's own messages to the client are off: ours go out, once."""
    off = dict.fromkeys(
        (
            "isInfoNotificationOn",
            "isConfirmationNotificationOn",
            "isReminderNotificationOn",
            "isFeedbackNotificationOn",
            "isDelayedNotificationOn",
        ),
        "N",
    )
    return command(
        "booking.v1.resource.add", fields={"name": name, "typeId": type_id, "description": description, **off}
    )


def slots_set(resource: Id, slots: Sequence[Mapping[str, Any]]) -> Command:
    """→ True. `{"from": 540, "to": 1080, "timezone", "weekDays": ["Mon"], "slotSize": 30}`: minutes of the day."""
    return command("booking.v1.resource.slots.set", resourceId=resource, slots=list(slots))


def bookings(starts: datetime, ends: datetime) -> Command:
    """→ `{"booking": [{"id", "name", "description", "resourceIds", "datePeriod"}]}` that touch the period."""
    within = {"dateFrom": _stamp(starts), "dateTo": _stamp(ends)}
    return command("booking.v1.booking.list", filter={"within": within})


def booking_add(
    resource_ids: Sequence[Id], starts: datetime, ends: datetime, zone: str, *, name: str, description: str
) -> Command:
    """→ `{"id": 1823}`. 1018: a resource is taken or closed at that time, or does not exist."""
    fields = {"resourceIds": list(resource_ids), "name": name, "description": description}
    return command("booking.v1.booking.add", fields=fields | {"datePeriod": period(starts, ends, zone)})


def booking_update(booking: Id, fields: Mapping[str, Any]) -> Command:
    """→ True. The same judge as at `booking_add`."""
    return command("booking.v1.booking.update", id=booking, fields=fields)


def booking_delete(booking: Id) -> Command:
    """→ True; `Missing` when it is deleted already."""
    return command("booking.v1.booking.delete", id=booking)


def booking_client(booking: Id, contact: Id) -> Command:
    """→ True. Whose visit it is."""
    clients = [{"id": contact, "type": {"module": "crm", "code": "CONTACT"}}]
    return command("booking.v1.booking.client.set", bookingId=booking, clients=clients)


def booking_deal(booking: Id, deal: Id) -> Command:
    """→ True. The deal that it belongs to; read back by `booking_links`."""
    external = [{"moduleId": "crm", "entityTypeId": "DEAL", "value": deal}]
    return command("booking.v1.booking.externalData.set", bookingId=booking, externalData=external)


def booking_links(booking: Id) -> Command:
    """→ `{"externalData": [{"moduleId": "crm", "entityTypeId": "DEAL", "value": "342"}]}`."""
    return command("booking.v1.booking.externalData.list", bookingId=booking)


def period(starts: datetime, ends: datetime, zone: str) -> dict[str, Any]:
    """A booking's `datePeriod`. Aware moments; `zone` (IANA) is the one that the portal shows them in."""
    return {name: {"timestamp": _stamp(at), "timezone": zone} for name, at in (("from", starts), ("to", ends))}


# Calendars: where the plan has no online booking. They refuse no overlap.

COMPANY = {"type": "company_calendar", "ownerId": 0}


def event_add(
    name: str, description: str, starts: datetime, ends: datetime, zone: str, *, crm: Sequence[str] = ()
) -> Command:
    """→ id, in the company's calendar. Moments already in `zone` (IANA). `crm`: its cards, as "D_10", "C_3"."""
    return command(
        "calendar.event.add",
        **COMPANY,
        name=name,
        description=description,
        accessibility="busy",
        skip_time="N",
        auto_detect_section="Y",
        crm_fields=list(crm) or None,
        **_local(starts, ends, zone),
    )


def event_delete(event: Id) -> Command:
    """→ True."""
    return command("calendar.event.delete", **COMPANY, id=event)


def events(starts: datetime, ends: datetime) -> Command:
    """→ rows `{ID, NAME, DESCRIPTION, DATE_FROM_TS_UTC, DATE_TO_TS_UTC}` of the company's calendar, by whole days."""
    days = {"from": f"{starts:%Y-%m-%d}", "to": f"{ends:%Y-%m-%d}"}
    return command("calendar.event.get", **COMPANY, **days)


def _local(starts: datetime, ends: datetime, zone: str) -> dict[str, str]:
    """Aware moments, already in `zone`."""
    days = {"from": f"{starts:%Y-%m-%d %H:%M:%S}", "to": f"{ends:%Y-%m-%d %H:%M:%S}"}
    return days | {"timezone_from": zone, "timezone_to": zone}


def _stamp(at: datetime) -> int:
    return int(at.timestamp())
