"""What no event told: the portal tries once, so deals, comments and calls that changed are looked for now and then.

The moment until which all is known is the portal's own, as its rows show it: no two clocks are compared.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.crm import ORIGINATOR
from app.flow.handoff import accept_comments
from app.flow.portal_news import compare, is_answered_call, tell_calls
from app.runtime import Runtime
from bitrix import BitrixError, Priority, Result, methods
from bitrix.methods import Entity
from bitrix.wire import MAX_COMMANDS

log = logging.getLogger("otklik.portal_sweep")

OVERLAP = timedelta(seconds=30)  # rows that were being written while the last sweep read
PAGES = 20  # of one list in one sweep; the rest is the next one's

Row = Mapping[str, Any]


async def sweep_portal(runtime: Runtime) -> None:
    """Everything that changed since the last sweep, as if an event had told of it. Away: the next one looks further.

    The first one only marks where to begin: what was answered before is not known to have been left out.
    """
    if runtime.crm is None:
        return
    try:
        await _sweep(runtime)
    except BitrixError as error:
        log.warning("the portal is not swept: %s", error)


async def _sweep(runtime: Runtime) -> None:
    since = await runtime.hints.swept_until()
    if not since:
        await runtime.hints.swept((await runtime.mailbox.read("")).now.isoformat(timespec="seconds"))
        return
    after = (datetime.fromisoformat(since) - OVERLAP).isoformat()
    deals = await _deals(runtime, after)
    calls = await _rows(runtime, methods.calls_since(after), "")
    assert runtime.crm is not None  # noqa: S101  sweep_portal looked
    scheme = await runtime.crm.scheme()
    for deal in deals:
        await compare(runtime, scheme, deal)
    await _comments(runtime, [int(deal["id"]) for deal in deals], after)
    await tell_calls(runtime, [row for row in calls if is_answered_call(row)])
    stamps = [str(deal[name]) for deal in deals for name in ("updatedTime", "lastActivityTime") if deal.get(name)]
    stamps += [str(row["LAST_UPDATED"]) for row in calls]
    if stamps:
        await runtime.hints.swept(max((since, *stamps), key=_moment))


async def _deals(runtime: Runtime, since: str) -> list[Row]:
    """Ours that were changed, or got a comment or a call."""
    found: dict[int, Row] = {}
    for name in ("updatedTime", "lastActivityTime"):
        filters = {"originatorId": ORIGINATOR, f">={name}": since}
        command = methods.item_list(Entity.DEAL, select=["*"], filters=filters, order={"id": "ASC"})
        found |= {int(row["id"]): row for row in await _rows(runtime, command, "items")}
    return list(found.values())


async def _rows(runtime: Runtime, command: Any, key: str) -> list[Row]:
    assert runtime.crm is not None  # noqa: S101  sweep_portal looked
    rows: list[Row] = []
    start: int | None = 0
    for _ in range(PAGES):
        asked = type(command)(method=command.method, params={**command.params, "start": start})
        result = await runtime.crm.client.call(asked, priority=Priority.NORMAL)
        rows += result.value[key] if key else result.value
        start = result.next
        if start is None:
            break
    return rows


async def _comments(runtime: Runtime, deals: Sequence[int], after: str) -> None:
    """Of the newest fifty of each deal those that are new; what was accepted before is known by its id."""
    assert runtime.crm is not None  # noqa: S101  sweep_portal looked
    for at in range(0, len(deals), MAX_COMMANDS):
        part = deals[at : at + MAX_COMMANDS]
        asks = {f"d{deal}": methods.comments(Entity.DEAL, deal) for deal in part}
        answers = await runtime.crm.client.batch(asks, priority=Priority.NORMAL)
        rows: dict[int, Row] = {}
        for deal in part:
            answer = answers.get(f"d{deal}")
            if isinstance(answer, Result):
                owner = {"ENTITY_ID": deal, "ENTITY_TYPE": Entity.DEAL.word}
                rows |= {
                    int(row["ID"]): {**row, **owner}
                    for row in answer.value
                    if _moment(row["CREATED"]) >= _moment(after)
                }
        if rows:
            unknown = await runtime.cards.not_ours(sorted(rows))
            await accept_comments(runtime, {number: rows[number] for number in unknown})


def _moment(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp() if stamp else 0.0
