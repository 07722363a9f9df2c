"""Starts and stops everything a worker process runs; restarts what Redis's absence ended."""

import asyncio
import contextlib
import gc
import logging
import signal

from app.flow import resync
from app.flow.rebuild import end_blindness, until_born
from app.observe import logs
from app.runtime import Runtime, opened
from app.settings import Settings
from app.store.birth import Unfit
from app.store.codec import TooNew
from app.store.link import StoreAway, StoreError
from workers.roles import ROLES
from workers.schedule import scheduler
from workers.streams import Consumer

log = logging.getLogger("otklik.workers")

RESTART_SECONDS = 1.0
BIRTH_SECONDS = 5.0


async def work(settings: Settings, redis_url: str) -> None:
    """Run until SIGTERM or SIGINT; then finish what is under way, or give it back."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopping.set)
    async with _opened_when_possible(settings, redis_url, stopping) as runtime:
        if runtime is None:
            return
        gc.collect()
        gc.freeze()
        log.info("working")
        consumers = [Consumer(runtime, role) for role in ROLES]
        tasks = [
            asyncio.create_task(consumer.run(), name=role.name) for consumer, role in zip(consumers, ROLES, strict=True)
        ]
        tasks.append(asyncio.create_task(_born_forever(runtime, stopping), name="birth"))
        tasks.append(asyncio.create_task(_schedule_forever(runtime, stopping), name="schedule"))
        ended = asyncio.create_task(stopping.wait(), name="stop")
        await asyncio.wait([ended, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for consumer in consumers:
            consumer.stop()
        stopping.set()
        await asyncio.wait(tasks)
        ended.cancel()
        for task in tasks:
            task.result()


@contextlib.asynccontextmanager
async def _opened_when_possible(settings: Settings, redis_url: str, stopping: asyncio.Event):  # type: ignore[no-untyped-def]
    """The runtime, as soon as Redis answers and is born; None if the process is to stop before that."""
    async with opened(settings, redis_url, prepare=False) as runtime:
        born = asyncio.create_task(_born(runtime), name="birth")
        ended = asyncio.create_task(stopping.wait(), name="stop")
        await asyncio.wait([born, ended], return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not born.done():
            born.cancel()
            yield None
        else:
            born.result()
            yield runtime


async def _born(runtime: Runtime) -> None:
    while True:
        try:
            await until_born(runtime)
        except StoreAway as error:
            log.warning("waiting for Redis: %s", error)
            await asyncio.sleep(RESTART_SECONDS)
        else:
            return


async def _born_forever(runtime: Runtime, stopping: asyncio.Event) -> None:
    """A store that is wiped under running processes is rebuilt; once an hour it is compared with the portal.

    No job of arq's: the longest of those decides how long a killed worker's jobs wait.
    """
    while not stopping.is_set():
        with contextlib.suppress(StoreAway):
            await until_born(runtime)
            await end_blindness(runtime)
            await resync.hourly(runtime)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), BIRTH_SECONDS)


async def _schedule_forever(runtime: Runtime, stopping: asyncio.Event) -> None:
    """arq ends when Redis goes away: it is started anew until we stop."""
    while not stopping.is_set():
        worker = scheduler(runtime)
        running = asyncio.create_task(worker.async_run(), name="arq")
        ended = asyncio.create_task(stopping.wait())
        await asyncio.wait([running, ended], return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not running.done():
            running.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await running
        with contextlib.suppress(asyncio.CancelledError, Exception):  # of jobs that ended with it
            await worker.close()
        if not stopping.is_set():
            log.warning("the schedule ended with Redis; it starts anew")
            await asyncio.sleep(RESTART_SECONDS)


def run(settings: Settings, redis_url: str) -> None:
    logs.setup(settings.general.log_level)
    try:
        import uvloop

        uvloop.run(work(settings, redis_url))
    except (TooNew, StoreError, Unfit) as error:
        raise SystemExit(f"otklik work: {error}") from None
