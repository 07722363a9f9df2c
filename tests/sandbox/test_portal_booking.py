"""The portal's diary: its judge, its codes, its events, and people who use the day view."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sandbox.portal_case import Case

NOON = int(datetime(2026, 5, 14, 9, 0, tzinfo=UTC).timestamp())  # Thursday 12:00 in Moscow
ZONE = "Europe/Moscow"


@pytest.fixture
async def case() -> AsyncIterator[Case]:
    async with Case() as case:
        yield case


async def resource(case: Case, name: str = "Анна") -> int:
    kind = (await case.call("booking.v1.resourceType.add", fields={"name": "Мастер", "code": "master"}))["id"]
    return int((await case.call("booking.v1.resource.add", fields={"name": name, "typeId": kind}))["id"])


def fields(number: int, start: int = 0, lasts: int = 60, **more: Any) -> dict[str, Any]:
    """Minutes from noon, and how many it lasts."""
    stamps = {"from": NOON + 60 * start, "to": NOON + 60 * (start + lasts)}
    period = {name: {"timestamp": at, "timezone": ZONE} for name, at in stamps.items()}
    return {"resourceIds": [number], "datePeriod": period, **more}


async def test_a_booking_is_read_back_as_it_was_written(case: Case) -> None:
    """reference 7.2"""
    number = await resource(case)
    made = (await case.call("booking.v1.booking.add", fields=fields(number, name="Ольга", description="[a]")))["id"]
    clients = [{"id": 501, "type": {"module": "crm", "code": "CONTACT"}}]
    external = [{"moduleId": "crm", "entityTypeId": "DEAL", "value": "7001"}]
    assert await case.call("booking.v1.booking.client.set", bookingId=made, clients=clients)
    assert await case.call("booking.v1.booking.externalData.set", bookingId=made, externalData=external)
    shown = fields(number) | {"id": made, "name": "Ольга", "description": "[a]"}
    assert {"booking": shown} == await case.call("booking.v1.booking.get", id=made)
    within = {"dateFrom": NOON, "dateTo": NOON + 1}
    assert {"booking": [shown]} == await case.call("booking.v1.booking.list", filter={"within": within})
    later = {"dateFrom": NOON + 3600, "dateTo": NOON + 7200}
    assert {"booking": []} == await case.call("booking.v1.booking.list", filter={"within": later})
    assert {"bookingClient": clients} == await case.call("booking.v1.booking.client.list", bookingId=made)
    assert {"externalData": external} == await case.call("booking.v1.booking.externalData.list", bookingId=made)


async def test_an_overlap_a_closed_hour_and_an_unknown_resource_have_one_code(case: Case) -> None:
    """reference 7.2, 11.10 (76)"""
    number, other = await resource(case), await resource(case, "Мария")
    slots = [{"from": 540, "to": 1080, "timezone": ZONE, "weekDays": ["Mon", "Thu"], "slotSize": 30}]
    assert await case.call("booking.v1.resource.slots.set", resourceId=number, slots=slots)
    made = (await case.call("booking.v1.booking.add", fields=fields(number)))["id"]
    for bad in (fields(number, 30), fields(number, -30), fields(number, 330), fields(number, 24 * 60), fields(999)):
        assert (400, 1018) == await case.refused("booking.v1.booking.add", fields=bad)
    beside = (await case.call("booking.v1.booking.add", fields=fields(number, 60)))["id"]
    assert await case.call("booking.v1.booking.add", fields=fields(other, 24 * 60))
    assert (400, 1018) == await case.refused("booking.v1.booking.update", id=made, fields=fields(number, 30))
    assert await case.call("booking.v1.booking.update", id=made, fields=fields(number, -30))
    assert await case.call("booking.v1.booking.delete", id=beside)


async def test_the_codes_are_numbers(case: Case) -> None:
    """reference 11.10 (76)"""
    number = await resource(case)
    assert (400, 422) == await case.refused("booking.v1.booking.add", fields=fields(number, lasts=0))
    assert (400, 0) == await case.refused("booking.v1.booking.add", fields={"resourceIds": [number]})
    assert (400, 100) == await case.refused("booking.v1.booking.add")
    assert (400, 1021) == await case.refused("booking.v1.booking.get", id=1)
    assert (400, 1009) == await case.refused("booking.v1.resource.get", id=1)
    assert (400, 1013) == await case.refused("booking.v1.resource.add", fields={"name": "a", "typeId": 99})


async def test_a_waiting_customer_becomes_a_booking_and_back(case: Case) -> None:
    """reference 7.2"""
    number = await resource(case)
    waiting = (await case.call("booking.v1.waitlist.add", fields={"note": "Ольга, вечером"}))["id"]
    made = await case.call("booking.v1.booking.createfromwaitlist", waitListId=waiting, fields=fields(number))
    assert {"waitList": []} == await case.call("booking.v1.waitlist.list")
    assert await case.call("booking.v1.waitlist.createfrombooking", bookingId=made)
    assert {"booking": []} == await case.call("booking.v1.booking.list")


async def test_people_book_move_and_cancel_in_the_day_view_under_the_same_judge(case: Case) -> None:
    """reference 11.6 (54)"""
    number = await resource(case)
    case.portal.world.events.subscribe("http://nowhere.test", "token", ["ONBOOKINGADD", "ONBOOKINGUPDATE"])
    made = await case.lever("diary", do="create", resource=number, starts="2026-05-14T12:00", name="Ирина", deal=7001)
    taken = await case.http.post(
        "/_sandbox/portal/diary", json={"do": "create", "resource": number, "starts": "2026-05-14T12:30"}
    )
    assert 1018 == taken.json()["error"]
    await case.lever("diary", do="move", id=made["booking"], starts="2026-05-14T12:30")
    [row] = case.portal.snapshot()["diary"]["bookings"]
    assert ("2026-05-14T09:30:00+00:00", ["7001"], "Ирина") == (row["starts"], row["deals"], row["name"])
    assert ["ONBOOKINGADD", "ONBOOKINGUPDATE"] == [one.event for one in case.portal.world.events.pending]
    await case.lever("diary", do="cancel", id=made["booking"])
    assert [] == case.portal.snapshot()["diary"]["bookings"]


async def test_a_plan_without_online_booking_does_not_know_its_methods(case: Case) -> None:
    await case.lever("settings", absent=["booking."])
    assert (404, "ERROR_METHOD_NOT_FOUND") == await case.refused("booking.v1.resource.list")
    assert not (await case.call("method.get", name="booking.v1.resource.list"))["isExisting"]


async def test_a_calendar_refuses_no_overlap_and_answers_in_local_dates(case: Case) -> None:
    """reference 7.3, 11.10 (77)"""
    event = {"type": "company_calendar", "ownerId": 0, "name": "Ольга", "description": "[a]", "timezone_from": ZONE}
    event |= {"from": "2026-05-14 12:00:00", "to": "2026-05-14 13:00:00", "timezone_to": ZONE}
    first, second = [await case.call("calendar.event.add", **event) for _ in range(2)]
    assert (400, "") == await case.refused("calendar.event.add", type="user", ownerId=1)
    asked = {"type": "company_calendar", "ownerId": 0, "from": "2026-05-14", "to": "2026-05-14"}
    rows = await case.call("calendar.event.get", **asked)
    assert [("14.05.2026 12:00:00", str(NOON))] * 2 == [(row["DATE_FROM"], row["DATE_FROM_TS_UTC"]) for row in rows]
    moved = {"from": "2026-05-15 12:00:00", "to": "2026-05-15 13:00:00"}
    await case.call("calendar.event.update", id=second, type="company_calendar", ownerId=0, **moved)
    assert await case.call("calendar.event.delete", id=first)
    assert [] == await case.call("calendar.event.get", **asked)
