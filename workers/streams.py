"""Consumer groups: reads only what there are free slots for, renews leases, claims what a dead worker held."""

import asyncio
import logging
import os
import random
import socket
import time
import traceback
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import redis.asyncio as redis
from redis.exceptions import RedisError, ResponseError

from app.jobs import ALONE_FROM, LEASE, PARKED_AT, RENEW, Entry, Role, company
from app.observe.logs import bound
from app.runtime import Runtime
from app.store import keys
from app.store.cards import Overtaken
from app.store.codec import TooNew
from app.store.dead_letters import Parked
from app.store.link import StoreAway, StoreError

log = logging.getLogger("otklik.streams")

BLOCK_MS = 1000
CLAIM_SECONDS = 1.0
AGAIN_AFTER = timedelta(seconds=2)  # a call that failed by our own fault is free for anyone after this
ALONE_SECONDS = 5.0  # suspects run for so long, then healthy entries have their turn
HANGS_SECONDS = 5.0  # a group waits so long for the one before it: together they are fewer calls
LEASE_MS = round(LEASE / timedelta(milliseconds=1))


class Consumer:
    """One role in one process. `run` ends when `stop` was called and what was under way is finished or given back.

    Raises TooNew or StoreError, after the same end, when it met what a newer version of Otklik has written.
    """

    def __init__(self, runtime: Runtime, role: Role) -> None:
        self._runtime, self._role = runtime, role
        self._name = f"{socket.gethostname()}-{os.getpid()}-{os.urandom(3).hex()}"
        self._redis = redis.Redis.from_url(
            runtime.redis_url, decode_responses=True, socket_timeout=BLOCK_MS / 1000 + 10
        )
        self._running: dict[asyncio.Task[None], list[Entry]] = {}
        self._lonely: list[Entry] = []
        self._filling: list[Entry] = []
        self._stopping = asyncio.Event()
        self._claimed_at = 0.0
        self._free = asyncio.Event()
        self._newer: Exception | None = None
        self._raised: dict[str, list[float]] = {}  # entry → when it raised, nobody being in its company
        self._went_well_at = 0.0

    async def run(self) -> None:
        renewer = asyncio.create_task(self._renew_forever(), name=f"{self._role.name}-lease")
        try:
            while not self._stopping.is_set():
                try:
                    await self._intake()
                except (RedisError, OSError, StoreAway, StoreError) as error:
                    await self._recover(error)
        finally:
            await self._finish()
            renewer.cancel()
            with suppress(asyncio.CancelledError):
                await renewer
            with suppress(RedisError, OSError):
                await self._redis.aclose()
        if self._newer is not None:
            raise self._newer

    def stop(self) -> None:
        """Take nothing more in."""
        self._stopping.set()
        self._free.set()

    @property
    def busy(self) -> int:
        return len(self._running)

    # --- intake

    async def _intake(self) -> None:
        free = self._role.slots - len(self._running)
        if free <= 0:
            self._free.clear()
            await self._free.wait()
            return
        count = max(self._role.group, 1) if self._role.group > 1 else free
        entries = await self._claim(count) or await self._read(count)
        if entries and self._role.fill:
            entries = await self._filled(entries, count)
        suspects = [entry for entry in entries if entry.tries >= ALONE_FROM]
        together = [entry for entry in entries if entry.tries < ALONE_FROM]
        self._begin(together)
        if suspects:
            await self._run_alone(suspects)

    async def _filled(self, entries: list[Entry], count: int) -> list[Entry]:
        """With what comes while the group has to wait anyway; nothing if we are to stop meanwhile."""
        self._filling = entries = await self._held(entries, begun=False)
        filling, stopping = asyncio.create_task(self._fill()), asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([filling, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not filling.done():
                await self._give_back(entries, LEASE, begun=False)
                return []
            await filling
            entries = await self._held(entries, begun=True)
            for stream in self._role.streams:
                if (left := count - len(entries)) > 0:
                    entries = entries + await self._read_from({stream: ">"}, left, None)
            return entries
        finally:
            self._filling = []
            filling.cancel()
            stopping.cancel()

    async def _fill(self) -> None:
        if self._running:  # but one call that hangs must not hold everybody
            await asyncio.wait(set(self._running), timeout=HANGS_SECONDS)
        if self._role.fill:
            await self._role.fill(self._runtime)

    async def _read(self, count: int) -> list[Entry]:
        """New entries, the most urgent stream first; waits a second for any."""
        for stream in self._role.streams[:-1]:
            found = await self._read_from({stream: ">"}, count, None)
            if found:
                return found
        return await self._read_from(dict.fromkeys(self._role.streams, ">"), count, BLOCK_MS)

    async def _read_from(self, streams: dict[str, str], count: int, block: int | None) -> list[Entry]:
        answer = await self._redis.xreadgroup(keys.GROUP, self._name, streams, count=count, block=block)
        return [_entry(stream, item, 1) for stream, items in answer or [] for item in items]

    async def _claim(self, count: int) -> list[Entry]:
        """Entries whose lease has run out: their worker is dead or gave them back."""
        now = time.monotonic()
        if now - self._claimed_at < CLAIM_SECONDS:
            return []
        self._claimed_at = now
        claimed: list[Entry] = []
        for stream in self._role.streams:
            if len(claimed) >= count:
                break
            _, items, *_ = await self._redis.xautoclaim(
                stream, keys.GROUP, self._name, LEASE_MS, count=count - len(claimed)
            )
            for item in items:
                if item[1]:
                    claimed.append(_entry(stream, item, await self._tries(stream, item[0])))
        if claimed:
            log.info("claimed %d entries of %s", len(claimed), self._role.name)
        return claimed

    async def _tries(self, stream: str, entry: str) -> int:
        pending: list[dict[str, Any]] = await self._redis.xpending_range(stream, keys.GROUP, entry, entry, 1)
        return int(pending[0]["times_delivered"]) if pending else 1

    # --- work

    def _begin(self, entries: list[Entry]) -> None:
        """In one call, or each in its own."""
        if self._role.group > 1:
            self._start(entries)
        else:
            for entry in entries:
                self._start([entry])

    def _start(self, entries: list[Entry]) -> None:
        if not entries:
            return
        task = asyncio.create_task(self._work(entries), name=f"{self._role.name}-{entries[0].id}")
        self._running[task] = entries
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._free.set()

    async def _run_alone(self, suspects: list[Entry]) -> None:
        """Entries that ended their workers before run with nothing beside them, so that they take nobody along.

        One that waits for its turn keeps its lease; one whose lease was lost is another's. What has no turn within
        `ALONE_SECONDS` is given back: a worker that is killed again and again makes many suspects, and whoever came
        after them must not wait for all.
        """
        self._lonely = sorted(await self._held(suspects, begun=False), key=lambda entry: entry.tries)
        ends: float | None = None
        try:
            while self._lonely and not self._stopping.is_set() and (ends is None or time.monotonic() < ends):
                if self._running:
                    await asyncio.wait(set(self._running))
                ends = ends or time.monotonic() + ALONE_SECONDS
                tries = self._lonely[0].tries
                alike = [entry for entry in self._lonely if entry.tries == tries]
                few = random.sample(alike, company(tries, self._role.together, len(alike)))  # others each time
                self._lonely = [entry for entry in self._lonely if entry not in few]
                self._begin(await self._held(few, begun=True))
                if self._running:
                    await asyncio.wait(set(self._running))
        finally:
            left, self._lonely = self._lonely, []
            self._claimed_at = time.monotonic()
            await self._give_back(left, LEASE, begun=False)

    async def _work(self, entries: list[Entry]) -> None:
        """Whoever raised in company runs by itself at once: the others must not come to grief for one of them."""
        if await self._run(entries):
            return
        try:
            for entry in list(entries):
                await self._run([entry])
                entries.remove(entry)  # its lease is renewed no more
        except asyncio.CancelledError:
            await self._give_back(entries, LEASE)
            raise

    async def _run(self, entries: list[Entry]) -> bool:
        """False: it raised, and nobody can say for whom."""
        started, outcome = time.monotonic(), "ok"
        with bound(step=self._role.name, job_id=entries[0].id):
            try:
                await self._role.work(self._runtime, entries)
                self._went_well(entries)
            except asyncio.CancelledError:
                outcome = "returned"
                await self._give_back(entries, LEASE)  # begun: its call may have been carried out
                raise
            except Overtaken as error:
                outcome = "overtaken"
                log.warning("left to whoever has it now: %s", error)
                await self._give_back(entries, LEASE - AGAIN_AFTER, begun=False)
            except (StoreAway, StoreError, TooNew) as error:
                outcome = "store_away"
                log.warning("left for its lease to run out: %s", error)
                if _is_of_a_newer_version(error):
                    self._newer = error
                    self.stop()
            except Exception as error:
                if _is_a_neighbours(error):
                    outcome = "away"
                    log.warning("a neighbour failed; the job will be tried again: %s", _reason(error))
                    await self._give_back(entries, LEASE - AGAIN_AFTER)
                    return True
                outcome = "crashed"
                log.exception("a job failed; it will be tried again")
                self._runtime.meter.count("otklik_logged_errors_total", where=self._role.name)
                if len(entries) > 1:
                    return False
                if not await self._park(entries[0], error):
                    await self._give_back(entries, LEASE - AGAIN_AFTER)
            finally:
                self._runtime.meter.observe(
                    "otklik_step_duration_seconds", time.monotonic() - started, step=self._role.name, outcome=outcome
                )
        return True

    def _went_well(self, entries: list[Entry]) -> None:
        self._went_well_at = time.monotonic()
        for entry in entries if self._raised else ():
            self._raised.pop(entry.id, None)

    async def _park(self, entry: Entry, error: Exception) -> bool:
        """A dead letter of what raises whenever it runs while others go well: else the fault is not its own."""
        raised = self._raised.setdefault(entry.id, [])
        raised.append(time.monotonic())
        if len(raised) < PARKED_AT or self._went_well_at < raised[0]:
            return False
        try:
            if self._role.given_up:
                await self._role.given_up(self._runtime, entry)
            parked = Parked(role=self._role.name, stream=entry.stream, subject=entry.subject, reason=_reason(error))
            await self._runtime.dead_letters.park(parked, self._name, entry.id)
        except (StoreAway, StoreError) as away:
            log.warning("an entry could not be parked: %s", away)
            return False
        log.error("an entry that raises whenever it runs is a dead letter now: %s", parked.reason)
        del self._raised[entry.id]
        return True

    async def _held(self, entries: list[Entry], *, begun: bool) -> list[Entry]:
        """Those that are still ours, their leases renewed. Only a run that has begun counts as a try."""
        runs = (self._lease(entry, timedelta(0), entry.tries - (not begun)) for entry in entries)
        ours = await asyncio.gather(*runs)
        return [entry for entry, mine in zip(entries, ours, strict=True) if mine]

    async def _give_back(self, entries: list[Entry], idle: timedelta, *, begun: bool = True) -> None:
        """Let the lease run out: at once, or a little later. What was not begun, or another has by now, is no try."""
        for entry in entries:
            with suppress(StoreAway, StoreError):
                await self._lease(entry, idle, entry.tries - (not begun))

    async def _lease(self, entry: Entry, idle: timedelta, tries: int | None = None) -> bool:
        idle_ms = round(idle / timedelta(milliseconds=1))
        words = (entry.stream, keys.GROUP, self._name, entry.id, idle_ms, "" if tries is None else tries)
        return bool(await self._runtime.link.run("lease", *words))

    async def _renew_forever(self) -> None:
        while True:
            await asyncio.sleep(RENEW.total_seconds())
            held = [entry for entries in [*self._running.values(), self._lonely, self._filling] for entry in entries]
            with suppress(StoreAway, StoreError):
                await asyncio.gather(*(self._lease(entry, timedelta(0)) for entry in held))

    async def _recover(self, error: Exception) -> None:
        """Redis is away or was wiped: wait; the groups are made anew where the streams lost them."""
        log.warning("%s cannot read its streams: %s", self._role.name, error)
        if isinstance(error, ResponseError) and "NOGROUP" in str(error):
            for stream in self._role.streams:
                with suppress(RedisError, OSError):
                    await self._redis.xgroup_create(stream, keys.GROUP, "0", mkstream=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), 1.0)

    async def _finish(self) -> None:
        """A graceful end: what is under way gets its time, the rest is given back."""
        if self._running:
            await asyncio.wait(set(self._running), timeout=8.0)
        for task in list(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(set(self._running), timeout=2.0)
        with suppress(RedisError, OSError):
            for stream in self._role.streams:
                pending = await self._redis.xpending_range(stream, keys.GROUP, "-", "+", 1, self._name)
                if not pending:
                    await self._redis.xgroup_delconsumer(stream, keys.GROUP, self._name)


def _is_of_a_newer_version(error: Exception) -> bool:
    return isinstance(error, TooNew) or (isinstance(error, StoreError) and error.code == "LAYOUT")


def _is_a_neighbours(error: Exception) -> bool:
    """The portal, a messenger or the network: none of the entries' fault, however often it comes."""
    return hasattr(error, "retry_after") or isinstance(error, OSError)  # TimeoutError is one


def _reason(error: Exception) -> str:
    """Its kind and where it came from: an exception's own words may be a customer's."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}"


def _entry(stream: str, item: tuple[str, dict[str, str]], tries: int) -> Entry:
    entry, fields = item
    return Entry(stream=stream, id=entry, subject=next(iter(fields.values())), tries=tries)
