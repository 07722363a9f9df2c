"""The diary's half of `otklik setup`: the business's people and places as resources of the portal's online booking."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.crm import Crm
from app.diary import same_name
from app.domain.business import Business, DiaryKind
from app.domain.calendar import Calendar, Spans
from app.flow.setup.portal import Item, State
from bitrix import Priority, Reference, Result, booking
from bitrix.errors import Refused

TYPE, TYPE_NAME = "otklik", "Отклик"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY = 24 * 60


async def diary_items(crm: Crm, business: Business) -> list[Item]:
    """One item for each resource; a note where the portal has no online booking. Raises BitrixError."""
    if business.booking.diary is not DiaryKind.AUTO:
        return [Item(part="resource", state=State.NOTE, text=f"setup_diary_{business.booking.diary}")]
    try:
        rows = (await crm.client.call(booking.resources())).value["resource"]
    except Refused:
        return [Item(part="resource", state=State.NOTE, text="setup_diary_absent")]
    found = {}
    for ours, name in _names(business).items():
        same = [int(row["id"]) for row in rows if same_name(row["name"], name)]
        code, state = (str(min(same)), State.STANDS) if same else (ours, State.MISSING)
        found[ours] = Item(part="resource", word=ours, name=name, code=code, state=state)
    return list(found.values())


async def make_resources(crm: Crm, business: Business, items: Sequence[Item]) -> list[Item]:
    """The missing ones with their week, in one call. MADE, or WRONG with the portal's own words."""
    missing = {item.word: item for item in items if item.part == "resource" and item.state is State.MISSING}
    if not missing:
        return list(items)
    rows = (await crm.client.call(booking.resource_types())).value["resourceType"]
    own = next((int(row["id"]) for row in rows if row.get("code") == TYPE), None)
    commands = {} if own else {"t": booking.resource_type_add(TYPE_NAME, TYPE)}
    for n, (ours, item) in enumerate(missing.items()):
        commands[f"r{n}"] = booking.resource_add(item.name, own or Reference("t", "[id]"))
        commands[f"s{n}"] = booking.slots_set(Reference(f"r{n}", "[id]"), week_of(business, ours))
    answers = await crm.client.batch(commands, priority=Priority.NORMAL)
    made = {}
    for n, (ours, item) in enumerate(missing.items()):
        answer = answers[f"r{n}"]
        if isinstance(answer, Result):
            made[ours] = replace(item, state=State.MADE, code=str(answer.value["id"]))
        elif isinstance(answer, Refused):
            values = {"reason": answer.description or answer.code}
            made[ours] = replace(item, state=State.WRONG, text="setup_refused", values=values)
        else:
            raise answer
    return [made.get(item.word, item) if item.part == "resource" else item for item in items]


def week_of(business: Business, resource: str) -> list[dict[str, Any]]:
    """The ordinary week as the portal knows hours: minutes of a day, never past midnight."""
    calendar = next((one.calendar for one in business.resources if one.id == resource), business.calendar)
    step = int(business.booking.slot_step.total_seconds() // 60)
    rows = []
    for day, name in enumerate(WEEKDAYS):
        for start, end in _spans(calendar, day):
            row = {"from": start, "to": end, "timezone": business.zone, "weekDays": [name], "slotSize": step}
            rows.append(row)
    return rows


def _names(business: Business) -> dict[str, str]:
    return {resource.id: resource.name for resource in business.resources} or {"": business.name}


def _spans(calendar: Calendar, day: int) -> Spans:
    """Of one weekday, with what the night before holds of it, inside the calendar that this one is within."""
    own = [(start, min(end, DAY)) for start, end in calendar.weekly[day]]
    own += [(0, end - DAY) for _, end in calendar.weekly[day - 1] if end > DAY]
    if calendar.within is None:
        return tuple(sorted(own))
    cut = (
        (max(start, opens), min(end, closes)) for start, end in own for opens, closes in _spans(calendar.within, day)
    )
    return tuple(sorted((start, end) for start, end in cut if start < end))
