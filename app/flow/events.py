"""The portal's events: hints that something changed. Marked dirty at the door, read again by id, compared, then news.

An event proves nothing and may come twice, late or never: its content is not looked at, its object is read once for
all marks before the reading, and the sweep (flow/portal_sweep.py) finds what no event told.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from app.flow.handoff import read_comments
from app.flow.portal_news import read_calls, read_deals
from app.jobs import Entry
from app.runtime import Runtime
from app.store import keys
from bitrix import BitrixError, Event
from bitrix.wire import MAX_COMMANDS

log = logging.getLogger("otklik.portal_events")

GROUP = 50  # hints read in one turn, each kind in one call
COALESCE_SECONDS = 0.2  # by then the writer of a line of ours has noted its id

MADE = "made"  # a deal of ours, whose maker knows, or none of ours: nothing is read

# Event → what is to be read again. The names are those to tick in the portal's outgoing webhook.
DIRTY = {
    "ONCRMTIMELINECOMMENTADD": "comment",
    "ONCRMDEALADD": MADE,
    "ONCRMDEALUPDATE": "deal",
    "ONCRMDEALDELETE": "deal",
    "ONCRMDEALMOVETOCATEGORY": "deal",
    "ONCRMACTIVITYADD": "activity",
    "ONCRMACTIVITYUPDATE": "activity",
    "ONVOXIMPLANTCALLEND": "activity",
}
BOOKINGS = ("ONBOOKINGADD", "ONBOOKINGUPDATE", "ONBOOKINGDELETE")


async def take(runtime: Runtime, event: Event) -> bool:
    """Mark what the event tells of; False: it tells of nothing of ours. Raises StoreAway, StoreError: not taken."""
    kind = DIRTY.get(event.name)
    number = _activity(event.data) if event.name == "ONVOXIMPLANTCALLEND" else event.object_id
    if kind is None or number is None:
        return False
    if kind == MADE:
        return True
    await runtime.hints.mark(f"{kind}:{number}")
    return True


async def read_hints(runtime: Runtime, entries: list[Entry]) -> None:
    """Clear the marks, read, compare, tell. Raises BitrixError: the entries are tried again."""
    await asyncio.sleep(runtime.patience(COALESCE_SECONDS))
    await runtime.hints.begin([entry.subject for entry in entries])
    if runtime.crm is not None:
        subjects = [entry.subject for entry in entries]
        await read_comments(runtime, list(_of(subjects, "comment")))
        await read_deals(runtime, list(_of(subjects, "deal")))
        await read_calls(runtime, list(_of(subjects, "activity")))
    for entry in entries:
        await runtime.link.command("XACK", entry.stream, keys.GROUP, entry.id)
        await runtime.link.command("XDEL", entry.stream, entry.id)


async def read_echoed(runtime: Runtime) -> None:
    """One call for all that was taken for our own echo: a person may have acted in the same moment."""
    if runtime.crm is None:
        return
    try:
        await read_deals(runtime, list(_of(await runtime.hints.echoed(MAX_COMMANDS), "deal")))
    except BitrixError as error:
        log.warning("what looked like echoes is left to the sweep: %s", error)


def _of(subjects: Iterable[str], kind: str) -> set[int]:
    """The ids of a kind. A bare number is a comment of an older version's."""
    words = (subject.rpartition(":") for subject in subjects)
    return {int(number) for found, _, number in words if (found or "comment") == kind and number.isdigit()}


def _activity(data: Mapping[str, Any]) -> int | None:
    number = str(data.get("CRM_ACTIVITY_ID", ""))
    return int(number) if number.isdigit() else None
