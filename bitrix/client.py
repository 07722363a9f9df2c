"""Calls to the portal: one, fifty in a batch, a list page by page. The only file here that touches the network."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random

from bitrix import wire
from bitrix.access import Access, Target
from bitrix.errors import (
    BitrixError,
    ExpiredToken,
    Moved,
    OperatingLimit,
    QueryLimit,
    Unanswered,
    Unreachable,
    Unusable,
)
from bitrix.pace import Pace, Priority
from bitrix.wire import Command, Request, Response, Result, Transport

TRIES = 3
CONNECT_SECONDS = 5.0
SETTLES = timedelta(seconds=75)  # the portal cuts a request at 60 s: after this nothing of it can be running
PAGE = 50  # fixed by the portal

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)

Before = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReport:
    """One HTTP call as it ended. `outcome`: "ok" or the error's class; `commands`: how many it carried."""

    method: str
    commands: int
    priority: Priority
    outcome: str
    waited_seconds: float  # for the bucket
    duration_seconds: float


class Client:
    """One portal. Retries only what was certainly not executed, and reads; all else is raised for the caller to settle.

    Closed by `aclose`, or at the end of `async with`.

    timeout_seconds   of one HTTP call; the portal itself cuts at 60
    on_call           told of every HTTP call, retries included
    """

    def __init__(
        self,
        access: Access,
        *,
        pace: Pace,
        transport: Transport | None = None,
        timeout_seconds: float = 20.0,
        on_call: Callable[[CallReport], None] | None = None,
    ) -> None:
        self._access = access
        self._pace = pace
        self._transport = transport or HttpxTransport()
        self._timeout_seconds = timeout_seconds
        self._on_call = on_call
        self._resets: dict[str, float] = {}  # method → when its operating time frees again, by our monotonic clock

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def transport(self) -> Transport:
        """For what goes past the portal itself: the OAuth server."""
        return self._transport

    async def call(
        self, command: Command, *, priority: Priority = Priority.NORMAL, before: Before | None = None
    ) -> Result:
        """One command. `before` is awaited in front of every HTTP call of it, after the wait for the bucket."""
        reads = wire.is_read(command.method)
        result = await self._run(_Call(command=command, commands=1, reads=reads, priority=priority, before=before))
        self._note(command.method, result)
        return result

    async def batch(
        self,
        commands: Mapping[str, Command],
        *,
        halt: bool = False,
        priority: Priority = Priority.NORMAL,
        before: Before | None = None,
    ) -> dict[str, Result | BitrixError]:
        """Up to 50 commands in one HTTP call, each with its own result or error; absent keys were not executed.

        halt     the first error ends the batch
        raises   ValueError for what cannot be a batch; BitrixError when the batch failed as a whole
        """
        if not commands:
            return {}
        packed = wire.batch(commands, halt=halt)
        reads = all(wire.is_read(command.method) for command in commands.values())
        call = _Call(command=packed, commands=len(commands), reads=reads, priority=priority, before=before)
        answers = wire.read_batch(await self._run(call), commands)
        for key, answer in answers.items():
            if isinstance(answer, Result):
                self._note(commands[key].method, answer)
            elif isinstance(answer, OperatingLimit):
                self._date(answer)
        return answers

    async def pages(
        self, command: Command, *, id_field: str = "ID", priority: Priority = Priority.BULK
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """The rows of a list by windows of ids, 50 at a time, without the portal counting them.

        id_field   the id in this method's filter: "ID" in the legacy families and tasks, "id" in crm.item.list
        raises     `Unusable` when the method does not filter by id (it would repeat its first page for ever)
        """
        last: int | None = None
        while True:
            result = await self.call(window(command, id_field, last), priority=priority)
            page = list(wire.rows(result.value))
            if page:
                yield page
            if len(page) < PAGE:
                return
            ids = [row_id(row, command.method) for row in page]
            if last is not None and min(ids) <= last:
                raise Unusable("unusable", f"does not filter by {id_field}", method=command.method)
            last = max(ids)

    async def room(self, priority: Priority) -> None:
        """Return when the bucket has room for a call: work that is put together only now takes more along."""
        await self._pace.room(priority)

    async def aclose(self) -> None:
        await self._access.aclose()
        await self._transport.aclose()

    async def _run(self, call: "_Call") -> Result:
        """Up to three tries of what may be repeated (table 2.12 of the reference)."""
        retrying = AsyncRetrying(
            stop=stop_after_attempt(TRIES),
            wait=_pause,
            retry=retry_if_exception(call.may_repeat),
            reraise=True,
        )
        result: Result = await retrying(self._try, call)
        return result

    async def _try(self, call: "_Call") -> Result:
        target = await self._access.target()
        try:
            return await self._send(call, target)
        except ExpiredToken:
            return await self._send(call, await self._access.renew(target, self._transport))
        except Moved as moved:
            return await self._send(call, await self._access.moved(target, moved.location))

    async def _send(self, call: "_Call", target: Target) -> Result:
        asked = time.monotonic()
        await self._pace.acquire(call.priority)
        if call.before is not None:
            await call.before()
        sent, outcome = time.monotonic(), "cancelled"
        try:
            request = wire.request(target.url, call.command, target.token)
            response = await self._transport.send(request, self._timeout_seconds)
            result = wire.read(response, call.command.method)
            outcome = "ok"
        except BitrixError as error:
            outcome = type(error).__name__
            await self._learn(error, call)
            raise
        finally:
            self._report(call, outcome, waited=sent - asked, took=time.monotonic() - sent)
        return result

    async def _learn(self, error: BitrixError, call: "_Call") -> None:
        error.method = error.method or call.command.method
        if isinstance(error, QueryLimit):
            await self._pace.overflowed()
        elif isinstance(error, OperatingLimit):
            self._date(error)

    def _report(self, call: "_Call", outcome: str, *, waited: float, took: float) -> None:
        if self._on_call is None:
            return
        report = CallReport(
            method=call.command.method,
            commands=call.commands,
            priority=call.priority,
            outcome=outcome,
            waited_seconds=waited,
            duration_seconds=took,
        )
        self._on_call(report)

    def _note(self, method: str, result: Result) -> None:
        if result.operating_reset_at is not None and result.finished_at is not None:
            self._resets[method] = time.monotonic() + result.operating_reset_at - result.finished_at

    def _date(self, error: OperatingLimit) -> None:
        """The portal does not say how long its 429 lasts: only an earlier answer of the method did."""
        left = self._resets.get(error.method, 0.0) - time.monotonic()
        if left > 0:
            error.retry_after = left


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    command: Command
    commands: int
    reads: bool
    priority: Priority
    before: Before | None

    def may_repeat(self, error: BaseException) -> bool:
        return isinstance(error, QueryLimit | Unreachable) or (self.reads and isinstance(error, Unanswered))


_pause = wait_random(0.2, 0.8)  # after a 503 the bucket's own wait comes on top


def window(command: Command, id_field: str, last: int | None) -> Command:
    """The list command for the next page: ids above `last`, ascending, uncounted. Keeps the caller's own filter."""
    filters = dict(command.params.get("filter") or {})
    if last is not None:
        filters[f">{id_field}"] = last
    return Command(
        method=command.method,
        params={**command.params, "order": {id_field: "ASC"}, "filter": filters, "start": -1},
    )


def row_id(row: Mapping[str, Any], method: str) -> int:
    """A row's id: tasks are filtered by `ID` and answer `id`."""
    try:
        return int(row["ID"] if "ID" in row else row["id"])
    except (KeyError, TypeError, ValueError) as error:
        raise Unusable("unusable", "rows without an id: select it", method=method) from error


class HttpxTransport:
    """Real HTTP. `ca_bundle`: a file for a portal with a certificate of its own."""

    def __init__(self, *, proxy: str | None = None, ca_bundle: str | None = None) -> None:
        self._client = httpx.AsyncClient(
            proxy=proxy or None,
            verify=ssl.create_default_context(cafile=ca_bundle) if ca_bundle else True,
            follow_redirects=False,
            trust_env=False,
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            limits=httpx.Limits(max_connections=20, keepalive_expiry=15.0),
        )

    async def send(self, request: Request, timeout_seconds: float) -> Response:
        connect = min(CONNECT_SECONDS, timeout_seconds / 2)
        timeout = httpx.Timeout(timeout_seconds, connect=connect, pool=connect)
        try:
            async with asyncio.timeout(timeout_seconds):  # httpx counts each read apart
                answer = await self._client.request(
                    request.verb, request.url, content=request.body or None, timeout=timeout
                )
        except NOT_SENT as error:
            raise Unreachable("unreachable", type(error).__name__) from error
        except (httpx.TransportError, httpx.DecodingError, TimeoutError) as error:
            raise Unanswered("unanswered", type(error).__name__) from error
        return Response(status=answer.status_code, body=answer.content, location=answer.headers.get("location", ""))

    async def aclose(self) -> None:
        await self._client.aclose()
