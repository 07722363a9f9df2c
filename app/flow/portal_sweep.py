"""What no event told: the portal tries once, so deals, comments and calls that changed are looked for now and then.

Each list is walked by the time of change, oldest first, and the moment until which all of it is known is kept page by
page: a busy portal makes the walk long, never the knowledge short. The moment is the portal's own, as its rows show it:
no two clocks are compared.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.crm import ORIGINATOR
from app.flow.handoff import accept_comments
from app.flow.portal_news import compare, is_answered_call, tell_calls
from app.runtime import Runtime
from bitrix import BitrixError, Command, Priority, Result, methods
from bitrix.client import PAGE
from bitrix.methods import Entity
from bitrix.wire import MAX_COMMANDS

log = logging.getLogger("otklik.portal_sweep")

OVERLAP = timedelta(seconds=30)  # rows that were being written while the last sweep read
PAGES = 20  # of one list in one sweep; the rest is the next one's
SECONDS = 20  # of one sweep, however long the portal lets it wait

Row = Mapping[str, Any]


async def sweep_portal(runtime: Runtime) -> None:
    """Everything that changed since the last sweep, as if an event had told of it. Away: the next one looks further.

    The first one only marks where to begin: what was answered before is not known to have been left out.
    """
    if runtime.crm is None:
        return
    walk = _Walk(runtime)
    try:
        async with asyncio.timeout(SECONDS):
            await walk.along("deals", _deals_by("updatedTime"), "updatedTime", walk.deals)
            await walk.along("activity", _deals_by("lastActivityTime"), "lastActivityTime", walk.deals)
            await walk.along("calls", methods.calls_since, "LAST_UPDATED", walk.calls)
    except TimeoutError:
        log.warning("the portal has more changes than one sweep reads; the next one goes on from here")
    except BitrixError as error:
        log.warning("the portal is not swept: %s", error)


def _deals_by(stamp: str) -> Callable[[str], Command]:
    """Ours that were changed (`updatedTime`), or got a comment or a call (`lastActivityTime`)."""

    def ask(since: str) -> Command:
        filters = {"originatorId": ORIGINATOR, f">={stamp}": since}
        return methods.item_list(Entity.DEAL, select=["*"], filters=filters, order={stamp: "ASC", "id": "ASC"})

    return ask


@dataclass(slots=True)
class _Walk:
    runtime: Runtime
    talked: set[int] = field(default_factory=set)  # deals whose comments were read in this sweep

    async def along(
        self, name: str, ask: Callable[[str], Command], stamp: str, take: Callable[[Sequence[Row], str], Any]
    ) -> None:
        """The pages of one list. A row that is changed meanwhile moves to its end and hides no other.

        Two moments are kept: where the last whole walk ended, and the page that a walk which was cut short had reached.
        A deal that moved on meanwhile is read there with all its comments since the whole one.
        """
        crm, hints = self.runtime.crm, self.runtime.hints
        assert crm is not None  # noqa: S101  sweep_portal looked
        since = await hints.swept_until(name)
        if not since:
            await hints.swept(name, (await self.runtime.mailbox.read("")).now.isoformat(timespec="seconds"))
            return
        page = f"{name}:page"
        newest, start, walked = max(since, await hints.swept_until(page), key=_moment), 0, 0
        while walked < PAGES or start:  # a second that fills several pages is read to its end
            asked = ask(newest)
            result = await crm.client.call(Command(method=asked.method, params={**asked.params, "start": start}))
            rows: Sequence[Row] = result.value["items"] if isinstance(result.value, Mapping) else result.value
            await take(rows, since)
            last = max((str(row[stamp]) for row in rows if row.get(stamp)), key=_moment, default=newest)
            if result.next is None:
                end = max(since, (datetime.fromisoformat(last) - OVERLAP).isoformat(), key=_moment)
                await hints.swept(name, end)
                await hints.swept(page, end)
                return
            start = 0 if _moment(last) > _moment(newest) else start + PAGE
            newest, walked = last, walked + 1
            await hints.swept(page, newest)

    async def deals(self, rows: Sequence[Row], since: str) -> None:
        crm = self.runtime.crm
        assert crm is not None  # noqa: S101  sweep_portal looked
        scheme = await crm.scheme()
        await compare(self.runtime, scheme, rows)
        fresh = [number for row in rows if (number := int(row["id"])) not in self.talked]
        await _comments(self.runtime, fresh, since)
        self.talked |= set(fresh)

    async def calls(self, rows: Sequence[Row], _: str) -> None:
        await tell_calls(self.runtime, [row for row in rows if is_answered_call(row)])


async def _comments(runtime: Runtime, deals: Sequence[int], after: str) -> None:
    """Those of each deal that are new, page by page back to `after`; what was accepted before is known by its id."""
    assert runtime.crm is not None  # noqa: S101  sweep_portal looked
    asks = {deal: methods.comments(Entity.DEAL, deal) for deal in deals}
    while asks:
        part = {f"d{deal}": asks.pop(deal) for deal in list(asks)[:MAX_COMMANDS]}
        rows: dict[int, Row] = {}
        for key, answer in (await runtime.crm.client.batch(part, priority=Priority.NORMAL)).items():
            if not isinstance(answer, Result):
                continue
            deal, command = int(key[1:]), part[key]
            young = [row for row in answer.value if _moment(row["CREATED"]) >= _moment(after)]
            rows |= {int(row["ID"]): {**row, "ENTITY_ID": deal, "ENTITY_TYPE": Entity.DEAL.word} for row in young}
            if answer.next is not None and len(young) == len(answer.value):
                asks[deal] = Command(method=command.method, params={**command.params, "start": answer.next})
        if rows:
            unknown = await runtime.cards.not_ours(sorted(rows))
            await accept_comments(runtime, {number: rows[number] for number in unknown})


def _moment(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp() if stamp else 0.0
